/**
 * Cleanup and BatchRollback: undoes a transaction on its keys and leaves a record, so that a late prewrite fails.
 *
 * A rollback record of its own key in the `s` family can neither overlap with a version nor be overwritten by one, so
 * nothing has to be remembered in other transactions' locks.
 */

import { assert, type Key, NO_TS, physicalMsOf, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import { type Lock, lockInfo } from '../lock.ts';
import type { MvccReader } from '../reader.ts';
import type { CommandResult } from './commit.ts';

/** Whether the lock outlived its TTL as of `currentTs`; a lock is alive in its last millisecond. */
export function isExpired(lock: Lock, currentTs: Ts): boolean {
  return physicalMsOf(lock.startTs) + lock.ttlMs < physicalMsOf(currentTs);
}

/** `currentTs` 0 rolls back whatever the TTL says. Fails with 'committed' or 'key-is-locked' (still alive). */
export function cleanup(
  reader: MvccReader,
  request: { readonly key: Key; readonly startTs: Ts; readonly currentTs: Ts },
): CommandResult {
  const changes = new Changes();
  const { key, startTs, currentTs } = request;
  const lock = reader.lock(key);
  if (lock?.startTs === startTs && currentTs !== NO_TS && !isExpired(lock, currentTs))
    return { kind: 'failed', error: { kind: 'key-is-locked', lock: lockInfo(key, lock) } };
  const commitTs = rollbackKey(reader, changes, key, startTs, { isProtected: true });
  if (commitTs !== undefined) return { kind: 'failed', error: { kind: 'committed', key, commitTs } };
  return { kind: 'ok', changes };
}

export function batchRollback(
  reader: MvccReader,
  request: { readonly keys: readonly Key[]; readonly startTs: Ts },
): CommandResult {
  const changes = new Changes();
  for (const key of request.keys) {
    const commitTs = rollbackKey(reader, changes, key, request.startTs, { isProtected: false });
    if (commitTs !== undefined) return { kind: 'failed', error: { kind: 'committed', key, commitTs } };
  }
  return { kind: 'ok', changes };
}

/** Rolls one key back; answers the commit_ts when the transaction is committed there. */
export function rollbackKey(
  reader: MvccReader,
  changes: Changes,
  key: Key,
  startTs: Ts,
  options: { readonly isProtected: boolean },
): Ts | undefined {
  const lock = reader.lock(key);
  if (lock?.startTs === startTs) {
    rollbackLock(reader, changes, key, lock, { collapse: !options.isProtected });
    return undefined;
  }
  const record = reader.transactionRecord(key, startTs);
  if (record.kind === 'committed') return record.commitTs;
  if (record.kind === 'rolled-back') return undefined;
  const { isProtected } = options;
  changes.putRollback(key, reader.newest(key), startTs, { isProtected, collapse: !isProtected });
  return undefined;
}

/** Removes an own lock and records the rollback, protected on the primary. */
export function rollbackLock(
  reader: MvccReader,
  changes: Changes,
  key: Key,
  lock: Lock,
  options: { readonly collapse: boolean },
): void {
  const record = reader.transactionRecord(key, lock.startTs);
  assert(record.kind !== 'committed', 'a locked key is not committed by the holder of the lock');
  if (record.kind === 'none') {
    const isProtected = key === lock.primary || lock.generation > 0;
    changes.putRollback(key, reader.newest(key), lock.startTs, { isProtected, collapse: options.collapse });
  }
  changes.removeLock(key, lock);
}
