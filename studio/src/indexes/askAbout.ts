/** From a picture of an index to a question about it in the playground. */

import { type Asset, originalOf, thumbnailOf } from "../api/assets";
import { keepPicture, saveChoice } from "../session/storage";
import { begin, session } from "../session/studio";

/** A new session in which the picture waits for a question. */
export async function askAbout(asset: Asset): Promise<void> {
  const picture = await keepPicture(await fileOf(asset));
  begin();
  await saveChoice(`draft ${session().id}`, { text: "", pictures: [picture] });
}

/** The original; of a page, a frame, or where the original is gone, the small picture. */
async function fileOf(asset: Asset): Promise<File> {
  if (!asset.place) {
    const original = await fetch(originalOf(asset));
    if (original.ok) return file(await original.blob(), asset.name);
  }
  const small = await fetch(thumbnailOf(asset));
  return file(await small.blob(), asset.name);
}

function file(bytes: Blob, name: string): File {
  return new File([bytes], name, { type: bytes.type });
}
