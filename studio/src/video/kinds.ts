/** Which files are videos, as the server says. Its decoder judges by the content later. */

import { create } from "zustand";
import { about } from "../api/about";

export interface VideoKinds {
  endings: string[];
  upload_file_bytes: number;
}

/** Null until the server has told. */
export const useVideoKinds = create<{ kinds: VideoKinds | null }>(() => ({ kinds: null }));

/** Ask once. Without an answer, what the system calls a video is one. */
export async function videoKinds(): Promise<VideoKinds | null> {
  const { kinds } = useVideoKinds.getState();
  if (kinds) return kinds;
  const told = await about().catch(() => null);
  if (told) useVideoKinds.setState({ kinds: told.videos });
  return told?.videos ?? null;
}

export async function isVideo({ name, type }: File): Promise<boolean> {
  if (/^(video|image)\//.test(type)) return type.startsWith("video/");
  return endsLike(name, (await videoKinds())?.endings ?? []);
}

export function endsLike(name: string, endings: string[]): boolean {
  const lower = name.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}
