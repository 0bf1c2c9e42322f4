/** How far the videos of questions are on their way. */

import { create } from "zustand";
import type { Problem } from "../api/server";
import type { Video } from "../session/session";
import { clock } from "../widgets/amounts";

export type Progress =
  /** A share, 0..1. */
  | { step: "sending"; sent: number }
  | { step: "indexing"; seconds: number; duration: number }
  | { step: "ready"; key: string; duration: number; coverage: string }
  | { step: "failed"; problem: Problem }
  /** It has to be attached again. */
  | { step: "gone" };

/** By the ids of videos. */
export const useProgress = create<Record<string, Progress | undefined>>(() => ({}));

export function put(id: string, progress: Progress | undefined): void {
  useProgress.setState({ [id]: progress });
}

/** Whether all of them can be asked about, be it that they are still being indexed. */
export function useArrived(videos: Video[]): boolean {
  return useProgress((all) =>
    videos.every(({ id, index }) => {
      const step = all[id]?.step;
      return index !== "" && step !== "failed" && step !== "gone";
    }),
  );
}

/** What is being done; an empty text when nothing is. */
export function inWords(progress: Progress | undefined): string {
  switch (progress?.step) {
    case "sending":
      return progress.sent < 1
        ? `Uploading: ${Math.floor(progress.sent * 100)} %`
        : "Uploaded, being checked";
    case "indexing":
      return progress.duration
        ? `Indexing frames: ${clock(progress.seconds)} of ${clock(progress.duration)}`
        : "Indexing frames";
    case "ready":
      return progress.duration ? clock(progress.duration) : "";
    default:
      return "";
  }
}
