/** What the Studio knows while it is open: sessions, deployments, indexes. One store for all panes. */

import { create } from "zustand";
import { about } from "../api/about";
import { asProblem, get as fetched, type Problem } from "../api/server";
import type { Deployment, IndexInfo } from "../api/types";
import { type Answer, newSession, type Session, type Setup, type Turn } from "./session";
import { deleteSession, forgetPictures, loadSessions, saveSession } from "./storage";
import { forgetVideos } from "./videos";

interface Studio {
  ready: boolean;
  sessions: Session[];
  /** The id of the session that is shown. */
  shown: string;
  deployments: Deployment[];
  indexes: IndexInfo[];
  /** Whether the server has told both once. */
  told: boolean;
  /** Why the server could not be asked, when it could not. */
  trouble: Problem | null;
}

export const useStudio = create<Studio>(() => ({
  ready: false,
  sessions: [],
  shown: "",
  deployments: [],
  indexes: [],
  told: false,
  trouble: null,
}));

const { getState, setState } = useStudio;

/** The session that is shown. */
export function useSession(): Session {
  return useStudio((studio) => sessionIn(studio, studio.shown));
}

export function session(id = getState().shown): Session {
  return sessionIn(getState(), id);
}

function sessionIn(studio: Studio, id: string): Session {
  return studio.sessions.find((one) => one.id === id) as Session;
}

/** Load what the browser keeps, then ask the server what it has. */
export async function open(): Promise<void> {
  const kept = await loadSessions();
  const sessions = kept.length ? kept : [newSession()];
  const shown = (sessions[0] as Session).id;
  setState({ ready: true, sessions, shown });
  if (!kept.length) keep(shown);
  await refresh();
  if (!kept.length) await takeUsualDeployment();
}

/** A first session asks the deployment that the server prefers. */
async function takeUsualDeployment(): Promise<void> {
  const told = await about().catch(() => null);
  const { setup, turns } = session();
  const preferred = getState().deployments.some(({ id }) => id === told?.deployment);
  if (told && preferred && setup.deployment === newSession().setup.deployment && !turns.length)
    changeSetup({ deployment: told.deployment });
}

/** Ask the server for its deployments and indexes. */
export async function refresh(): Promise<void> {
  try {
    const [models, indexes] = await Promise.all([
      fetched<{ data: Deployment[] }>("v1/models"),
      fetched<{ indexes: IndexInfo[] }>("api/indexes"),
    ]);
    setState({ deployments: models.data, indexes: indexes.indexes, told: true, trouble: null });
  } catch (error) {
    setState({ trouble: asProblem(error) });
  }
}

/** Change a session; it is kept a moment later. */
export function change(id: string, how: (session: Session) => Session): void {
  setState(({ sessions }) => ({
    sessions: sessions.map((one) => (one.id === id ? { ...how(one), changed: Date.now() } : one)),
  }));
  keepSoon(id);
}

export function changeSetup(part: Partial<Setup>, id = getState().shown): void {
  change(id, (one) => ({ ...one, setup: { ...one.setup, ...part } }));
}

export function changeTurn(id: string, turn: string, how: (turn: Turn) => Turn): void {
  change(id, (one) => ({
    ...one,
    turns: one.turns.map((each) => (each.id === turn ? how(each) : each)),
  }));
}

export function changeAnswer(id: string, turn: string, answer: Answer): void {
  changeTurn(id, turn, (one) => ({ ...one, answer }));
}

/** Take turns out of a session, by their ids; without ids all of them. */
export function removeTurns(id: string, gone?: string[]): void {
  const before = session(id).turns;
  change(id, (one) => ({
    ...one,
    turns: gone ? one.turns.filter((turn) => !gone.includes(turn.id)) : [],
  }));
  const left = new Set(session(id).turns);
  const pictures = before
    .filter((turn) => !left.has(turn))
    .flatMap((turn) => turn.question.pictures);
  void forgetPictures(pictures, getState().sessions);
  const videos = before
    .filter((turn) => !left.has(turn))
    .flatMap((turn) => turn.question.videos ?? []);
  forgetVideos(videos, getState().sessions);
}

export function show(id: string): void {
  setState({ shown: id });
}

/** A new session with the setup of the one that is shown. */
export function begin(): void {
  const begun = newSession(session().setup);
  setState(({ sessions }) => ({ sessions: [begun, ...sessions], shown: begun.id }));
  keep(begun.id);
}

export async function remove(id: string): Promise<void> {
  const gone = session(id);
  const left = getState().sessions.filter((one) => one.id !== id);
  const sessions = left.length ? left : [newSession(gone.setup)];
  const shown = getState().shown === id ? (sessions[0] as Session).id : getState().shown;
  setState({ sessions, shown });
  const written = await deleteSession(gone, sessions);
  const questions = [...gone.turns.map(({ question }) => question), ...written];
  forgetVideos(
    questions.flatMap(({ videos }) => videos ?? []),
    sessions,
  );
}

/** Take in sessions from elsewhere and show the first of them. */
export async function adopt(taken: Session[]): Promise<void> {
  await Promise.all(taken.map(saveSession));
  setState(({ sessions, shown }) => ({
    sessions: [...taken, ...sessions],
    shown: taken[0]?.id ?? shown,
  }));
}

const waiting = new Map<string, number>();
const KEEP_AFTER = 400;

function keepSoon(id: string): void {
  if (waiting.has(id)) return;
  waiting.set(
    id,
    window.setTimeout(() => keep(id), KEEP_AFTER),
  );
}

function keep(id: string): void {
  waiting.delete(id);
  const kept = session(id);
  if (kept) void saveSession(kept);
}

const lastly: (() => void)[] = [];

/** Do something before sessions are kept a last time. */
export function atLast(act: () => void): void {
  lastly.push(act);
}

// What changed a moment before the page goes is kept, too. A phone may fire the second only; what
// is begun in the second often comes too late where the first is fired.
for (const going of ["beforeunload", "pagehide"]) {
  window.addEventListener(going, () => {
    for (const act of lastly) act();
    for (const id of waiting.keys()) keep(id);
  });
}
