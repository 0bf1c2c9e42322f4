/** What is being written in each session, kept over a reload. */

import { useEffect } from "react";
import { create } from "zustand";
import type { Picture, Question } from "./session";
import { forgetPictures, loadChoice, saveChoice } from "./storage";
import { useStudio } from "./studio";

const NOTHING: Question = { text: "", pictures: [] };

const useDrafts = create<Record<string, Question>>(() => ({}));

export function draft(id: string): Question {
  return useDrafts.getState()[id] ?? NOTHING;
}

export function useDraft(id: string): Question {
  const kept = useDrafts((drafts) => drafts[id]);
  useEffect(() => {
    if (draft(id) !== NOTHING) return;
    void loadChoice<Question>(name(id)).then((found) => {
      if (found) useDrafts.setState((drafts) => ({ [id]: drafts[id] ?? found }));
    });
  }, [id]);
  return kept ?? NOTHING;
}

export function changeDraft(id: string, part: Partial<Question>): void {
  const now = { ...draft(id), ...part };
  useDrafts.setState({ [id]: now });
  void saveChoice(name(id), now);
}

/** Take a picture out of what is being written. */
export function dropPicture(id: string, picture: Picture): void {
  changeDraft(id, { pictures: draft(id).pictures.filter((other) => other.id !== picture.id) });
  void forgetPictures([picture], useStudio.getState().sessions);
}

function name(id: string): string {
  return `draft ${id}`;
}
