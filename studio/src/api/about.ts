/** What the server tells about itself. */

import { get, Problem } from "./server";

export interface About {
  /** The deployment that answers when none is named. */
  deployment: string;
  /** Which files are videos, and how large one may be. */
  videos: { endings: string[]; upload_file_bytes: number };
  engines: {
    /** The usual one. */
    reader: string;
    /** All that can be chosen. */
    readers: { name: string; languages: string[] }[];
    detectors: string[];
  };
}

/** Null where the server does not tell. */
export async function about(): Promise<About | null> {
  try {
    return await get<About>("api/server");
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}
