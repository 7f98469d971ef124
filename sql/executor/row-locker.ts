/** Pessimistic locks on the rows that a locking read hands on. */

import { chain, type Key, type ValueOrPromise } from '../../base/index.ts';
import type { RowLock } from '../planner/logical-plan.ts';
import type { LockContext } from './execution-context.ts';

/**
 * Locks the first `wanted` rows, `keys[i]` being the record key of row i; with SKIP LOCKED the next ones take the place of
 * those that others hold. Answers the rows that are locked now, ascending.
 */
export function lockRows(
  locks: LockContext,
  lock: RowLock,
  keys: readonly Key[],
  wanted: number,
): ValueOrPromise<readonly number[]> {
  return lockFrom(0, []);

  function lockFrom(start: number, before: readonly number[]): ValueOrPromise<readonly number[]> {
    const end = Math.min(keys.length, start + wanted - before.length);
    if (end <= start) return before;
    const asked = start === 0 && end === keys.length ? keys : keys.slice(start, end);
    const taken = locks.transaction.lockKeys(asked, {
      forUpdateTs: locks.forUpdateTs,
      waitTimeoutMs: lock.wait === 'wait' ? locks.waitTimeoutMs : 0,
      skipLocked: lock.wait === 'skip-locked',
    });
    return chain(taken, ({ locked }) => {
      const held = locked.length === asked.length ? undefined : new Set(locked);
      const rows = before.slice();
      for (let i = start; i < end; i++) if (held?.has(keys[i] as Key) !== false) rows.push(i);
      return lockFrom(end, rows);
    });
  }
}
