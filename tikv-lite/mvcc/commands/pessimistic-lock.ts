/**
 * PessimisticLock on one key, PessimisticRollback, TxnHeartBeat.
 *
 * A pessimistic lock needs no log entry: losing it in a crash is found out by the prewrite ("amend").
 */

import { type Key, NO_TS, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { KeyError } from '../key-error.ts';
import { type Lock, lockInfo, pessimisticLockOf, usesAsyncCommit } from '../lock.ts';
import type { MaxTs } from '../max-ts.ts';
import type { LockView, MvccReader } from '../reader.ts';
import { isPut, newestStatusOf, newestTsOf, startTsOf, valueBytesOf } from '../version.ts';

export interface PessimisticLockRequest {
  readonly key: Key;
  readonly primary: Key;
  readonly startTs: Ts;
  readonly forUpdateTs: Ts;
  readonly lockTtlMs: number;
  readonly minCommitTs?: Ts;
  readonly shouldNotExist?: boolean;
  readonly returnValues?: boolean;
  readonly checkExistence?: boolean;
  readonly lockOnlyIfExists?: boolean;
  /** Takes the lock on the newest version instead of failing with a write conflict (wake-up mode ForceLock). */
  readonly allowLockWithConflict?: boolean;
}

export type PessimisticLockResult =
  | {
      readonly kind: 'locked';
      /** The lock as it stands now; absent when the key was not locked because nothing exists there. */
      readonly lock: Lock | undefined;
      readonly changes: Changes;
      /** Newest committed value, with returnValues. */
      readonly value: Uint8Array | undefined;
      /** Meaningful with returnValues, checkExistence and lockOnlyIfExists. */
      readonly exists: boolean;
      /** The commit_ts of the newer version the lock was taken on; 0 without conflict. */
      readonly lockedWithConflictTs: Ts;
    }
  /** Somebody else's lock: wait for it or give up. */
  | { readonly kind: 'blocked'; readonly lock: Lock }
  | { readonly kind: 'failed'; readonly error: KeyError };

export function pessimisticLock(
  reader: MvccReader,
  maxTs: MaxTs,
  request: PessimisticLockRequest,
): PessimisticLockResult {
  const { key, startTs, forUpdateTs } = request;
  if (request.lockOnlyIfExists === true && request.returnValues !== true)
    return { kind: 'failed', error: { kind: 'lock-if-exists-failed', key } };
  const looks = request.shouldNotExist === true || request.returnValues === true || request.checkExistence === true;
  if (looks) maxTs.advance(forUpdateTs);
  const lock = reader.lock(key);
  if (lock === undefined) return acquire(reader, request);
  if (lock.startTs !== startTs) return { kind: 'blocked', lock };
  if (lock.kind !== 'pessimistic')
    return { kind: 'failed', error: { kind: 'lock-type-not-match', key, lock: lockInfo(key, lock) } };
  return reacquire(reader, request, lock, looks);
}

/** Row 4: the transaction holds the lock already. */
function reacquire(
  reader: MvccReader,
  request: PessimisticLockRequest,
  lock: Lock,
  looks: boolean,
): PessimisticLockResult {
  const { key } = request;
  const keepsTs = request.allowLockWithConflict === true && request.forUpdateTs < lock.forUpdateTs;
  const forUpdateTs = keepsTs ? lock.forUpdateTs : request.forUpdateTs;
  const changes = new Changes();
  let version: Uint8Array | undefined;
  if (looks) version = reader.versionAt(key, reader.newest(key), forUpdateTs);
  const exists = version !== undefined && isPut(version);
  if (request.shouldNotExist === true && exists) return { kind: 'failed', error: { kind: 'already-exist', key } };
  let held = lock;
  if (forUpdateTs > lock.forUpdateTs) {
    held = { ...lock, forUpdateTs, minCommitTs: maxOf(lock.minCommitTs, request.minCommitTs ?? NO_TS) };
    changes.putLock(key, held);
  }
  return {
    kind: 'locked',
    lock: held,
    changes,
    value: exists && request.returnValues === true ? valueBytesOf(version!) : undefined,
    exists,
    lockedWithConflictTs: keepsTs ? lock.forUpdateTs : NO_TS,
  };
}

/** Rows 5 to 9. A request that arrives again after its transaction was committed must not lock anything. */
function acquire(reader: MvccReader, request: PessimisticLockRequest): PessimisticLockResult {
  const { key, startTs, primary } = request;
  const newest = reader.newest(key);
  let { forUpdateTs } = request;
  let conflictTs = NO_TS;
  let conflictStartTs = NO_TS;
  if (newest !== undefined) {
    const newestTs = newestTsOf(newest);
    const status = newestStatusOf(newest);
    if (newestTs > forUpdateTs) {
      const own = reader.transactionRecord(key, startTs);
      if (own.kind === 'committed')
        return { kind: 'failed', error: { kind: 'committed', key, commitTs: own.commitTs } };
      conflictStartTs = status?.ts === newestTs ? status.ts : startTsOf(newest);
      if (request.allowLockWithConflict !== true)
        return { kind: 'failed', error: retry(request, conflictStartTs, newestTs) };
      conflictTs = newestTs;
      forUpdateTs = newestTs;
    }
    if (reader.isRolledBack(key, newest, startTs))
      return { kind: 'failed', error: { kind: 'pessimistic-lock-rolled-back', key } };
  }
  const exists = newest !== undefined && isPut(newest);
  if (request.shouldNotExist === true && exists) {
    const error: KeyError =
      conflictTs === NO_TS ? { kind: 'already-exist', key } : retry(request, conflictStartTs, conflictTs);
    return { kind: 'failed', error };
  }
  const changes = new Changes();
  const value = exists && request.returnValues === true ? valueBytesOf(newest!) : undefined;
  if (request.lockOnlyIfExists === true && !exists)
    return { kind: 'locked', lock: undefined, changes, value, exists, lockedWithConflictTs: NO_TS };
  const lock = pessimisticLockOf({
    primary,
    startTs,
    ttlMs: request.lockTtlMs,
    forUpdateTs,
    minCommitTs: request.minCommitTs ?? NO_TS,
    lockedWithConflict: conflictTs !== NO_TS,
  });
  changes.putLock(key, lock);
  return { kind: 'locked', lock, changes, value, exists, lockedWithConflictTs: conflictTs };
}

function retry(request: PessimisticLockRequest, conflictStartTs: Ts, conflictCommitTs: Ts): KeyError {
  const { key, primary, startTs } = request;
  return {
    kind: 'write-conflict',
    key,
    primary,
    startTs,
    conflictStartTs,
    conflictCommitTs,
    reason: 'pessimistic-retry',
  };
}

/** Drops own pessimistic locks taken at for_update_ts ≤ the given one; leaves no record. */
export function pessimisticRollback(
  locks: LockView,
  request: { readonly keys: readonly Key[]; readonly startTs: Ts; readonly forUpdateTs: Ts },
): Changes {
  const changes = new Changes();
  for (const key of request.keys) {
    const lock = locks.get(key);
    if (lock?.kind !== 'pessimistic' || lock.startTs !== request.startTs) continue;
    if (lock.forUpdateTs <= request.forUpdateTs) changes.removeLock(key, lock);
  }
  return changes;
}

export interface TxnHeartBeatRequest {
  readonly primary: Key;
  readonly startTs: Ts;
  readonly adviseTtlMs: number;
  /** Pipelined transactions raise the promise of their primary along the way. */
  readonly minCommitTs?: Ts;
}

export type TxnHeartBeatResult =
  | { readonly kind: 'ok'; readonly ttlMs: number; readonly changes: Changes }
  | { readonly kind: 'failed'; readonly error: KeyError };

export function txnHeartBeat(reader: MvccReader, request: TxnHeartBeatRequest): TxnHeartBeatResult {
  const { primary, startTs } = request;
  const lock = reader.lock(primary);
  if (lock?.startTs !== startTs) return { kind: 'failed', error: { kind: 'txn-not-found', primary, startTs } };
  const changes = new Changes();
  const ttlMs = Math.max(lock.ttlMs, request.adviseTtlMs);
  const mayRaise = lock.generation > 0 && !usesAsyncCommit(lock);
  const minCommitTs = mayRaise ? maxOf(lock.minCommitTs, request.minCommitTs ?? NO_TS) : lock.minCommitTs;
  if (ttlMs !== lock.ttlMs || minCommitTs !== lock.minCommitTs)
    changes.putLock(primary, reader.wholeLock(primary, { ...lock, ttlMs, minCommitTs }));
  return { kind: 'ok', ttlMs, changes };
}

function maxOf(a: Ts, b: Ts): Ts {
  return a > b ? a : b;
}
