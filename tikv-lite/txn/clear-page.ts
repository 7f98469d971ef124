/** Scans that come upon a lock. */

import { chain, type Key, type KeyRange, type ValueOrPromise } from '../../base/index.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { type ReadTs, readPage, type ScanPage } from '../mvcc/read.ts';

/**
 * A page of the part of `range` in front of a key that is in the way, its rest that of the whole range; undefined when
 * nothing lies in front of the key.
 */
export function readInFrontOf(
  blocking: Key,
  reader: KvReader,
  range: KeyRange,
  at: ReadTs,
  limit: number,
  reverse: boolean,
): ValueOrPromise<ScanPage | undefined> {
  const { start, end } = range;
  const clear: KeyRange = reverse ? { start: `${blocking}\0` as Key, end } : { start, end: blocking };
  return chain(readPage(reader, clear, at, limit, reverse), ({ pairs, rest }) => {
    if (rest === undefined && pairs.length === 0) return undefined;
    if (reverse) return { pairs, rest: { start, end: rest?.end ?? clear.start } };
    return { pairs, rest: { start: rest?.start ?? blocking, end } };
  });
}
