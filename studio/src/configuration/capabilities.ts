/** What a deployment can do, in words, and what a session asks of it. */

import type { Deployment } from "../api/types";
import type { Session } from "../session/session";

/** "Sees up to 10 pictures", "Does not see pictures". */
export function eyesight({ capabilities: { sees, max_images } }: Deployment): string {
  if (!sees) return "Does not see pictures";
  return max_images === 1 ? "Sees one picture" : `Sees up to ${max_images} pictures`;
}

export function kind({ capabilities }: Deployment): string {
  return capabilities.language_model ? "Language model" : "Quotes, no language model";
}

export function hasPictures(session: Session): boolean {
  return session.turns.some(({ question }) => question.pictures.length > 0);
}

/** Whether this deployment would not see the pictures of the session. */
export function isBlindTo(deployment: Deployment | undefined, session: Session): boolean {
  return deployment?.capabilities.sees === false && hasPictures(session);
}
