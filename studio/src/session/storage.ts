/** Sessions and pictures in the browser's own database, which this page alone can read. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { isComing, type Picture, type Question, type Session } from "./session";

interface Kept extends DBSchema {
  sessions: { key: string; value: Session; indexes: { changed: number } };
  pictures: { key: string; value: Blob };
  choices: { key: string; value: unknown };
}

let opened: Promise<IDBPDatabase<Kept>> | undefined;
let ready: IDBPDatabase<Kept> | undefined;

function database(): Promise<IDBPDatabase<Kept>> {
  // Two Studios below one origin keep their sessions apart.
  const name = `sightline ${new URL(document.baseURI).pathname}`;
  opened ??= openDB<Kept>(name, 1, {
    upgrade(db) {
      db.createObjectStore("sessions", { keyPath: "id" }).createIndex("changed", "changed");
      db.createObjectStore("pictures");
      db.createObjectStore("choices");
    },
  }).then((db) => {
    ready = db;
    return db;
  });
  return opened;
}

/** All sessions, the latest first. An answer that was coming when the page was closed is interrupted. */
export async function loadSessions(): Promise<Session[]> {
  const sessions = await (await database()).getAllFromIndex("sessions", "changed");
  return sessions.reverse().map((session) => ({
    ...session,
    turns: session.turns.map((turn) =>
      turn.answer && isComing(turn.answer)
        ? { ...turn, answer: { ...turn.answer, state: "interrupted" as const } }
        : turn,
    ),
  }));
}

/** Done at once where the database is open, for the page may be going. */
export async function saveSession(session: Session): Promise<void> {
  const work = (ready ?? (await database())).transaction("sessions", "readwrite");
  void work.store.put(session);
  work.commit();
  await work.done;
}

/** Deletes a session, what was being written in it, and the pictures that only it shows.
 * Gives back what was being written. */
export async function deleteSession(session: Session, others: Session[]): Promise<Question[]> {
  const db = await database();
  const written = (await db.get("choices", `draft ${session.id}`)) as Question | undefined;
  await Promise.all([
    db.delete("sessions", session.id),
    db.delete("choices", `draft ${session.id}`),
    forgetPictures(picturesOf(session), others),
  ]);
  return written ? [written] : [];
}

/** Deletes the bytes of those pictures that no session shows. */
export async function forgetPictures(pictures: Picture[], sessions: Session[]): Promise<void> {
  const db = await database();
  const shown = new Set(sessions.flatMap(picturesOf).map((picture) => picture.id));
  const gone = pictures.filter((picture) => !shown.has(picture.id));
  await Promise.all(gone.map((picture) => db.delete("pictures", picture.id)));
}

/** Keeps the bytes of a file and names them. */
export async function keepPicture(file: File): Promise<Picture> {
  const picture = { id: crypto.randomUUID(), name: file.name, type: file.type, size: file.size };
  await (await database()).put(
    "pictures",
    new Blob([await file.arrayBuffer()], { type: file.type }),
    picture.id,
  );
  return picture;
}

/** The bytes of a picture; undefined when they are gone. */
export async function pictureBytes(id: string): Promise<Blob | undefined> {
  return (await database()).get("pictures", id);
}

export async function loadChoice<T>(name: string): Promise<T | undefined> {
  return (await database()).get("choices", name) as Promise<T | undefined>;
}

export async function saveChoice(name: string, value: unknown): Promise<void> {
  await (await database()).put("choices", value, name);
}

function picturesOf(session: Session): Picture[] {
  return session.turns.flatMap((turn) => turn.question.pictures);
}
