/** Videos of indexes along their time, each fetched once. */

import { useEffect, useState } from "react";
import { type Timeline, type TimelineFrame, timelineOf } from "../api/videos";
import { clock } from "../widgets/amounts";

const known = new Map<string, Promise<Timeline>>();

export function timeline(index: string, key: string): Promise<Timeline> {
  const name = `${index}\n${key}`;
  const asked = known.get(name) ?? timelineOf(index, key);
  known.set(name, asked);
  asked.catch(() => known.delete(name));
  return asked;
}

/** Null before it is there, and where it cannot be had. */
export function useTimeline(index: string, key: string): Timeline | null {
  const [found, setFound] = useState<Timeline | null>(null);
  useEffect(() => {
    setFound(null);
    if (!index || !key) return;
    let left = false;
    timeline(index, key).then(
      (told) => !left && setFound(told),
      () => undefined,
    );
    return () => {
      left = true;
    };
  }, [index, key]);
  return found;
}

/** What a frame is called as a picture of its own. */
export function frameName(video: string, seconds = 0): string {
  return `${video} at ${clock(seconds).replaceAll(":", ".")}.jpg`;
}

/** The frame that stands for a time: the last one up to it. */
export function frameAt(frames: TimelineFrame[], seconds: number): number {
  return Math.max(
    frames.findLastIndex((frame) => frame.seconds <= seconds + 0.001),
    0,
  );
}
