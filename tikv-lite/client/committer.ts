/**
 * Commits a transaction's buffer: in one phase when one region and one log entry hold it all, by async commit when it is
 * small, else in two phases. The user hears of success when the outcome is decided and durable: after the one-phase
 * write, after all prewrites of an async commit, after the commit of the primary. The rest runs in the background.
 *
 * A request that may decide the outcome and gets no answer leaves it open: it may have been carried out, or be carried
 * out later. Failure is reported then only once a rollback record on the primary has closed that door; if there is none
 * to be had, the outcome is 'undetermined'.
 */

import { isPromise, type Key, MAX_TS, NO_TS, type Ts, type ValueOrPromise } from '../../base/index.ts';
import type { Mutation, PrewriteRequest } from '../mvcc/commands/prewrite.ts';
import type { KeyError } from '../mvcc/key-error.ts';
import type { Done, PrewriteReply, RegionService } from '../txn/region-service.ts';
import {
  type BackOff,
  MAX_CLEAN_UP_BACK_OFF_MS,
  MAX_COMMIT_BACK_OFF_MS,
  MAX_EAGER_ATTEMPTS,
  MAX_PREWRITE_BACK_OFF_MS,
} from './back-off.ts';
import { type ClientContext, newBackOff } from './client-context.ts';
import { isRetryable, keyFailure, mayHaveRun, regionFailure, waitAfter } from './failures.ts';
import { ageMsOf, type Beating, keepAlive, MANAGED_TTL_MS } from './heart-beats.ts';
import type { Membuffer } from './membuffer.ts';
import { forEachRegion, inParallel } from './region-groups.ts';
import { type CommitBound, TransactionError } from './storage.ts';

export interface Committing {
  readonly startTs: Ts;
  readonly isPessimistic: boolean;
  readonly forUpdateTs: Ts;
  readonly buffer: Membuffer;
  readonly locked: ReadonlyMap<Key, Ts> | undefined;
  readonly primary: Key | undefined;
  readonly bound: CommitBound | undefined;
}

/** Above this much data the region would write locks anyway. */
const ONE_PC_MAX_BYTES = 4 * 1024 * 1024;
/** TiDB's bounds for async commit: every secondary is listed in the primary's lock. */
const ASYNC_COMMIT_MAX_KEYS = 256;
const ASYNC_COMMIT_MAX_KEY_BYTES = 4096;
const BATCH_KEYS = 1024;
/** Mutations of one prewrite request: here one log entry each, over the network client-go's class. */
const LOCAL_BATCH_BYTES = 1024 * 1024;
const REMOTE_BATCH_BYTES = 16 * 1024;
const LOCAL_PARALLEL_BATCHES = 4;
const REMOTE_PARALLEL_BATCHES = 16;
/** Longest single value: TiDB's and client-go's txn-entry-size-limit. A log entry has room for it with its lock. */
const MAX_VALUE_BYTES = 6 * 1024 * 1024;
const OPTIMISTIC_TTL_MS = 3000;
const TTL_PER_ROOT_MIB_MS = 6000;
const MIB = 1024 * 1024;

/** A commit this large may take longer than its locks live: it keeps them alive. */
const HEART_BEAT_BYTES = 8 * MIB;

const NOTHING: ReadonlySet<Key> = new Set();

interface Committed {
  readonly commitTs: Ts;
}

interface Batch {
  readonly region: RegionService;
  readonly mutations: Mutation[];
  sizeBytes: number;
}

export function commitTransaction(
  context: ClientContext,
  committing: Committing,
): ValueOrPromise<{ readonly commitTs: Ts }> {
  const mutations = mutationsOf(committing);
  if (mutations.length === 0) return { commitTs: committing.startTs };
  return new Committer(context, committing, mutations).run();
}

class Committer implements Beating {
  readonly #context: ClientContext;
  readonly #committing: Committing;
  readonly #mutations: readonly Mutation[];
  readonly #primary: Key;
  readonly #backOff: BackOff;
  /** Set once a request failed: the next may meet its effects, even when it was refused, for it may have come twice. */
  #isRetry = false;
  /** A request that decides the outcome may have been carried out although its reply was lost. */
  #isOpen = false;
  #settledLocks = 0;

  constructor(context: ClientContext, committing: Committing, mutations: readonly Mutation[]) {
    this.#context = context;
    this.#committing = committing;
    this.#mutations = mutations;
    this.#primary = choosePrimary(committing, mutations);
    this.#backOff = newBackOff(context, MAX_PREWRITE_BACK_OFF_MS);
  }

