/** Brings a video to the server and has it indexed; what was forgotten there is indexed again. */

import { sendFile } from "../api/data";
import { asProblem, Problem, send } from "../api/server";
import { statusOf, takeIn, type VideoStatus } from "../api/videos";
import { changeDraft, draft } from "../session/drafts";
import type { Video } from "../session/session";
import { useStudio } from "../session/studio";
import { forgetVideos } from "../session/videos";
import { put, useProgress } from "./progress";
import { timeline } from "./timeline";

const LOOK_EVERY = 500;

/** Files of this visit, and addresses that show them. */
const here = new Map<string, { file: File; url: string }>();
const sending = new Map<string, AbortController>();
const followed = new Set<string>();

/** The address of the video's own bytes, where it was attached since the page was loaded. */
export function localUrl({ id }: Video): string | undefined {
  return here.get(id)?.url;
}

/** Put a video into what is being written, and send it. */
export function attachVideo(session: string, file: File): void {
  const video: Video = {
    id: crypto.randomUUID(),
    name: file.name,
    size: file.size,
    upload: "",
    file: "",
    index: "",
    key: "",
  };
  here.set(video.id, { file, url: URL.createObjectURL(file) });
  put(video.id, { step: "sending", sent: 0 });
  changeDraft(session, { videos: [...(draft(session).videos ?? []), video] });
  void bring(session, video);
}

/** Take a video out of what is being written. */
export function dropVideo(session: string, { id }: Video): void {
  sending.get(id)?.abort();
  const { videos = [] } = draft(session);
  changeDraft(session, { videos: videos.filter((other) => other.id !== id) });
  forgetVideos(
    videos.filter((other) => other.id === id),
    useStudio.getState().sessions,
  );
  const kept = here.get(id);
  if (kept) URL.revokeObjectURL(kept.url);
  here.delete(id);
  put(id, undefined);
}

/** Go on where it failed. */
export function retry(session: string, video: Video): void {
  put(video.id, undefined);
  if (!video.index) void bring(session, video);
  else if (!video.file) follow(session, video);
  else
    takeIn(video.file).then(
      () => follow(session, video),
      (error) => fail(video.id, error),
    );
}

/** Keep looking how far a video has come, until it is ready or failed. */
export function follow(session: string, video: Video): void {
  const { id, index } = video;
  if (followed.has(id) || sending.has(id) || useProgress.getState()[id]) return;
  // It was on its way when the page was closed.
  if (!index) return void bring(session, video);
  followed.add(id);
  const looking = video.file ? lookUntilReady(video) : lookOnce(video);
  void looking.catch((error) => fail(id, error)).finally(() => followed.delete(id));
}

/** Upload it, as far as that is not done, and have it indexed. */
async function bring(session: string, { id }: Video): Promise<void> {
  const kept = here.get(id);
  const leaving = new AbortController();
  sending.set(id, leaving);
  try {
    let { upload, file } = inDraft(session, id) ?? { upload: "", file: "" };
    if (!file) {
      if (!kept) return put(id, { step: "gone" });
      const told = (sent: number) => put(id, { step: "sending", sent: sent / kept.file.size });
      ({ upload, file } = await sent(kept.file, told, leaving.signal));
      if (!inDraft(session, id)) return void send("DELETE", `api/uploads/${upload}`);
      changeInDraft(session, id, { upload, file });
    }
    const { id: index } = await takeIn(file);
    changeInDraft(session, id, { index });
    put(id, undefined);
    sending.delete(id);
    const now = inDraft(session, id);
    if (now) follow(session, now);
  } catch (error) {
    if (!leaving.signal.aborted) fail(id, error);
  } finally {
    sending.delete(id);
  }
}

async function sent(file: File, told: (sent: number) => void, signal: AbortSignal) {
  const { id: upload, files } = await sendFile(file, told, signal);
  const [taken] = files;
  if (taken?.state === "Uploaded") return { upload, file: taken.id };
  void send("DELETE", `api/uploads/${upload}`);
  throw new Problem(taken?.error?.message ?? "The server did not take the file.");
}

async function lookUntilReady({ id, index, file }: Video): Promise<void> {
  for (;;) {
    const now = await statusOf(index).catch((error) => {
      // Forgotten, for nobody asked about it for a day.
      if (asProblem(error).status === 404) return takeIn(file);
      throw error;
    });
    if (now.state === "Failed") throw new Problem(now.error?.message ?? "It cannot be indexed.");
    put(id, progressOf(now));
    if (now.state === "Succeeded") return;
    await new Promise((resolve) => window.setTimeout(resolve, LOOK_EVERY));
  }
}

/** A video of an index is there, or it is not. */
async function lookOnce({ id, index, key }: Video): Promise<void> {
  const { duration, coverage } = await timeline(index, key);
  put(id, { step: "ready", key, duration, coverage });
}

function progressOf({ state, seconds, duration, key = "", coverage = "" }: VideoStatus) {
  return state === "Succeeded"
    ? ({ step: "ready", key, duration, coverage } as const)
    : ({ step: "indexing", seconds, duration } as const);
}

function fail(id: string, error: unknown): void {
  const problem = asProblem(error);
  put(id, problem.status === 404 ? { step: "gone" } : { step: "failed", problem });
}

function inDraft(session: string, id: string): Video | undefined {
  return draft(session).videos?.find((video) => video.id === id);
}

function changeInDraft(session: string, id: string, part: Partial<Video>): void {
  const { videos = [] } = draft(session);
  changeDraft(session, {
    videos: videos.map((video) => (video.id === id ? { ...video, ...part } : video)),
  });
}
