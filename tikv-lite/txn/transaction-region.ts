/**
 * The transaction scheduler of one region on its leader: latches, the lock table, waiting for locks, and the path of a
 * command from the pure functions in mvcc/ to the log.
 *
 * Order of things, on which snapshot isolation rests: a read first raises max_ts, then looks at the lock table, then at
 * the data. A prewrite computes its min_commit_ts and publishes its locks in one synchronous step, before the log sees
 * them. So a read either meets the lock or is below the commit_ts. Lock table changes of a command take effect in the
 * turn in which its writes become visible.
 */

import {
  assert,
  chain,
  isPromise,
  type Key,
  type KeyRange,
  type KvPair,
  MAX_TS,
  NO_TS,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';
import type { Changes } from '../mvcc/changes.ts';
import { checkSecondaryLocks } from '../mvcc/commands/check-secondary-locks.ts';
import { type CheckTxnStatusRequest, checkTxnStatus } from '../mvcc/commands/check-txn-status.ts';
import { type CommandResult, type CommitRequest, commit } from '../mvcc/commands/commit.ts';
import {
  type PessimisticLockRequest,
  type PessimisticLockResult,
  pessimisticLock,
  pessimisticRollback,
  type TxnHeartBeatRequest,
  txnHeartBeat,
} from '../mvcc/commands/pessimistic-lock.ts';
import { type PrewriteRequest, type PrewriteResult, prewrite } from '../mvcc/commands/prewrite.ts';
import { type ResolveLockRequest, resolveLock } from '../mvcc/commands/resolve-lock.ts';
import { batchRollback, cleanup } from '../mvcc/commands/rollback.ts';
import { DATA_FAMILY, familyRange, HISTORY_FAMILY, LOCK_FAMILY, plainUserKey, STATUS_FAMILY } from '../mvcc/keys.ts';
import { decodeLock, type Lock, type LockInfo, lockInfo } from '../mvcc/lock.ts';
import { blocksRead, type ReadTs, readNewest, readPage, readValue, type ScanPage } from '../mvcc/read.ts';
import { type MvccReader, runCommand } from '../mvcc/reader.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';
import type { ConcurrencyManager } from './concurrency-manager.ts';
import { collectSlice } from './garbage.ts';
import { Latches, type LatchTicket } from './latches.ts';
import { LockTable } from './lock-table.ts';
import { LockWaits } from './lock-waits.ts';
import {
  type Done,
  type Failed,
  type GcCursor,
  type GcSlice,
  LockedRead,
  type PessimisticLockReply,
  type PrewriteReply,
  type RegionService,
} from './region-service.ts';

/** One log entry holds less than 8 MiB; a command that wants more is cut or falls back. */
const MAX_PROPOSAL_BYTES = 6 * 1024 * 1024;
/** A wait is answered after this long at the latest, so that the client can look after the holder (TiKV: 1 s). */
const MAX_WAIT_MS = 1000;
const LOAD_PAGE = 1024;
const RELOAD_PAUSE_MS = 50;
const OK: Done = { kind: 'ok' };

export class TransactionRegion implements RegionService {
  readonly #kv: RegionKv;
  readonly #concurrency: ConcurrencyManager;
  readonly #latches = new Latches();
  readonly #locks: LockTable;
  readonly #waits: LockWaits;
  readonly #timers: Timers;
  /** False while the lock table may differ from the `l` family: nothing is served. */
  #isLoaded = false;
  #isClosed = false;
  /** Proposals whose outcome is open. */
  #inFlight = 0;
  /**
   * Set once the store failed with a proposal under way: the next life may find a commit in the log that no lock here
   * tells of, with a commit_ts below reads served now. So nothing is read or decided any more.
   */
  #failure: RegionError | undefined;

  private constructor(kv: RegionKv, concurrency: ConcurrencyManager, timers: Timers, locks: LockTable) {
    this.#kv = kv;
    this.#concurrency = concurrency;
    this.#timers = timers;
    this.#locks = locks;
    this.#waits = new LockWaits(timers, concurrency.deadlocks);
  }

  /** Takes a region over: the locks of its `l` family are loaded before the first command. */
  static async open(
    kv: RegionKv,
    concurrency: ConcurrencyManager,
    timers: Timers,
    locks = new LockTable(),
  ): Promise<TransactionRegion> {
    const region = new TransactionRegion(kv, concurrency, timers, locks);
    await region.#loadLocks();
    region.#isLoaded = true;
    return region;
  }

  get range(): KeyRange {
    return this.#kv.regionRange;
  }

  get lockCount(): number {
    return this.#locks.size;
  }

  /** Ends all waits. Commands under way finish. */
  close(): void {
    this.#isClosed = true;
    this.#waits.close();
  }

  /**
   * Another replica may have led meanwhile, or a proposal of ours may have been applied unseen: forgets all locks and
   * reads those of the log back. Pessimistic locks are lost, as in a crash; their transactions find out at commit.
   */
  reload(): void {
    if (!this.#isLoaded) return;
    this.#isLoaded = false;
    this.#waits.close();
    if (this.#inFlight === 0) this.#reloadSoon();
  }

  #reloadSoon(): void {
    if (this.#isClosed || this.#isLoaded) return;
    this.#locks.clear();
    this.#loadLocks().then(
      () => {
        this.#isLoaded = true;
      },
      (error: unknown) => {
        const mayLeadAgain = error instanceof RegionError && error.kind !== 'store-failed';
        if (mayLeadAgain) this.#timers.after(RELOAD_PAUSE_MS, () => this.#reloadSoon());
      },
    );
  }

  readonly #readNow = (): KvReader => this.#read();

  /** The applied state, once the lock table matches it. */
  #read(): KvReader {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isLoaded)
      throw new RegionError('not-leader', this.#kv.regionId, 'the lock table of the region is being loaded');
    return this.#kv.read();
  }

  // Reads.

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    this.#concurrency.maxTs.advance(at.ts);
    const reader = this.#read();
    const lock = this.#locks.written(key);
    if (lock !== undefined && blocksRead(lock, key, at.ts, bypass)) return this.#lockedGet(key, lock, at, bypass);
    return readValue(reader, key, at);
  }

  batchGet(
    keys: readonly Key[],
    at: ReadTs,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<{ readonly pairs: readonly KvPair[]; readonly locks: readonly LockInfo[] }> {
    const values = keys.map((key) => this.get(key, at, bypass));
    return values.some(isPromise) ? Promise.all(values).then((found) => sorted(keys, found)) : sorted(keys, values);
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    const reader = this.#read();
    const lock = this.#locks.written(key);
    if (lock !== undefined && blocksLatest(key, lock)) return this.#lockedLatest(key, lock);
    return readNewest(reader, key);
  }

  scan(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead> {
    this.#concurrency.maxTs.advance(at.ts);
    if (!this.#locks.hasWritten) return readPage(this.#read(), range, at, limit, reverse);
    return this.#scanAmongLocks(range, at, limit, reverse, bypass);
  }

  /**
   * Only locks inside the part that one page covers matter. They are looked up before the page is read; should the page
   * turn out to reach less far, a lock beyond it is met by a later page.
   */
  #scanAmongLocks(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead> {
    const found = this.#locks.firstBlocking(range, at.ts, bypass, reverse);
    if (found === undefined) return readPage(this.#read(), range, at, limit, reverse);
    const { key, lock } = found;
    const clear: KeyRange = reverse ? { start: `${key}\0` as Key, end: range.end } : { start: range.start, end: key };
    return chain(readPage(this.#read(), clear, at, limit, reverse), (page): ValueOrPromise<ScanPage | LockedRead> => {
      if (page.rest !== undefined) {
        const rest = reverse ? { start: range.start, end: page.rest.end } : { start: page.rest.start, end: range.end };
        return { pairs: page.pairs, rest };
      }
      if (page.pairs.length > 0) {
        const rest = reverse ? { start: range.start, end: clear.start } : { start: key, end: range.end };
        return { pairs: page.pairs, rest };
      }
      if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
      return this.#latches.whenReleased(key).then(() => this.scan(range, at, limit, reverse, bypass));
    });
  }

  /** A lock in flight goes or stands within one trip through the log: wait for that first. */
  #lockedGet(
    key: Key,
    lock: Lock,
    at: ReadTs,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
    return this.#latches.whenReleased(key).then(() => this.get(key, at, bypass));
  }

  #lockedLatest(key: Key, lock: Lock): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
    return this.#latches.whenReleased(key).then(() => this.getLatest(key));
  }

  // Writes.

  prewrite(request: PrewriteRequest): ValueOrPromise<PrewriteReply> {
    const promisesCommitTs = request.tryOnePc || request.secondaries !== undefined;
    if (promisesCommitTs && !this.#concurrency.isSynced) return { kind: 'max-timestamp-not-synced' };
    const keys = request.mutations.map((mutation) => mutation.key);
    return this.#latched(keys, (ticket) =>
      chain(
        this.#releaseOnReject(
          this.#run((reader) => this.#prewriteAndPublish(reader, request)),
          ticket,
        ),
        (result) => this.#finishPrewrite(request, result, ticket),
      ),
    );
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
      this.#release(ticket);
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
    };
    return chain(this.#write(result.changes, ticket, { onApplied, undo }), () => reply);
  }

  /** The log did not take the prewrite. Locks that may yet stand in the log stay; guards never do. */
  #withdraw(
    request: PrewriteRequest,
    changes: Changes,
    options: { readonly isGuarded: boolean; readonly isUndetermined: boolean },
  ): void {
    if (options.isGuarded) {
      for (const mutation of request.mutations) this.#locks.withdraw(mutation.key);
    } else if (!options.isUndetermined) {
      for (const { key } of changes.locks) this.#locks.withdraw(key);
    }
  }

  commit(request: CommitRequest): ValueOrPromise<Done> {
    return this.#inChunks(request.keys, (reader, keys) => commit(reader, { ...request, keys }));
  }

  batchRollback(request: { readonly keys: readonly Key[]; readonly startTs: Ts }): ValueOrPromise<Done> {
    return this.#inChunks(request.keys, (reader, keys) => batchRollback(reader, { ...request, keys }));
  }

  resolveLock(request: ResolveLockRequest): ValueOrPromise<Done> {
    return this.#inChunks(request.keys, (reader, keys) => resolveLock(reader, { ...request, keys }));
  }

  cleanup(request: { readonly key: Key; readonly startTs: Ts; readonly currentTs: Ts }): ValueOrPromise<Done> {
    return this.#command([request.key], (reader) => cleanup(reader, request), toDone);
  }

  checkTxnStatus(request: CheckTxnStatusRequest): ReturnType<RegionService['checkTxnStatus']> {
    return this.#command(
      [request.primary],
      (reader) => checkTxnStatus(reader, this.#concurrency.maxTs, request),
      (result) => (result.kind === 'ok' ? { kind: 'ok', status: result.status } : result),
    );
  }

  checkSecondaryLocks(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
  }): ReturnType<RegionService['checkSecondaryLocks']> {
    return this.#command(
      request.keys,
      (reader) => checkSecondaryLocks(reader, this.#concurrency.maxTs, request),
      (result) => result.status,
    );
  }

  txnHeartBeat(request: TxnHeartBeatRequest): ReturnType<RegionService['txnHeartBeat']> {
    return this.#command(
      [request.primary],
      (reader) => txnHeartBeat(reader, request),
      (result): { readonly kind: 'ok'; readonly ttlMs: number } | Failed =>
        result.kind === 'ok' ? { kind: 'ok', ttlMs: result.ttlMs } : result,
    );
  }

  scanLocks(range: KeyRange, limit: number, maxTs: Ts, startTs?: Ts): readonly LockInfo[] {
    this.#concurrency.maxTs.advance(maxTs);
    return this.#locks.scan(range, limit, maxTs, startTs);
  }

  // Pessimistic locks: no log, no latch held; the attempt is one synchronous step while no command works on the key.

  pessimisticLock(request: PessimisticLockRequest, waitMs: number): ValueOrPromise<PessimisticLockReply> {
    const result = this.#run((reader) => this.#tryLock(reader, request));
    if (isPromise(result) || result.kind === 'busy') return this.#lockPatiently(request, waitMs, result);
    if (result.kind === 'locked') this.#waits.holderChanged(request.key, request.startTs);
    if (result.kind !== 'blocked') return toLockReply(result);
    return waitMs <= 0 ? keyIsLocked(request.key, result.lock) : this.#lockPatiently(request, waitMs, result);
  }

  /** All who wait for the key, for a lock or for a command at work, stand in one queue; each release wakes its head. */
  async #lockPatiently(
    request: PessimisticLockRequest,
    waitMs: number,
    first: ValueOrPromise<LockAttempt>,
  ): Promise<PessimisticLockReply> {
    const { key, startTs } = request;
    let result = await first;
    let isWoken = false;
    while (result.kind === 'blocked' || result.kind === 'busy') {
      if (result.kind === 'blocked' && waitMs <= 0) return this.#pass(key, isWoken, keyIsLocked(key, result.lock));
      const holderTs = result.kind === 'blocked' ? result.lock.startTs : NO_TS;
      const limitMs = waitMs > 0 ? Math.min(waitMs, MAX_WAIT_MS) : MAX_WAIT_MS;
      const outcome = await this.#waits.wait(key, startTs, holderTs, limitMs);
      if (outcome.kind === 'deadlock') {
        const { waitChain } = outcome;
        return { kind: 'failed', error: { kind: 'deadlock', key, lockTs: holderTs, waitChain } };
      }
      isWoken = outcome.kind === 'woken';
      if (!isWoken && result.kind === 'blocked') return keyIsLocked(key, this.#locks.get(key) ?? result.lock);
      result = await this.#run((reader) => this.#tryLock(reader, request));
    }
    if (result.kind === 'locked' && result.lock !== undefined) {
      this.#waits.holderChanged(key, startTs);
      return toLockReply(result);
    }
    return this.#pass(key, isWoken, toLockReply(result));
  }

  /** Who was woken and does not take the lock lets the next one try. */
  #pass(key: Key, isWoken: boolean, reply: PessimisticLockReply): PessimisticLockReply {
    if (isWoken) this.#waits.wake(key);
    return reply;
  }

  #tryLock(reader: MvccReader, request: PessimisticLockRequest): LockAttempt {
    if (!this.#latches.isFree(request.key)) return BUSY;
    const result = pessimisticLock(reader, this.#concurrency.maxTs, request);
    if (result.kind === 'locked') {
      assert(result.changes.operations.length === 0, 'a pessimistic lock writes nothing');
      for (const change of result.changes.locks) this.#locks.apply(change);
    }
    return result;
  }

  pessimisticRollback(request: {
    readonly keys: readonly Key[];
    readonly startTs: Ts;
    readonly forUpdateTs: Ts;
  }): void {
    const changes = pessimisticRollback(this.#locks, request);
    assert(changes.operations.length === 0, 'a pessimistic rollback writes nothing');
    this.#applyLocks(changes);
    for (const { key } of changes.locks) this.#waits.wake(key);
  }

  // Housekeeping.

  collectGarbage(safePoint: Ts, cursor: GcCursor): ValueOrPromise<GcSlice> {
    return collectSlice(this.#kv, this.range, safePoint, cursor, (keys, command) =>
      this.#command(keys, command, (result) => result),
    );
  }

  async destroyRange(range: KeyRange): Promise<void> {
    for (const family of [DATA_FAMILY, HISTORY_FAMILY, STATUS_FAMILY, LOCK_FAMILY] as const)
      await this.#kv.destroyRange(familyRange(family, range));
  }

  async #loadLocks(): Promise<void> {
    let range = familyRange(LOCK_FAMILY, this.range);
    for (;;) {
      const page = await this.#kv.read().scan(range, LOAD_PAGE, false);
      for (const { key, value } of page) this.#locks.publish(plainUserKey(key), decodeLock(value));
      const last = page[LOAD_PAGE - 1];
      if (last === undefined) return;
      range = { start: `${last.key}\0` as Key, end: range.end };
    }
  }

  // Execution.

  #run<R>(command: (reader: MvccReader) => R): ValueOrPromise<R> {
    return runCommand(this.#readNow, this.#locks, command);
  }

  /** Runs with the latches of distinct `keys`; `work` gives the ticket back. */
  #latched<R>(keys: readonly Key[], work: (ticket: LatchTicket) => ValueOrPromise<R>): ValueOrPromise<R> {
    const ticket = this.#latches.acquire(keys);
    const guarded = (): ValueOrPromise<R> => {
      try {
        return work(ticket);
      } catch (error) {
        this.#release(ticket);
        throw error;
      }
    };
    return ticket.isHeld ? guarded() : ticket.held().then(guarded);
  }

  /** A command whose result, if it has changes, is written before it is answered. */
  #command<R extends { readonly changes: Changes } | Failed | typeof OVERSIZE, A>(
    keys: readonly Key[],
    command: (reader: MvccReader) => R,
    answer: (result: R) => A,
  ): ValueOrPromise<A> {
    return this.#latched(keys, (ticket) =>
      chain(this.#releaseOnReject(this.#run(command), ticket), (result) => {
        const changes = 'changes' in result ? result.changes : undefined;
        if (changes === undefined) {
          this.#release(ticket);
          return answer(result);
        }
        return chain(this.#write(changes, ticket), () => answer(result));
      }),
    );
  }

  #releaseOnReject<R>(result: ValueOrPromise<R>, ticket: LatchTicket): ValueOrPromise<R> {
    if (!isPromise(result)) return result;
    return result.catch((error: unknown) => {
      this.#release(ticket);
      throw error;
    });
  }

  /** Commands that treat their keys one by one: as many keys per log entry as fit. */
  #inChunks(
    keys: readonly Key[],
    command: (reader: MvccReader, keys: readonly Key[]) => CommandResult,
  ): ValueOrPromise<Done> {
    if (keys.length > CHUNK_KEYS) return this.#chunkByChunk(keys, CHUNK_KEYS, command);
    const done = this.#command(keys, (reader) => refuseOversize(keys, command(reader, keys)), toDoneOrOversize);
    return chain(done, (reply) =>
      reply.kind === 'oversize' ? this.#chunkByChunk(keys, Math.ceil(keys.length / 4), command) : reply,
    );
  }

  async #chunkByChunk(
    keys: readonly Key[],
    size: number,
    command: (reader: MvccReader, keys: readonly Key[]) => CommandResult,
  ): Promise<Done> {
    for (let at = 0; at < keys.length; at += size) {
      const done = await this.#inChunks(keys.slice(at, at + size), command);
      if (done.kind === 'failed') return done;
    }
    return OK;
  }

  /** Sends changes through the log; lock table, latches and waiters follow when they are applied. */
  #write(
    changes: Changes,
    ticket: LatchTicket,
    hooks?: { readonly onApplied: () => void; readonly undo: (isUndetermined: boolean) => void },
  ): ValueOrPromise<void> {
    if (changes.operations.length === 0) {
      hooks?.onApplied();
      this.#applyLocks(changes);
      this.#release(ticket);
      return undefined;
    }
    const onApplied = (): void => {
      hooks?.onApplied();
      this.#applyLocks(changes);
    };
    this.#inFlight++;
    return this.#propose(changes.operations, onApplied).then(
      () => {
        this.#settled();
        this.#release(ticket);
      },
      (error: unknown) => {
        hooks?.undo(isUndetermined(error));
        if (error instanceof RegionError && error.kind === 'store-failed') this.#failure = error;
        else if (isUndetermined(error)) this.reload();
        this.#settled();
        this.#release(ticket);
        throw error;
      },
    );
  }

  #propose(operations: readonly WriteOperation[], onApplied: () => void): Promise<void> {
    try {
      return this.#kv.propose(operations, onApplied);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settled(): void {
    this.#inFlight--;
    if (this.#inFlight === 0 && !this.#isLoaded) this.#reloadSoon();
  }

  #applyLocks(changes: Changes): void {
    for (const change of changes.locks) this.#locks.apply(change);
  }

  #release(ticket: LatchTicket): void {
    this.#latches.release(ticket);
    if (this.#waits.waiting > 0) for (const key of ticket.keys) this.#waits.wake(key);
  }
}

