/** Where the players of a turn stand: one frame at a time is pointed at. */

import { createContext, useContext } from "react";
import type { Citation, WatchedVideo } from "../api/types";

export interface Spot {
  index: string;
  asset: string;
  seconds: number;
  /** Of the citation. */
  number: number;
}

export interface Screening {
  /** A new value each time that something is pointed at. */
  spot: Spot | null;
  show: (spot: Spot) => void;
  /** Open the source that a frame is. */
  about: (number: number) => void;
}

export const ScreeningContext = createContext<Screening>({
  spot: null,
  show: () => undefined,
  about: () => undefined,
});

export function useScreening(): Screening {
  return useContext(ScreeningContext);
}

/** Where a source is in the videos of the question; null for any other source. */
export function spotOf(
  videos: WatchedVideo[] | undefined,
  citation: Citation | undefined,
): Spot | null {
  const { number, index, asset, place } = citation?.sightline ?? {};
  if (number === undefined || !index || !asset || place?.seconds === undefined) return null;
  const watched = videos?.some(({ frames }) => frames.some((frame) => frame.number === number));
  return watched ? { index, asset, seconds: place.seconds, number } : null;
}

/** Whether a frame is one of a video. */
export function isOf(video: WatchedVideo, spot: Spot | null): boolean {
  return spot !== null && video.frames.some(({ number }) => number === spot.number);
}
