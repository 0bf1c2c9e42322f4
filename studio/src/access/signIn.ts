/** Who this browser is to the server: signed in with a key, asked for one, or in need of none. */

import { create } from "zustand";
import { get, onKeyWanted, send } from "../api/server";

interface Standing {
  key_needed: boolean;
  signed_in: { key: string; scopes: string[] } | null;
}

interface Access {
  /** The name of the key that this browser is signed in with. */
  key: string | null;
  /** Whether the server has refused a request for want of a key. */
  wanted: boolean;
}

export const useAccess = create<Access>(() => ({ key: null, wanted: false }));

const { setState } = useAccess;

/** Requests that wait until somebody has signed in. */
let waiting: (() => void)[] = [];

onKeyWanted(() => {
  setState({ wanted: true, key: null });
  return new Promise((resolve) => waiting.push(resolve));
});

/** Learn whether this browser is signed in; a server that does not answer is told of elsewhere. */
export async function learnStanding(): Promise<void> {
  const told = await get<Standing>("api/session").catch(() => null);
  if (told?.signed_in) setState({ key: told.signed_in.key });
}

/** Sign in; what waited for it goes on. Throws Problem for a wrong key. */
export async function signIn(key: string): Promise<void> {
  const told = await send<Standing>("POST", "api/session", { key });
  setState({ wanted: false, key: told.signed_in?.key ?? null });
  const gone = waiting;
  waiting = [];
  for (const go of gone) go();
}

/** Sign out. The page begins anew, so that nothing of the server stays on the screen. */
export async function signOut(): Promise<void> {
  await send("DELETE", "api/session");
  window.location.reload();
}
