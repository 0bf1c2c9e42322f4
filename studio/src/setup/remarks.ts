import type { Ingestion } from "../api/data";
import { count } from "../widgets/amounts";

/** How many files failed or have something else to be said about: "1 file failed, 2 remarks". */
export function remarks({ counts }: Ingestion): string {
  return [
    counts.failed && `${count(counts.failed, "file")} failed`,
    counts.noticed && count(counts.noticed, "remark"),
  ]
    .filter(Boolean)
    .join(", ");
}
