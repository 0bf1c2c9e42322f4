/** A part of a picture as a picture of its own. */

/** Shares of the upright picture's width and height, 0..1. */
export interface Part {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export async function crop(bytes: Blob, name: string, part: Part): Promise<File> {
  const picture = await createImageBitmap(bytes, { imageOrientation: "from-image" });
  const left = Math.floor(part.left * picture.width);
  const top = Math.floor(part.top * picture.height);
  const width = Math.max(1, Math.ceil(part.right * picture.width) - left);
  const height = Math.max(1, Math.ceil(part.bottom * picture.height) - top);
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(picture, left, top, width, height, 0, 0, width, height);
  picture.close();
  const cut = await canvas.convertToBlob({ type: "image/png" });
  return new File([cut], `${name.replace(/\.[^.]+$/, "")} (part).png`, { type: cut.type });
}
