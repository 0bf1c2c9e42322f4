/** The sources of a turn, and how one of them is opened. */

import { createContext, useContext } from "react";
import type { Citation } from "../api/types";
import { clock } from "../widgets/amounts";

export interface Sources {
  citations: Citation[];
  open: (number: number) => void;
}

export const SourcesContext = createContext<Sources>({ citations: [], open: () => undefined });

export function useSources(): Sources {
  return useContext(SourcesContext);
}

const REASONS: Record<string, string> = {
  picture: "It looks like your picture",
  concept: "What it shows fits your words",
  description: "Its description means what you ask",
  words: "Your words stand in its description or text",
  detail: "Details match point by point",
  colour: "What moves on it has the colour",
  spread: "One of those spread over the whole video",
};

/** Why a search found a picture, the strongest reason first. */
export function reasonsInWords(reasons: Record<string, number>): [string, number][] {
  return Object.entries(reasons)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, strength]) => [REASONS[reason] ?? reason, strength]);
}

/** The part of a file that it is; an empty text for a whole one. */
export function placeInWords(place: Citation["sightline"]["place"]): string {
  if (!place) return "";
  if (place.page !== undefined) return `page ${place.page} of ${place.pages}`;
  if (place.seconds !== undefined) return clock(place.seconds);
  return "";
}
