/** From a session to the request that asks its last question. "View code" shows the same. */

import type { Json } from "../api/types";
import type { Picture, Question, Session, Turn, Video } from "./session";

/** How a picture is written into a request: as a data URL, or as words about it. */
export type Written = (picture: Picture) => string;

/** The body of `POST /v1/chat/completions` for the turn at `position`. */
export function requestBody(session: Session, position: number, written: Written): Json {
  const { setup } = session;
  const { parameters, data, vision } = setup;
  const body: Json = {
    model: setup.deployment,
    messages: messages(session, position, written),
    max_tokens: parameters.maxTokens,
    temperature: parameters.temperature,
    top_p: parameters.topP,
    stream: true,
  };
  if (parameters.frequencyPenalty) body.frequency_penalty = parameters.frequencyPenalty;
  if (parameters.presencePenalty) body.presence_penalty = parameters.presencePenalty;
  if (parameters.stop.length) body.stop = parameters.stop;
  if (setup.indexes.length) {
    body.data_sources = setup.indexes.map((index) => ({
      type: "sightline",
      parameters: {
        index_name: index,
        top_n_documents: data.top,
        strictness: data.strictness,
        in_scope: data.inScope,
      },
    }));
  }
  if (vision.on) {
    body.enhancements = {
      ocr: {
        enabled: vision.ocr,
        ...(vision.reader && { engine: vision.reader }),
        ...(vision.language && { language: vision.language }),
      },
      grounding: {
        enabled: vision.grounding,
        ...(vision.detector && { engine: vision.detector }),
      },
    };
  }
  return body;
}

function messages(session: Session, position: number, written: Written): Json[] {
  const { setup, turns } = session;
  const said: Json[] = [];
  if (setup.system.trim()) said.push({ role: "system", content: setup.system });
  for (const example of setup.examples) {
    said.push({ role: "user", content: example.question });
    said.push({ role: "assistant", content: example.answer });
  }
  const past = turns.slice(0, position).flatMap((turn) => {
    const text = turn.answer?.text;
    return text ? [() => asked(turn, written), () => ({ role: "assistant", content: text })] : [];
  });
  const last = turns[position] as Turn;
  const kept = setup.parameters.pastMessages;
  said.push(...(kept ? past.slice(-kept) : []).map((write) => write()), asked(last, written));
  return said;
}

/** The pictures that the request of the turn at `position` holds. */
export function picturesSent(session: Session, position: number): Picture[] {
  const pictures: Picture[] = [];
  requestBody(session, position, (picture) => {
    pictures.push(picture);
    return "";
  });
  return pictures;
}

/** The session as it would be with one more question, and the position of that. */
export function withQuestion(session: Session, question: Question): [Session, number] {
  const turn: Turn = { id: "", asked: 0, question, answer: null };
  return [{ ...session, turns: [...session.turns, turn] }, session.turns.length];
}

function asked(turn: Turn, written: Written): Json {
  const { text, pictures, videos = [] } = turn.question;
  if (!pictures.length && !videos.length) return { role: "user", content: text };
  return {
    role: "user",
    content: [
      ...(text ? [{ type: "text", text }] : []),
      ...pictures.map((picture) => ({ type: "image_url", image_url: { url: written(picture) } })),
      ...videos.map((video) => ({ type: "video_url", video_url: named(video) })),
    ],
  };
}

function named({ file, index, key }: Video): Json {
  return file ? { file_id: file } : { index, key };
}

/** A picture in a request that a person reads: what it is, in place of its bytes. */
export function inWords(picture: Picture): string {
  return `data:${picture.type};base64,… (${picture.name}, ${picture.size.toLocaleString("en")} bytes)`;
}
