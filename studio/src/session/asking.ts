/** Asks a session's question and lets the answer grow. */

import { streamed } from "../api/chat";
import { dataUrl } from "../api/dataUrl";
import { asProblem } from "../api/server";
import { Growing } from "./growing";
import { inWords, picturesSent, requestBody } from "./request";
import { newAnswer, type Picture, type Question, type Turn } from "./session";
import { forgetPictures, pictureBytes } from "./storage";
import { change, changeAnswer, changeTurn, removeTurns, session, useStudio } from "./studio";
import { forgetVideos } from "./videos";

const running = new Map<string, AbortController>();

/** Ask a new question in a session. */
export function ask(id: string, question: Question): void {
  const turn: Turn = { id: crypto.randomUUID(), asked: Date.now(), question, answer: null };
  change(id, (one) => ({
    ...one,
    name: one.turns.length ? one.name : nameFor(question),
    turns: [...one.turns, turn],
  }));
  void answer(id, turn.id);
}

/** Ask a question again; what was said after it is deleted. `question` takes the place of its words. */
export function askAgain(id: string, turn: string, question?: Question): void {
  stop(id);
  const { turns } = session(id);
  const position = turns.findIndex((each) => each.id === turn);
  const before = turns[position] as Turn;
  if (question) changeTurn(id, turn, (each) => ({ ...each, question }));
  removeTurns(
    id,
    turns.slice(position + 1).map((each) => each.id),
  );
  void forgetPictures(before.question.pictures, useStudio.getState().sessions);
  forgetVideos(before.question.videos, useStudio.getState().sessions);
  void answer(id, turn);
}

/** Stop the answer that is coming in a session. */
export function stop(id: string): void {
  running.get(id)?.abort();
}

async function answer(id: string, turn: string): Promise<void> {
  stop(id);
  const leaving = new AbortController();
  running.set(id, leaving);
  const one = session(id);
  const position = one.turns.findIndex((each) => each.id === turn);
  const request = JSON.stringify(requestBody(one, position, inWords));
  const begun = { ...newAnswer(one.setup.deployment), request };
  changeAnswer(id, turn, begun);
  const growing = new Growing(turn, begun, (now) => changeAnswer(id, turn, now));
  try {
    const urls = await dataUrls(picturesSent(one, position));
    const body = requestBody(one, position, (picture) => urls.get(picture.id) as string);
    const headers = { "x-sightline-record": String(one.setup.record) };
    for await (const frame of streamed(body, leaving.signal, headers)) growing.take(frame);
    growing.end({ state: "done" });
  } catch (error) {
    const { message, code, hint } = asProblem(error);
    if (leaving.signal.aborted) growing.end({ state: "stopped" });
    else growing.end({ state: "failed", failure: { message, code, hint } });
  } finally {
    if (running.get(id) === leaving) running.delete(id);
  }
}

async function dataUrls(pictures: Picture[]): Promise<Map<string, string>> {
  const pairs = pictures.map(async (picture) => {
    const bytes = await pictureBytes(picture.id);
    if (!bytes)
      throw new Error(`The picture ${picture.name} is not kept in this browser any more.`);
    return [picture.id, await dataUrl(bytes)] as const;
  });
  return new Map(await Promise.all(pairs));
}

const LONGEST_NAME = 60;

function nameFor(question: Question): string {
  const words =
    question.text.trim() || (question.videos?.[0] ?? question.pictures[0])?.name || "New session";
  return words.length > LONGEST_NAME ? `${words.slice(0, LONGEST_NAME)}…` : words;
}
