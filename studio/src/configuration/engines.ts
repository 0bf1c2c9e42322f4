/** What can be chosen of those who read and look. */

import type { About } from "../api/about";
import type { Vision } from "../session/session";

export interface Choice {
  /** Empty for what the server does by itself. */
  value: string;
  label: string;
}

export interface Choices {
  readers: Choice[];
  languages: Choice[];
  detectors: Choice[];
}

/** The choices of a session; what is chosen and not there any more stays among them. */
export function choices(engines: About["engines"], vision: Vision, deployment: string): Choices {
  const others = engines.readers.filter(({ name }) => name !== engines.reader);
  const chosen = vision.reader || engines.reader;
  const reader = engines.readers.find(({ name }) => name === chosen);
  const drawing = "vlm:";
  const usable = engines.detectors.filter(
    (name) => !name.startsWith(drawing) || name === drawing + deployment,
  );
  return {
    readers: withChosen(vision.reader, [
      { value: "", label: engines.reader },
      ...others.map(({ name }) => plain(name)),
    ]),
    languages: withChosen(vision.language, [
      { value: "", label: "All at once" },
      ...(reader?.languages ?? []).map((name) => ({ value: name, label: capital(name) })),
    ]),
    detectors: withChosen(
      vision.detector,
      usable.length === 1
        ? [{ value: "", label: usable[0] as string }]
        : [
            { value: "", label: usable.length ? "All of them" : "None" },
            ...usable.map((name) => plain(name)),
          ],
    ),
  };
}

function plain(name: string): Choice {
  return { value: name, label: name };
}

function withChosen(value: string, all: Choice[]): Choice[] {
  if (!value || all.some((one) => one.value === value || one.label === value)) return all;
  return [...all, { value, label: `${value} (not there any more)` }];
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
