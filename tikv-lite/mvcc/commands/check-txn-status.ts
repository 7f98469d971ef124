/** CheckTxnStatus: asks the primary what became of a transaction, and decides it when its time is up. */

import { type Key, MAX_TS, NO_TS, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { KeyError } from '../key-error.ts';
import { type Lock, type LockInfo, lockInfo, usesAsyncCommit } from '../lock.ts';
import type { MaxTs } from '../max-ts.ts';
import type { MvccReader } from '../reader.ts';
import { isExpired, rollbackLock } from './rollback.ts';

export interface CheckTxnStatusRequest {
  readonly primary: Key;
  readonly lockTs: Ts;
  /** The reader that wants the lock out of its way; MAX_TS for "latest", 0 for none. */
  readonly callerStartTs: Ts;
  readonly currentTs: Ts;
  readonly rollbackIfNotExist: boolean;
  readonly forceSyncCommit: boolean;
  readonly resolvingPessimisticLock: boolean;
  readonly verifyIsPrimary: boolean;
}

/** The fate of the transaction and what was done to it, with the action words of kvrpcpb. */
export type TxnStatus =
  | { readonly kind: 'committed'; readonly commitTs: Ts }
  | {
      readonly kind: 'rolled-back';
      readonly action: 'no-action' | 'ttl-expire-rollback' | 'lock-not-exist-rollback';
    }
  /** Only pessimistic locks are known; nothing was written. */
  | {
      readonly kind: 'nothing';
      readonly action: 'ttl-expire-pessimistic-rollback' | 'lock-not-exist-do-nothing';
    }
  | {
      readonly kind: 'alive';
      readonly action: 'no-action' | 'min-commit-ts-pushed';
      readonly lock: LockInfo;
    };

export type CheckTxnStatusResult =
  | { readonly kind: 'ok'; readonly status: TxnStatus; readonly changes: Changes }
  | { readonly kind: 'failed'; readonly error: KeyError };

export function checkTxnStatus(reader: MvccReader, maxTs: MaxTs, request: CheckTxnStatusRequest): CheckTxnStatusResult {
  maxTs.advance(request.lockTs);
  maxTs.advance(request.currentTs);
  maxTs.advance(request.callerStartTs);
  const changes = new Changes();
  const lock = reader.lock(request.primary);
  if (lock === undefined || lock.startTs !== request.lockTs) return missingLock(reader, changes, request, undefined);
  return presentLock(reader, changes, request, lock);
}

function presentLock(
  reader: MvccReader,
  changes: Changes,
  request: CheckTxnStatusRequest,
  lock: Lock,
): CheckTxnStatusResult {
  const { primary: key, currentTs } = request;
  if (request.verifyIsPrimary && lock.primary !== key) {
    if (lock.kind === 'pessimistic' && !request.resolvingPessimisticLock)
      return missingLock(reader, changes, request, lock);
    return { kind: 'failed', error: { kind: 'primary-mismatch', lock: lockInfo(key, lock) } };
  }
  if (usesAsyncCommit(lock) && !request.forceSyncCommit) return alive(changes, key, lock, 'no-action');
  if (lock.lockedWithConflict === true) {
    const record = reader.transactionRecord(key, lock.startTs);
    if (record.kind === 'committed') {
      changes.removeLock(key, lock);
      return decided(changes, record);
    }
  }
  if (!isExpired(lock, currentTs)) return push(reader, changes, request, lock);
  if (lock.kind === 'pessimistic' && request.resolvingPessimisticLock) {
    changes.removeLock(key, lock);
    return decided(changes, { kind: 'nothing', action: 'ttl-expire-pessimistic-rollback' });
  }
  rollbackLock(reader, changes, key, lock, { collapse: true });
  return decided(changes, { kind: 'rolled-back', action: 'ttl-expire-rollback' });
}

/** The holder lives: it must commit above the reader, so that the reader need not wait. */
function push(reader: MvccReader, changes: Changes, request: CheckTxnStatusRequest, lock: Lock): CheckTxnStatusResult {
  const { primary: key, callerStartTs, currentTs } = request;
  let current = lock;
  if (lock.minCommitTs !== NO_TS && callerStartTs !== MAX_TS && callerStartTs >= lock.minCommitTs) {
    const above = (callerStartTs + 1n) as Ts;
    current = { ...lock, minCommitTs: currentTs > above ? currentTs : above };
    changes.putLock(key, reader.wholeLock(key, current));
  }
  const isPushed = (callerStartTs !== NO_TS && current.minCommitTs > callerStartTs) || callerStartTs === MAX_TS;
  return alive(changes, key, current, isPushed ? 'min-commit-ts-pushed' : 'no-action');
}

function missingLock(
  reader: MvccReader,
  changes: Changes,
  request: CheckTxnStatusRequest,
  stray: Lock | undefined,
): CheckTxnStatusResult {
  const { primary: key, lockTs } = request;
  const record = reader.transactionRecord(key, lockTs);
  if (record.kind === 'none' && !request.rollbackIfNotExist)
    return { kind: 'failed', error: { kind: 'txn-not-found', primary: key, startTs: lockTs } };
  if (stray !== undefined) changes.removeLock(key, stray);
  if (record.kind === 'committed') return decided(changes, record);
  if (record.kind === 'rolled-back') return decided(changes, { kind: 'rolled-back', action: 'no-action' });
  if (request.resolvingPessimisticLock)
    return decided(changes, { kind: 'nothing', action: 'lock-not-exist-do-nothing' });
  changes.putRollback(key, reader.newest(key), lockTs, { isProtected: true, collapse: true });
  return decided(changes, { kind: 'rolled-back', action: 'lock-not-exist-rollback' });
}

function decided(changes: Changes, status: TxnStatus): CheckTxnStatusResult {
  return { kind: 'ok', status, changes };
}

function alive(
  changes: Changes,
  key: Key,
  lock: Lock,
  action: 'no-action' | 'min-commit-ts-pushed',
): CheckTxnStatusResult {
  return { kind: 'ok', status: { kind: 'alive', action, lock: lockInfo(key, lock) }, changes };
}
