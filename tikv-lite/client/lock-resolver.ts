/**
 * Finds out what became of a transaction whose lock is in the way, and clears it.
 *
 * The primary decides. A live holder is left alone: a reader asks it to commit above the reader's timestamp and reads
 * past the lock. A dead one (TTL over) is rolled back, or, with async commit, committed if all its locks stand.
 */

import {
  type Key,
  MAX_TS,
  NO_TS,
  physicalMsOf,
  type Random,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { TxnStatus } from '../mvcc/commands/check-txn-status.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import type { RegionService } from '../txn/region-service.ts';
import { BackOff } from './back-off.ts';
import { isRetryable, keyFailure, mayTryAgain, regionFailure } from './failures.ts';
import { groupByRegion } from './region-groups.ts';
import type { RegionRouter } from './region-router.ts';

export type Resolution =
  /** The lock is gone. */
  | 'resolved'
  /** The holder lives and will commit above the reader: read past its locks. */
  | 'bypass'
  /** The holder lives and the lock counts: back off. */
  | 'wait';

/** Decided transactions remembered. */
const MAX_REMEMBERED = 2048;
/** Smaller transactions are resolved key by key, others all over the region. */
const LITE_TXN_KEYS = 16;
const SCAN_LOCKS = 2048;
/** Waits for the region of a primary; then the caller looks at its lock again. */
const PATIENCE_MS = 2000;

type Decision = { readonly commitTs: Ts };

export class LockResolver {
  readonly #router: RegionRouter;
  readonly #oracle: TimestampOracle;
  readonly #timers: Timers;
  readonly #random: Random | undefined;
  readonly #decided = new Map<Ts, Decision>();

  constructor(parts: {
    readonly router: RegionRouter;
    readonly oracle: TimestampOracle;
    readonly timers: Timers;
    readonly random: Random | undefined;
  }) {
    this.#router = parts.router;
    this.#oracle = parts.oracle;
    this.#timers = parts.timers;
    this.#random = parts.random;
  }

  /** `callerTs` is the timestamp of the read; MAX_TS for the latest, 0 for a writer. */
  async resolve(lock: LockInfo, callerTs: Ts): Promise<Resolution> {
    try {
      return await this.#resolve(lock, callerTs);
    } catch (error) {
      if (isRetryable(error)) return 'wait';
      throw regionFailure(error);
    }
  }

  async #resolve(lock: LockInfo, callerTs: Ts): Promise<Resolution> {
    const known = this.#decided.get(lock.startTs);
    if (known !== undefined && lock.kind !== 'pessimistic') {
      await this.#clear(lock, known.commitTs);
      return 'resolved';
    }
    return this.#ask(lock, callerTs, false);
  }

  async #ask(lock: LockInfo, callerTs: Ts, forceSyncCommit: boolean): Promise<Resolution> {
    const currentTs = await this.#oracle.getTs();
    const reply = await this.#at(lock.primary, (region) =>
      region.checkTxnStatus({
        primary: lock.primary,
        lockTs: lock.startTs,
        callerStartTs: callerTs,
        currentTs,
        rollbackIfNotExist: isExpired(lock, currentTs),
        forceSyncCommit,
        resolvingPessimisticLock: lock.kind === 'pessimistic',
        verifyIsPrimary: true,
      }),
    );
    if (reply.kind === 'failed') {
      if (reply.error.kind === 'txn-not-found') return 'wait';
      if (reply.error.kind === 'primary-mismatch') return this.#strayLock(lock, currentTs);
      throw keyFailure(reply.error);
    }
    return this.#carryOut(lock, reply.status, currentTs, callerTs);
  }

  async #carryOut(lock: LockInfo, status: TxnStatus, currentTs: Ts, callerTs: Ts): Promise<Resolution> {
    switch (status.kind) {
      case 'committed':
        this.#remember(lock.startTs, status.commitTs);
        await this.#clear(lock, status.commitTs);
        return 'resolved';
      case 'rolled-back':
        this.#remember(lock.startTs, NO_TS);
        await this.#clear(lock, NO_TS);
        return 'resolved';
      case 'nothing':
        await this.#dropPessimistic(lock);
        return 'resolved';
      case 'alive': {
        if (status.lock.secondaries !== undefined) {
          if (!isExpired(status.lock, currentTs)) return 'wait';
          return this.#decideAsyncCommit(lock, status.lock, callerTs);
        }
        const isPushed = status.action === 'min-commit-ts-pushed' && callerTs !== NO_TS && callerTs !== MAX_TS;
        return isPushed ? 'bypass' : 'wait';
      }
    }
  }

  /** All locks of an async-commit transaction stand: it is committed. One is missing: it never will be. */
  async #decideAsyncCommit(lock: LockInfo, primary: LockInfo, callerTs: Ts): Promise<Resolution> {
    let commitTs = primary.minCommitTs;
    const secondaries = primary.secondaries ?? [];
    for (const [region, keys] of await groupByRegion(this.#router, secondaries)) {
      const status = await this.#call(region, () => region.checkSecondaryLocks({ keys, startTs: lock.startTs }));
      if (status.kind === 'committed') {
        commitTs = status.commitTs;
        break;
      }
      if (status.kind === 'rolled-back') {
        commitTs = NO_TS;
        break;
      }
      for (const secondary of status.locks) {
        if (secondary.secondaries === undefined) return this.#ask(lock, callerTs, true);
        if (secondary.minCommitTs > commitTs) commitTs = secondary.minCommitTs;
      }
    }
    this.#remember(lock.startTs, commitTs);
    for (const [region, keys] of await groupByRegion(this.#router, [primary.key, ...secondaries])) {
      const done = await this.#call(region, () => region.resolveLock({ keys, startTs: lock.startTs, commitTs }));
      if (done.kind === 'failed') throw keyFailure(done.error);
    }
    return 'resolved';
  }

  /** The lock names a primary that is not one: its transaction died before it wrote anything. */
  async #strayLock(lock: LockInfo, currentTs: Ts): Promise<Resolution> {
    if (!isExpired(lock, currentTs)) return 'wait';
    if (lock.kind === 'pessimistic') await this.#dropPessimistic(lock);
    else await this.#clear(lock, NO_TS);
    return 'resolved';
  }

  async #clear(lock: LockInfo, commitTs: Ts): Promise<void> {
    if (lock.kind === 'pessimistic') return this.#dropPessimistic(lock);
    const { startTs } = lock;
    let keys: Key[] = [lock.key];
    do {
      const region = await this.#router.locate(lock.key);
      const done = await this.#call(region, () => region.resolveLock({ keys, startTs, commitTs }));
      if (done.kind === 'failed') throw keyFailure(done.error);
      if (lock.txnSize < LITE_TXN_KEYS) return;
      const rest = await this.#call(region, () => region.scanLocks(region.range, SCAN_LOCKS, startTs, startTs));
      keys = rest.filter((other) => other.kind !== 'pessimistic').map((other) => other.key);
    } while (keys.length > 0);
  }

  async #dropPessimistic(lock: LockInfo): Promise<void> {
    const { startTs } = lock;
    await this.#at(lock.key, (region) =>
      region.pessimisticRollback({ keys: [lock.key], startTs, forUpdateTs: MAX_TS }),
    );
  }

  /** Calls the region of a key until it answers, for a while. */
  async #at<T>(key: Key, step: (region: RegionService) => ValueOrPromise<T>): Promise<T> {
    const backOff = new BackOff({ timers: this.#timers, random: this.#random, limitMs: PATIENCE_MS });
    for (;;) {
      const region = await this.#router.locate(key);
      try {
        return await step(region);
      } catch (error) {
        if (!isRetryable(error)) throw error;
        this.#router.failed(region, error);
        if (!(await mayTryAgain(error, backOff))) throw error;
      }
    }
  }

  /** What a failed call teaches is remembered; who asked for the resolution comes back. */
  async #call<T>(region: RegionService, step: () => ValueOrPromise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      this.#router.failed(region, error);
      throw error;
    }
  }

  #remember(startTs: Ts, commitTs: Ts): void {
    if (this.#decided.size >= MAX_REMEMBERED) {
      const oldest = this.#decided.keys().next();
      if (oldest.done !== true) this.#decided.delete(oldest.value);
    }
    this.#decided.set(startTs, { commitTs });
  }
}

function isExpired(lock: LockInfo, currentTs: Ts): boolean {
  return physicalMsOf(lock.startTs) + lock.ttlMs < physicalMsOf(currentTs);
}
