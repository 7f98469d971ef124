/**
 * The transactional commands of one region, as the client calls them: the same calls whether the region is in this
 * process (`TransactionRegion`) or behind the network. Locals answer synchronously where nothing has to be waited for.
 *
 * Every call may throw or reject with RegionError: the client then routes anew, backs off, or reports 'undetermined'.
 */

import type { Key, KeyRange, KvPair, Ts, ValueOrPromise } from '../../base/index.ts';
import type { CoprocessorReply, CoprocessorRequest } from '../coprocessor/request.ts';
import type { SecondaryLocks } from '../mvcc/commands/check-secondary-locks.ts';
import type { CheckTxnStatusRequest, TxnStatus } from '../mvcc/commands/check-txn-status.ts';
import type { CommitRequest } from '../mvcc/commands/commit.ts';
import type { FlushRequest } from '../mvcc/commands/flush.ts';
import type { PessimisticLockRequest, TxnHeartBeatRequest } from '../mvcc/commands/pessimistic-lock.ts';
import type { PessimisticLockAllRequest } from '../mvcc/commands/pessimistic-lock-all.ts';
import type { PrewriteRequest } from '../mvcc/commands/prewrite.ts';
import type { ResolveLockRequest } from '../mvcc/commands/resolve-lock.ts';
import type { KeyError } from '../mvcc/key-error.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import type { ReadTs, ScanPage } from '../mvcc/read.ts';

/** A read met a lock that it has to settle first. A class, so that a value is told apart by one check. */
export class LockedRead {
  readonly lock: LockInfo;
  constructor(lock: LockInfo) {
    this.lock = lock;
  }
}

/** Present keys only; the locks in the way beside them. */
export interface BatchRead {
  readonly pairs: readonly KvPair[];
  readonly locks: readonly LockInfo[];
}

export type Failed<E = KeyError> = { readonly kind: 'failed'; readonly error: E };
export type Done = { readonly kind: 'ok' } | Failed;

export type PrewriteReply =
  /** minCommitTs 0: an ordinary two-phase lock. */
  | { readonly kind: 'prewritten'; readonly minCommitTs: Ts }
  | { readonly kind: 'one-pc'; readonly commitTs: Ts }
  | { readonly kind: 'failed'; readonly errors: readonly KeyError[] }
  /** A new leader that does not know yet which reads its predecessor served: ask for two-phase, or again. */
  | { readonly kind: 'max-timestamp-not-synced' };

/** Failed: nothing was written. */
export type FlushReply = { readonly kind: 'ok' } | { readonly kind: 'failed'; readonly errors: readonly KeyError[] };

export type PessimisticLockReply =
  | {
      readonly kind: 'locked';
      /** False when `lockOnlyIfExists` found nothing. */
      readonly isLocked: boolean;
      readonly value: Uint8Array | undefined;
      readonly exists: boolean;
      readonly lockedWithConflictTs: Ts;
      /** The for_update_ts the lock stands at. */
      readonly forUpdateTs: Ts;
    }
  | Failed;

export interface RegionService {
  readonly range: KeyRange;

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<Uint8Array | undefined | LockedRead>;
  batchGet(keys: readonly Key[], at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<BatchRead>;
  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined | LockedRead>;
  /** Looks at up to `limit` keys of `range`, which lies inside the region. */
  scan(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead>;

  /** What the transaction flushed of `keys`, in key order, each key once; an empty value is a deletion. */
  bufferBatchGet(keys: readonly Key[], startTs: Ts): ValueOrPromise<readonly KvPair[]>;

  /** Computes over rows of the region; a lock that was met before anything was read is the answer. */
  coprocessor(request: CoprocessorRequest): ValueOrPromise<CoprocessorReply | LockedRead>;

  prewrite(request: PrewriteRequest): ValueOrPromise<PrewriteReply>;
  /** Writes locks of a transaction that is still at work; what an equal or later generation wrote is left as it is. */
  flush(request: FlushRequest): ValueOrPromise<FlushReply>;
  commit(request: CommitRequest): ValueOrPromise<Done>;
  batchRollback(request: { readonly keys: readonly Key[]; readonly startTs: Ts }): ValueOrPromise<Done>;
  cleanup(request: { readonly key: Key; readonly startTs: Ts; readonly currentTs: Ts }): ValueOrPromise<Done>;
  checkTxnStatus(
    request: CheckTxnStatusRequest,
  ): ValueOrPromise<{ readonly kind: 'ok'; readonly status: TxnStatus } | Failed>;
  checkSecondaryLocks(request: { readonly keys: readonly Key[]; readonly startTs: Ts }): ValueOrPromise<SecondaryLocks>;
  resolveLock(request: ResolveLockRequest): ValueOrPromise<Done>;
  /** Waits up to `waitMs` (capped by the server's own limit) for another holder; then 'key-is-locked'. */
  pessimisticLock(request: PessimisticLockRequest, waitMs: number): ValueOrPromise<PessimisticLockReply>;
  /** All keys or none, without waiting; the error is that of the first key that cannot be locked. */
  pessimisticLockAll(request: PessimisticLockAllRequest): ValueOrPromise<Done>;
  pessimisticRollback(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
    readonly forUpdateTs: Ts;
  }): ValueOrPromise<void>;
  txnHeartBeat(request: TxnHeartBeatRequest): ValueOrPromise<{ readonly kind: 'ok'; readonly ttlMs: number } | Failed>;
  scanLocks(range: KeyRange, limit: number, maxTs: Ts, startTs?: Ts): ValueOrPromise<readonly LockInfo[]>;
  /** Collects garbage below the safe point in one slice; answers where the next begins. */
  collectGarbage(safePoint: Ts, cursor: GcCursor): ValueOrPromise<GcSlice>;
  /** Removes the part of `range` that lies in the region from all families, without MVCC. */
  destroyRange(range: KeyRange): Promise<void>;
}

/** An engine key of the `h` or `s` family, or '' for the beginning. */
export type GcCursor = Key;

export interface GcSlice {
  /** undefined at the end of the region. */
  readonly next: GcCursor | undefined;
  readonly removedRecords: number;
}
