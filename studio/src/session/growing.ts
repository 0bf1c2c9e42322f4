/** Answers that are coming: they change with each frame of the screen, their sessions once a second. */

import { create } from "zustand";
import type { Frame } from "../api/chat";
import type { Citation, Json } from "../api/types";
import type { Answer, Turn } from "./session";
import { atLast } from "./studio";

const useGrowing = create<Record<string, Answer | undefined>>(() => ({}));

const growing = new Set<Growing>();
const COMMIT_EVERY = 1000;
const HIDDEN_EVERY = 200;
/** Of what showing costs: three quarters of the time are left for whatever else the page does. */
const PAUSE = 3;

/** The answer of a turn as it is now. */
export function useAnswer(turn: Turn): Answer | null {
  return useGrowing((answers) => answers[turn.id]) ?? turn.answer;
}

/** Gathers what comes, shows it when the screen is drawn next, and hands it on once a second. */
export class Growing {
  private readonly frames: string[] = [];
  private readonly sent = performance.now();
  private planned = false;
  /** Not shown before; grows with what showing costs. */
  private due = 0;
  private committed = this.sent;

  constructor(
    private readonly turn: string,
    private answer: Answer,
    private readonly put: (answer: Answer) => void,
  ) {
    growing.add(this);
  }

  take(frame: Frame): void {
    if (frame.kind === "progress") {
      this.add({ progress: frame.text });
      return;
    }
    const { chunk, raw } = frame;
    this.frames.push(raw);
    const { text, reasoning, warnings, citations } = this.answer;
    const part: Partial<Answer> = {};
    if (chunk.usage) part.usage = chunk.usage;
    if (chunk.sightline?.warnings) part.warnings = [...warnings, ...chunk.sightline.warnings];
    if (chunk.sightline?.cited) part.citations = quoted(citations, chunk.sightline.cited);
    for (const { delta, finish_reason, enhancements } of chunk.choices) {
      if (delta.context?.citations) part.citations = delta.context.citations;
      if (delta.context?.videos) part.videos = delta.context.videos;
      if (delta.context?.intent) part.intent = delta.context.intent;
      if (enhancements?.grounding) part.grounding = enhancements.grounding;
      if (finish_reason) part.finishReason = finish_reason;
      if (delta.content || delta.reasoning_content) {
        if (!text && !reasoning) part.firstToken = performance.now() - this.sent;
        part.state = "streaming";
        part.text = text + (delta.content ?? "");
        part.reasoning = reasoning + (delta.reasoning_content ?? "");
      }
    }
    this.add(part);
  }

  add(part: Partial<Answer>): void {
    this.answer = { ...this.answer, ...part };
    if (this.planned) return;
    this.planned = true;
    // A hidden page draws nothing.
    if (document.hidden) window.setTimeout(() => this.show(), HIDDEN_EVERY);
    else this.showWhenDue();
  }

  /** The last change: no more of it will come. */
  end(part: Partial<Answer>): void {
    growing.delete(this);
    const total = performance.now() - this.sent;
    this.answer = { ...this.answer, ...part, total, progress: "" };
    this.commit();
    useGrowing.setState({ [this.turn]: undefined });
  }

  commit(): void {
    this.committed = performance.now();
    this.put({ ...this.answer, frames: this.frames.slice() });
  }

  private showWhenDue(): void {
    requestAnimationFrame(() => {
      if (performance.now() < this.due) this.showWhenDue();
      else this.show();
    });
  }

  private show(): void {
    this.planned = false;
    if (!growing.has(this)) return;
    const began = performance.now();
    useGrowing.setState({ [this.turn]: this.answer });
    // Runs after the screen was drawn.
    window.setTimeout(() => {
      const now = performance.now();
      this.due = now + PAUSE * (now - began);
    });
    if (performance.now() - this.committed > COMMIT_EVERY) this.commit();
  }
}

/** The sources with what the answer quotes of them. */
function quoted(citations: Citation[], cited: Json[]): Citation[] {
  const said = new Map<number, Json>(cited.map((each) => [each.number, each]));
  return citations.map((citation) => {
    const more = said.get(citation.sightline.number);
    return more ? { ...citation, sightline: { ...citation.sightline, ...more } } : citation;
  });
}

atLast(() => {
  for (const each of growing) each.commit();
});
