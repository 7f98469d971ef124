/** CheckSecondaryLocks: collects the promises of an async-commit transaction, or makes sure it can never commit. */

import type { Key, Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import { type LockInfo, lockInfo } from '../lock.ts';
import type { MaxTs } from '../max-ts.ts';
import type { MvccReader } from '../reader.ts';

export type SecondaryLocks =
  | { readonly kind: 'locked'; readonly locks: readonly LockInfo[] }
  | { readonly kind: 'committed'; readonly commitTs: Ts }
  | { readonly kind: 'rolled-back' };

export interface CheckSecondaryLocksResult {
  readonly status: SecondaryLocks;
  readonly changes: Changes;
}

export function checkSecondaryLocks(
  reader: MvccReader,
  maxTs: MaxTs,
  request: { readonly keys: readonly Key[]; readonly startTs: Ts },
): CheckSecondaryLocksResult {
  const { keys, startTs } = request;
  maxTs.advance(startTs);
  const changes = new Changes();
  const locks: LockInfo[] = [];
  for (const key of keys) {
    const lock = reader.lock(key);
    if (lock?.startTs === startTs && lock.kind !== 'pessimistic') {
      locks.push(lockInfo(key, lock));
      continue;
    }
    const record = reader.transactionRecord(key, startTs);
    if (record.kind === 'committed') return { status: record, changes };
    if (lock?.startTs === startTs) changes.removeLock(key, lock);
    if (record.kind === 'none')
      changes.putRollback(key, reader.newest(key), startTs, { isProtected: true, collapse: lock?.startTs === startTs });
    return { status: { kind: 'rolled-back' }, changes };
  }
  return { status: { kind: 'locked', locks }, changes };
}
