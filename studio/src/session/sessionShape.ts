/** What a session in a file must look like. A field that later versions add has its usual value. */

import type { Citation, Grounding, Point, Span, Usage, Warning, WatchedVideo } from "../api/types";
import {
  type Answer,
  type DataParameters,
  type Failure,
  newSession,
  type Parameters,
  type Picture,
  type Question,
  type Session,
  type Setup,
  type Turn,
  USUAL_DATA,
  USUAL_PARAMETERS,
  USUAL_VISION,
  type Video,
  type Vision,
} from "./session";
import {
  anything,
  list,
  number,
  oneOf,
  open,
  or,
  orNull,
  record,
  table,
  text,
  truth,
} from "./shapes";

const usual = newSession().setup;

const parameters = record<Parameters>({
  maxTokens: number(1, 1_000_000),
  temperature: number(0, 2),
  topP: number(0, 1),
  stop: list(text, 4),
  pastMessages: number(0, 1000),
  frequencyPenalty: number(-2, 2),
  presencePenalty: number(-2, 2),
});

const data = record<DataParameters>({
  inScope: truth,
  top: number(1, 50),
  strictness: number(1, 5),
});

const vision = record<Vision>({
  on: truth,
  ocr: truth,
  grounding: truth,
  reader: or(text, ""),
  language: or(text, ""),
  detector: or(text, ""),
});

const setup = record<Setup>({
  system: text,
  examples: or(list(record({ question: text, answer: text })), usual.examples),
  indexes: or(list(text), usual.indexes),
  data: or(data, USUAL_DATA),
  deployment: text,
  parameters: or(parameters, USUAL_PARAMETERS),
  vision: or(vision, USUAL_VISION),
  record: or(truth, usual.record),
});

const picture = record<Picture>({ id: text, name: text, type: text, size: number(0) });
const video = record<Video>({
  id: text,
  name: text,
  size: number(0),
  upload: text,
  file: text,
  index: text,
  key: text,
});
const question = record<Question>({
  text,
  pictures: list(picture, 1000),
  videos: or(list(video, 1000), []),
});
const point = record<Point>({ x: number(), y: number() });

const citation = open<Citation>({
  content: text,
  title: text,
  sightline: open<Citation["sightline"]>({
    number: number(),
    cited: or(truth, false),
    regions: or(list(anything), []),
    reasons: or(table(number()), {}),
  }),
});

const watched = open<WatchedVideo>({
  name: text,
  index: text,
  key: text,
  duration: number(0),
  coverage: text,
  about_all: truth,
  looked_for: text,
  found: orNull(truth),
  frames: list(open({ number: number(1), rank: number(1), start: number(0), until: number(0) })),
});

const span = open<Span>({ text, offset: number(0), length: number(0), polygon: list(point) });
const grounding = open<Grounding>({
  status: oneOf("Success", "Partial", "Failed"),
  lines: list(open<Grounding["lines"][number]>({ text, spans: list(span) })),
});

const usage = open<Usage>({
  prompt_tokens: number(),
  completion_tokens: number(),
  total_tokens: number(),
});

const answer = record<Answer>({
  state: oneOf("waiting", "streaming", "done", "stopped", "interrupted", "failed"),
  deployment: text,
  text,
  reasoning: or(text, ""),
  progress: or(text, ""),
  citations: or(list(citation), []),
  videos: or(list(watched), []),
  intent: or(text, ""),
  warnings: or(list(record<Warning>({ code: text, message: text })), []),
  grounding: or(orNull(grounding), null),
  usage: or(orNull(usage), null),
  finishReason: or(orNull(text), null),
  failure: or(orNull(record<Failure>({ message: text, code: text, hint: text })), null),
  firstToken: or(orNull(number(0)), null),
  total: or(orNull(number(0)), null),
  request: or(text, ""),
  frames: or(list(text), []),
});

const turn = record<Turn>({ id: text, asked: number(0), question, answer: orNull(answer) });

export const sessionShape = record<Session>({
  id: text,
  name: text,
  created: number(0),
  changed: number(0),
  setup,
  turns: list(turn),
});
