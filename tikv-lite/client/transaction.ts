/**
 * A read-write transaction: reads through its buffer, takes pessimistic locks as statements ask for them, and hands its
 * writes to the committer. Nothing here waits when the regions are local and nobody is in the way.
 */

import {
  chain,
  isPromise,
  type Key,
  type KeyRange,
  MAX_TS,
  NO_TS,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { Done, PessimisticLockReply, RegionService } from '../txn/region-service.ts';
import { MAX_CLEAN_UP_BACK_OFF_MS, MAX_EAGER_ATTEMPTS } from './back-off.ts';
import { type ClientContext, contextForReads, newBackOff } from './client-context.ts';
import { commitTransaction } from './committer.ts';
import { isRetryable, keyFailure, keyOf, mayHaveRun, regionFailure, waitAfter } from './failures.ts';
import { ageMsOf, type HeartBeats, keepAlive, MANAGED_TTL_MS } from './heart-beats.ts';
import { lockRunAt } from './lock-run.ts';
import { Membuffer } from './membuffer.ts';
import { forEachRegion } from './region-groups.ts';
import { SnapshotReader } from './snapshot.ts';
import {
  type Checkpoint,
  type CommitBound,
  type LockOptions,
  type LockResult,
  type Reader,
  type Scanner,
  type ScanOptions,
  type StatementOrder,
  type Transaction,
  TransactionError,
  type TransactionOptions,
} from './storage.ts';
import { UnionReader } from './union-reader.ts';

/** How often a wait for a lock looks whether it shall go on. */
const WAIT_SLICE_MS = 200;

interface Locking {
  readonly keys: readonly Key[];
  readonly options: LockOptions;
  readonly deadlineMs: number;
  readonly locked: Key[];
  readonly values: Map<Key, Uint8Array>;
}

const NO_VALUES: ReadonlyMap<Key, Uint8Array> = new Map();

export class ClientTransaction implements Transaction {
  readonly startTs: Ts;
  readonly mode: 'pessimistic' | 'optimistic';
  readonly #context: ClientContext;
  /** Lets go of the garbage at its snapshot. */
  readonly #release: () => void;
  readonly #heartBeats: HeartBeats;
  readonly #buffer: Membuffer;
  readonly #snapshot: SnapshotReader;
  readonly #reader: UnionReader;
  readonly #bound: CommitBound | undefined;
  /** Locked keys with the for_update_ts of their locks. */
  #locked: Map<Key, Ts> | undefined;
  #primary: Key | undefined;
  #forUpdateTs: Ts;
  #isFinished = false;
  readonly #checkInterrupted: (() => void) | undefined;
  #lastOrder: StatementOrder = 0;

  constructor(context: ClientContext, startTs: Ts, options: TransactionOptions) {
    this.#context = context;
    this.#heartBeats = context.heartBeats;
    this.startTs = startTs;
    this.mode = options.mode;
    this.#bound = options.commitBound;
    this.#checkInterrupted = options.checkInterrupted;
    this.#forUpdateTs = startTs;
    this.#buffer = new Membuffer(options.maxMemoryBytes);
    this.#snapshot = new SnapshotReader(contextForReads(context, options.reads), startTs, options.checkInterrupted);
    this.#reader = new UnionReader(this.#snapshot, this.#buffer);
    this.#release = context.active.hold(startTs);
  }

  get isRemote(): boolean {
    return this.#context.router.isRemote;
  }

  get isDirty(): boolean {
    return this.#buffer.size > 0 || (this.#locked !== undefined && this.#locked.size > 0);
  }

  get sizeBytes(): number {
    return this.#buffer.sizeBytes;
  }

  /** The key whose fate decides the transaction; known from the first pessimistic lock on. */
  get primary(): Key | undefined {
    return this.#primary;
  }

  get(key: Key): ValueOrPromise<Uint8Array | undefined> {
    return this.#reader.get(key);
  }

  batchGet(keys: readonly Key[]): ValueOrPromise<Map<Key, Uint8Array>> {
    return this.#reader.batchGet(keys);
  }

  scan(range: KeyRange, options: ScanOptions): Scanner {
    return this.#reader.scan(range, options);
  }

  currentReader(forUpdateTs: Ts): Reader {
    if (forUpdateTs === this.startTs) return this.#reader;
    return new UnionReader(new SnapshotReader(this.#context, forUpdateTs, this.#checkInterrupted), this.#buffer);
  }

  nextOrder(): StatementOrder {
    return ++this.#lastOrder;
  }

  put(key: Key, value: Uint8Array, order?: StatementOrder): void {
    this.#checkActive();
    this.#buffer.write(key, value, order, false);
  }

  insert(key: Key, value: Uint8Array, order?: StatementOrder): void {
    this.#checkActive();
    this.#buffer.write(key, value, order, true);
  }

  delete(key: Key, order?: StatementOrder): void {
    this.#checkActive();
    this.#buffer.write(key, null, order, false);
  }

  buffered(key: Key): Uint8Array | null | undefined {
    return this.#buffer.get(key)?.value;
  }

  checkpoint(isOnly = false): Checkpoint {
    return this.#buffer.checkpoint(isOnly);
  }

  rollbackTo(checkpoint: Checkpoint): void {
    this.#buffer.rollbackTo(checkpoint);
  }

  lockKeys(keys: readonly Key[], options: LockOptions): ValueOrPromise<LockResult> {
    this.#checkActive();
    const locking: Locking = {
      keys,
      options,
      deadlineMs: options.waitTimeoutMs > 0 ? this.#context.clock.monotonicMs() + options.waitTimeoutMs : 0,
      locked: [],
      values: options.returnValues === true ? new Map() : (NO_VALUES as Map<Key, Uint8Array>),
    };
    if (options.forUpdateTs > this.#forUpdateTs) this.#forUpdateTs = options.forUpdateTs;
    if (this.mode !== 'pessimistic') return this.#lockOptimistically(locking);
    if (this.#context.router.isRemote && keys.length > 1 && mayLockTogether(options)) return this.#lockInRuns(locking);
    return this.#lockFrom(locking, 0);
  }

  /**
   * Where every request travels: as many keys per request as follow each other in a region. What such a request cannot
   * have is asked for by itself, so the outcome is that of single requests in the order of the keys.
   */
  async #lockInRuns(locking: Locking): Promise<LockResult> {
    const { keys } = locking;
    const mayHold = new Set<Key>();
    const isSingle = (key: Key): boolean => this.#locked?.has(key) === true || this.#buffer.get(key) !== undefined;
    try {
      let obstacle: Key | undefined;
      for (let i = 0; i < keys.length; ) {
        const key = keys[i]!;
        const region = await this.#until(this.#context.router.locate(key));
        const run = lockRunAt(region.range, keys, i, (next) => next === obstacle || isSingle(next));
        if (run.length > 1) {
          const met = await this.#lockRun(region, run, locking, mayHold);
          if (met === undefined) i += run.length;
          else obstacle = met;
          continue;
        }
        if (!this.#isLockedAlready(key, locking)) await this.#lockKey(key, locking);
        i++;
      }
    } catch (error) {
      const strays = [...mayHold].filter((key) => this.#locked?.has(key) !== true);
      if (strays.length > 0) await this.#releaseInBackground(strays);
      throw error;
    }
    return { locked: locking.locked, values: locking.values };
  }

  /**
   * Locks all keys of the run, or none: then answers the key that has to be asked for by itself. `mayHold` gets those that
   * a request without an answer may have locked.
   */
  async #lockRun(
    region: RegionService,
    keys: readonly Key[],
    locking: Locking,
    mayHold: Set<Key>,
  ): Promise<Key | undefined> {
    const { forUpdateTs, shouldNotExist = false } = locking.options;
    const [first] = keys as [Key];
    let reply: Done;
    try {
      reply = await region.pessimisticLockAll({
        ...this.#lockTerms(first),
        keys,
        forUpdateTs,
        shouldNotExist,
      });
    } catch (error) {
      if (!isRetryable(error)) throw regionFailure(error);
      if (mayHaveRun(error)) for (const key of keys) mayHold.add(key);
      return first;
    }
    if (reply.kind === 'failed') return keys.find((key) => key === keyOf(reply.error)) ?? first;
    if (this.#isFinished) return this.#dropLateLocks(keys);
    const lock = { isLocked: true, value: undefined, exists: false, lockedWithConflictTs: NO_TS, forUpdateTs };
    for (const key of keys) this.#locksTaken(key, locking, { kind: 'locked', ...lock });
    return undefined;
  }

  #releaseInBackground(keys: readonly Key[]): ValueOrPromise<unknown> {
    return this.#context.background.run(async () => await releaseLocks(this.#context, this.startTs, keys));
  }

  #lockFrom(locking: Locking, from: number): ValueOrPromise<LockResult> {
    for (let i = from; i < locking.keys.length; i++) {
      const key = locking.keys[i]!;
      if (this.#isLockedAlready(key, locking)) continue;
      const reply = this.#lockKey(key, locking);
      if (isPromise(reply)) return reply.then(() => this.#lockFrom(locking, i + 1));
    }
    return { locked: locking.locked, values: locking.values };
  }

  /**
   * Nothing is asked of the store for a key that is locked and of which nothing has to be looked up: nobody else can have
   * changed it, whatever the time of this statement.
   */
  #isLockedAlready(key: Key, locking: Locking): boolean {
    const { options, locked } = locking;
    if (this.#locked === undefined) return false;
    if (!this.#locked.has(key)) return false;
    if (options.returnValues === true || options.shouldNotExist === true) return false;
    locked.push(key);
    return true;
  }

  /** One request for one key. Takes the lock or throws; a promise when it has to wait. */
  #lockKey(key: Key, locking: Locking): ValueOrPromise<void> {
    const region = this.#context.router.locate(key);
    if (isPromise(region)) return this.#lockSlowly(key, locking, undefined);
    let reply: ValueOrPromise<PessimisticLockReply>;
    try {
      reply = region.pessimisticLock(this.#lockRequest(key, locking.options), this.#sliceMs(locking));
    } catch (error) {
      if (!isRetryable(error)) throw regionFailure(error);
      return this.#lockSlowly(key, locking, undefined);
    }
    if (isPromise(reply)) return this.#lockSlowly(key, locking, reply);
    if (reply.kind === 'failed' && reply.error.kind === 'key-is-locked')
      return this.#lockSlowly(key, locking, Promise.resolve(reply));
    this.#locksTaken(key, locking, reply);
  }

  async #lockSlowly(key: Key, locking: Locking, first: Promise<PessimisticLockReply> | undefined): Promise<void> {
    const attempts = { mayHold: false };
    try {
      await this.#lockPatiently(key, locking, first, attempts);
    } catch (error) {
      if (attempts.mayHold && this.#locked?.has(key) !== true) await this.#releaseInBackground([key]);
      throw error;
    }
  }

  /** `attempts.mayHold`: a request whose answer was lost may have taken the lock. */
  async #lockPatiently(
    key: Key,
    locking: Locking,
    first: Promise<PessimisticLockReply> | undefined,
    attempts: { mayHold: boolean },
  ): Promise<void> {
    const { options } = locking;
    const backOff = newBackOff(this.#context);
    let made = first;
    for (let attempt = 0; ; attempt++) {
      const located = this.#context.router.locate(key);
      // A request that is under way is not left behind.
      const region = await (made === undefined ? this.#until(located) : located);
      let reply: PessimisticLockReply;
      try {
        reply = await (made ?? region.pessimisticLock(this.#lockRequest(key, options), this.#sliceMs(locking)));
      } catch (error) {
        if (!isRetryable(error)) throw regionFailure(error);
        if (mayHaveRun(error)) attempts.mayHold = true;
        this.#context.router.failed(region, error);
        await this.#until(waitAfter(error, backOff));
        this.#checkInterrupted?.();
        continue;
      } finally {
        made = undefined;
      }
      if (reply.kind !== 'failed' || reply.error.kind !== 'key-is-locked') {
        if (this.#isFinished) return this.#dropLateLocks([key]);
        this.#locksTaken(key, locking, reply);
        return;
      }
      this.#checkInterrupted?.();
      if (options.skipLocked === true && attempt > 0) return;
      const resolution = await this.#context.resolver.resolve(reply.error.lock, NO_TS);
      if (resolution === 'resolved') {
        if (attempt > MAX_EAGER_ATTEMPTS) await backOff.wait('lock', 'locks that come again');
        continue;
      }
      if (options.skipLocked === true) return;
      if (options.waitTimeoutMs <= 0)
        throw new TransactionError('lock-not-available', 'another transaction holds the lock', key);
      if (this.#waitMs(locking) <= 0)
        throw new TransactionError('lock-wait-timeout', 'another transaction held the lock too long', key);
    }
  }

  /** Ends early when the statement that waits is killed. */
  #until<T>(work: ValueOrPromise<T>): ValueOrPromise<T> {
    return this.#context.waits.until(work, this.#checkInterrupted);
  }

  #locksTaken(key: Key, locking: Locking, reply: PessimisticLockReply): void {
    if (reply.kind === 'failed') throw keyFailure(reply.error);
    const heldAt = this.#locked?.get(key);
    if (!reply.isLocked && heldAt === undefined) return;
    if (heldAt !== undefined && reply.lockedWithConflictTs > heldAt) throw lostLock(key, reply.lockedWithConflictTs);
    if (this.#locked === undefined) {
      this.#locked = new Map();
      this.#primary = key;
      this.#heartBeats.add(this);
    }
    this.#locked.set(key, reply.forUpdateTs);
    if (reply.forUpdateTs > this.#forUpdateTs) this.#forUpdateTs = reply.forUpdateTs;
    if (locking.options.returnValues !== true) {
      if (reply.lockedWithConflictTs > locking.options.forUpdateTs)
        throw changedSince(key, locking, reply.lockedWithConflictTs);
      locking.locked.push(key);
      return;
    }
    locking.locked.push(key);
    const own = this.#buffer.get(key);
    const value = own === undefined ? reply.value : (own.value ?? undefined);
    if (value !== undefined) locking.values.set(key, value);
  }

  /** The wait ended after the transaction did: nobody would ever release the lock. */
  async #dropLateLocks(keys: readonly Key[]): Promise<never> {
    await releaseLocks(this.#context, this.startTs, keys);
    throw new TransactionError('aborted', 'the transaction ended while it waited for a lock', keys[0]);
  }

  /**
   * A lock that is held is asked for as of the time it was taken at: should it have been lost meanwhile, as locks in
   * memory are when a leader dies, then the answer tells of a version that somebody else has committed since.
   */
  #lockRequest(key: Key, options: LockOptions) {
    const own = this.#buffer.get(key);
    if (options.shouldNotExist === true && own !== undefined && own.value !== null)
      throw new TransactionError('key-exists', 'the key exists', key);
    return {
      ...this.#lockTerms(key),
      key,
      forUpdateTs: this.#locked?.get(key) ?? options.forUpdateTs,
      shouldNotExist: options.shouldNotExist === true && own === undefined,
      returnValues: options.returnValues === true,
      lockOnlyIfExists: options.onlyIfExists === true,
      allowLockWithConflict: true,
    };
  }

  /** What the locks of this transaction have in common; `key` becomes the primary when it is the first. */
  #lockTerms(key: Key) {
    return {
      primary: this.#primary ?? key,
      startTs: this.startTs,
      lockTtlMs: MANAGED_TTL_MS + ageMsOf(this.#context, this.startTs),
      minCommitTs: (this.#forUpdateTs + 1n) as Ts,
    };
  }

  #waitMs(locking: Locking): number {
    if (locking.options.skipLocked === true || locking.options.waitTimeoutMs <= 0) return 0;
    return locking.deadlineMs - this.#context.clock.monotonicMs();
  }

  /** A wait that can be interrupted is made of short ones. */
  #sliceMs(locking: Locking): number {
    const leftMs = this.#waitMs(locking);
    return this.#checkInterrupted === undefined ? leftMs : Math.min(leftMs, WAIT_SLICE_MS);
  }

  /** Optimistic: the keys take part in the commit, where a change of theirs is a conflict; nothing is held till then. */
  #lockOptimistically(locking: Locking): ValueOrPromise<LockResult> {
    const { keys, options } = locking;
    this.#locked ??= new Map();
    for (const key of keys) this.#locked.set(key, this.startTs);
    if (options.returnValues !== true && options.shouldNotExist !== true)
      return { locked: keys, values: locking.values };
    return chain(this.batchGet(keys), (values) => {
      const existing = options.shouldNotExist === true ? keys.find((key) => values.has(key)) : undefined;
      if (existing !== undefined) throw new TransactionError('key-exists', 'the key exists', existing);
      return { locked: keys, values: options.returnValues === true ? values : NO_VALUES };
    });
  }

  /** Keeps the primary's lock alive, while it commits, too; a transaction that lost it notices then. */
  async heartBeat(): Promise<void> {
    const primary = this.#primary;
    if (primary === undefined) return;
    await keepAlive(this.#context, primary, this.startTs);
  }

  commit(): ValueOrPromise<{ readonly commitTs: Ts }> {
    this.#checkActive();
    if (this.#buffer.size === 0) return chain(this.rollback(), () => ({ commitTs: this.startTs }));
    this.#isFinished = true;
    this.#release();
    const done = commitTransaction(this.#context, {
      startTs: this.startTs,
      isPessimistic: this.mode === 'pessimistic',
      forUpdateTs: this.#forUpdateTs,
      buffer: this.#buffer,
      locked: this.#locked,
      primary: this.#primary,
      bound: this.#bound,
    });
    this.#leaveHeartBeats(done);
    return done;
  }

  rollback(): ValueOrPromise<void> {
    if (this.#isFinished) return undefined;
    this.#isFinished = true;
    this.#release();
    this.#buffer.clear();
    const locked = this.#locked;
    this.#locked = undefined;
    if (locked === undefined || this.mode === 'optimistic') return undefined;
    this.#heartBeats.delete(this);
    return releaseLocks(this.#context, this.startTs, [...locked.keys()]);
  }

  #leaveHeartBeats(until: ValueOrPromise<unknown>): void {
    if (this.#primary === undefined) return;
    if (!isPromise(until)) {
      this.#heartBeats.delete(this);
      return;
    }
    const leave = (): void => this.#heartBeats.delete(this);
    until.then(leave, leave);
  }

  #checkActive(): void {
    if (this.#isFinished) throw new TransactionError('aborted', 'the transaction has ended');
  }
}

/** Nothing is to be told of the keys but that they are locked. */
function mayLockTogether({ returnValues, shouldNotExist, onlyIfExists }: LockOptions): boolean {
  return onlyIfExists !== true && (returnValues !== true || shouldNotExist === true);
}

function lostLock(key: Key, commitTs: Ts): TransactionError {
  return new TransactionError('aborted', `the lock was lost, and the key changed at ${commitTs}`, key);
}

/**
 * The key is locked, but on a version that the statement has not read: it has to be redone. Keeping the lock makes sure
 * that this time nobody comes between, and that the others go on waiting instead of failing one after the other.
 */
function changedSince(key: Key, locking: Locking, commitTs: Ts): TransactionError {
  const { forUpdateTs } = locking.options;
  return new TransactionError(
    'write-conflict',
    `changed at ${commitTs}, after ${forUpdateTs}; the key is locked now`,
    key,
  );
}

/** Drops pessimistic locks; the sooner the better, but failing is harmless: they expire. */
export function releaseLocks(context: ClientContext, startTs: Ts, keys: readonly Key[]): ValueOrPromise<void> {
  if (context.router.isRemote) return releaseSlowly(context, startTs, keys);
  let pending: Promise<unknown>[] | undefined;
  for (const key of keys) {
    const released = releaseHere(context, startTs, key);
    if (!isPromise(released)) continue;
    pending ??= [];
    pending.push(released);
  }
  return pending === undefined ? undefined : Promise.all(pending).then(() => undefined);
}

function releaseHere(context: ClientContext, startTs: Ts, key: Key): ValueOrPromise<void> {
  const again = (): Promise<void> => releaseSlowly(context, startTs, [key]);
  try {
    const released = chain(context.router.locate(key), (region) => dropLocks(region, startTs, [key]));
    return isPromise(released) ? released.catch(again) : undefined;
  } catch {
    return again();
  }
}

function dropLocks(region: RegionService, startTs: Ts, keys: readonly Key[]): ValueOrPromise<void> {
  return region.pessimisticRollback({ keys, startTs, forUpdateTs: MAX_TS });
}

async function releaseSlowly(context: ClientContext, startTs: Ts, keys: readonly Key[]): Promise<void> {
  const backOff = newBackOff(context, MAX_CLEAN_UP_BACK_OFF_MS);
  try {
    await forEachRegion(context, keys, backOff, (region, group) => dropLocks(region, startTs, group));
  } catch {
    // They expire.
  }
}
