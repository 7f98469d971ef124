/**
 * Runs of keys that one request locks: consecutive keys of a statement that lie in one region. Their order stays that of
 * single requests, as a run that meets somebody is locked up to there and no further.
 */

import type { Key } from '../../base/index.ts';
import { rangeContains } from '../kv/key-tree.ts';
import type { RegionService } from '../txn/region-service.ts';

/** Keys of one request. */
const MAX_RUN_KEYS = 256;

export interface LockRun {
  readonly region: RegionService;
  readonly keys: readonly Key[];
}

/** The run that begins at `keys[from]`, which lies in `region`; it ends before a key that `isSingle`. */
export function lockRunAt(
  region: RegionService,
  keys: readonly Key[],
  from: number,
  isSingle: (key: Key) => boolean,
): LockRun {
  const run = new Set<Key>();
  for (let i = from; i < keys.length && run.size < MAX_RUN_KEYS; i++) {
    const key = keys[i]!;
    if (isSingle(key) || run.has(key) || !rangeContains(region.range, key)) break;
    run.add(key);
  }
  return { region, keys: [...run] };
}
