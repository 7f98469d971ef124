/**
 * Finds out what became of a transaction whose lock is in the way, and clears it.
 *
 * The primary decides. A live holder is left alone: a reader asks it to commit above the reader's timestamp and reads
 * past the lock. A dead one (TTL over) is rolled back, or, with async commit, committed if all its locks stand.
 */

import { isPromise, type Key, MAX_TS, NO_TS, physicalMsOf, type Ts } from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { TxnStatus } from '../mvcc/commands/check-txn-status.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import type { RegionService } from '../txn/region-service.ts';
import { isRetryable, keyFailure, regionFailure } from './failures.ts';
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

type Decision = { readonly commitTs: Ts };

export class LockResolver {
  readonly #router: RegionRouter;
  readonly #oracle: TimestampOracle;
  readonly #decided = new Map<Ts, Decision>();

  constructor(router: RegionRouter, oracle: TimestampOracle) {
    this.#router = router;
    this.#oracle = oracle;
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
    const primary = await this.#router.locate(lock.primary);
    const reply = await primary.checkTxnStatus({
      primary: lock.primary,
      lockTs: lock.startTs,
      callerStartTs: callerTs,
      currentTs,
      rollbackIfNotExist: isExpired(lock, currentTs),
      forceSyncCommit,
      resolvingPessimisticLock: lock.kind === 'pessimistic',
      verifyIsPrimary: true,
    });
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
    for (const [region, keys] of await this.#byRegion(secondaries)) {
      const status = await region.checkSecondaryLocks({ keys, startTs: lock.startTs });
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
    for (const [region, keys] of await this.#byRegion([primary.key, ...secondaries])) {
      const done = await region.resolveLock({ keys, startTs: lock.startTs, commitTs });
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
    const region = await this.#router.locate(lock.key);
    const { startTs } = lock;
    let keys: Key[] = [lock.key];
    do {
      const done = await region.resolveLock({ keys, startTs, commitTs });
      if (done.kind === 'failed') throw keyFailure(done.error);
      if (lock.txnSize < LITE_TXN_KEYS) return;
      const rest = await region.scanLocks(region.range, SCAN_LOCKS, startTs, startTs);
      keys = rest.filter((other) => other.kind !== 'pessimistic').map((other) => other.key);
    } while (keys.length > 0);
  }

  async #dropPessimistic(lock: LockInfo): Promise<void> {
    const region = await this.#router.locate(lock.key);
    await region.pessimisticRollback({ keys: [lock.key], startTs: lock.startTs, forUpdateTs: MAX_TS });
  }

  async #byRegion(keys: readonly Key[]): Promise<Map<RegionService, Key[]>> {
    const groups = new Map<RegionService, Key[]>();
    for (const key of keys) {
      const located = this.#router.locate(key);
      const region = isPromise(located) ? await located : located;
      const group = groups.get(region);
      if (group === undefined) groups.set(region, [key]);
      else group.push(key);
    }
    return groups;
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
