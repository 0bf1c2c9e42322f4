/** Files on their way to an upload: a few at a time, each with its own end, repeated where it was cut. */

import { create } from "zustand";
import { sendFiles, type Upload } from "../../api/data";
import { asProblem, call, type Problem, send } from "../../api/server";
import { descriptionsIn, type Matched, matched } from "./descriptions";
import { refusal } from "./limits";
import { type Gathered, gathered, type Picked } from "./picking";
import { discard, remember } from "./unsaved";

export interface Sent {
  /** Its place in the list, which stays. */
  key: number;
  file: File;
  /** As it was picked, and once it is sent as the server calls it. */
  name: string;
  state: "waiting" | "sending" | "uploaded" | "failed";
  /** The id at the server. */
  id: string;
  error: string;
  description: string;
  /** What the server knows of it. */
  described: string;
}

interface Uploading {
  upload: string;
  files: Sent[];
  /** Bytes of the batch that is on its way. */
  underWay: number;
  sending: boolean;
  problem: Problem | null;
  hidden: number;
  /** What came of metadata files that lay beside the pictures. */
  notes: string[];
}

const EMPTY: Uploading = {
  upload: "",
  files: [],
  underWay: 0,
  sending: false,
  problem: null,
  hidden: 0,
  notes: [],
};

export const useUploading = create<Uploading>(() => EMPTY);

const { getState, setState } = useUploading;

const BATCH_FILES = 8;
const BATCH_BYTES = 16 * 2 ** 20;
const MOST_DESCRIPTIONS = 500;

let leaving = new AbortController();
let waitingMetadata: File[] = [];

/** Take files in, and send those that can be sent. */
export async function add(picked: Picked[]): Promise<void> {
  const { pictures, metadata, hidden } = gathered(picked);
  take(pictures);
  setState((now) => ({ hidden: now.hidden + hidden }));
  waitingMetadata.push(...metadata);
  await sendAll();
}

function take(pictures: Gathered["pictures"]): void {
  const { files } = getState();
  const known = new Set(files.map(({ name, file }) => `${name}\n${file.size}`));
  const fresh = pictures.filter(({ name, file }) => !known.has(`${name}\n${file.size}`));
  const added = fresh.map(({ file, name }, at): Sent => {
    const key = files.length + at;
    const error = refusal(file, key);
    return {
      key,
      file,
      name,
      state: error ? "failed" : "waiting",
      id: "",
      error,
      description: "",
      described: "",
    };
  });
  setState({ files: [...files, ...added] });
}

/** Send everything that waits. After a cut it can be called again: what arrived is not doubled. */
export async function sendAll(): Promise<void> {
  if (getState().sending) return;
  const mine = leaving;
  setState({ sending: true, problem: null });
  try {
    if (!getState().upload) {
      const made = await call("api/uploads", { method: "POST", body: new FormData() });
      const { id } = (await made.json()) as Upload;
      // Left in between: nobody will ask for it.
      await remember(id);
      if (mine.signal.aborted) return void discard(id);
      setState({ upload: id });
    }
    for (let batch = nextBatch(); batch.length; batch = nextBatch()) await sendBatch(batch, mine);
    await describeFromFiles();
  } catch (error) {
    if (mine.signal.aborted) return;
    setState({ problem: asProblem(error) });
  }
  setState({ sending: false, underWay: 0 });
}

function nextBatch(): Sent[] {
  const batch: Sent[] = [];
  let size = 0;
  for (const one of getState().files) {
    if (one.state !== "waiting") continue;
    size += one.file.size;
    if (batch.length && (size > BATCH_BYTES || batch.length === BATCH_FILES)) break;
    batch.push(one);
  }
  return batch;
}

