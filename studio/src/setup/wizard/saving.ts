/** What the buttons of the wizard do at the server. */

import type { Cors, Examined, Found, Ingestion, Source } from "../../api/data";
import { asProblem, get, Problem, send } from "../../api/server";
import { changeSetup, refresh, session, useStudio } from "../../session/studio";
import { awaitEnd } from "../following";
import { type Form, missing, placeOf, type Step, setForm, stepsOf, useForm } from "./form";
import { forget, remember } from "./unsaved";
import { leave, saveDescriptions, useUploading } from "./uploading";

/** Do something at the server; what goes wrong is shown in the step. */
export async function tried(what: () => Promise<void>): Promise<boolean> {
  setForm({ busy: true, problem: null });
  try {
    await what();
    return true;
  } catch (error) {
    setForm({ problem: asProblem(error) });
    return false;
  } finally {
    setForm({ busy: false });
  }
}

export function back(): void {
  const { kind, step } = useForm.getState();
  go(stepsOf(kind)[stepsOf(kind).indexOf(step) - 1] as Step);
}

/** Go on when what the step wants is there; the server is asked about what it alone can know. */
export async function next(): Promise<void> {
  const form = useForm.getState();
  const steps = stepsOf(form.kind);
  if (form.step === "details") {
    setForm({ pressed: true });
    if (Object.keys(missing(form, useStudio.getState().indexes)).length) return;
    if (form.kind === "container" && !form.found && !(await testContainer())) return;
    if (form.kind === "search" && !form.examined && !(await examine())) return;
  }
  if (form.step === "pictures" && !(await tried(saveDescriptions))) return;
  go(steps[steps.indexOf(form.step) + 1] as Step);
}

function go(step: Step): void {
  setForm({ step, pressed: false, problem: null });
}

export function testContainer(): Promise<boolean> {
  return tried(async () => {
    const source = placeOf(useForm.getState().address);
    const found = await send<Found>("POST", "api/sources/test", { source });
    if (!found.pictures)
      throw new Problem(`There are no pictures in ${found.uri}.`, {
        hint: "Pictures are jpg, png, gif, bmp, tiff, webp, heic or avif files.",
      });
    const { index, every } = useForm.getState();
    const { sources } = await get<{ sources: Source[] }>("api/sources");
    const there = sources.find((one) => one.uri === found.uri && one.index === index);
    setForm({ found, source: there ?? null, every: there?.refresh_minutes ?? every });
  });
}

/** Another place or index: what was found out does not hold any more. */
export function changePlace(part: Partial<Form>): void {
  forgetSource();
  setForm({ ...part, found: null, examined: null, problem: null });
}

export function examine(): Promise<boolean> {
  return tried(async () => setForm({ examined: await attach(useForm.getState(), true) }));
}

function attach({ index, service, distant, encoder, fields }: Form, dry_run: boolean) {
  return send<Examined>("PUT", `api/indexes/${encodeURIComponent(index)}/attachment`, {
    service,
    index: distant.trim(),
    encoder,
    fields_mapping: Object.fromEntries(Object.entries(fields).filter(([, field]) => field.trim())),
    dry_run,
  });
}

/** Whether pages may read the container; the server keeps a record of it to be asked about it. */
export function checkCors(): Promise<boolean> {
  return tried(async () => {
    const source = await remembered();
    setForm({ cors: await get<Cors>(`api/sources/${source.id}/cors?origin=${own()}`) });
  });
}

export function turnOnCors(): Promise<boolean> {
  return tried(async () => {
    const source = await remembered();
    const cors = await send<Cors>("PUT", `api/sources/${source.id}/cors`, {
      origin: window.location.origin,
    });
    setForm({ cors });
  });
}

function own(): string {
  return encodeURIComponent(window.location.origin);
}

/** The record of the container and its index: the one that is there, or a new one. */
async function remembered(): Promise<Source> {
  const { source, address, index, readText } = useForm.getState();
  if (source) return source;
  const made = await send<Source>("POST", "api/sources", {
    source: placeOf(address),
    index,
    read_text: readText,
  });
  setForm({ source: made, made: true });
  return made;
}

/** Forget the record that was made for a look only. */
export function forgetSource(): void {
  const { source, made } = useForm.getState();
  setForm({ source: null, made: false, cors: null });
  if (source && made)
    void send("DELETE", `api/sources/${source.id}?rows=keep`).catch(() => undefined);
}

/** Bring the source in, or use the index at once where there is nothing to bring in. */
export function save(): Promise<boolean> {
  return tried(async () => {
    const form = useForm.getState();
    const { id, setup } = session();
    const use = (names: string[]) =>
      changeSetup({ indexes: [...new Set([...setup.indexes, ...names])] }, id);
    if (form.kind === "upload") {
      await saveDescriptions();
      const { upload } = useUploading.getState();
      const wanted = { index: form.index, source: { upload }, read_text: form.readText };
      // Before it is in use: from then on nobody may take it for abandoned.
      await forget(upload);
      try {
        awaitEnd(await send<Ingestion>("POST", "api/ingestions", wanted), id);
      } catch (error) {
        await remember(upload);
        throw error;
      }
      leave(true);
    } else if (form.kind === "container") {
      const source = await remembered();
      const wanted = { read_text: form.readText, refresh_minutes: form.every };
      await send("PATCH", `api/sources/${source.id}`, wanted);
      awaitEnd(await send<Ingestion>("POST", `api/sources/${source.id}/sync`), id);
    } else if (form.kind === "search") {
      await attach(form, false);
      await refresh();
      use([form.index]);
    } else use(form.earlier);
  });
}
