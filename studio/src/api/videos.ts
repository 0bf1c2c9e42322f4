/** Videos that are asked about: how they are taken in, and what an index knows of them along their time. */

import { pathOf } from "./assets";
import { address, get, send } from "./server";

export interface VideoStatus {
  /** The name of the index of its frames, too. */
  id: string;
  name: string;
  state: "Running" | "Succeeded" | "Failed";
  /** How far it has come. */
  seconds: number;
  duration: number;
  error: { code: string; message: string } | null;
  key?: string;
  coverage?: string;
}

export interface TimelineFrame {
  asset: string;
  seconds: number;
  until: number;
  shot: number;
  text: string | null;
  /** What is said while it stands. */
  spoken?: string | null;
  tags: string[];
  thumbnail_url: string;
}

export interface Timeline {
  name: string;
  width: number;
  height: number;
  duration: number;
  coverage: string;
  shots: { shot: number; start: number; until: number }[];
  frames: TimelineFrame[];
}

/** Have an uploaded video indexed. */
export function takeIn(file: string): Promise<VideoStatus> {
  return send("POST", "api/videos", { file });
}

export function statusOf(id: string): Promise<VideoStatus> {
  return get(`api/videos/${encodeURIComponent(id)}`);
}

export function timelineOf(index: string, key: string): Promise<Timeline> {
  return get(`${pathOf(index)}/timeline?key=${encodeURIComponent(key)}`);
}

/** The video that a frame is of, for a player. */
export function playerAddress(index: string, frame: string): string {
  return address(`${pathOf(index, frame)}/video`);
}