type ReadValue = Uint8Array | undefined | LockedRead;

/** What a batch of reads found: values on the one side, locks in the way on the other. */
function sorted(
  keys: readonly Key[],
  values: readonly ValueOrPromise<ReadValue>[],
): { readonly pairs: readonly KvPair[]; readonly locks: readonly LockInfo[] } {
  const pairs: KvPair[] = [];
  const locks: LockInfo[] = [];
  for (const [i, value] of values.entries()) {
    if (value instanceof LockedRead) locks.push(value.lock);
    else if (value instanceof Uint8Array) pairs.push({ key: keys[i]!, value });
  }
  return { pairs, locks };
}

/** Keys per log entry of a commit; versions that move to the history may be long. */
const CHUNK_KEYS = 1024;

/** A one-phase commit in flight is not acknowledged yet: the latest version is the one before it. */
function blocksLatest(key: Key, lock: Lock): boolean {
  return lock.isGuard !== true && blocksRead(lock, key, MAX_TS, undefined);
}

function isUndetermined(error: unknown): boolean {
  return error instanceof RegionError && (error.kind === 'stale-command' || error.kind === 'store-failed');
}

function toDone(result: CommandResult): Done {
  return result.kind === 'ok' ? OK : result;
}

/** 'busy': a command is at work on the key; ask again when it is done. */
type LockAttempt = PessimisticLockResult | typeof BUSY;
const BUSY = { kind: 'busy' } as const;

const OVERSIZE = { kind: 'oversize' } as const;

function refuseOversize(keys: readonly Key[], result: CommandResult): CommandResult | typeof OVERSIZE {
  const isOversize = keys.length > 1 && result.kind === 'ok' && result.changes.sizeBytes > MAX_PROPOSAL_BYTES;
  return isOversize ? OVERSIZE : result;
}

function toDoneOrOversize(result: CommandResult | typeof OVERSIZE): Done | typeof OVERSIZE {
  return result.kind === 'ok' ? OK : result;
}

function toLockReply(result: Exclude<PessimisticLockResult, { kind: 'blocked' }>): PessimisticLockReply {
  if (result.kind === 'failed') return result;
  const { lock, value, exists, lockedWithConflictTs } = result;
  const isLocked = lock !== undefined;
  return { kind: 'locked', isLocked, value, exists, lockedWithConflictTs, forUpdateTs: lock?.forUpdateTs ?? NO_TS };
}

function keyIsLocked(key: Key, lock: Lock): PessimisticLockReply {
  return { kind: 'failed', error: { kind: 'key-is-locked', lock: lockInfo(key, lock) } };
}
