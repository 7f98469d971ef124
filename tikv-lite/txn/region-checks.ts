/**
 * What a leader refuses: keys that its region does not hold, and work that was overtaken by a change of the region. The
 * errors tell the caller of the region as it is now.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { rangeContains } from '../kv/key-tree.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';

/** Throws RegionError 'key-not-in-region'. */
export function checkKey(kv: RegionKv, key: Key): void {
  if (!rangeContains(kv.regionRange, key)) throw notInRegion(kv);
}

/** Throws RegionError 'key-not-in-region'. */
export function checkKeys(kv: RegionKv, keys: readonly Key[]): void {
  const range = kv.regionRange;
  if (range.start === '' && range.end === undefined) return;
  for (const key of keys) if (!rangeContains(range, key)) throw notInRegion(kv);
}

/** Throws RegionError 'key-not-in-region' unless the region holds all of `range`. */
export function checkRange(kv: RegionKv, range: KeyRange): void {
  const { start, end } = kv.regionRange;
  if (range.start < start) throw notInRegion(kv);
  if (end !== undefined && (range.start >= end || range.end === undefined || range.end > end)) throw notInRegion(kv);
}

export function epochNotMatch({ regionId, region }: RegionKv): RegionError {
  const message = 'the range of the region changed while the command was under way';
  return new RegionError('epoch-not-match', regionId, message, { currentRegions: [region] });
}

/** This replica leads, or is about to, but cannot answer yet. */
export function notServing({ regionId, isLeader, peer, leader }: RegionKv): RegionError {
  const details = isLeader ? { leader: peer } : { leader };
  return new RegionError('not-leader', regionId, 'the lock table of the region is not loaded', details);
}

function notInRegion({ regionId, region }: RegionKv): RegionError {
  return new RegionError('key-not-in-region', regionId, 'the region does not hold the key', {
    currentRegions: [region],
  });
}
