/** Descriptions that are pasted: a table of names and descriptions, or a metadata file. */

export interface Described {
  name: string;
  description: string;
}

export interface Matched {
  /** By the key of a file. */
  descriptions: Map<number, string>;
  count: number;
  /** Names that fitted by the last part of their path only. */
  byLastPart: number;
  unmatched: string[];
}

/** The most characters that a description may have at the server. */
export const LONGEST = 20_000;

/** The descriptions in a text, and what in it could not be understood. */
export function descriptionsIn(text: string): { found: Described[]; problems: string[] } {
  const plain = text.replace(/^\uFEFF/, "");
  if (!plain.trim()) return { found: [], problems: ["nothing was given"] };
  const { found, problems } = /^\s*[[{]/.test(plain) ? fromJson(plain) : fromTable(plain);
  const long = found.filter(({ description }) => description.length > LONGEST);
  return {
    found: found.filter(({ description }) => description.length <= LONGEST),
    problems: [
      ...problems,
      ...long.map(
        ({ name }) => `the description of “${name}” is longer than ${LONGEST} characters`,
      ),
    ],
  };
}

function fromJson(text: string): { found: Described[]; problems: string[] } {
  let entries: unknown;
  try {
    entries = JSON.parse(text);
  } catch (error) {
    return { found: [], problems: [`expected JSON: ${(error as Error).message}`] };
  }
  if (!Array.isArray(entries))
    return { found: [], problems: ['expected [{"image_blob_path": "a.jpg", "description": "…"}]'] };
  const found: Described[] = [];
  const problems: string[] = [];
  entries.forEach((entry, at) => {
    const name = entry?.image_blob_path ?? entry?.image_path;
    const description = entry?.description ?? "";
    if (typeof name !== "string" || !name.trim())
      problems.push(`entry ${at + 1} has no image_blob_path`);
    else if (typeof description !== "string")
      problems.push(`entry ${at + 1} has a description that is no text`);
    else found.push({ name, description });
  });
  return { found, problems };
}

function fromTable(text: string): { found: Described[]; problems: string[] } {
  const first = text.split("\n", 1)[0] as string;
  const separator = ["\t", ";", ","].find((one) => first.includes(one)) ?? ",";
  const found: Described[] = [];
  const problems: string[] = [];
  rows(text, separator).forEach(({ cells, line }, at) => {
    const [name = "", ...rest] = cells;
    if (at === 0 && /^(name|file|filename|image_blob_path|image_path|key)$/i.test(name.trim()))
      return;
    if (!name.trim() && !rest.join("").trim()) return;
    if (!rest.length) problems.push(`line ${line} has no description`);
    else if (!name.trim()) problems.push(`line ${line} has no name`);
    // A description with unquoted separators in it goes on to the end of the line.
    else found.push({ name: name.trim(), description: rest.join(separator).trim() });
  });
  return { found, problems };
}

/** Cells as RFC 4180 writes them: quoted ones may hold separators, line breaks and doubled quotes. */
function rows(text: string, separator: string): { cells: string[]; line: number }[] {
  const found: { cells: string[]; line: number }[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let began = 1;
  const end = () => {
    cells.push(cell);
    found.push({ cells, line: began });
    cells = [];
    cell = "";
    began = line;
  };
  for (let at = 0; at < text.length; at++) {
    const sign = text[at] as string;
    if (sign === "\n") line++;
    if (quoted) {
      if (sign !== '"') cell += sign;
      else if (text[at + 1] === '"') cell += text[at++];
      else quoted = false;
    } else if (sign === '"' && !cell) quoted = true;
    else if (sign === separator) {
      cells.push(cell);
      cell = "";
    } else if (sign === "\n") end();
    else if (sign !== "\r") cell += sign;
  }
  if (cell || cells.length) end();
  return found;
}

/** Which file each description is for: by its path, else by the only one whose last part it is. */
export function matched(found: Described[], files: { key: number; name: string }[]): Matched {
  const byPath = new Map<string, number>();
  const byLast = new Map<string, number | null>();
  for (const { key, name } of files) {
    byPath.set(comparable(name), key);
    const last = lastPart(name);
    byLast.set(last, byLast.has(last) ? null : key);
  }
  const result: Matched = { descriptions: new Map(), count: 0, byLastPart: 0, unmatched: [] };
  for (const { name, description } of found) {
    const path = byPath.get(comparable(name)) ?? byPath.get(decoded(name));
    const key = path ?? byLast.get(lastPart(name)) ?? byLast.get(lastPart(decoded(name)));
    if (key === undefined || key === null) result.unmatched.push(name);
    else {
      if (path === undefined) result.byLastPart++;
      result.descriptions.set(key, description);
    }
  }
  result.count = result.descriptions.size;
  return result;
}

/** One spelling for one path: forward slashes, nothing before the first name, composed letters. */
function comparable(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replace(/^(\.?\/)+/, "")
    .normalize("NFC");
}

function lastPart(path: string): string {
  return comparable(path).split("/").pop() as string;
}

function decoded(path: string): string {
  try {
    return comparable(decodeURIComponent(path));
  } catch {
    return comparable(path);
  }
}
