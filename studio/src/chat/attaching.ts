/** Puts files into what is being written, and says of each that cannot be attached why. */

import { changeDraft, draft } from "../session/drafts";
import { picturesSent, withQuestion } from "../session/request";
import { keepPicture } from "../session/storage";
import { session } from "../session/studio";
import { isVideo, videoKinds } from "../video/kinds";
import { attachVideo } from "../video/taking";
import { isShown, kindOf } from "./kinds";

/** Pictures in one request, the whole conversation counted. */
export const MOST_PICTURES = 10;
const LARGEST = 20 * 1024 * 1024;

export interface Refusal {
  message: string;
  hint: string;
}

const REASONS = {
  folder: [
    "A folder cannot be attached",
    "Attach its pictures and videos, or make an index of them with Add your data.",
  ],
  kind: [
    "Not a picture or video that can be asked about",
    "JPEG, PNG, GIF, WebP, BMP, TIFF, HEIC and AVIF can, and videos such as MP4, MOV, MKV and WebM.",
  ],
  long: [
    "Larger than a video may be",
    "Cut it into parts, or save a copy with a lower resolution.",
  ],
  large: ["Larger than 20 MB", "Save a smaller copy of it and attach that."],
  empty: ["Empty", "The file has no bytes. Copy it here again."],
  broken: [
    "Cannot be read as a picture",
    "The file is cut off or damaged. Save it again elsewhere.",
  ],
  unkept: ["No room in this browser", "Delete old sessions, or free space on this device."],
  many: [
    `A conversation holds ${MOST_PICTURES} pictures. Left out`,
    "To ask about many pictures make an index of them with Add your data.",
  ],
} as const;
type Reason = keyof typeof REASONS;

/** What was dropped: the files, and the names of folders. */
export interface Dropped {
  files: File[];
  folders: string[];
}

/** Must be called while the event is handled: what it holds is gone afterwards. */
export function droppedIn(data: DataTransfer): Dropped {
  const dropped: Dropped = { files: [], folders: [] };
  for (const item of data.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry?.();
    const file = item.getAsFile();
    if (entry?.isDirectory) dropped.folders.push(entry.name);
    else if (file) dropped.files.push(file);
  }
  return dropped;
}

export async function attach(id: string, { files, folders }: Dropped): Promise<Refusal[]> {
  const refused = new Map<Reason, string[]>();
  const refuse = (reason: Reason, name: string) =>
    refused.set(reason, [...(refused.get(reason) ?? []), name]);
  for (const folder of folders) refuse("folder", folder);
  for (const file of files) {
    const reason = await attachOne(id, file);
    if (reason) refuse(reason, file.name);
  }
  return [...refused].map(([reason, names]) => {
    const [message, hint] = REASONS[reason];
    return { message: `${message}: ${listed(names)}.`, hint };
  });
}

async function attachOne(id: string, file: File): Promise<Reason | null> {
  if (await isVideo(file)) {
    const most = (await videoKinds())?.upload_file_bytes ?? Infinity;
    if (!file.size) return "empty";
    if (file.size > most) return "long";
    attachVideo(id, file);
    return null;
  }
  const held = () => picturesSent(...withQuestion(session(id), draft(id))).length;
  if (held() >= MOST_PICTURES) return "many";
  if (file.size > LARGEST) return "large";
  try {
    const type = await kindOf(file);
    if (!type) return file.size ? "kind" : "broken";
    if (isShown(type) && !(await decodes(file))) return "broken";
    const picture = await keepPicture(new File([file], file.name, { type }));
    changeDraft(id, { pictures: [...draft(id).pictures, picture] });
    return null;
  } catch (error) {
    return (error as Error).name === "QuotaExceededError" ? "unkept" : "broken";
  }
}

async function decodes(file: File): Promise<boolean> {
  try {
    (await createImageBitmap(file)).close();
    return true;
  } catch {
    return false;
  }
}

const NAMED = 3;

function listed(names: string[]): string {
  const more = names.length - NAMED;
  const first = names.slice(0, NAMED).join(", ");
  return more > 0 ? `${first} and ${more} more` : first;
}
