/** What is chosen in the wizard so far, and what is wrong with it. */

import { create } from "zustand";
import type { Cors, Examined, Found, Place, Source } from "../../api/data";
import type { Problem } from "../../api/server";
import type { IndexInfo } from "../../api/types";
import { useStudio } from "../../session/studio";
import { count } from "../../widgets/amounts";
import { useUploading } from "./uploading";

export type Kind = "upload" | "container" | "search" | "earlier";
export type Step = "source" | "details" | "pictures" | "review";

export interface Form {
  kind: Kind;
  step: Step;
  /** Next was pressed in this step, so what is missing is said. */
  pressed: boolean;
  busy: boolean;
  problem: Problem | null;
  index: string;
  readText: boolean;
  address: string;
  /** Minutes between looks at a container. */
  every: number;
  found: Found | null;
  /** The record of the container in this index. */
  source: Source | null;
  /** It was made here, to look at the container's rule for browsers. */
  made: boolean;
  cors: Cors | null;
  service: string;
  distant: string;
  encoder: string;
  fields: Record<string, string>;
  examined: Examined | null;
  earlier: string[];
}

const EMPTY: Form = {
  kind: "upload",
  step: "source",
  pressed: false,
  busy: false,
  problem: null,
  index: "",
  readText: true,
  address: "",
  every: 0,
  found: null,
  source: null,
  made: false,
  cors: null,
  service: "",
  distant: "",
  encoder: "",
  fields: {},
  examined: null,
  earlier: [],
};

export const useForm = create<Form>(() => EMPTY);

export function setForm(part: Partial<Form>): void {
  useForm.setState(part);
}

export function begin(): void {
  setForm({ ...EMPTY, index: freeName(useStudio.getState().indexes) });
}

const STEPS: Record<Kind, Step[]> = {
  upload: ["source", "details", "pictures", "review"],
  container: ["source", "details", "review"],
  search: ["source", "details", "review"],
  earlier: ["source", "details", "review"],
};

export function stepsOf(kind: Kind): Step[] {
  return STEPS[kind];
}

/** What keeps the details from being used, by the field that it is about. */
export function missing(form: Form, indexes: IndexInfo[]): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (form.kind !== "earlier") {
    const name = wrongName(form, indexes);
    if (name) wrong.index = name;
  }
  if (
    form.kind === "upload" &&
    !useUploading.getState().files.some(({ state }) => state !== "failed")
  )
    wrong.files = "Choose at least one picture or video.";
  if (form.kind === "container" && !form.address.trim()) wrong.address = "Give an address.";
  if (form.kind === "search" && !form.service) wrong.service = "Choose a service.";
  if (form.kind === "search" && !form.distant.trim()) wrong.distant = "Choose an index.";
  if (form.kind === "earlier" && !form.earlier.length) wrong.earlier = "Choose at least one index.";
  return wrong;
}

function wrongName({ index, kind }: Form, indexes: IndexInfo[]): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(index))
    return "1 to 128 letters, digits, “.”, “_” or “-”, the first a letter or digit.";
  const there = indexes.find(({ name }) => name === index);
  if (there && kind === "search") return "There is an index of this name already.";
  if (there?.attached || there?.documents)
    return "An index of this name is not made of pictures that were ingested here.";
  return "";
}

/** What the name of an index means, where it is taken. */
export function meaning(index: string, indexes: IndexInfo[]): string {
  const there = indexes.find(({ name }) => name === index);
  if (!there) return "A new index.";
  const held = typeof there.rows === "number" ? ` (${count(there.rows, "picture")})` : "";
  return `There is this index already${held}: the files are added to it.`;
}

/** Where the container or folder is, as requests want it. */
export function placeOf(address: string): Place {
  const plain = address.trim();
  return plain.includes("://") ? { url: plain } : { folder: plain };
}

function freeName(indexes: IndexInfo[]): string {
  const taken = new Set(indexes.map(({ name }) => name));
  for (let number = 1; ; number++) {
    const name = number === 1 ? "my-pictures" : `my-pictures-${number}`;
    if (!taken.has(name)) return name;
  }
}
