/** How much an upload may hold, so that nothing is sent in vain. */

import { create } from "zustand";
import { get } from "../../api/server";
import { bytes } from "../../widgets/amounts";

interface Limits {
  upload_file_bytes: number;
  upload_files: number;
}

/** The usual ones, until the server has told its own. */
export const useLimits = create<Limits>(() => ({
  upload_file_bytes: 200 * 2 ** 20,
  upload_files: 20_000,
}));

export async function askLimits(): Promise<void> {
  useLimits.setState((await get<{ limits: Limits }>("api/server")).limits);
}

/** Why a file is not sent at all; "" when it is. */
export function refusal(file: File, position: number): string {
  const { upload_file_bytes: most, upload_files } = useLimits.getState();
  if (file.size > most)
    return `${bytes(file.size)}: larger than ${mebibytes(most)}, which is the most for one file. It was not sent.`;
  if (position >= upload_files)
    return `An upload holds at most ${upload_files.toLocaleString("en")} files. It was not sent.`;
  return "";
}

export function mebibytes(number: number): string {
  return `${(number / 2 ** 20).toLocaleString("en")} MiB`;
}
