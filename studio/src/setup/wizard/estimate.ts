/** How long an ingestion may take, judged by one that was done here. */

import type { Ingestion } from "../../api/data";
import { duration } from "../../widgets/amounts";

/** Fewer pictures than that say more about the start of the worker than about its pace. */
const ENOUGH = 20;

/** The time in words, and what it rests on; `before` has the newest first. */
export function estimate(pictures: number, readText: boolean, before: Ingestion[]): string {
  const like = before.find(
    (one) => one.state === "Succeeded" && one.read_text === readText && lookedAt(one) >= ENOUGH,
  );
  if (!like) return "Unknown until it runs: nothing to compare it with was ingested here yet";
  const seconds = (Date.parse(like.finished_at ?? "") - Date.parse(like.started_at ?? "")) / 1000;
  const pace = lookedAt(like) / Math.max(seconds, 0.1);
  const said = pace.toLocaleString("en", { maximumFractionDigits: pace < 10 ? 1 : 0 });
  return `${capital(duration(pictures / pace))}, at the ${said} pictures a second of the last ingestion of “${like.index}”`;
}

function lookedAt({ counts }: Ingestion): number {
  return counts.added + counts.updated;
}

function capital(words: string): string {
  return words[0]?.toUpperCase() + words.slice(1);
}
