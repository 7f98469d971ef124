/**
 * What a replica refuses: keys that its region does not hold, and work that was overtaken by a change of the region. The
 * errors tell the caller of the region as it is now.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { rangeContains } from '../kv/key-tree.ts';
import { RegionError, type RegionErrorDetails, type RegionErrorKind, type RegionKv } from '../raftstore/region-kv.ts';

const BUSY_MS = 100;

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

export function refused(
  kind: RegionErrorKind,
  { regionId }: RegionKv,
  message: string,
  details: RegionErrorDetails = {},
): RegionError {
  return new RegionError(kind, regionId, message, details);
}

export function epochNotMatch(kv: RegionKv): RegionError {
  const message = 'the range of the region changed while the command was under way';
  return refused('epoch-not-match', kv, message, { currentRegions: [kv.region] });
}

/** This replica leads, or is about to, but cannot answer yet. */
export function notServing(kv: RegionKv): RegionError {
  const leader = kv.isLeader ? kv.peer : kv.leader;
  return refused('not-leader', kv, 'the lock table of the region is not loaded', { leader });
}

/** The queues of those who wait for locks are full. */
export function tooManyWait(kv: RegionKv): RegionError {
  return refused('server-is-busy', kv, 'too many requests wait for locks', { backOffMs: BUSY_MS });
}

function notInRegion(kv: RegionKv): RegionError {
  return refused('key-not-in-region', kv, 'the region does not hold the key', { currentRegions: [kv.region] });
}
