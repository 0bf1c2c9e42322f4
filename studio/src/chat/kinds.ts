/** What kind of picture a file is, told from its first bytes. */

const KINDS: [string, RegExp][] = [
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/png", /^\x89PNG\r\n/],
  ["image/gif", /^GIF8[79]a/],
  ["image/webp", /^RIFF.{4}WEBP/s],
  ["image/bmp", /^BM/],
  ["image/tiff", /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/],
  ["image/avif", /^.{4}ftypavi[fs]/s],
  ["image/heic", /^.{4}ftyp(hei[cxmsf]|hev[cx]|mif1|msf1)/s],
];

/** What the dialog for files offers. */
export const ACCEPTED =
  ".jpg,.jpeg,.png,.gif,.webp,.bmp,.tif,.tiff,.heic,.heif,.avif,image/jpeg,image/png,image/gif,image/webp";

/** The media type; an empty text when the file is no picture that the server reads. */
export async function kindOf(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  const start = String.fromCharCode(...bytes);
  return KINDS.find(([, mark]) => mark.test(start))?.[0] ?? "";
}

/** Whether this browser can show it at all. */
export function isShown(type: string): boolean {
  return type !== "image/tiff" && type !== "image/heic";
}
