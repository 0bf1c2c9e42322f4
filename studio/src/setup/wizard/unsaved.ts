/** Uploads that are not saved yet: what nobody saves is removed from the server, if late. */

import { call } from "../../api/server";
import { loadChoice, saveChoice } from "../../session/storage";

interface Unsaved {
  id: string;
  /** Since when, in milliseconds. */
  since: number;
}

const KEPT = "unsaved uploads";
/** Where a page cannot tell whether another one is open, it takes so long for granted. */
const DAY = 24 * 60 * 60 * 1000;

/** Ends the sign to other pages that this one has the upload open. */
const closing = new Map<string, () => void>();

function sign(id: string): string {
  return `upload ${id}`;
}

/** This page has begun an upload. */
export async function remember(id: string): Promise<void> {
  // Only over https and on the same machine.
  void navigator.locks?.request(sign(id), () => new Promise<void>((end) => closing.set(id, end)));
  await keep([...(await kept()), { id, since: Date.now() }]);
}

/** It is saved, or removed: nothing is to be done about it any more. */
export async function forget(id: string): Promise<void> {
  closing.get(id)?.();
  closing.delete(id);
  await keep((await kept()).filter((one) => one.id !== id));
}

/** Remove an upload from the server, also while the page goes. What fails is tried on the next visit. */
export async function discard(id: string): Promise<void> {
  try {
    await call(`api/uploads/${id}`, { method: "DELETE", keepalive: true });
  } catch (error) {
    const gone = (error as { status?: number }).status === 404;
    if (!gone) return;
  }
  await forget(id);
}

/** Remove what earlier visits left, and no page has open. */
export async function discardAbandoned(): Promise<void> {
  const all = await kept();
  if (!all.length) return;
  const open = (await navigator.locks?.query())?.held?.map(({ name }) => name);
  for (const { id, since } of all) {
    const abandoned = open ? !open.includes(sign(id)) : Date.now() - since > DAY;
    if (abandoned) await discard(id);
  }
}

async function kept(): Promise<Unsaved[]> {
  return (await loadChoice<Unsaved[]>(KEPT)) ?? [];
}

function keep(all: Unsaved[]): Promise<void> {
  return saveChoice(KEPT, all);
}
