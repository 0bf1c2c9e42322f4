/** Requests to the server that this page came from, and what can go wrong with them. */

import type { ErrorBody, Json } from "./types";

/** What went wrong, in words for a person. `code` stays the same; `hint` says what to do. */
export class Problem extends Error {
  readonly code: string;
  readonly hint: string;
  readonly status: number;

  constructor(message: string, { code = "", hint = "", status = 0 } = {}) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.status = status;
  }
}

/** The whole address of a path of the API, below wherever this page is served. */
export function address(path: string): string {
  return new URL(path.replace(/^\//, ""), document.baseURI.replace(/[^/]*([?#].*)?$/, "")).href;
}

/** Where a key is given, and so the one place where a wrong one is no reason to ask for another. */
const SIGN_IN = "api/session";

/** Asks for a key when the server has refused a request for want of one; ends when there is one. */
export let askedForKey = (): Promise<void> =>
  Promise.reject(new Problem("The server wants a key.", { status: 401 }));

export function onKeyWanted(ask: () => Promise<void>): void {
  askedForKey = ask;
}

/** A reply with a good status; throws Problem for every other end. */
export async function call(path: string, options: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address(path), options);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Problem("The server does not answer.", {
      code: "unreachable",
      hint: "Check that `sightline serve` is running, then try again.",
    });
  }
  if (response.status === 401 && path !== SIGN_IN) {
    await askedForKey();
    return call(path, options);
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, signal ? { signal } : {})).json() as Promise<T>;
}

/** Sends JSON, or with `body` undefined nothing, and reads JSON. */
export async function send<T>(
  method: string,
  path: string,
  body?: Json,
  signal?: AbortSignal,
): Promise<T> {
  const options: RequestInit = { method, signal: signal ?? null };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "content-type": "application/json" };
  }
  return (await call(path, options)).json() as Promise<T>;
}

/** The Problem that an error body describes. Its message ends with the hint, which is shown apart. */
export function problemIn(body: ErrorBody, status = 0): Problem {
  const { message, code, type } = body.error;
  const hint = body.error.hint ?? "";
  const words = hint && message.endsWith(hint) ? message.slice(0, -hint.length).trimEnd() : message;
  return new Problem(words, { code: code ?? type ?? "", hint, status });
}

/** Any thrown value as a Problem. */
export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(String((error as Error)?.message ?? error));
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    return problemIn((await response.json()) as ErrorBody, response.status);
  } catch {
    return new Problem(`The server answered ${response.status} ${response.statusText}.`, {
      status: response.status,
    });
  }
}
