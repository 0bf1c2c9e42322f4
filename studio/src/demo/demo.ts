/** Brings the demo pictures into an index of their own, as anybody's pictures come into one. */

import { create } from "zustand";
import { type Ingestion, ingestions, isUnfinished } from "../api/data";
import { asProblem, call, get, Problem, send } from "../api/server";
import { changeSetup, refresh, session, useStudio } from "../session/studio";
import { DEMO_INDEX, PICTURES } from "./pictures";

interface Preparing {
  /** What is being done, in words; empty when nothing is. */
  step: string;
  problem: Problem | null;
}

export const useDemo = create<Preparing>(() => ({ step: "", problem: null }));

const LOOK_AFTER = 400;

/** Turn the demo index on in a session, and make it where there is none. False when that failed. */
export async function useDemoPictures(id: string): Promise<boolean> {
  useDemo.setState({ step: "Looking for the demo pictures", problem: null });
  try {
    await refresh();
    if (!isThere()) await make();
    const setup = session(id)?.setup;
    if (setup && !setup.indexes.includes(DEMO_INDEX))
      changeSetup({ indexes: [...setup.indexes, DEMO_INDEX] }, id);
    return true;
  } catch (error) {
    useDemo.setState({ problem: asProblem(error) });
    return false;
  } finally {
    useDemo.setState({ step: "" });
  }
}

function isThere(): boolean {
  return useStudio.getState().indexes.some(({ name, rows }) => name === DEMO_INDEX && rows);
}

async function make(): Promise<void> {
  // One that was begun before the page was loaded anew goes on.
  const begun = (await ingestions()).find((one) => one.index === DEMO_INDEX && isUnfinished(one));
  await ended(begun ?? (await begin()));
  await refresh();
}

async function begin(): Promise<Ingestion> {
  useDemo.setState({ step: "Sending four pictures" });
  const form = new FormData();
  for (const { name, url } of PICTURES) {
    const picture = await fetch(url);
    if (!picture.ok) throw new Problem(`The demo picture ${name} could not be fetched.`);
    form.append("files", await picture.blob(), name);
  }
  const sent = await call("api/uploads", { method: "POST", body: form });
  const upload = (await sent.json()) as { id: string; files: { id: string; name: string }[] };
  const words = new Map(PICTURES.map(({ name, description }) => [name, description]));
  await send("PUT", `api/uploads/${upload.id}/descriptions`, {
    descriptions: Object.fromEntries(upload.files.map(({ id, name }) => [id, words.get(name)])),
  });
  return send("POST", "api/ingestions", { index: DEMO_INDEX, source: { upload: upload.id } });
}

async function ended(ingestion: Ingestion): Promise<void> {
  let now = ingestion;
  while (isUnfinished(now)) {
    useDemo.setState({ step: now.waiting ?? "Bringing them into the index “demo”" });
    await new Promise((go) => setTimeout(go, LOOK_AFTER));
    now = await get<Ingestion>(`api/ingestions/${now.id}`);
  }
  if (now.state !== "Succeeded")
    throw new Problem(now.error?.message ?? "The ingestion of the demo pictures was cancelled.", {
      hint: "Try again, or look at the ingestions of the server.",
    });
}
