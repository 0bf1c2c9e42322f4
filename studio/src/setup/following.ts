/** Ingestions as they go: what the server says of them, live, and what is to happen when they end. */

import { create } from "zustand";
import { type Ingestion, ingestions, isUnfinished, repeated } from "../api/data";
import { address, asProblem, type Problem, send } from "../api/server";
import { loadChoice, saveChoice } from "../session/storage";
import { change, changeSetup, refresh, session, useStudio } from "../session/studio";

/** A session that uses an index as soon as its ingestion has succeeded. */
interface Awaited {
  ingestion: string;
  session: string;
}

interface Following {
  /** The newest first. */
  ingestions: Ingestion[];
  awaited: Awaited[];
  /** Why the server could not be asked, when it could not. */
  trouble: Problem | null;
}

export const useFollowing = create<Following>(() => ({
  ingestions: [],
  awaited: [],
  trouble: null,
}));

const { getState, setState } = useFollowing;
const AGAIN_AFTER = 2000;
const LOOK_EVERY = 5000;

let listening: { id: string; stream: EventSource } | null = null;
let planned = 0;

/** Go on with what was awaited when the page was closed, and hear of everything that is under way. */
export async function follow(): Promise<void> {
  setState({ awaited: (await loadChoice<Awaited[]>("awaited")) ?? [] });
  await look();
}

/** Ask for all ingestions, then listen to the one that is being done. */
export async function look(): Promise<void> {
  window.clearTimeout(planned);
  try {
    const found = await ingestions();
    const wasLost = getState().trouble || useStudio.getState().trouble;
    setState({ ingestions: found, trouble: null });
    if (wasLost) await refresh();
    settle();
    listen();
  } catch (error) {
    setState({ trouble: asProblem(error) });
    planned = window.setTimeout(look, AGAIN_AFTER);
  }
}

/** Use the index in a session once this ingestion has succeeded. */
export function awaitEnd(ingestion: Ingestion, sessionId: string): void {
  // A session in which nothing was done yet is kept from now on, to be found after a reload.
  change(sessionId, (one) => one);
  setAwaited([...getState().awaited, { ingestion: ingestion.id, session: sessionId }]);
  put(ingestion);
  listen();
}

/** No longer show an ingestion that did not succeed. */
export function dismiss(ingestion: string): void {
  setAwaited(getState().awaited.filter((one) => one.ingestion !== ingestion));
}

export async function cancel(ingestion: Ingestion): Promise<void> {
  put(await send<Ingestion>("POST", `api/ingestions/${ingestion.id}/cancel`));
}

/** Ingest the same once more; who awaited the first awaits this one. */
export async function again(ingestion: Ingestion): Promise<void> {
  const made = await repeated(ingestion);
  setAwaited(
    getState().awaited.map((one) =>
      one.ingestion === ingestion.id ? { ...one, ingestion: made.id } : one,
    ),
  );
  put(made);
  listen();
}

/** One stream at a time, for a browser has few connections: that of the ingestion that is done now. */
function listen(): void {
  const unfinished = getState().ingestions.filter(isUnfinished).reverse();
  const next =
    unfinished.find((one) => one.state === "Running") ??
    unfinished.find((one) => !one.waiting) ??
    unfinished[0];
  window.clearTimeout(planned);
  // Meanwhile another one may have its turn.
  if (unfinished.length > 1) planned = window.setTimeout(look, LOOK_EVERY);
  if (listening?.id === next?.id && listening?.stream.readyState !== EventSource.CLOSED) return;
  listening?.stream.close();
  listening = null;
  if (!next) return;
  const stream = new EventSource(address(`api/ingestions/${next.id}/events`));
  listening = { id: next.id, stream };
  stream.addEventListener("progress", ({ data }) => {
    put(JSON.parse(data));
    if (getState().trouble) void look();
  });
  stream.addEventListener("end", ({ data }) => {
    stream.close();
    put(JSON.parse(data));
    void look();
  });
  stream.onerror = () => {
    window.clearTimeout(planned);
    planned = window.setTimeout(look, AGAIN_AFTER);
  };
}

function put(ingestion: Ingestion): void {
  const { ingestions } = getState();
  const known = ingestions.some(({ id }) => id === ingestion.id);
  setState({
    ingestions: known
      ? ingestions.map((one) => (one.id === ingestion.id ? ingestion : one))
      : [ingestion, ...ingestions],
  });
}

/** Use the indexes of awaited ingestions that have succeeded. */
function settle(): void {
  const { ingestions, awaited } = getState();
  const state = new Map(ingestions.map((one) => [one.id, one]));
  const done = awaited.filter(({ ingestion }) => state.get(ingestion)?.state === "Succeeded");
  if (!done.length && awaited.every(({ session: id }) => session(id))) return;
  for (const one of done) {
    const index = (state.get(one.ingestion) as Ingestion).index;
    const setup = session(one.session)?.setup;
    if (setup && !setup.indexes.includes(index))
      changeSetup({ indexes: [...setup.indexes, index] }, one.session);
  }
  setAwaited(awaited.filter((one) => !done.includes(one) && session(one.session)));
  void refresh();
}

function setAwaited(awaited: Awaited[]): void {
  setState({ awaited });
  void saveChoice("awaited", awaited);
}