async function sendBatch(batch: Sent[], mine: AbortController): Promise<void> {
  const keys = new Set(batch.map(({ key }) => key));
  put(keys, () => ({ state: "sending" }));
  const told = (underWay: number) => setState({ underWay });
  try {
    const reply = await sendFiles(getState().upload, batch, told, mine.signal);
    batch.forEach(({ key }, at) => {
      const file = reply.files[at];
      put(new Set([key]), () =>
        file?.state === "Uploaded"
          ? { state: "uploaded", id: file.id, name: file.name }
          : { state: "failed", error: file?.error?.message ?? reply.notice ?? "Was left out." },
      );
    });
    setState({ underWay: 0 });
  } catch (error) {
    if (mine.signal.aborted) throw error;
    const problem = asProblem(error);
    // A file that the browser can't read any more, or that is too large for the server, must not hold up the rest.
    const unreadable = await unreadableOf(batch);
    if (unreadable.size) {
      put(unreadable, () => ({ state: "failed", error: "The file can't be read any more." }));
      put(difference(keys, unreadable), () => ({ state: "waiting" }));
    } else if (problem.status === 413 && batch.length > 1) {
      for (const one of batch) await sendBatch([one], mine);
    } else if (problem.status === 413) {
      put(keys, () => ({ state: "failed", error: problem.message }));
    } else {
      put(keys, () => ({ state: "waiting" }));
      throw error;
    }
  }
}

async function unreadableOf(batch: Sent[]): Promise<Set<number>> {
  const tried = await Promise.all(
    batch.map(({ key, file }) =>
      file
        .slice(0, 1)
        .arrayBuffer()
        .then(
          () => null,
          () => key,
        ),
    ),
  );
  return new Set(tried.filter((key) => key !== null));
}

async function describeFromFiles(): Promise<void> {
  const files = waitingMetadata;
  waitingMetadata = [];
  for (const file of files) {
    const { found, problems } = descriptionsIn(await file.text());
    const result = describeAll(found);
    const notes = [...problems, ...result.unmatched.map((name) => `no file “${name}”`)];
    const told = `${file.name}: ${result.count} described${notes.length ? `; ${notes.slice(0, 5).join(", ")}` : ""}${notes.length > 5 ? `, and ${notes.length - 5} more` : ""}.`;
    setState((now) => ({ notes: [...now.notes, told] }));
  }
}

/** Give every picture that is named its description. */
export function describeAll(found: { name: string; description: string }[]): Matched {
  const result = matched(found, getState().files);
  setState(({ files }) => ({
    files: files.map((one) => {
      const description = result.descriptions.get(one.key);
      return description === undefined ? one : { ...one, description };
    }),
  }));
  return result;
}

export function describe(key: number, description: string): void {
  put(new Set([key]), () => ({ description }));
}

/** Tell the server the descriptions that it does not know yet. */
export async function saveDescriptions(): Promise<void> {
  for (;;) {
    const { upload, files } = getState();
    const changed = files.filter((one) => one.id && one.description.trim() !== one.described);
    const some = changed.slice(0, MOST_DESCRIPTIONS);
    if (!some.length) return;
    const descriptions = Object.fromEntries(some.map((one) => [one.id, one.description.trim()]));
    await send("PUT", `api/uploads/${upload}/descriptions`, { descriptions });
    put(new Set(some.map(({ key }) => key)), (one) => ({ described: one.description.trim() }));
  }
}

/** Begin anew. Unless the upload is `saved`, the server forgets it, too. */
export function leave(saved: boolean): void {
  const { upload } = getState();
  leaving.abort();
  leaving = new AbortController();
  waitingMetadata = [];
  setState(EMPTY);
  if (!saved && upload) void discard(upload);
}

function put(keys: Set<number>, how: (one: Sent) => Partial<Sent>): void {
  setState(({ files }) => ({
    files: files.map((one) => (keys.has(one.key) ? { ...one, ...how(one) } : one)),
  }));
}

function difference(keys: Set<number>, others: Set<number>): Set<number> {
  return new Set([...keys].filter((key) => !others.has(key)));
}