  run(): ValueOrPromise<Committed> {
    const { sizeBytes } = this.#committing.buffer;
    const tooLarge = sizeBytes > MAX_VALUE_BYTES ? this.#tooLargeValue() : undefined;
    if (tooLarge !== undefined) return this.#giveUp(tooLarge, NOTHING);
    if (sizeBytes > ONE_PC_MAX_BYTES) return this.#runInBatches();
    const located = this.#context.router.locate(this.#mutations[0]!.key);
    if (!isPromise(located)) return this.#runFrom(located);
    return located.then(
      (first) => this.#runFrom(first),
      (error: unknown) => this.#giveUp(error, NOTHING),
    );
  }

  #runFrom(first: RegionService): ValueOrPromise<Committed> {
    const last = this.#mutations[this.#mutations.length - 1]!.key;
    const { end } = first.range;
    if (end !== undefined && last >= end) return this.#runInBatches();
    const minCommitTs = this.#context.oracle.getTs();
    if (!isPromise(minCommitTs)) return this.#onePhase(first, minCommitTs);
    return minCommitTs.then(
      (late) => this.#onePhase(first, late),
      (error: unknown) => this.#giveUp(regionFailure(error), NOTHING),
    );
  }

  // One phase.

  #onePhase(region: RegionService, minCommitTs: Ts): ValueOrPromise<Committed> {
    let reply: ValueOrPromise<PrewriteReply>;
    try {
      reply = region.prewrite(this.#request(this.#mutations, { tryOnePc: true, minCommitTs }));
    } catch (error) {
      return this.#onePhaseFailed(region, error);
    }
    if (!isPromise(reply)) return this.#onePhaseReplied(reply);
    return reply.then(
      (late) => this.#onePhaseReplied(late),
      (error: unknown) => this.#onePhaseFailed(region, error),
    );
  }

  #onePhaseReplied(reply: PrewriteReply): ValueOrPromise<Committed> {
    if (reply.kind === 'one-pc') return { commitTs: reply.commitTs };
    if (reply.kind === 'max-timestamp-not-synced')
      return this.#onePhaseAfter(this.#backOff.wait('max-timestamp', 'a new leader'));
    if (reply.kind === 'failed' && reply.errors.some((error) => error.kind === 'key-is-locked'))
      return this.#onePhaseAfter(this.#settleLocks(reply.errors));
    if (reply.kind === 'failed') return this.#giveUp(keyFailure(reply.errors[0]!), NOTHING);
    return this.#runInBatches();
  }

  async #onePhaseFailed(region: RegionService, error: unknown): Promise<Committed> {
    this.#noteFailure(error, true);
    if (!isRetryable(error)) return this.#giveUp(regionFailure(error), NOTHING);
    this.#context.router.failed(region, error);
    return this.#onePhaseAfter(waitAfter(error, this.#backOff));
  }

  async #onePhaseAfter(wait: Promise<void>): Promise<Committed> {
    try {
      await wait;
    } catch (error) {
      return this.#giveUp(error, NOTHING);
    }
    return this.run();
  }

  #noteFailure(error: unknown, decides: boolean): void {
    this.#isRetry = true;
    if (decides && mayHaveRun(error)) this.#isOpen = true;
  }

  // Two phases and async commit.

  async #runInBatches(): Promise<Committed> {
    const prewritten = new Set<Key>();
    const isLarge = this.#committing.buffer.sizeBytes > HEART_BEAT_BYTES && !this.#committing.isPessimistic;
    if (isLarge) this.#context.heartBeats.add(this);
    try {
      return await this.#commitInBatches(prewritten);
    } finally {
      if (isLarge) this.#context.heartBeats.delete(this);
    }
  }

  async #commitInBatches(prewritten: Set<Key>): Promise<Committed> {
    let minCommitTs: Ts | undefined;
    try {
      const isAsync = this.#fitsAsyncCommit();
      const lowest = isAsync ? await this.#context.oracle.getTs() : NO_TS;
      minCommitTs = await this.#prewriteAll(this.#mutations, prewritten, { isAsync, minCommitTs: lowest });
    } catch (error) {
      return this.#giveUp(regionFailure(error), prewritten);
    }
    if (this.#keys().length === 0) return { commitTs: this.#committing.startTs };
    if (minCommitTs !== undefined) {
      const commitTs = minCommitTs;
      await this.#context.background.run(() => this.#commitKeys(this.#keys(), commitTs));
      return { commitTs };
    }
    const committed = await this.#commitPrimary(prewritten);
    const secondaries = this.#keys().filter((key) => key !== this.#primary);
    await this.#context.background.run(() => this.#commitKeys(secondaries, committed.commitTs));
    return committed;
  }

  /** Answers the commit_ts that all regions promised, or undefined when it is an ordinary two-phase commit. */
  async #prewriteAll(
    mutations: readonly Mutation[],
    prewritten: Set<Key>,
    mode: { readonly isAsync: boolean; readonly minCommitTs: Ts },
  ): Promise<Ts | undefined> {
    let commitTs = NO_TS;
    let isAsync = mode.isAsync;
    await inParallel(await this.#batches(mutations), this.#parallelBatches, async (batch) => {
      for (const { key } of batch.mutations) prewritten.add(key);
      const promised = await this.#prewriteBatch(batch, prewritten, { ...mode, isAsync });
      if (promised === undefined) isAsync = false;
      else if (promised > commitTs) commitTs = promised;
    });
    return isAsync ? commitTs : undefined;
  }

  async #prewriteBatch(
    batch: Batch,
    prewritten: Set<Key>,
    mode: { readonly isAsync: boolean; readonly minCommitTs: Ts },
  ): Promise<Ts | undefined> {
    for (;;) {
      const secondaries = mode.isAsync ? this.#secondaries(batch.mutations) : undefined;
      const request = this.#request(batch.mutations, { tryOnePc: false, minCommitTs: mode.minCommitTs, secondaries });
      let reply: PrewriteReply;
      try {
        reply = await batch.region.prewrite(request);
      } catch (error) {
        this.#noteFailure(error, mode.isAsync);
        if (!isRetryable(error)) throw error;
        this.#context.router.failed(batch.region, error);
        await waitAfter(error, this.#backOff);
        return this.#prewriteAll(batch.mutations, prewritten, mode);
      }
      if (reply.kind === 'prewritten') return reply.minCommitTs === NO_TS ? undefined : reply.minCommitTs;
      if (reply.kind === 'one-pc') return reply.commitTs;
      if (reply.kind === 'max-timestamp-not-synced') await this.#backOff.wait('max-timestamp', 'a new leader');
      else if (reply.errors.some((error) => error.kind === 'key-is-locked')) await this.#settleLocks(reply.errors);
      else throw keyFailure(reply.errors[0]!);
    }
  }

  /** The point of no return of a two-phase commit. */
  async #commitPrimary(prewritten: ReadonlySet<Key>): Promise<Committed> {
    const { startTs } = this.#committing;
    const backOff = newBackOff(this.#context, MAX_COMMIT_BACK_OFF_MS);
    // A commit whose answer was lost may have happened: it is asked for again at the same timestamp.
    let commitTs: Ts | undefined;
    for (;;) {
      let done: Done;
      let region: RegionService | undefined;
      try {
        commitTs ??= await this.#newCommitTs();
        region = await this.#context.router.locate(this.#primary);
        done = await region.commit({ keys: [this.#primary], startTs, commitTs });
      } catch (error) {
        this.#noteFailure(error, true);
        if (!isRetryable(error)) return this.#giveUp(regionFailure(error), prewritten);
        if (region !== undefined) this.#context.router.failed(region, error);
        try {
          await waitAfter(error, backOff);
        } catch (exhausted) {
          return this.#giveUp(exhausted, prewritten);
        }
        continue;
      }
      if (done.kind === 'ok') return { commitTs };
      if (done.error.kind === 'commit-ts-expired') {
        commitTs = undefined;
        continue;
      }
      this.#isOpen = false;
      return this.#giveUp(keyFailure(done.error), prewritten);
    }
  }

  async #newCommitTs(): Promise<Ts> {
    const { bound } = this.#committing;
    const commitTs = await this.#context.oracle.getTs();
    if (bound !== undefined && commitTs > bound.allowedUntil) await bound.allow(commitTs);
    return commitTs;
  }

  async #commitKeys(keys: readonly Key[], commitTs: Ts): Promise<void> {
    const { startTs } = this.#committing;
    const backOff = newBackOff(this.#context, MAX_COMMIT_BACK_OFF_MS);
    await forEachRegion(this.#context, keys, backOff, (region, group) =>
      region.commit({ keys: group, startTs, commitTs }),
    );
  }

  heartBeat(): Promise<void> {
    return keepAlive(this.#context, this.#primary, this.#committing.startTs);
  }

  // Failure.

  /** Undoes what was written and fails; or finds out that the transaction is committed after all. */
  async #giveUp(error: unknown, prewritten: ReadonlySet<Key>): Promise<Committed> {
    if (this.#isOpen) {
      const commitTs = await this.#closeOutcome(error);
      if (commitTs !== undefined) {
        await this.#context.background.run(() => this.#commitKeys(this.#keys(), commitTs));
        return { commitTs };
      }
    }
    try {
      await this.#undo(prewritten);
    } catch {
      // Whoever meets the locks resolves them.
    }
    const isSettled = error instanceof TransactionError && error.kind === 'undetermined';
    throw isSettled ? new TransactionError('unavailable', error.message) : error;
  }

  /** Leaves a rollback record on the primary, or answers the commit_ts found there. Throws 'undetermined'. */
  async #closeOutcome(cause: unknown): Promise<Ts | undefined> {
    const { startTs } = this.#committing;
    const backOff = newBackOff(this.#context, MAX_CLEAN_UP_BACK_OFF_MS);
    for (;;) {
      let region: RegionService | undefined;
      try {
        region = await this.#context.router.locate(this.#primary);
        const done = await region.batchRollback({ keys: [this.#primary], startTs });
        if (done.kind === 'ok') return undefined;
        if (done.error.kind === 'committed') return done.error.commitTs;
        throw undetermined(cause);
      } catch (error) {
        if (!isRetryable(error)) throw undetermined(cause);
        if (region !== undefined) this.#context.router.failed(region, error);
        await waitAfter(error, backOff).catch(() => {
          throw undetermined(cause);
        });
      }
    }
  }

  async #undo(prewritten: ReadonlySet<Key>): Promise<void> {
    const { startTs, locked, isPessimistic } = this.#committing;
    const backOff = newBackOff(this.#context, MAX_CLEAN_UP_BACK_OFF_MS);
    await forEachRegion(this.#context, [...prewritten], backOff, (region, keys) =>
      region.batchRollback({ keys, startTs }),
    );
    if (!isPessimistic || locked === undefined) return;
    await forEachRegion(this.#context, [...locked.keys()], backOff, (region, keys) =>
      region.pessimisticRollback({ keys, startTs, forUpdateTs: MAX_TS }),
    );
  }

  async #settleLocks(errors: readonly KeyError[]): Promise<void> {
    let isAlive = false;
    for (const error of errors) {
      if (error.kind !== 'key-is-locked') continue;
      const resolution = await this.#context.resolver.resolve(error.lock, NO_TS);
      if (resolution !== 'resolved') isAlive = true;
    }
    if (isAlive || ++this.#settledLocks > MAX_EAGER_ATTEMPTS) await this.#backOff.wait('lock', 'a lock');
  }

  // Pieces.

  #request(
    mutations: readonly Mutation[],
    mode: {
      readonly tryOnePc: boolean;
      readonly minCommitTs: Ts;
      readonly secondaries?: readonly Key[] | undefined;
    },
  ): PrewriteRequest {
    const { startTs, isPessimistic, forUpdateTs } = this.#committing;
    // Below the safe point deletions may be gone with which it conflicts. Locks do not depend on what is gone.
    if (!isPessimistic) this.#context.garbage.require(startTs);
    return {
      mutations,
      primary: this.#primary,
      startTs,
      lockTtlMs: this.#lockTtlMs(),
      forUpdateTs: isPessimistic ? forUpdateTs : NO_TS,
      txnSize: this.#mutations.length,
      minCommitTs: mode.minCommitTs === NO_TS ? leastCommitTs(this.#committing) : mode.minCommitTs,
      maxCommitTs: this.#committing.bound?.allowedUntil ?? NO_TS,
      secondaries: mode.secondaries,
      tryOnePc: mode.tryOnePc,
      isRetryRequest: this.#isRetry,
    };
  }

  #lockTtlMs(): number {
    const { startTs, isPessimistic, buffer } = this.#committing;
    const ageMs = ageMsOf(this.#context, startTs);
    if (isPessimistic) return MANAGED_TTL_MS + ageMs;
    const bySize = Math.round(TTL_PER_ROOT_MIB_MS * Math.sqrt(buffer.sizeBytes / MIB));
    return Math.min(MANAGED_TTL_MS, Math.max(OPTIMISTIC_TTL_MS, bySize)) + ageMs;
  }

  #fitsAsyncCommit(): boolean {
    if (this.#mutations.length > ASYNC_COMMIT_MAX_KEYS) return false;
    let keyBytes = 0;
    for (const { key } of this.#mutations) keyBytes += key.length;
    return keyBytes <= ASYNC_COMMIT_MAX_KEY_BYTES;
  }

  #tooLargeValue(): TransactionError | undefined {
    const found = this.#mutations.find(({ value }) => value !== undefined && value.length > MAX_VALUE_BYTES);
    return found && new TransactionError('too-large', `a value may have ${MAX_VALUE_BYTES} bytes`, found.key);
  }

  #keys(): Key[] {
    const keys: Key[] = [];
    for (const { key, op } of this.#mutations) if (op !== 'check-not-exists') keys.push(key);
    return keys;
  }

  /** Only the primary's lock lists the others; the others carry an empty list. */
  #secondaries(mutations: readonly Mutation[]): readonly Key[] {
    const hasPrimary = mutations.some((mutation) => mutation.key === this.#primary);
    return hasPrimary ? this.#keys().filter((key) => key !== this.#primary) : [];
  }

  get #parallelBatches(): number {
    return this.#context.router.isRemote ? REMOTE_PARALLEL_BATCHES : LOCAL_PARALLEL_BATCHES;
  }

  async #batches(mutations: readonly Mutation[]): Promise<Batch[]> {
    const maxBytes = this.#context.router.isRemote ? REMOTE_BATCH_BYTES : LOCAL_BATCH_BYTES;
    const batches: Batch[] = [];
    let batch: Batch | undefined;
    for (const mutation of mutations) {
      const sizeBytes = mutation.key.length + (mutation.value?.length ?? 0);
      const isFull =
        batch !== undefined &&
        (batch.mutations.length >= BATCH_KEYS ||
          batch.sizeBytes + sizeBytes > maxBytes ||
          !holds(batch.region, mutation.key));
      if (batch === undefined || isFull) {
        batch = { region: await this.#context.router.locate(mutation.key), mutations: [], sizeBytes: 0 };
        batches.push(batch);
      }
      batch.mutations.push(mutation);
      batch.sizeBytes += sizeBytes;
    }
    return batches;
  }
}

function holds(region: RegionService, key: Key): boolean {
  const { start, end } = region.range;
  return key >= start && (end === undefined || key < end);
}

/** Buffered writes and locked keys in key order. */
function mutationsOf(committing: Committing): Mutation[] {
  const { buffer, locked, isPessimistic } = committing;
  const mutations: Mutation[] = [];
  let isSorted = true;
  buffer.forEach((key, write) => {
    const isLocked = isPessimistic && locked?.has(key) === true;
    const { value, mustNotExist, order } = write;
    if (value !== null) {
      const checks = mustNotExist && !isLocked;
      const action = isLocked ? 'pessimistic-check' : checks ? 'constraint-check' : 'skip-check';
      mutations.push({ op: checks ? 'insert' : 'put', key, value, order, action });
    } else if (!mustNotExist) {
      mutations.push({ op: 'delete', key, order, action: isLocked ? 'pessimistic-check' : 'skip-check' });
    } else if (isLocked) {
      mutations.push({ op: 'lock', key, action: 'pessimistic-check' });
    } else if (!isPessimistic) {
      mutations.push({ op: 'check-not-exists', key });
    }
  });
  if (locked === undefined) return mutations;
  for (const key of locked.keys()) {
    if (buffer.get(key) !== undefined) continue;
    isSorted = false;
    mutations.push({ op: 'lock', key, action: isPessimistic ? 'pessimistic-check' : 'skip-check' });
  }
  if (!isSorted) mutations.sort((a, b) => (a.key < b.key ? -1 : 1));
  return mutations;
}

function choosePrimary(committing: Committing, mutations: readonly Mutation[]): Key {
  if (committing.primary !== undefined) return committing.primary;
  const first = mutations.find((mutation) => mutation.op !== 'check-not-exists');
  return (first ?? mutations[0]!).key;
}

/** A lock that names one can be told to commit later still, and a reader need not wait for it. */
function leastCommitTs({ startTs, forUpdateTs }: Committing): Ts {
  return ((forUpdateTs > startTs ? forUpdateTs : startTs) + 1n) as Ts;
}

function undetermined(cause: unknown): TransactionError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new TransactionError('undetermined', `the outcome of the commit is not known: ${message}`);
}
