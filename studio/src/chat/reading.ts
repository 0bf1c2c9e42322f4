/** The lines of text on a picture, as the server reads them. */

import { call, Problem } from "../api/server";
import type { Point } from "../api/types";
import { pictureBytes } from "../session/storage";

export interface ReadLine {
  text: string;
  /** Whole pixels of the upright picture. */
  polygon: Point[];
}

export interface Reading {
  width: number;
  height: number;
  lines: ReadLine[];
}

interface Analysis {
  metadata: { width: number; height: number };
  readResult: { blocks: { lines: { text: string; boundingPolygon: Point[] }[] }[] };
}

const PATH = "computervision/imageanalysis:analyze?api-version=2023-10-01&features=read";

export async function read(picture: string): Promise<Reading> {
  const body = await pictureBytes(picture);
  if (!body) throw new Problem("The picture is not kept in this browser any more.");
  const headers = { "content-type": "application/octet-stream" };
  const response = await call(PATH, { method: "POST", body, headers });
  const { metadata, readResult } = (await response.json()) as Analysis;
  return {
    ...metadata,
    lines: readResult.blocks.flatMap(({ lines }) =>
      lines.map(({ text, boundingPolygon }) => ({ text, polygon: boundingPolygon })),
    ),
  };
}
