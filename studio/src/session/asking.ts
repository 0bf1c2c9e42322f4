/** Asks a session's question and lets the answer grow in the store, once for each frame of the screen. */

import { type Frame, streamed } from "../api/chat";
import { asProblem } from "../api/server";
import { inWords, requestBody } from "./request";
import { type Answer, newAnswer, type Picture, type Question, type Turn } from "./session";
import { pictureBytes } from "./storage";
import { change, changeAnswer, session } from "./studio";

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

/** Ask a question again; what was said after it stays out. `question` takes the place of its words. */
export function askAgain(id: string, turn: string, question?: Question): void {
  change(id, (one) => {
    const position = one.turns.findIndex((each) => each.id === turn);
    const turns = one.turns.slice(0, position + 1);
    return {
      ...one,
      turns: turns.map((each) => (each.id === turn && question ? { ...each, question } : each)),
    };
  });
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
  change(id, (now) => ({
    ...now,
    turns: now.turns.map((each) =>
      each.id === turn ? { ...each, answer: newAnswer(one.setup.deployment) } : each,
    ),
  }));
  const request = JSON.stringify(requestBody(one, position, inWords));
  const growing = new Growing((part) => changeAnswer(id, turn, part));
  growing.add({ request });
  const sent = performance.now();
  try {
    const urls = await dataUrls(
      one.turns.slice(0, position + 1).flatMap((t) => t.question.pictures),
    );
    const body = requestBody(one, position, (picture) => urls.get(picture.id) as string);
    for await (const frame of streamed(body, leaving.signal)) growing.take(frame, sent);
    growing.add({ state: "done" });
  } catch (error) {
    if (leaving.signal.aborted) growing.add({ state: "stopped" });
    else {
      const { message, code, hint } = asProblem(error);
      growing.add({ state: "failed", failure: { message, code, hint } });
    }
  } finally {
    growing.add({ total: performance.now() - sent, progress: "" });
    growing.flush();
    if (running.get(id) === leaving) running.delete(id);
  }
}

/** Gathers what comes, and puts it into the store when the screen is drawn next. */
class Growing {
  private part: Partial<Answer> = {};
  private text = "";
  private reasoning = "";
  private readonly frames: string[] = [];
  private readonly warnings: Answer["warnings"] = [];
  private planned = 0;

  constructor(private readonly put: (part: Partial<Answer>) => void) {}

  add(part: Partial<Answer>): void {
    Object.assign(this.part, part);
    // A hidden page draws nothing, so a timer stands by.
    if (!this.planned) {
      this.planned = document.hidden
        ? window.setTimeout(() => this.flush(), 100)
        : requestAnimationFrame(() => this.flush());
    }
  }

  take(frame: Frame, sent: number): void {
    if (frame.kind === "progress") {
      this.add({ progress: frame.text });
      return;
    }
    const { chunk, raw } = frame;
    this.frames.push(raw);
    const part: Partial<Answer> = { frames: this.frames.slice() };
    if (chunk.usage) part.usage = chunk.usage;
    const { warnings = [], adaptations = [] } = chunk.sightline ?? {};
    // A chunk with the usage alone says its adaptations again.
    const told = chunk.choices.length ? [...warnings, ...adaptations] : warnings;
    if (told.length) {
      this.warnings.push(...told);
      part.warnings = this.warnings.slice();
    }
    for (const { delta, finish_reason, enhancements } of chunk.choices) {
      if (delta.context?.citations) part.citations = delta.context.citations;
      if (delta.context?.intent) part.intent = delta.context.intent;
      if (enhancements?.grounding) part.grounding = enhancements.grounding;
      if (finish_reason) part.finishReason = finish_reason;
      if (delta.content || delta.reasoning_content) {
        if (!this.text && !this.reasoning) part.firstToken = performance.now() - sent;
        this.text += delta.content ?? "";
        this.reasoning += delta.reasoning_content ?? "";
        Object.assign(part, { state: "streaming", text: this.text, reasoning: this.reasoning });
      }
    }
    this.add(part);
  }

  flush(): void {
    this.planned = 0;
    const part = this.part;
    this.part = {};
    if (Object.keys(part).length) this.put(part);
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

function dataUrl(bytes: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(bytes);
  });
}

const LONGEST_NAME = 60;

function nameFor(question: Question): string {
  const words = question.text.trim() || question.pictures[0]?.name || "New session";
  return words.length > LONGEST_NAME ? `${words.slice(0, LONGEST_NAME)}…` : words;
}
