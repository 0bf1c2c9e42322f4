/** The files of videos at the server, which are kept as long as a session has a use for them. */

import { send } from "../api/server";
import type { Session, Video } from "./session";

/** Deletes the uploads of those videos that no session shows. */
export function forgetVideos(videos: Video[] = [], sessions: Session[] = []): void {
  const shown = sessions.flatMap(({ turns }) =>
    turns.flatMap(({ question }) => question.videos ?? []),
  );
  const kept = new Set(shown.map(({ upload }) => upload));
  for (const { upload } of videos)
    if (upload && !kept.has(upload))
      void send("DELETE", `api/uploads/${upload}`).catch(() => undefined);
}
