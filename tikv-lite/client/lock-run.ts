/**
 * Runs of keys that one request locks: consecutive keys of a statement that lie in one region. Their order stays that of
 * single requests, as a run that meets somebody is locked up to there and no further.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { rangeContains } from '../kv/key-tree.ts';

/** Keys of one request. */
const MAX_RUN_KEYS = 256;

/** The run that begins at `keys[from]`, which lies in the region over `range`; it ends before a key that `isSingle`. */
export function lockRunAt(
  range: KeyRange,
  keys: readonly Key[],
  from: number,
  isSingle: (key: Key) => boolean,
): readonly Key[] {
  const run = new Set<Key>();
  for (let i = from; i < keys.length && run.size < MAX_RUN_KEYS; i++) {
    const key = keys[i]!;
    if (isSingle(key) || run.has(key) || !rangeContains(range, key)) break;
    run.add(key);
  }
  return [...run];
}
