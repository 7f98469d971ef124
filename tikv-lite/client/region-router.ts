/** Which region serves a key. One process knows its own regions; a cluster's router asks the placement driver. */

import { assert, type Key, type KeyRange, type ValueOrPromise } from '../../base/index.ts';
import type { RegionService } from '../txn/region-service.ts';

export interface RegionRouter {
  /** The region that holds `key`. Throws TransactionError 'unavailable' when none can be found. */
  locate(key: Key): ValueOrPromise<RegionService>;
  /** The region answered that it is not (or no longer) responsible. */
  invalidate(region: RegionService): void;
}

/** The regions of one process: together they cover the key space. */
export class LocalRouter implements RegionRouter {
  readonly #regions: readonly RegionService[];

  constructor(regions: readonly RegionService[]) {
    assert(regions.length > 0, 'at least one region');
    this.#regions = [...regions].sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
    assert(this.#regions[0]!.range.start === '', 'regions cover the key space');
  }

  locate(key: Key): RegionService {
    const regions = this.#regions;
    let low = 0;
    let high = regions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (regions[middle]!.range.start <= key) low = middle;
      else high = middle - 1;
    }
    return regions[low]!;
  }

  invalidate(): void {}
}

/** The part of `range` that lies in a region. */
export function clip(range: KeyRange, region: KeyRange): KeyRange {
  const start = range.start > region.start ? range.start : region.start;
  let { end } = range;
  if (region.end !== undefined && (end === undefined || region.end < end)) end = region.end;
  return { start, end };
}

export function isWithin(range: KeyRange, region: KeyRange): boolean {
  if (range.start < region.start) return false;
  return region.end === undefined || (range.end !== undefined && range.end <= region.end);
}
