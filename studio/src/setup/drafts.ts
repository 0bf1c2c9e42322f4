/** Instructions that are written but not applied yet, for each session, while the page is open. */

import { create } from "zustand";
import type { Example, Setup } from "../session/session";

export interface Draft {
  system: string;
  examples: Example[];
}

const useDrafts = create<Record<string, Draft>>(() => ({}));

/** What is written for a session; its applied instructions when nothing else is. */
export function useDraft(id: string, setup: Setup): Draft {
  return useDrafts((drafts) => drafts[id]) ?? setup;
}

export function setDraft(id: string, { system, examples }: Draft): void {
  useDrafts.setState({ [id]: { system, examples } });
}

export function dropDraft(id: string): void {
  useDrafts.setState(({ [id]: _, ...others }) => others, true);
}

export function isSame(one: Draft, other: Draft): boolean {
  return (
    one.system === other.system &&
    one.examples.length === other.examples.length &&
    one.examples.every(({ question, answer }, position) => {
      const its = other.examples[position];
      return question === its?.question && answer === its.answer;
    })
  );
}

/** Whether an example lacks one of its halves. */
export function isHalf({ question, answer }: Example): boolean {
  return !question.trim() || !answer.trim();
}
