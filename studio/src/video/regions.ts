import type { Point } from "../api/types";
import { useSources } from "../chat/sources";

const NONE: Point[][] = [];

/** Where on a source what the answer quotes of it stands. */
export function useRegions(number: number | undefined): Point[][] {
  const { citations } = useSources();
  return (number !== undefined && citations[number - 1]?.sightline.regions) || NONE;
}
