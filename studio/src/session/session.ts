/** A conversation and everything that is set for it. Plain values; IndexedDB keeps them as they are. */

import type { Citation, Grounding, Usage, Warning, WatchedVideo } from "../api/types";

/** A picture of a question. Its bytes are kept under `id`, apart from the session. */
export interface Picture {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** A video of a question: a file of an upload, or with `file` empty one of an index. */
export interface Video {
  id: string;
  name: string;
  size: number;
  /** Of the server; all are empty while it is on its way there. */
  upload: string;
  file: string;
  /** The index of its frames, and its key in there where the index is not of this video alone. */
  index: string;
  key: string;
}

export interface Question {
  text: string;
  pictures: Picture[];
  videos?: Video[];
}

export interface Failure {
  message: string;
  code: string;
  hint: string;
}

export interface Answer {
  /** `stopped` by the user; `interrupted` when the page was closed while it came. */
  state: "waiting" | "streaming" | "done" | "stopped" | "interrupted" | "failed";
  deployment: string;
  text: string;
  reasoning: string;
  progress: string;
  citations: Citation[];
  videos?: WatchedVideo[];
  intent: string;
  warnings: Warning[];
  grounding: Grounding | null;
  usage: Usage | null;
  finishReason: string | null;
  failure: Failure | null;
  /** Milliseconds from sending. */
  firstToken: number | null;
  total: number | null;
  /** The request with sizes in place of pictures, and the frames of the reply, as JSON texts. */
  request: string;
  frames: string[];
}

export interface Turn {
  id: string;
  asked: number;
  question: Question;
  answer: Answer | null;
}

export interface Example {
  question: string;
  answer: string;
}

export interface Parameters {
  maxTokens: number;
  temperature: number;
  topP: number;
  stop: string[];
  pastMessages: number;
  frequencyPenalty: number;
  presencePenalty: number;
}

export interface DataParameters {
  inScope: boolean;
  top: number;
  strictness: number;
}

/** Names of engines and of a language; empty where the server's usual ones are wanted. */
export interface Vision {
  on: boolean;
  ocr: boolean;
  grounding: boolean;
  reader: string;
  language: string;
  detector: string;
}

export interface Setup {
  system: string;
  examples: Example[];
  /** Names of the indexes that answers rest on. */
  indexes: string[];
  data: DataParameters;
  deployment: string;
  parameters: Parameters;
  vision: Vision;
  /** Whether the server keeps what the model was sent and answered. */
  record: boolean;
}

export interface Session {
  id: string;
  name: string;
  created: number;
  changed: number;
  setup: Setup;
  turns: Turn[];
}

export const USUAL_SYSTEM = "You are an AI assistant that helps people find information.";

export const USUAL_PARAMETERS: Parameters = {
  maxTokens: 800,
  temperature: 0.7,
  topP: 0.95,
  stop: [],
  pastMessages: 10,
  frequencyPenalty: 0,
  presencePenalty: 0,
};

export const USUAL_DATA: DataParameters = { inScope: true, top: 5, strictness: 3 };

export const USUAL_VISION: Vision = {
  on: false,
  ocr: true,
  grounding: true,
  reader: "",
  language: "",
  detector: "",
};

export function newSession(setup: Partial<Setup> = {}): Session {
  const now = Date.now();
  return {
    id: crypto.randomUUID(),
    name: "New session",
    created: now,
    changed: now,
    turns: [],
    setup: {
      system: USUAL_SYSTEM,
      examples: [],
      indexes: [],
      data: USUAL_DATA,
      deployment: "extractive",
      parameters: USUAL_PARAMETERS,
      vision: USUAL_VISION,
      record: true,
      ...setup,
    },
  };
}

export function newAnswer(deployment: string): Answer {
  return {
    state: "waiting",
    deployment,
    text: "",
    reasoning: "",
    progress: "",
    citations: [],
    intent: "",
    warnings: [],
    grounding: null,
    usage: null,
    finishReason: null,
    failure: null,
    firstToken: null,
    total: null,
    request: "",
    frames: [],
  };
}

/** Whether more of it may come. */
export function isComing(answer: Answer | null): boolean {
  return answer?.state === "waiting" || answer?.state === "streaming";
}
