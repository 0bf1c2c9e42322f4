/** The parameters of an answer that are numbers: their names, limits, and what they do. */

import type { Parameters } from "../session/session";

export interface NumberParameter {
  label: string;
  about: string;
  least: number;
  most: number;
  step: number;
}

/** One that is kept with the session under its key. */
export interface SamplingParameter extends NumberParameter {
  key: Exclude<keyof Parameters, "stop">;
}

export const MAIN: SamplingParameter[] = [
  {
    key: "maxTokens",
    label: "Max response",
    about: "The most tokens of one answer. A token is about four letters of English.",
    least: 1,
    most: 16_384,
    step: 1,
  },
  {
    key: "temperature",
    label: "Temperature",
    about: "How freely words are chosen: 0 takes the likeliest, 2 surprises.",
    least: 0,
    most: 2,
    step: 0.01,
  },
  {
    key: "topP",
    label: "Top P",
    about:
      "Only the likeliest words that add up to this share are considered. Change this or the temperature, not both.",
    least: 0,
    most: 1,
    step: 0.01,
  },
];

export const MORE: SamplingParameter[] = [
  {
    key: "pastMessages",
    label: "Past messages included",
    about: "How many earlier messages go along with a question: 10 are five questions and answers.",
    least: 0,
    most: 20,
    step: 1,
  },
  {
    key: "frequencyPenalty",
    label: "Frequency penalty",
    about: "Above 0, a word becomes less likely the more often it was said.",
    least: -2,
    most: 2,
    step: 0.01,
  },
  {
    key: "presencePenalty",
    label: "Presence penalty",
    about: "Above 0, words that were said already become less likely, which brings new subjects.",
    least: -2,
    most: 2,
    step: 0.01,
  },
];

export const STRICTNESS: NumberParameter = {
  label: "Strictness",
  about: "How well pictures must fit the question: 1 takes nearly all, 5 only the best.",
  least: 1,
  most: 5,
  step: 1,
};

export const MOST_STOPS = 4;

/** A number within the limits, on the steps. */
export function fitting(value: number, { least, most, step }: NumberParameter): number {
  const stepped = Math.round(value / step) * step;
  return Number(Math.min(most, Math.max(least, stepped)).toFixed(2));
}

/** A stop sequence as it is typed and shown: `\n` and `\t` stand for line break and tab. */
export function typed(stop: string): string {
  return stop.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
}

export function meant(text: string): string {
  const escapes: Record<string, string> = { n: "\n", t: "\t", "\\": "\\" };
  return text.replace(/\\([nt\\])/g, (_, sign: string) => escapes[sign] as string);
}
