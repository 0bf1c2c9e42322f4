/** The rows of an index, fetched page by page where somebody looks. */

import { type Asset, assetPage } from "../api/assets";
import { asProblem, type Problem } from "../api/server";

const PAGE = 60;
/** Pages that are kept; of more, the farthest from view are dropped. */
const KEPT = 30;

/** What a gallery shows: `at` is undefined for what is not here yet. */
export interface Shown {
  count: number;
  at: (position: number) => Asset | undefined;
  /** Rows from `first` to `last` came into view. */
  see: (first: number, last: number) => void;
}

/** A store in the sense of useSyncExternalStore; `version` grows with each change. */
export class Rows implements Shown {
  version = 0;
  /** How many there are; 0 until the first page came. */
  count = 0;
  ready = false;
  problem: Problem | null = null;
  private readonly pages = new Map<number, Asset[]>();
  private readonly asked = new Map<number, AbortController>();
  private readonly heard = new Set<() => void>();

  constructor(
    private readonly index: string,
    private readonly undescribed: boolean,
  ) {}

  readonly subscribe = (heard: () => void): (() => void) => {
    this.heard.add(heard);
    return () => {
      this.heard.delete(heard);
      if (!this.heard.size) for (const leaving of this.asked.values()) leaving.abort();
    };
  };

  readonly at = (position: number): Asset | undefined =>
    this.pages.get(Math.floor(position / PAGE))?.[position % PAGE];

  readonly see = (first: number, last: number): void => {
    const from = Math.floor(first / PAGE);
    const to = Math.floor(last / PAGE);
    for (const [page, leaving] of this.asked) if (page < from || page > to) leaving.abort();
    for (let page = from; page <= to; page += 1)
      if (!this.pages.has(page) && !this.asked.has(page)) void this.fetch(page);
    const far = (page: number) => Math.max(from - page, page - to);
    const kept = [...this.pages.keys()].sort((one, other) => far(one) - far(other));
    for (const page of kept.slice(KEPT)) this.pages.delete(page);
  };

  /** Put an asset that was changed in the place of what it was. */
  replace(asset: Asset): void {
    for (const [page, assets] of this.pages)
      this.pages.set(
        page,
        assets.map((one) => (one.id === asset.id ? asset : one)),
      );
    this.changed();
  }

  /** Fetch anew what is in view, for rows were added or went. */
  reload(first: number, last: number): void {
    this.pages.clear();
    this.problem = null;
    this.see(first, last);
  }

  private async fetch(page: number): Promise<void> {
    const leaving = new AbortController();
    this.asked.set(page, leaving);
    const wanted = { offset: page * PAGE, limit: PAGE, undescribed: this.undescribed };
    try {
      const { assets, total } = await assetPage(this.index, wanted, leaving.signal);
      this.pages.set(page, assets);
      this.count = total;
      this.ready = true;
      this.problem = null;
    } catch (error) {
      if (!leaving.signal.aborted) this.problem = asProblem(error);
    } finally {
      this.asked.delete(page);
      this.changed();
    }
  }

  private changed(): void {
    this.version += 1;
    for (const heard of this.heard) heard();
  }
}
