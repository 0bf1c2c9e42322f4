/** Sessions as a file to keep or to hand on: JSON with the pictures inside. */

import { dataUrl } from "../api/dataUrl";
import { Problem } from "../api/server";
import { isComing, type Picture, type Session } from "./session";
import { sessionShape } from "./sessionShape";
import { list, Misshapen, record, table, text } from "./shapes";
import { keepPicture, pictureBytes } from "./storage";

const FORMAT = "sightline-sessions";
const VERSION = 1;
/** A browser reads no longer text in one piece. */
const LARGEST = 500_000_000;
/** Bytes of these kinds are shown and sent; nothing else comes in. */
const KINDS = /^(image\/(jpeg|png|gif|webp|bmp|tiff|heic|heif|avif)|video\/[\w.+-]+)$/;

/** The file with these sessions. Pictures whose bytes are gone are not in it. */
export async function sessionFile(sessions: Session[]): Promise<Blob> {
  const head = { format: FORMAT, version: VERSION, exported: new Date().toISOString() };
  const pieces = [JSON.stringify({ ...head, sessions }, null, 1).slice(0, -2), ',\n "pictures": {'];
  let comma = "";
  for (const [id, { type }] of picturesOf(sessions)) {
    const bytes = await pictureBytes(id);
    if (!bytes) continue;
    pieces.push(`${comma}\n  ${JSON.stringify(id)}: "data:${type};base64,${await base64(bytes)}"`);
    comma = ",";
  }
  return new Blob([...pieces, "\n }\n}\n"], { type: "application/json" });
}

export interface Read {
  sessions: Session[];
  /** How many pictures are not in the file. */
  missing: number;
}

/** The sessions in a file; their pictures are kept. `taken` tells which ids are in use. */
export async function readSessionFile(file: File, taken: (id: string) => boolean): Promise<Read> {
  const read = whole(await json(file), file.name);
  const kept = new Map<string, Picture>();
  let missing = 0;
  for (const [id, { name }] of picturesOf(read.sessions)) {
    const url = read.pictures[id];
    if (url === undefined) missing += 1;
    else kept.set(id, await keepPicture(pictureIn(url, name, id, file.name)));
  }
  const ids = new Set<string>();
  const sessions = read.sessions.map((session) => {
    const id = taken(session.id) || ids.has(session.id) ? crypto.randomUUID() : session.id;
    ids.add(id);
    return adopted({ ...session, id }, kept);
  });
  return { sessions, missing };
}

/** A session whose pictures are those that were kept, and of which no answer is coming. */
function adopted(session: Session, kept: Map<string, Picture>): Session {
  return {
    ...session,
    turns: session.turns.map(({ question, answer, ...turn }) => ({
      ...turn,
      question: {
        ...question,
        pictures: question.pictures.map((picture) => kept.get(picture.id) ?? picture),
      },
      answer: answer && isComing(answer) ? { ...answer, state: "interrupted" as const } : answer,
    })),
  };
}

async function json(file: File): Promise<unknown> {
  if (file.size > LARGEST)
    throw problem(
      file.name,
      `it has ${file.size.toLocaleString("en")} bytes, and a browser reads at most ${LARGEST.toLocaleString("en")}`,
    );
  try {
    return JSON.parse(await file.text());
  } catch {
    throw problem(file.name, "it is not JSON, or a part of it is missing");
  }
}

function whole(given: unknown, name: string) {
  const { format, version } = (given ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT)
    throw problem(name, `its “format” is not “${FORMAT}”, so it comes from another program`);
  if (version !== VERSION)
    throw problem(
      name,
      `it has version ${String(version)}, and this Studio reads version ${VERSION}`,
    );
  try {
    return record({ sessions: list(sessionShape), pictures: table(text) })(given, "");
  } catch (error) {
    if (error instanceof Misshapen) throw problem(name, error.message);
    throw error;
  }
}

function pictureIn(url: string, name: string, id: string, file: string): File {
  const [, type = "", coded = ""] = /^data:([^;,]*);base64,(.*)$/s.exec(url) ?? [];
  if (!KINDS.test(type))
    throw problem(file, `pictures.${id}: expected a picture, got ${type || "something else"}`);
  try {
    const bytes = Uint8Array.from(atob(coded), (sign) => sign.charCodeAt(0));
    return new File([bytes], name, { type });
  } catch {
    throw problem(file, `pictures.${id}: its base64 is broken`);
  }
}

function problem(name: string, why: string): Problem {
  return new Problem(`${name} was not imported.`, {
    code: "unreadable_sessions",
    hint: `${why[0]?.toUpperCase()}${why.slice(1)}. Nothing was changed.`,
  });
}

function picturesOf(sessions: Session[]): Map<string, Picture> {
  const pictures = sessions.flatMap(({ turns }) => turns.flatMap((turn) => turn.question.pictures));
  return new Map(pictures.map((picture) => [picture.id, picture]));
}

async function base64(bytes: Blob): Promise<string> {
  return (await dataUrl(bytes)).replace(/^[^,]*,/, "");
}
