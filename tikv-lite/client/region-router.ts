/** Which region serves a key. One process knows its own regions; a cluster's router asks the placement driver. */

import type { Key, KeyRange, Timers, ValueOrPromise } from '../../base/index.ts';
import type { RegionHost } from '../txn/region-host.ts';
import type { RegionService } from '../txn/region-service.ts';
import { BackOff } from './back-off.ts';
import type { ReadOptions } from './storage.ts';

export interface RegionRouter {
  /** Calls leave this process: they are worth grouping, and pages worth asking for ahead of use. */
  readonly isRemote: boolean;
  /**
   * The region that holds `key`, as far as is known here: if it does not, it says so when called. Rejects with
   * TransactionError 'unavailable' when none can be found.
   */
  locate(key: Key): ValueOrPromise<RegionService>;
  /** A call to the region failed with `error`, which may tell where the region is now. */
  failed(region: RegionService, error: unknown): void;
  /** The same regions for the reads of one snapshot. Absent where all of them are led in this process. */
  forReads?(reads: ReadOptions): RegionRouter;
}

/** The regions that this process leads: together they cover the key space, but for moments. */
export class LocalRouter implements RegionRouter {
  readonly isRemote = false;
  readonly #host: RegionHost;
  readonly #timers: Timers;

  constructor(host: RegionHost, timers: Timers) {
    this.#host = host;
    this.#timers = timers;
  }

  locate(key: Key): ValueOrPromise<RegionService> {
    return this.#host.floor(key) ?? this.#locateLater(key);
  }

  failed(): void {}

  async #locateLater(key: Key): Promise<RegionService> {
    const backOff = new BackOff({ timers: this.#timers });
    for (;;) {
      await backOff.wait('region-miss', 'a region of this process');
      const region = this.#host.floor(key);
      if (region !== undefined) return region;
    }
  }
}

/** The part of `range` that lies in a region. */
export function clip(range: KeyRange, region: KeyRange): KeyRange {
  const start = range.start > region.start ? range.start : region.start;
  let { end } = range;
  if (region.end !== undefined && (end === undefined || region.end < end)) end = region.end;
  return { start, end };
}
