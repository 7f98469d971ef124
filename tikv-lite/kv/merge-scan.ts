/** Merging a page of the disk part with what overlays say about the same range. */

import type { KvPair } from '../../base/index.ts';
import { type PendingPair, TOMBSTONE } from './pending-writes.ts';

/** Both in scan order; where both know a key, `newer` wins. */
export function mergePending(
  newer: readonly PendingPair[],
  older: readonly PendingPair[],
  reverse: boolean,
): PendingPair[] {
  if (older.length === 0) return newer as PendingPair[];
  if (newer.length === 0) return older as PendingPair[];
  const merged: PendingPair[] = [];
  let n = 0;
  let o = 0;
  for (;;) {
    const fresh = newer[n];
    const old = older[o];
    if (fresh === undefined && old === undefined) return merged;
    if (old === undefined || (fresh !== undefined && (fresh.key === old.key || fresh.key < old.key !== reverse))) {
      if (fresh === undefined) return merged;
      if (old !== undefined && old.key === fresh.key) o++;
      merged.push(fresh);
      n++;
    } else {
      merged.push(old);
      o++;
    }
  }
}

/** At most `limit` live pairs of `base` (a prefix of the range or all of it) under `overlay`. */
export function mergePage(
  base: readonly KvPair[],
  overlay: readonly PendingPair[],
  limit: number,
  reverse: boolean,
): readonly KvPair[] {
  if (overlay.length === 0) return base.length <= limit ? base : base.slice(0, limit);
  const page: KvPair[] = [];
  let b = 0;
  let o = 0;
  while (page.length < limit) {
    const pair = base[b];
    const pending = overlay[o];
    if (
      pending !== undefined &&
      (pair === undefined || pending.key === pair.key || pending.key < pair.key !== reverse)
    ) {
      if (pair !== undefined && pair.key === pending.key) b++;
      o++;
      if (pending.value !== TOMBSTONE) page.push(pending);
    } else if (pair !== undefined) {
      page.push(pair);
      b++;
    } else break;
  }
  return page;
}
