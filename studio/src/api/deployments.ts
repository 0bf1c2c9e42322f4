/** Deployments that are added while the server runs, and servers on its machine to add them from. */

import { get, Problem, send } from "./server";

export interface FoundServer {
  /** Whose usual port it is. */
  name: string;
  base_url: string;
  models: string[];
  refusal: string;
}

/** Model servers that answer on the server's machine; none where it does not look for them. */
export async function foundServers(signal: AbortSignal): Promise<FoundServer[]> {
  try {
    return (await get<{ servers: FoundServer[] }>("api/deployments/found", signal)).servers;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return [];
    throw error;
  }
}

export async function madeDeployment(given: {
  name: string;
  base_url: string;
  model: string;
}): Promise<void> {
  await send("POST", "api/deployments", given);
}

/** A name for a model's deployment that is allowed and not taken: "org/qwen3-vl:2b" is "qwen3-vl:2b". */
export function nameFor(model: string, taken: string[]): string {
  const last = model.split("/").at(-1) ?? "";
  const plain =
    last
      .replace(/[^\w.:-]/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 60) || "model";
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? plain : `${plain}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
