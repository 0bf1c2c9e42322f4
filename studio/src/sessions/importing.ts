/** What sessions from elsewhere need and this server has not. */

import type { Session } from "../session/session";
import { refresh, useStudio } from "../session/studio";

/** Names of indexes that sessions use and the server lacks; none where it does not answer. */
export async function missingIndexes(sessions: Session[]): Promise<string[]> {
  await refresh();
  const { indexes, trouble } = useStudio.getState();
  if (trouble) return [];
  const there = new Set(indexes.map(({ name }) => name));
  return sessions.flatMap(({ setup }) => setup.indexes).filter((name) => !there.has(name));
}
