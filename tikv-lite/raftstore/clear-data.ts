/**
 * Removing the data of a range of region keys whose replica is gone. It is done in slices, each of which is looked at
 * again just before: a range in which a new replica lives meanwhile is left alone.
 *
 * Raw keys lie in a family of their own as they are among the region keys; those of the transaction layer by the user
 * keys of the range.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { DATA_FAMILY, familyRange, HISTORY_FAMILY, LOCK_FAMILY, STATUS_FAMILY } from '../mvcc/keys.ts';
import { rawRange } from '../raw/raw-keys.ts';
import { userRangeOf } from './region-keys.ts';

/** The ranges of engine keys in which the data of a range of region keys lies. */
export function engineRangesOf(range: KeyRange): readonly KeyRange[] {
  const userRange = userRangeOf(range);
  const families = [LOCK_FAMILY, DATA_FAMILY, HISTORY_FAMILY, STATUS_FAMILY] as const;
  return [...families.map((family) => familyRange(family, userRange)), rawRange(range)];
}

/** What is left of `range` outside `regions`, which are in key order. */
export function uncovered(range: KeyRange, regions: readonly Region[]): readonly KeyRange[] {
  const gaps: KeyRange[] = [];
  let at: Key | undefined = range.start;
  for (const region of regions) {
    const { start, end } = region.range;
    if (at !== undefined && start > at) gaps.push({ start: at, end: start });
    at = end === undefined || at === undefined ? undefined : end > at ? end : at;
  }
  if (at !== undefined && (range.end === undefined || at < range.end)) {
    gaps.push(range.end === undefined ? { start: at } : { start: at, end: range.end });
  }
  return gaps;
}

/** `regionsIn` tells which regions live in a range at the moment. */
export async function clearRegionData(
  engine: KvEngine,
  range: KeyRange,
  regionsIn: (range: KeyRange) => readonly Region[],
): Promise<void> {
  for (const gap of uncovered(range, regionsIn(range))) {
    for (const slice of engineRangesOf(gap)) {
      if (regionsIn(gap).length > 0) break;
      await engine.destroyRange(slice);
    }
  }
}
