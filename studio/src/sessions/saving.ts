/** Sessions saved as a file by the browser. */

import type { Session } from "../session/session";
import { sessionFile } from "../session/sessionFile";

export async function exportSessions(sessions: Session[]): Promise<void> {
  const address = URL.createObjectURL(await sessionFile(sessions));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(sessions);
  link.click();
  // The browser takes the bytes when it begins to save them.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function fileName(sessions: Session[]): string {
  const day = new Date().toISOString().slice(0, 10);
  const [only] = sessions;
  const name = sessions.length === 1 && only ? only.name.replace(/[^\p{L}\p{N}]+/gu, "-") : "all";
  return `sightline-${name.replace(/^-|-$/g, "").slice(0, 40) || "session"}-${day}.json`;
}
