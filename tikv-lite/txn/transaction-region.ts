/**
 * The transaction scheduler of one region on its leader: which of the pure functions in mvcc/ each request runs, the lock
 * table, waiting for locks, and when the region serves at all.
 *
 * Order of things, on which snapshot isolation rests: a read (`leader-reads.ts`) first raises max_ts, then looks at the
 * lock table, then at the data. A prewrite computes its min_commit_ts and publishes its locks in one synchronous step,
 * before the log (`leader-writes.ts`) sees them. So a read either meets the lock or is below the commit_ts.
 *
 * A region changes its range while commands are under way. Every command checks its keys when it begins, and the version
 * of the epoch whenever it may have lost the turn of the event loop; it fails with 'epoch-not-match' rather than decide
 * anything about keys that went elsewhere.
 */

import {
  chain,
  isPromise,
  type Key,
  type KeyRange,
  NO_TS,
  type RegionId,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { CoprocessorRequest } from '../coprocessor/request.ts';
import { rangeContains } from '../kv/key-tree.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { Changes } from '../mvcc/changes.ts';
import { checkSecondaryLocks } from '../mvcc/commands/check-secondary-locks.ts';
import { type CheckTxnStatusRequest, checkTxnStatus } from '../mvcc/commands/check-txn-status.ts';
import { type CommitRequest, commit } from '../mvcc/commands/commit.ts';
import { type FlushRequest, prewriteOfFlush } from '../mvcc/commands/flush.ts';
import {
  type PessimisticLockRequest,
  type PessimisticLockResult,
  pessimisticLock,
  pessimisticRollback,
  type TxnHeartBeatRequest,
  txnHeartBeat,
} from '../mvcc/commands/pessimistic-lock.ts';
import { type PessimisticLockAllRequest, pessimisticLockAll } from '../mvcc/commands/pessimistic-lock-all.ts';
import { type PrewriteRequest, type PrewriteResult, prewrite } from '../mvcc/commands/prewrite.ts';
import { type ResolveLockRequest, resolveLock } from '../mvcc/commands/resolve-lock.ts';
import { batchRollback, cleanup } from '../mvcc/commands/rollback.ts';
import { DATA_FAMILY, familyRange, HISTORY_FAMILY, LOCK_FAMILY, plainUserKey, STATUS_FAMILY } from '../mvcc/keys.ts';
import { decodeLock, hasRecord, type Lock, type LockInfo, lockInfo } from '../mvcc/lock.ts';
import type { ReadTs } from '../mvcc/read.ts';
import { type MvccReader, runCommand } from '../mvcc/reader.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';
import type { ConcurrencyManager } from './concurrency-manager.ts';
import { collectSlice } from './garbage.ts';
import { Latches, type LatchTicket } from './latches.ts';
import { LeaderReads } from './leader-reads.ts';
import { CHUNK_KEYS, LeaderWrites, MAX_PROPOSAL_BYTES, toDone } from './leader-writes.ts';
import { LockTable } from './lock-table.ts';
import { type LockWait, LockWaits } from './lock-waits.ts';
import { checkKey, checkKeys, checkRange, epochNotMatch, notServing, tooManyWait } from './region-checks.ts';
import type {
  Done,
  Failed,
  GcCursor,
  GcSlice,
  PessimisticLockReply,
  PrewriteReply,
  RegionService,
} from './region-service.ts';

/** A wait is answered after this long at the latest, so that the client can look after the holder (TiKV: 1 s). */
const MAX_WAIT_MS = 1000;
const LOAD_PAGE = 1024;
const RELOAD_PAUSE_MS = 50;
/** How long after the announcement of a handover new pessimistic locks go through the log. */
const HANDOVER_MS = 3000;

export interface TransactionRegionParts {
  readonly kv: RegionKv;
  readonly concurrency: ConcurrencyManager;
  readonly timers: Timers;
  readonly oracle: TimestampOracle;
  readonly locks?: LockTable | undefined;
  /** Requests that may wait for locks. */
  readonly maxLockWaits?: number | undefined;
}

export class TransactionRegion implements RegionService {
  readonly #kv: RegionKv;
  readonly #concurrency: ConcurrencyManager;
  readonly #latches = new Latches();
  readonly #locks: LockTable;
  readonly #waits: LockWaits;
  readonly #reads: LeaderReads;
  readonly #writes: LeaderWrites;
  readonly #timers: Timers;
  readonly #oracle: TimestampOracle;
  /** False while the lock table may differ from the `l` family: nothing is served. */
  #isLoaded = false;
  /** False until a fresh timestamp covers the reads that earlier leaders served; no commit_ts is promised before. */
  #isSynced = false;
  #syncs = 0;
  #isClosed = false;
  /** Why nothing is served any more; a later leadership has its own object. */
  #ended: RegionError | undefined;
  /** Above 0 new pessimistic locks get a record: the next leader is to find them. */
  #handovers = 0;
  /** Number of the newest load of the lock table; older ones that end are without effect. */
  #loads = 0;
  /** Those who wait for the lock table, with what to tell them. */
  #servingWaiters: (() => void)[] = [];
  /**
   * Set once the store failed with a proposal under way: the next life may find a commit in the log that no lock here
   * tells of, with a commit_ts below reads served now. So nothing is read or decided any more.
   */
  #failure: RegionError | undefined;

  constructor(parts: TransactionRegionParts) {
    this.#kv = parts.kv;
    this.#concurrency = parts.concurrency;
    this.#timers = parts.timers;
    this.#oracle = parts.oracle;
    this.#locks = parts.locks ?? new LockTable();
    this.#waits = new LockWaits(parts.timers, parts.concurrency, parts.maxLockWaits);
    this.#reads = new LeaderReads({
      kv: this.#kv,
      maxTs: parts.concurrency.maxTs,
      locks: this.#locks,
      latches: this.#latches,
      timers: this.#timers,
      read: () => this.#read(),
    });
    this.#writes = new LeaderWrites({
      kv: this.#kv,
      locks: this.#locks,
      latches: this.#latches,
      waits: this.#waits,
      read: () => this.#read(),
      storeFailed: (error) => {
        this.#failure = error;
      },
      outcomeLost: () => this.reload(),
      allSettled: () => {
        if (!this.#isLoaded) this.#reloadSoon();
      },
    });
  }

  get regionId(): RegionId {
    return this.#kv.regionId;
  }

  get range(): KeyRange {
    return this.#kv.regionRange;
  }

  get lockCount(): number {
    return this.#locks.size;
  }

  get lockWaits(): readonly LockWait[] {
    return this.#waits.present();
  }

  /** A term of leadership begins: loads the locks of the `l` family and fetches a timestamp; serves when both are done. */
  lead(): void {
    this.#isLoaded = false;
    this.#isSynced = false;
    this.#sync();
    this.#reloadSoon();
  }

  /** Resolves when the region serves, or never will. */
  async untilServing(): Promise<void> {
    while (!this.#isClosed && this.#failure === undefined && !(this.#isLoaded && this.#isSynced)) {
      await new Promise<void>((resolve) => {
        this.#servingWaiters.push(resolve);
      });
    }
  }

  /** Ends all waits as if their time were up. Commands under way finish. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
    this.#announceServing();
  }

  /** This store no longer leads the region: everybody is sent away with `reason`. */
  end(reason: RegionError): void {
    this.#isClosed = true;
    this.#ended = reason;
    this.#waits.close(reason);
    this.#announceServing();
  }

  /**
   * A proposal of ours may have been applied unseen: forgets all locks and reads those of the log back. Pessimistic locks
   * without a record are lost, as in a crash; their transactions find out at commit.
   */
  reload(): void {
    if (!this.#isLoaded) return;
    this.#isLoaded = false;
    this.#waits.close();
    this.#locks.clearPessimistic();
    if (!this.#writes.areInFlight) this.#reloadSoon();
  }

  // Changes of the region.

  /** The range shrank: what lies outside now belongs to somebody else. Answers the pessimistic locks found there. */
  shrink(): readonly (readonly [Key, Lock])[] {
    const moved = this.#locks.retain(this.range);
    this.#waits.closeOutside(this.range, epochNotMatch(this.#kv));
    return moved;
  }

  /** Pessimistic locks on keys that this region took over from one of the same leader. */
  inherit(locks: readonly (readonly [Key, Lock])[]): void {
    const { start, end } = this.range;
    for (const [key, lock] of locks) {
      if (key >= start && (end === undefined || key < end)) this.#locks.apply({ key, lock });
    }
  }

  /** Forgets inherited locks: somebody else led in between. */
  disinherit(): void {
    this.#locks.clear();
  }

  /** The range grew by a merge: the locks of the other part stand in the `l` family, its reads in a fresh timestamp. */
  grow(): void {
    this.#isLoaded = false;
    this.#isSynced = false;
    this.#sync();
    if (!this.#writes.areInFlight) this.#reloadSoon();
  }

  /** Writes the pessimistic locks to the log, and those that come in the next while, so that they outlive this leader. */
  async persistLocks(): Promise<void> {
    this.#handovers++;
    this.#timers.after(HANDOVER_MS, () => {
      this.#handovers--;
    });
    const keys = [...this.#locks.pessimisticEntries()].filter(([, lock]) => !hasRecord(lock)).map(([key]) => key);
    for (let at = 0; at < keys.length; at += CHUNK_KEYS) {
      const chunk = keys.slice(at, at + CHUNK_KEYS);
      await this.#writes.command(
        chunk,
        (reader) => {
          const changes = new Changes();
          for (const key of chunk) {
            const lock = reader.lock(key);
            if (lock !== undefined && !hasRecord(lock)) changes.putLock(key, { ...lock, isPersisted: true });
          }
          return { changes };
        },
        () => undefined,
      );
    }
  }

  /**
   * Another replica will answer reads at `readTs`: nothing is promised at or below from now on, and what was promised
   * there is applied when the promise resolves.
   */
  beforeReplicaRead(readTs: Ts): Promise<void> | undefined {
    this.#concurrency.maxTs.advance(readTs);
    if (this.#ended !== undefined || this.#failure !== undefined || this.#isClosed)
      return Promise.reject(this.#ended ?? this.#failure ?? notServing(this.#kv));
    if (!this.#isLoaded) return this.untilServing().then(() => this.beforeReplicaRead(readTs));
    const key = this.#inFlightAtOrBelow(readTs);
    return key === undefined ? undefined : this.#latches.whenReleased(key).then(() => this.beforeReplicaRead(readTs));
  }

  #inFlightAtOrBelow(ts: Ts): Key | undefined {
    for (const [key, lock] of this.#locks.writtenEntries()) {
      if (lock.startTs <= ts && lock.minCommitTs <= ts && !this.#latches.isFree(key)) return key;
    }
    return undefined;
  }

  /** A timestamp, at most `freshTs`, at or below which nothing will be committed any more; 0 while that is unknown. */
  resolvedTs(freshTs: Ts): Ts {
    if (!this.#isLoaded || this.#failure !== undefined) return NO_TS;
    this.#concurrency.maxTs.advance(freshTs);
    let resolved: Ts = freshTs;
    for (const [, lock] of this.#locks.writtenEntries()) {
      if (lock.startTs <= resolved) resolved = (lock.startTs - 1n) as Ts;
    }
    return resolved;
  }

  #reloadSoon(): void {
    if (this.#isClosed || this.#isLoaded) return;
    const load = ++this.#loads;
    this.#locks.clearRecorded();
    this.#loadLocks().then(
      () => {
        if (load !== this.#loads) return;
        this.#locks.retain(this.range);
        this.#isLoaded = true;
        this.#announceServing();
      },
      (error: unknown) => {
        if (load !== this.#loads) return;
        const mayLeadAgain = error instanceof RegionError && error.kind !== 'store-failed';
        if (mayLeadAgain) this.#timers.after(RELOAD_PAUSE_MS, () => this.#reloadSoon());
        else this.close();
      },
    );
  }

  #sync(): void {
    if (this.#isClosed) return;
    const sync = ++this.#syncs;
    const synced = (ts: Ts): void => {
      if (sync !== this.#syncs) return;
      this.#concurrency.maxTs.advance(ts);
      this.#isSynced = true;
      this.#announceServing();
    };
    const again = (): void => {
      if (sync === this.#syncs) this.#timers.after(RELOAD_PAUSE_MS, () => this.#sync());
    };
    const ts = this.#oracle.getTs();
    if (isPromise(ts)) ts.then(synced, again);
    else synced(ts);
  }

  #announceServing(): void {
    const waiters = this.#servingWaiters;
    this.#servingWaiters = [];
    for (const waiter of waiters) waiter();
  }

  /** The applied state, once the lock table matches it. */
  #read(): KvReader {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#ended !== undefined) throw this.#ended;
    if (!this.#isLoaded) throw notServing(this.#kv);
    return this.#kv.read();
  }

  // Reads.

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ReturnType<RegionService['get']> {
    return this.#reads.get(key, at, bypass);
  }

  batchGet(
    keys: readonly Key[],
    at: ReadTs,
    bypass: ReadonlySet<Ts> | undefined,
  ): ReturnType<RegionService['batchGet']> {
    return this.#reads.batchGet(keys, at, bypass);
  }

  getLatest(key: Key): ReturnType<RegionService['getLatest']> {
    return this.#reads.getLatest(key);
  }

  scan(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ReturnType<RegionService['scan']> {
    return this.#reads.scan(range, at, limit, reverse, bypass);
  }

  bufferBatchGet(keys: readonly Key[], startTs: Ts): ReturnType<RegionService['bufferBatchGet']> {
    return this.#reads.bufferBatchGet(keys, startTs);
  }

  coprocessor(request: CoprocessorRequest): ReturnType<RegionService['coprocessor']> {
    return this.#reads.coprocessor(request);
  }

  // Writes.

  prewrite(request: PrewriteRequest): ValueOrPromise<PrewriteReply> {
    const promisesCommitTs = request.tryOnePc || request.secondaries !== undefined;
    if (promisesCommitTs && !this.#isSynced) return { kind: 'max-timestamp-not-synced' };
    const keys = request.mutations.map((mutation) => mutation.key);
    return this.#writes.latched(keys, (ticket) =>
      chain(
        this.#writes.run(ticket, (reader) => this.#prewriteAndPublish(reader, this.#knownRetry(request))),
        (result) => this.#finishPrewrite(request, result, ticket),
      ),
    );
  }

  /** A pessimistic transaction that is known to be committed sends the same request once more (row P3). */
  #knownRetry(request: PrewriteRequest): PrewriteRequest {
    const isKnown = request.forUpdateTs !== NO_TS && this.#concurrency.committed.has(request.startTs);
    return isKnown ? { ...request, isRetryRequest: true } : request;
  }

  /** One synchronous step: no read can come between the promise of a commit_ts and the lock that announces it. */
  #prewriteAndPublish(reader: MvccReader, request: PrewriteRequest): PrewriteResult {
    let result = prewrite(reader, this.#concurrency.maxTs, request);
    if (result.kind === 'one-pc' && result.changes.sizeBytes > MAX_PROPOSAL_BYTES) {
      const asTwoPhase = { ...request, tryOnePc: false, secondaries: undefined };
      result = prewrite(reader, this.#concurrency.maxTs, asTwoPhase);
    }
    if (result.kind === 'prewritten') {
      for (const { key, lock } of result.changes.locks) if (lock !== undefined) this.#locks.publish(key, lock);
    } else if (result.kind === 'one-pc' && result.guard !== undefined) {
      for (const mutation of request.mutations) this.#locks.publish(mutation.key, result.guard);
    }
    return result;
  }

  #finishPrewrite(
    request: PrewriteRequest,
    result: PrewriteResult,
    ticket: LatchTicket,
  ): ValueOrPromise<PrewriteReply> {
    if (result.kind === 'failed') {
      this.#writes.release(ticket);
      return result;
    }
    const reply: PrewriteReply =
      result.kind === 'one-pc'
        ? { kind: 'one-pc', commitTs: result.commitTs }
        : { kind: 'prewritten', minCommitTs: result.minCommitTs };
    const isGuarded = result.kind === 'one-pc' && result.guard !== undefined;
    const undo = (isUndetermined: boolean): void =>
      this.#withdraw(request, result.changes, { isGuarded, isUndetermined });
    const onApplied = (): void => {
      if (isGuarded) for (const mutation of request.mutations) this.#locks.withdraw(mutation.key);
      if (result.kind === 'one-pc' && request.forUpdateTs !== NO_TS) this.#concurrency.committed.add(request.startTs);
    };
    return chain(this.#writes.write(result.changes, ticket, { onApplied, undo }), () => reply);
  }

  /**
   * The log did not take the prewrite. Locks that may yet stand in the log stay; guards never do. A lock of an earlier
   * flush comes back, unless its key went to another region meanwhile.
   */
  #withdraw(
    request: PrewriteRequest,
    changes: Changes,
    options: { readonly isGuarded: boolean; readonly isUndetermined: boolean },
  ): void {
    if (options.isGuarded) {
      for (const mutation of request.mutations) this.#locks.withdraw(mutation.key);
    } else if (!options.isUndetermined) {
      const { range } = this;
      for (const { key, replaced } of changes.locks)
        this.#locks.withdraw(key, rangeContains(range, key) ? replaced : undefined);
    }
  }

  flush(request: FlushRequest): ReturnType<RegionService['flush']> {
    return chain(this.prewrite(prewriteOfFlush(request)), (reply) =>
      reply.kind === 'failed' ? reply : { kind: 'ok' },
    );
  }

  commit(request: CommitRequest): ValueOrPromise<Done> {
    const done = this.#writes.inChunks(request.keys, (reader, keys) => commit(reader, { ...request, keys }));
    return chain(done, (reply) => {
      if (reply.kind === 'ok') this.#concurrency.committed.add(request.startTs);
      return reply;
    });
  }

  batchRollback(request: { readonly keys: readonly Key[]; readonly startTs: Ts }): ValueOrPromise<Done> {
    return this.#writes.inChunks(request.keys, (reader, keys) => batchRollback(reader, { ...request, keys }));
  }

  resolveLock(request: ResolveLockRequest): ValueOrPromise<Done> {
    return this.#writes.inChunks(request.keys, (reader, keys) => resolveLock(reader, { ...request, keys }));
  }

  cleanup(request: { readonly key: Key; readonly startTs: Ts; readonly currentTs: Ts }): ValueOrPromise<Done> {
    return this.#writes.command([request.key], (reader) => cleanup(reader, request), toDone);
  }

  checkTxnStatus(request: CheckTxnStatusRequest): ReturnType<RegionService['checkTxnStatus']> {
    return this.#writes.command(
      [request.primary],
      (reader) => checkTxnStatus(reader, this.#concurrency.maxTs, request),
      (result) => (result.kind === 'ok' ? { kind: 'ok', status: result.status } : result),
    );
  }

  checkSecondaryLocks(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
  }): ReturnType<RegionService['checkSecondaryLocks']> {
    return this.#writes.command(
      request.keys,
      (reader) => checkSecondaryLocks(reader, this.#concurrency.maxTs, request),
      (result) => result.status,
    );
  }

  txnHeartBeat(request: TxnHeartBeatRequest): ReturnType<RegionService['txnHeartBeat']> {
    return this.#writes.command(
      [request.primary],
      (reader) => txnHeartBeat(reader, request),
      (result): { readonly kind: 'ok'; readonly ttlMs: number } | Failed =>
        result.kind === 'ok' ? { kind: 'ok', ttlMs: result.ttlMs } : result,
    );
  }

  scanLocks(range: KeyRange, limit: number, maxTs: Ts, startTs?: Ts): readonly LockInfo[] {
    this.#concurrency.maxTs.advance(maxTs);
    checkRange(this.#kv, range);
    this.#read();
    return this.#locks.scan(range, limit, maxTs, startTs);
  }

  // Pessimistic locks: no log, no latch held; the attempt is one synchronous step while no command works on the key.

  pessimisticLock(request: PessimisticLockRequest, waitMs: number): ValueOrPromise<PessimisticLockReply> {
    checkKey(this.#kv, request.key);
    const result = this.#runUnlatched(request.key, (reader) => this.#tryLock(reader, request));
    if (isPromise(result) || result.kind === 'busy' || result.kind === 'persist')
      return this.#lockPatiently(request, waitMs, result);
    if (result.kind === 'locked') this.#waits.holderChanged(request.key, request.startTs);
    if (result.kind !== 'blocked') return toLockReply(result);
    return waitMs <= 0 ? keyIsLocked(request.key, result.lock) : this.#lockPatiently(request, waitMs, result);
  }

  pessimisticLockAll(request: PessimisticLockAllRequest): ValueOrPromise<Done> {
    const { keys, startTs } = request;
    const locked = this.#writes.command(
      keys,
      (reader) => pessimisticLockAll(reader, this.#concurrency.maxTs, request, this.#handovers > 0),
      toDone,
    );
    return chain(locked, (done) => {
      if (done.kind === 'ok') for (const key of keys) this.#waits.holderChanged(key, startTs);
      return done;
    });
  }

  /** All who wait for the key, for a lock or for a command at work, stand in one queue; each release wakes its head. */
  async #lockPatiently(
    request: PessimisticLockRequest,
    waitMs: number,
    first: ValueOrPromise<LockAttempt>,
  ): Promise<PessimisticLockReply> {
    const { key, startTs } = request;
    let result = isPromise(first) ? await first : first;
    let isWoken = false;
    while (result.kind === 'blocked' || result.kind === 'busy' || result.kind === 'persist') {
      if (result.kind === 'persist') {
        result = await this.#lockThroughLog(request);
        continue;
      }
      if (this.#hasChanged(key, result)) {
        checkKey(this.#kv, key);
        result = await this.#runUnlatched(key, (reader) => this.#tryLock(reader, request));
        continue;
      }
      if (result.kind === 'blocked' && waitMs <= 0) return this.#pass(key, isWoken, keyIsLocked(key, result.lock));
      const holderTs = result.kind === 'blocked' ? result.lock.startTs : NO_TS;
      const limitMs = waitMs > 0 ? Math.min(waitMs, MAX_WAIT_MS) : MAX_WAIT_MS;
      const outcome = await this.#waits.wait(key, startTs, holderTs, limitMs);
      if (outcome.kind === 'gone') throw outcome.error;
      if (outcome.kind === 'full') throw tooManyWait(this.#kv);
      if (outcome.kind === 'deadlock') {
        const { waitChain } = outcome;
        return { kind: 'failed', error: { kind: 'deadlock', key, lockTs: holderTs, waitChain } };
      }
      isWoken = outcome.kind === 'woken';
      if (!isWoken && result.kind === 'blocked') return keyIsLocked(key, this.#locks.get(key) ?? result.lock);
      checkKey(this.#kv, key);
      result = await this.#runUnlatched(key, (reader) => this.#tryLock(reader, request));
    }
    if (result.kind === 'locked' && result.lock !== undefined) {
      this.#waits.holderChanged(key, startTs);
      return toLockReply(result);
    }
    return this.#pass(key, isWoken, toLockReply(result));
  }

  /** Whether the obstacle went while the result of an attempt was on its way. */
  #hasChanged(key: Key, result: Extract<LockAttempt, { kind: 'blocked' | 'busy' }>): boolean {
    if (result.kind === 'busy') return this.#latches.isFree(key);
    return this.#locks.get(key)?.startTs !== result.lock.startTs;
  }

  /** Who was woken and does not take the lock lets the next one try. */
  #pass(key: Key, isWoken: boolean, reply: PessimisticLockReply): PessimisticLockReply {
    if (isWoken) this.#waits.wake(key);
    return reply;
  }

  #runUnlatched<R>(key: Key, command: (reader: MvccReader) => R): ValueOrPromise<R> {
    const readNow = (): KvReader => {
      checkKey(this.#kv, key);
      return this.#read();
    };
    return runCommand(readNow, this.#locks, command);
  }

  #tryLock(reader: MvccReader, request: PessimisticLockRequest): LockAttempt {
    if (!this.#latches.isFree(request.key)) return BUSY;
    const result = pessimisticLock(reader, this.#concurrency.maxTs, request);
    if (result.kind === 'locked') {
      if (result.changes.locks.length > 0 && (this.#handovers > 0 || result.changes.operations.length > 0))
        return PERSIST;
      for (const change of result.changes.locks) this.#locks.apply(change);
    }
    return result;
  }

  /** Takes a lock that outlives this leader, with the latch of its key. */
  async #lockThroughLog(request: PessimisticLockRequest): Promise<LockAttempt> {
    return this.#writes.command(
      [request.key],
      (reader) => {
        const result = pessimisticLock(reader, this.#concurrency.maxTs, request);
        if (result.kind !== 'locked' || result.lock === undefined || result.changes.locks.length === 0) return result;
        const changes = new Changes();
        const lock = { ...result.lock, isPersisted: true };
        changes.putLock(request.key, lock);
        return { ...result, lock, changes };
      },
      (result) => result,
    );
  }

  pessimisticRollback(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
    readonly forUpdateTs: Ts;
  }): ValueOrPromise<void> {
    checkKeys(this.#kv, request.keys);
    this.#read();
    const changes = pessimisticRollback(this.#locks, request);
    if (changes.operations.length > 0) return this.#rollbackThroughLog(request);
    this.#writes.applyLocks(changes);
    for (const { key } of changes.locks) this.#waits.wake(key);
  }

  #rollbackThroughLog(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
    readonly forUpdateTs: Ts;
  }): ValueOrPromise<void> {
    return this.#writes.command(
      request.keys,
      () => ({ changes: pessimisticRollback(this.#locks, request) }),
      () => undefined,
    );
  }

  // Housekeeping.

  collectGarbage(safePoint: Ts, cursor: GcCursor): ValueOrPromise<GcSlice> {
    return collectSlice(this.#kv, this.range, safePoint, cursor, (keys, command) =>
      this.#writes.command(keys, command, (result) => result),
    );
  }

  async destroyRange(range: KeyRange): Promise<void> {
    checkRange(this.#kv, range);
    for (const family of [DATA_FAMILY, HISTORY_FAMILY, STATUS_FAMILY, LOCK_FAMILY] as const)
      await this.#kv.destroyRange(familyRange(family, range));
  }

  async #loadLocks(): Promise<void> {
    let range = familyRange(LOCK_FAMILY, this.range);
    for (;;) {
      const page = await this.#kv.read().scan(range, LOAD_PAGE, false);
      for (const { key, value } of page) this.#locks.apply({ key: plainUserKey(key), lock: decodeLock(value) });
      const last = page[LOAD_PAGE - 1];
      if (last === undefined) return;
      range = { start: `${last.key}\0` as Key, end: range.end };
    }
  }
}

/** 'busy': a command is at work on the key; ask again when it is done. */
type LockAttempt = PessimisticLockResult | typeof BUSY | typeof PERSIST;
const BUSY = { kind: 'busy' } as const;
/** The lock needs a record, so a latch and the log. */
const PERSIST = { kind: 'persist' } as const;

function toLockReply(result: Exclude<PessimisticLockResult, { kind: 'blocked' }>): PessimisticLockReply {
  if (result.kind === 'failed') return result;
  const { lock, value, exists, lockedWithConflictTs } = result;
  const isLocked = lock !== undefined;
  return { kind: 'locked', isLocked, value, exists, lockedWithConflictTs, forUpdateTs: lock?.forUpdateTs ?? NO_TS };
}

function keyIsLocked(key: Key, lock: Lock): PessimisticLockReply {
  return { kind: 'failed', error: { kind: 'key-is-locked', lock: lockInfo(key, lock) } };
}
