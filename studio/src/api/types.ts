/** The shapes of the public API, as far as the Studio reads them. `docs/api.md` describes them. */

// biome-ignore lint/suspicious/noExplicitAny: any JSON value
export type Json = any;

export interface ErrorBody {
  error: { message: string; code?: string | null; type?: string; hint?: string | null };
}

export interface Deployment {
  id: string;
  capabilities: { sees: boolean; max_images: number; language_model: boolean };
  notice: string;
}

/** A place on a picture: points 0..1 of the upright picture's width and height. */
export interface Point {
  x: number;
  y: number;
}

export interface Citation {
  content: string;
  title: string;
  filepath: string | null;
  url: string | null;
  score?: number | null;
  sightline: {
    number: number;
    /** These are of a picture that a search found. */
    index?: string;
    asset?: string;
    asset_url?: string;
    thumbnail_url?: string;
    /** Of a frame of a video. */
    video_url?: string;
    reasons?: Record<string, number>;
    place?: { page?: number; pages?: number; seconds?: number } | null;
    /** These are of what the answer cites. */
    cited?: boolean;
    quote?: string;
    regions?: Point[][];
    inferred?: boolean;
    /** Which of the last pictures that were attached, from 1. */
    attached?: number;
  };
}

/** A video of a question, and what was looked at of it. Times are in seconds. */
export interface WatchedVideo {
  name: string;
  index: string;
  key: string;
  duration: number;
  coverage: string;
  about_all: boolean;
  looked_for: string;
  /** Null where nothing was looked for. */
  found: boolean | null;
  /** `number` is that of a citation; the best has rank 1. */
  frames: { number: number; rank: number; start: number; until: number }[];
}

export interface Span {
  text: string;
  /** Code points from the start of the line. */
  offset: number;
  length: number;
  polygon: Point[];
  image_index?: number;
  label?: string;
  score?: number;
  source?: string;
}

export interface Grounding {
  status: "Success" | "Partial" | "Failed";
  lines: { text: string; spans: Span[] }[];
  sightline?: { failures: Json[] };
}

export interface Warning {
  code: string;
  message: string;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  estimated?: boolean;
}

/** One chunk of a streamed chat completion. */
export interface Chunk {
  id: string;
  choices: {
    delta: {
      content?: string | null;
      reasoning_content?: string | null;
      context?: { intent?: string; citations?: Citation[]; videos?: WatchedVideo[] };
    };
    finish_reason: string | null;
    enhancements?: { grounding?: Grounding };
  }[];
  usage?: Usage | null;
  sightline?: { warnings?: Warning[]; adaptations?: Warning[]; cited?: Json[]; turn?: string };
}

export interface IndexInfo {
  name: string;
  url: string;
  rows: number | null;
  attached?: { service: string } | null;
  /** Where it was made by the protocol of Azure AI Search. */
  documents?: Json;
  error?: { message: string };
}
