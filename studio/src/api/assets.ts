/** What an index holds: shapes, addresses and the requests about it. */

import { address, get, send } from "./server";
import type { Json, Point } from "./types";

export interface Asset {
  id: string;
  key: string;
  name: string;
  source: string;
  place: { page?: number; pages?: number; seconds?: number } | null;
  media_type: string;
  width: number;
  height: number;
  size: number;
  description: string;
  text: string | null;
  tags: { name: string; probability: number }[];
  taken_at: string | null;
  indexed_at: string | null;
  index: string;
  thumbnail_url: string;
  /** Of a frame of a video: until when it stands for it, in seconds. */
  film?: { until: number; shot: number; duration: number; coverage: string };
}

export interface Line {
  text: string;
  confidence: number;
  polygon: Point[];
}

export interface WholeAsset extends Asset {
  reading: { lines: Line[] } | null;
}

export interface Hit {
  score: number;
  reasons: Record<string, number>;
  asset: Asset;
}

export interface AssetPage {
  assets: Asset[];
  total: number;
}

/** What names an asset. */
export type AssetName = Pick<Asset, "index" | "id">;

export function pathOf(index: string, asset?: string): string {
  const path = `api/indexes/${encodeURIComponent(index)}`;
  return asset === undefined ? path : `${path}/assets/${encodeURIComponent(asset)}`;
}

/** The path of the small picture, which changes with it. */
export function thumbnailPath({ index, id, thumbnail_url }: Asset): string {
  return `${pathOf(index, id)}/thumbnail${new URL(thumbnail_url).search}`;
}

export function thumbnailOf(asset: Asset): string {
  return address(thumbnailPath(asset));
}

export function originalOf({ index, id }: AssetName): string {
  return address(`${pathOf(index, id)}/original`);
}

export function assetPage(
  index: string,
  { offset, limit, undescribed }: { offset: number; limit: number; undescribed: boolean },
  signal: AbortSignal,
): Promise<AssetPage> {
  const which = undescribed ? "&described=false" : "";
  return get(`${pathOf(index)}/assets?offset=${offset}&limit=${limit}${which}`, signal);
}

export function wholeAsset({ index, id }: AssetName, signal: AbortSignal): Promise<WholeAsset> {
  return get(pathOf(index, id), signal);
}

/** The hits of a search. Of more than the server finds at once, the best. */
export async function hitsOf(index: string, query: Json, signal: AbortSignal): Promise<Hit[]> {
  return (await send<{ hits: Hit[] }>("POST", `${pathOf(index)}/search`, query, signal)).hits;
}

/** The assets that look most like one. */
export async function neighboursOf({ index, id }: AssetName, signal: AbortSignal): Promise<Hit[]> {
  return (await get<{ hits: Hit[] }>(`${pathOf(index, id)}/neighbours?top=8`, signal)).hits;
}

export function describe({ index, id }: AssetName, description: string): Promise<Asset> {
  return send("PATCH", pathOf(index, id), { description });
}

/** Take one out of its index. The reply says what later ingestions do. */
export function takeOut({ index, id }: AssetName): Promise<{ notice: string }> {
  return send("DELETE", pathOf(index, id));
}
