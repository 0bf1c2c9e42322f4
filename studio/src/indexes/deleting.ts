/** Deleting an index, and what that means in words. */

import { pathOf } from "../api/assets";
import { send } from "../api/server";
import type { IndexInfo } from "../api/types";
import { changeSetup, refresh, useStudio } from "../session/studio";
import { count } from "../widgets/amounts";

export function meaningOf({ rows, attached }: IndexInfo): string {
  if (attached)
    return `It is only detached: at the service ${attached.service} nothing changes. Sessions that use it go on without it.`;
  const pictures = rows === null ? "Everything in it" : count(rows, "picture");
  return `${pictures}, with descriptions that were changed here, can no longer be searched. The files themselves stay where they are. Sessions that use it go on without it.`;
}

export async function deleteIndex(name: string): Promise<void> {
  await send("DELETE", pathOf(name));
  for (const { id, setup } of useStudio.getState().sessions)
    if (setup.indexes.includes(name))
      changeSetup({ indexes: setup.indexes.filter((one) => one !== name) }, id);
  await refresh();
}
