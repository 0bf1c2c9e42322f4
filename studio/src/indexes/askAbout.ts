/** From a picture of an index to a question about it in the playground. */

import { type Asset, originalOf, thumbnailPath } from "../api/assets";
import { call } from "../api/server";
import { changeDraft } from "../session/drafts";
import { keepPicture } from "../session/storage";
import { begin, session } from "../session/studio";

/** A new session in which the picture waits for a question. */
export async function askAbout(asset: Asset): Promise<void> {
  const picture = await keepPicture(await fileOf(asset));
  begin();
  changeDraft(session().id, { pictures: [picture] });
}

/** The original; of a page, a frame, or where the original is gone, the small picture. */
async function fileOf(asset: Asset): Promise<File> {
  const original = asset.place ? null : await fetch(originalOf(asset));
  const answered = original?.ok ? original : await call(thumbnailPath(asset));
  const bytes = await answered.blob();
  return new File([bytes], asset.name, { type: bytes.type });
}
