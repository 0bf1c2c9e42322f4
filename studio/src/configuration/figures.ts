/** What a session has used, and how long its last answer took. */

import { isComing, type Session } from "../session/session";

export interface Figures {
  input: number;
  output: number;
  /** Some model server did not count; then Sightline did. */
  estimated: boolean;
  /** Milliseconds of the last answer. */
  firstToken: number | null;
  total: number | null;
}

export function figuresOf({ turns }: Session): Figures {
  const usages = turns.flatMap(({ answer }) => answer?.usage ?? []);
  const last = turns.at(-1)?.answer ?? null;
  return {
    input: usages.reduce((sum, usage) => sum + usage.prompt_tokens, 0),
    output: usages.reduce((sum, usage) => sum + usage.completion_tokens, 0),
    estimated: usages.some((usage) => usage.estimated),
    firstToken: last?.firstToken ?? null,
    total: isComing(last) ? null : (last?.total ?? null),
  };
}

/** "19 ms", "1.8 s", "2 min 5 s"; "–" for what is not known. */
export function duration(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
