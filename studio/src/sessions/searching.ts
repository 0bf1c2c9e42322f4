/** Finding a session by its name and by what was said in it. */

import type { Session } from "../session/session";

/** The latest first; with words only those that hold all of them, in any case. */
export function found(sessions: Session[], words: string): Session[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return sessions
    .filter((session) => {
      if (!wanted.length) return true;
      const text = said(session);
      return wanted.every((word) => text.includes(word));
    })
    .sort((one, other) => other.changed - one.changed);
}

function said({ name, turns }: Session): string {
  return [
    name,
    ...turns.flatMap(({ question, answer }) => [
      question.text,
      ...question.pictures.map((picture) => picture.name),
      answer?.text ?? "",
    ]),
  ]
    .join("\n")
    .toLowerCase();
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "just now", "5 minutes ago", "yesterday"; a date after a week. */
export function ago(moment: number, now = Date.now()): string {
  const seconds = (now - moment) / 1000;
  if (seconds > 7 * 86_400)
    return new Date(moment).toLocaleDateString("en-GB", { dateStyle: "medium" });
  for (const [unit, length] of UNITS)
    if (seconds >= length) return words.format(-Math.floor(seconds / length), unit);
  return "just now";
}
