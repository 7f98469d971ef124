/**
 * Errors of transactions and locks as kvrpcpb's KeyError and LockInfo, both ways. Errors that share `abort` carry a detail
 * of ours beside the text, from which our own client restores them; from other stores an abort is an invalid request.
 */

import { type Key, keyFromBytes, keyToBytes, NO_TS, type Ts } from '../../../base/index.ts';
import { kvrpcpb } from '../../../base/rpc/index.ts';
import type { KeyError, WriteConflictReason } from '../../mvcc/key-error.ts';
import type { LockInfo, LockKind } from '../../mvcc/lock.ts';
import { atMostUint32, keysFromBytes, NO_BYTES } from './basics.ts';

const LOCK_OPS: Readonly<Record<LockKind, kvrpcpb.Op>> = {
  put: kvrpcpb.Op.Put,
  delete: kvrpcpb.Op.Del,
  lock: kvrpcpb.Op.Lock,
  pessimistic: kvrpcpb.Op.PessimisticLock,
};
const LOCK_KINDS = new Map(Object.entries(LOCK_OPS).map(([kind, op]) => [op, kind as LockKind]));

const REASONS: Readonly<Record<WriteConflictReason, kvrpcpb.WriteConflict_Reason>> = {
  optimistic: kvrpcpb.WriteConflict_Reason.Optimistic,
  'pessimistic-retry': kvrpcpb.WriteConflict_Reason.PessimisticRetry,
  'self-rolled-back': kvrpcpb.WriteConflict_Reason.SelfRolledBack,
  'rc-check-ts': kvrpcpb.WriteConflict_Reason.RcCheckTs,
  'lazy-uniqueness-check': kvrpcpb.WriteConflict_Reason.LazyUniquenessCheck,
};
const REASON_WORDS = new Map(Object.entries(REASONS).map(([word, reason]) => [reason, word as WriteConflictReason]));

export function lockInfoToProto(lock: LockInfo): kvrpcpb.LockInfo {
  return {
    primaryLock: keyToBytes(lock.primary),
    lockVersion: lock.startTs,
    key: keyToBytes(lock.key),
    lockTtl: BigInt(lock.ttlMs),
    txnSize: BigInt(lock.txnSize),
    lockType: LOCK_OPS[lock.kind],
    lockForUpdateTs: lock.forUpdateTs,
    useAsyncCommit: lock.secondaries !== undefined,
    minCommitTs: lock.minCommitTs,
    secondaries: (lock.secondaries ?? []).map(keyToBytes),
    durationToLastUpdateMs: 0n,
    sharedLockInfos: [],
    isTxnFile: false,
  };
}

export function lockInfoFromProto(lock: kvrpcpb.LockInfo): LockInfo {
  return {
    key: keyFromBytes(lock.key),
    primary: keyFromBytes(lock.primaryLock),
    startTs: lock.lockVersion as Ts,
    ttlMs: atMostUint32(lock.lockTtl),
    kind: LOCK_KINDS.get(lock.lockType) ?? 'lock',
    forUpdateTs: lock.lockForUpdateTs as Ts,
    minCommitTs: lock.minCommitTs as Ts,
    txnSize: atMostUint32(lock.txnSize),
    secondaries: lock.useAsyncCommit ? keysFromBytes(lock.secondaries) : undefined,
  };
}

const NO_TEXT = { retryable: '', abort: '' };

export function keyErrorToProto(error: KeyError): kvrpcpb.KeyError {
  switch (error.kind) {
    case 'key-is-locked':
      return { ...NO_TEXT, locked: lockInfoToProto(error.lock) };
    case 'write-conflict': {
      const conflict = {
        startTs: error.startTs,
        conflictTs: error.conflictStartTs,
        key: keyToBytes(error.key),
        primary: keyToBytes(error.primary),
        conflictCommitTs: error.conflictCommitTs,
        reason: REASONS[error.reason],
      };
      return { ...NO_TEXT, retryable: `write conflict (${error.reason})`, conflict };
    }
    case 'already-exist':
      return { ...NO_TEXT, alreadyExist: { key: keyToBytes(error.key) } };
    case 'deadlock':
      return { ...NO_TEXT, deadlock: deadlockToProto(error) };
    case 'commit-ts-expired': {
      const commitTsExpired = {
        startTs: NO_TS,
        attemptedCommitTs: error.attemptedTs,
        key: keyToBytes(error.key),
        minCommitTs: error.minCommitTs,
      };
      return { ...NO_TEXT, commitTsExpired };
    }
    case 'commit-ts-too-large':
      return { ...NO_TEXT, commitTsTooLarge: { commitTs: error.minCommitTs } };
    case 'txn-not-found':
      return { ...NO_TEXT, txnNotFound: { startTs: error.startTs, primaryKey: keyToBytes(error.primary) } };
    case 'txn-lock-not-found':
      return { ...NO_TEXT, retryable: 'no lock of the transaction', txnLockNotFound: { key: keyToBytes(error.key) } };
    case 'primary-mismatch':
      return { ...NO_TEXT, primaryMismatch: { lockInfo: lockInfoToProto(error.lock) } };
    case 'assertion-failed': {
      const assertion = error.assertion === 'exist' ? kvrpcpb.Assertion.Exist : kvrpcpb.Assertion.NotExist;
      const key = keyToBytes(error.key);
      const assertionFailed = { startTs: 0n, key, assertion, existingStartTs: 0n, existingCommitTs: 0n };
      return { ...NO_TEXT, assertionFailed };
    }
    default:
      return aborted(error);
  }
}

