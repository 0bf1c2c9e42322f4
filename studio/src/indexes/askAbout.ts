/** From a picture of an index to a question about it in the playground. */

import { type Asset, originalOf, thumbnailPath } from "../api/assets";
import { call } from "../api/server";
import { changeDraft } from "../session/drafts";
import { keepPicture } from "../session/storage";
import { begin, session } from "../session/studio";
import { frameName } from "../video/timeline";

/** A new session in which the picture waits for a question. */
export async function askAbout(asset: Asset): Promise<void> {
  const picture = await keepPicture(await fileOf(asset));
  begin();
  changeDraft(session().id, { pictures: [picture] });
}

/** A new session in which a video of an index waits for a question. */
export function askAboutVideo({ index, key, name, size }: Asset): void {
  begin();
  const video = { id: crypto.randomUUID(), name, size, upload: "", file: "", index, key };
  changeDraft(session().id, { videos: [video] });
}

/** The original; of a page, a frame of a GIF, or where the original is gone, the small picture. */
async function fileOf(asset: Asset): Promise<File> {
  const original = asset.place && !asset.film ? null : await fetch(originalOf(asset));
  const answered = original?.ok ? original : await call(thumbnailPath(asset));
  const bytes = await answered.blob();
  const name = asset.film ? frameName(asset.name, asset.place?.seconds) : asset.name;
  return new File([bytes], name, { type: bytes.type });
}
