/** How much an upload may hold, so that nothing is sent in vain. */

import { create } from "zustand";
import { get } from "../../api/server";
import { endsLike, type VideoKinds } from "../../video/kinds";
import { bytes } from "../../widgets/amounts";

interface Limits {
  upload_file_bytes: number;
  upload_files: number;
  /** For a file whose name ends like that of a video. */
  video_file_bytes: number;
  video_endings: string[];
}

interface Told {
  limits: Pick<Limits, "upload_file_bytes" | "upload_files">;
  videos: VideoKinds;
}

/** The usual ones, until the server has told its own. */
export const useLimits = create<Limits>(() => ({
  upload_file_bytes: 200 * 2 ** 20,
  upload_files: 20_000,
  video_file_bytes: 4096 * 2 ** 20,
  video_endings: [],
}));

export async function askLimits(): Promise<void> {
  const { limits, videos } = await get<Told>("api/server");
  const { endings: video_endings, upload_file_bytes: video_file_bytes } = videos;
  useLimits.setState({ ...limits, video_endings, video_file_bytes });
}

/** Why a file is not sent at all; "" when it is. */
export function refusal(file: File, position: number): string {
  const { upload_file_bytes, upload_files, video_file_bytes } = useLimits.getState();
  const most = isVideoName(file.name) ? video_file_bytes : upload_file_bytes;
  if (file.size > most)
    return `${bytes(file.size)}: larger than ${mebibytes(most)}, which is the most for one file. It was not sent.`;
  if (position >= upload_files)
    return `An upload holds at most ${upload_files.toLocaleString("en")} files. It was not sent.`;
  return "";
}

export function isVideoName(name: string): boolean {
  return endsLike(name, useLimits.getState().video_endings);
}

export function mebibytes(number: number): string {
  return `${(number / 2 ** 20).toLocaleString("en")} MiB`;
}
