/** Uploads, sources and ingestions: their shapes and the requests about them. */

import { address, askedForKey, get, Problem, problemIn, send } from "./server";
import type { ErrorBody, Json } from "./types";

export interface UploadedFile {
  id: string;
  name: string;
  state: "Uploaded" | "Failed";
  size: number;
  description: string;
  error: { code: string; message: string } | null;
}

export interface Upload {
  id: string;
  uploaded: number;
  failed: number;
  size: number;
  /** About how long its ingestion takes, as the last ones went. */
  estimated_seconds?: number | null;
  files: UploadedFile[];
  notice?: string;
}

export type Place = { upload: string } | { folder: string } | { url: string };

/** A file of a source that something is to be said about. */
export interface Remark {
  key: string;
  code: string;
  message: string;
}

export interface Remarks {
  files: Remark[];
  total: number;
  next_offset: number | null;
}

export interface Ingestion {
  id: string;
  index: string;
  source: Place;
  source_id: string | null;
  read_text: boolean;
  state: "Queued" | "Running" | "Interrupted" | "Succeeded" | "Failed" | "Cancelled";
  waiting: string | null;
  cancel_requested: boolean;
  progress: {
    stage: string;
    /** How far it has come in a video. */
    under_way: string | null;
    total: number;
    opened: number;
    done: number;
    files_per_second: number | null;
    seconds_left: number | null;
  };
  counts: Record<
    "added" | "updated" | "skipped" | "removed" | "failed" | "noticed" | "undescribed",
    number
  >;
  error: { code: string; message: string } | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}

/** What a source was seen to hold. */
export interface Found {
  uri: string;
  pictures: number;
  described: number;
  undescribed: number;
  descriptions_without_picture: number;
  /** Bytes of all pictures. */
  size?: number;
  estimated_seconds?: number | null;
  problems: Remark[];
}

export interface Source {
  id: string;
  name: string;
  kind: string;
  value: string;
  uri: string;
  index: string;
  refresh_minutes: number;
}

export interface Cors {
  origin: string;
  readable: boolean;
  settable: boolean;
  hint: string | null;
}

/** An index at a search service, as it was looked at. */
export interface Examined {
  rows: number | null;
  findings: string[];
  attached: { service: string; index: string; encoder: string; fields: Record<string, Json> };
}

export function isUnfinished({ state }: Ingestion): boolean {
  return state === "Queued" || state === "Running" || state === "Interrupted";
}

/** The newest ingestions first. */
export async function ingestions(): Promise<Ingestion[]> {
  return (await get<{ ingestions: Ingestion[] }>("api/ingestions?limit=500")).ingestions;
}

/** Ingest what an ingestion ingested once more. */
export function repeated({ index, source, source_id, read_text }: Ingestion): Promise<Ingestion> {
  return source_id
    ? send("POST", `api/sources/${source_id}/sync`)
    : send("POST", "api/ingestions", { index, source, read_text });
}

/** Sends files to an upload; `told` hears how many bytes of the body are on their way. */
export function sendFiles(
  upload: string,
  files: { file: File; name: string }[],
  told: (sent: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const form = new FormData();
  for (const { file, name } of files) form.append("files", file, name);
  return posted(`api/uploads/${upload}/files`, form, told, signal);
}

/** An upload of one file. */
export function sendFile(
  file: File,
  told: (sent: number) => void,
  signal: AbortSignal,
): Promise<Upload> {
  const form = new FormData();
  form.append("files", file, file.name);
  return posted("api/uploads", form, told, signal);
}

/** `fetch` does not tell how far a body is on its way, so this is the older kind of request. */
function posted<T>(
  path: string,
  body: FormData,
  told: (sent: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(path));
    request.responseType = "json";
    request.upload.onprogress = ({ loaded }) => told(loaded);
    request.onload = () => {
      if (request.status < 400 && request.response) resolve(request.response as T);
      else if (request.status === 401)
        askedForKey()
          .then(() => posted<T>(path, body, told, signal))
          .then(resolve, reject);
      else if (request.response?.error)
        reject(problemIn(request.response as ErrorBody, request.status));
      else
        reject(new Problem(`The server answered ${request.status}.`, { status: request.status }));
    };
    request.onerror = () =>
      reject(
        new Problem("The connection was cut while files were sent.", {
          code: "unreachable",
          hint: "What arrived is kept. Check that `sightline serve` is running, then try again.",
        }),
      );
    request.onabort = () => reject(new DOMException("stopped", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(body);
  });
}
