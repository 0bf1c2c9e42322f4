/** Asking deployments what they can do, and those that could not be asked. */

import { create } from "zustand";
import { asProblem, Problem, send } from "../api/server";
import { refresh } from "./studio";

interface Finding {
  state: "ok" | "failed" | "unknown";
  found: string;
  error: string;
}

/** By the name of the deployment, why it could not be asked. */
export const useUnprobed = create<Record<string, Problem | undefined>>(() => ({}));

/** Ask a deployment what it can do; until it has answered, the usual is assumed. */
export async function probe(deployment: string): Promise<void> {
  useUnprobed.setState({ [deployment]: undefined });
  try {
    const path = `api/deployments/${encodeURIComponent(deployment)}/probe`;
    const { findings } = await send<{ findings: Finding[] }>("POST", path);
    const failed = findings.find(({ state }) => state === "failed");
    if (failed) throw new Problem(sentence(failed.error || failed.found), { code: "not_probed" });
  } catch (error) {
    useUnprobed.setState({ [deployment]: asProblem(error) });
  }
  await refresh();
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
