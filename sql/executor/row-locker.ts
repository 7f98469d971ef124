/** Pessimistic locks on the rows that a locking read hands on. */

import { chain, type Key, type ValueOrPromise } from '../../base/index.ts';
import type { Batch } from '../../engine/index.ts';
import type { RowLock } from '../planner/logical-plan.ts';
import type { LockContext } from './execution-context.ts';
import { gather } from './table-access.ts';

/** `keys[i]` is the record key of row i. Answers the rows that are locked now; undefined when none are. */
export function lockRows(
  locks: LockContext,
  lock: RowLock,
  keys: readonly Key[],
  batch: Batch,
): ValueOrPromise<Batch | undefined> {
  const taken = locks.transaction.lockKeys(keys, {
    forUpdateTs: locks.forUpdateTs,
    waitTimeoutMs: lock.wait === 'wait' ? locks.waitTimeoutMs : 0,
    skipLocked: lock.wait === 'skip-locked',
  });
  return chain(taken, ({ locked }) => {
    if (lock.wait !== 'skip-locked' || locked.length === keys.length) return batch;
    const held = new Set(locked);
    const rows = keys.flatMap((key, i) => (held.has(key) ? [i] : []));
    return rows.length === 0 ? undefined : gather(batch, rows);
  });
}
