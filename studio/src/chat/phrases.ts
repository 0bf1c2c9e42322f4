/** Phrases of an answer and the regions of pictures that they speak of. */

import type { Grounding, Point, Span } from "../api/types";

export interface Region {
  /** Which picture of the question, from 0. */
  image: number;
  polygon: Point[];
  label: string;
  /** The same number for the same label, from 0. */
  hue: number;
  /** Who found it; `text` is the reader. */
  source: string;
  score: number | null;
  /** Positions in `Tied.phrases`. */
  phrases: number[];
}

export interface Phrase {
  /** UTF-16 units in the answer, end excluded. */
  start: number;
  end: number;
  /** Positions in `Tied.regions`. */
  regions: number[];
}

export interface Tied {
  phrases: Phrase[];
  regions: Region[];
}

export const NOTHING_TIED: Tied = { phrases: [], regions: [] };

/** What the words of an answer are tied to. */
export function tied(grounding: Grounding | null): Tied {
  const found: Tied = { phrases: [], regions: [] };
  const phraseAt = new Map<string, number>();
  const regionAt = new Map<string, number>();
  const hues = new Map<string, number>();
  let before = 0;
  for (const line of grounding?.lines ?? []) {
    const units = unitsOf(line.text);
    for (const span of line.spans) {
      const start = before + (units[span.offset] ?? line.text.length);
      const end = before + (units[span.offset + span.length] ?? line.text.length);
      const phrase = place(phraseAt, `${start} ${end}`, found.phrases, { start, end, regions: [] });
      const region = place(
        regionAt,
        `${span.image_index} ${JSON.stringify(span.polygon)}`,
        found.regions,
        regionOf(span, hues),
      );
      found.phrases[phrase]?.regions.push(region);
      found.regions[region]?.phrases.push(phrase);
    }
    before += line.text.length + 1;
  }
  return found;
}

/** The position of what has this key, put at the end when it is new. */
function place<T>(known: Map<string, number>, key: string, all: T[], fresh: T): number {
  const at = known.get(key) ?? all.push(fresh) - 1;
  known.set(key, at);
  return at;
}

function regionOf(span: Span, hues: Map<string, number>): Region {
  const label = span.source === "text" ? span.text : (span.label ?? span.text);
  const hue = hues.get(label) ?? hues.size;
  hues.set(label, hue);
  return {
    image: span.image_index ?? 0,
    polygon: span.polygon,
    label,
    hue,
    source: span.source ?? "",
    score: span.score ?? null,
    phrases: [],
  };
}

/** For each code point, and for the end, its position in UTF-16 units. */
function unitsOf(text: string): number[] {
  const units = [0];
  let at = 0;
  for (const character of text) {
    at += character.length;
    units.push(at);
  }
  return units;
}
