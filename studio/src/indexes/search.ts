/** A search in an index: by words, by a picture, or by both. */

import { useEffect, useState } from "react";
import { type Hit, hitsOf } from "../api/assets";
import { dataUrl } from "../api/dataUrl";
import { asProblem, type Problem } from "../api/server";
import type { Shown } from "./rows";

/** As many as the server gives at once. */
export const MOST_HITS = 100;
const AFTER_TYPING = 300;

export interface Query {
  text: string;
  picture: File | null;
  undescribed: boolean;
}

export interface Found {
  /** Null before the first answer, and when nothing is searched for. */
  hits: Hit[] | null;
  searching: boolean;
  problem: Problem | null;
}

const NOTHING: Found = { hits: null, searching: false, problem: null };

/** What a query finds; `again` asks anew when it changes. */
export function useHits(
  index: string,
  { text, picture, undescribed }: Query,
  again: number,
): Found {
  const [found, setFound] = useState<Found>(NOTHING);
  const words = text.trim();
  useEffect(() => {
    if (!words && !picture) {
      setFound(NOTHING);
      return;
    }
    const leaving = new AbortController();
    setFound((now) => ({ ...now, searching: true }));
    const later = window.setTimeout(async () => {
      try {
        const query = {
          ...(words && { text: words }),
          ...(picture && { image: await dataUrl(picture) }),
          ...(undescribed && { where: { described: false } }),
          top: MOST_HITS,
        };
        const hits = await hitsOf(index, query, leaving.signal);
        if (!leaving.signal.aborted) setFound({ hits, searching: false, problem: null });
      } catch (error) {
        if (!leaving.signal.aborted)
          setFound({ hits: null, searching: false, problem: asProblem(error) });
      }
    }, AFTER_TYPING);
    return () => {
      window.clearTimeout(later);
      leaving.abort();
    };
  }, [index, words, picture, undescribed, again]);
  return found;
}

/** Hits as a gallery shows them. */
export function shownHits(hits: Hit[]): Shown {
  return { count: hits.length, at: (position) => hits[position]?.asset, see: () => undefined };
}

/** Why something was found, the strongest reason first: "looks alike, words". */
export function reasonsOf({ reasons }: Hit): string {
  return Object.entries(reasons)
    .sort(([, one], [, other]) => other - one)
    .map(([reason]) => WORDS[reason] ?? reason)
    .join(", ");
}

const WORDS: Record<string, string> = {
  picture: "looks alike",
  concept: "shows it",
  description: "is described so",
  words: "has the words",
  detail: "details match",
};