type Deadlock = Extract<KeyError, { kind: 'deadlock' }>;

/** Each transaction of the chain waits for the next, the last one for the first. */
function deadlockToProto({ key, lockTs, waitChain }: Deadlock): kvrpcpb.Deadlock {
  const entries = waitChain.map((txn, at) => ({
    txn,
    waitForTxn: waitChain[(at + 1) % waitChain.length]!,
    keyHash: 0n,
    key: NO_BYTES,
    resourceGroupTag: NO_BYTES,
    waitTime: 0n,
  }));
  const bytes = keyToBytes(key);
  return { lockTs, lockKey: bytes, deadlockKeyHash: 0n, waitChain: entries, deadlockKey: bytes };
}

/** Errors without a field of their own. */
type Aborted = Exclude<
  KeyError,
  {
    kind:
      | 'key-is-locked'
      | 'write-conflict'
      | 'already-exist'
      | 'deadlock'
      | 'commit-ts-expired'
      | 'commit-ts-too-large'
      | 'txn-not-found'
      | 'txn-lock-not-found'
      | 'primary-mismatch'
      | 'assertion-failed';
  }
>;

function aborted(error: Aborted): kvrpcpb.KeyError {
  const abortDetail: kvrpcpb.AbortDetail = {
    kind: error.kind,
    key: 'key' in error ? keyToBytes(error.key) : NO_BYTES,
    commitTs: error.kind === 'committed' ? error.commitTs : 0n,
    reason: error.kind === 'pessimistic-lock-not-found' ? error.reason : '',
  };
  return { retryable: '', abort: abortText(error), abortDetail };
}

function abortText(error: Aborted): string {
  if (error.kind === 'invalid-request') return error.message;
  if (error.kind === 'invalid-txn-tso')
    return `commit timestamp ${error.commitTs} is not above start timestamp ${error.startTs}`;
  if (error.kind === 'committed') return `the transaction is committed at ${error.commitTs}`;
  return error.kind.replaceAll('-', ' ');
}

export function keyErrorFromProto(error: kvrpcpb.KeyError): KeyError {
  if (error.locked !== undefined) return { kind: 'key-is-locked', lock: lockInfoFromProto(error.locked) };
  if (error.conflict !== undefined) {
    const { conflict } = error;
    return {
      kind: 'write-conflict',
      key: keyFromBytes(conflict.key),
      primary: keyFromBytes(conflict.primary),
      startTs: conflict.startTs as Ts,
      conflictStartTs: conflict.conflictTs as Ts,
      conflictCommitTs: conflict.conflictCommitTs as Ts,
      reason: REASON_WORDS.get(conflict.reason) ?? 'optimistic',
    };
  }
  if (error.alreadyExist !== undefined) return { kind: 'already-exist', key: keyFromBytes(error.alreadyExist.key) };
  if (error.deadlock !== undefined) {
    const { lockKey, lockTs, waitChain } = error.deadlock;
    const chain = waitChain.map(({ txn }) => txn as Ts);
    return { kind: 'deadlock', key: keyFromBytes(lockKey), lockTs: lockTs as Ts, waitChain: chain };
  }
  return rarerError(error);
}

function rarerError(error: kvrpcpb.KeyError): KeyError {
  const { commitTsExpired, commitTsTooLarge, txnNotFound, txnLockNotFound, primaryMismatch, assertionFailed } = error;
  if (commitTsExpired !== undefined) {
    const { key, minCommitTs, attemptedCommitTs } = commitTsExpired;
    return {
      kind: 'commit-ts-expired',
      key: keyFromBytes(key),
      minCommitTs: minCommitTs as Ts,
      attemptedTs: attemptedCommitTs as Ts,
    };
  }
  if (commitTsTooLarge !== undefined)
    return { kind: 'commit-ts-too-large', minCommitTs: commitTsTooLarge.commitTs as Ts };
  if (txnNotFound !== undefined) {
    const { primaryKey, startTs } = txnNotFound;
    return { kind: 'txn-not-found', primary: keyFromBytes(primaryKey), startTs: startTs as Ts };
  }
  if (txnLockNotFound !== undefined) return { kind: 'txn-lock-not-found', key: keyFromBytes(txnLockNotFound.key) };
  if (primaryMismatch?.lockInfo !== undefined)
    return { kind: 'primary-mismatch', lock: lockInfoFromProto(primaryMismatch.lockInfo) };
  if (assertionFailed !== undefined) {
    const assertion = assertionFailed.assertion === kvrpcpb.Assertion.Exist ? 'exist' : 'not-exist';
    return { kind: 'assertion-failed', key: keyFromBytes(assertionFailed.key), assertion };
  }
  return abortedFromProto(error);
}

type LockNotFoundReason = Extract<KeyError, { kind: 'pessimistic-lock-not-found' }>['reason'];

function abortedFromProto({ abort, retryable, abortDetail }: kvrpcpb.KeyError): KeyError {
  const message = abort === '' ? retryable : abort;
  if (abortDetail === undefined) return { kind: 'invalid-request', message };
  const key: Key = keyFromBytes(abortDetail.key);
  const kind = abortDetail.kind as Aborted['kind'];
  switch (kind) {
    case 'committed':
      return { kind, key, commitTs: abortDetail.commitTs as Ts };
    case 'pessimistic-lock-not-found':
      return { kind, key, reason: abortDetail.reason as LockNotFoundReason };
    case 'pessimistic-lock-rolled-back':
    case 'lock-if-exists-failed':
      return { kind, key };
    default:
      return { kind: 'invalid-request', message };
  }
}
