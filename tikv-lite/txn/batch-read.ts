/** Reads of single keys, put together to the answer of a batch. */

import type { Key, KvPair } from '../../base/index.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import { type BatchRead, LockedRead } from './region-service.ts';

/** `values[i]` was read of `keys[i]`. */
export function batchOf(keys: readonly Key[], values: readonly (Uint8Array | undefined | LockedRead)[]): BatchRead {
  const pairs: KvPair[] = [];
  const locks: LockInfo[] = [];
  for (const [i, value] of values.entries()) {
    if (value instanceof LockedRead) locks.push(value.lock);
    else if (value !== undefined) pairs.push({ key: keys[i]!, value });
  }
  return { pairs, locks };
}
