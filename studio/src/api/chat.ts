/** A streamed chat completion, frame by frame. */

import { call, Problem, problemIn } from "./server";
import type { Chunk, ErrorBody, Json } from "./types";

export type Frame =
  | { kind: "chunk"; chunk: Chunk; raw: string }
  /** What is being done before the first words. */
  | { kind: "progress"; text: string };

/** The frames of an answer. Throws Problem where it fails; aborting `signal` stops the model. */
export async function* streamed(
  body: Json,
  signal: AbortSignal,
  headers: Record<string, string> = {},
): AsyncGenerator<Frame> {
  const response = await call("v1/chat/completions", {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
    signal,
  });
  let ended = false;
  for await (const line of lines(response, signal)) {
    if (line.startsWith(":")) {
      const text = line.slice(1).trim();
      if (text) yield { kind: "progress", text };
    } else if (line.startsWith("data:")) {
      const raw = line.slice(5).trim();
      if (raw === "[DONE]") {
        ended = true;
        break;
      }
      const data = JSON.parse(raw) as Chunk | ErrorBody;
      if ("error" in data) throw problemIn(data);
      yield { kind: "chunk", chunk: data, raw };
    }
  }
  if (!ended) {
    throw new Problem("The answer broke off.", {
      code: "broken_stream",
      hint: "The server or the network went away. Ask again.",
    });
  }
}

async function* lines(response: Response, signal: AbortSignal): AsyncGenerator<string> {
  const reader = (response.body as ReadableStream<Uint8Array>)
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const pieces = (rest + value).split("\n");
      rest = pieces.pop() as string;
      yield* pieces;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    // The connection went away; who reads sees that no end came.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
