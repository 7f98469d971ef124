/**
 * The garbage collector of a storage: takes a safe point some time before now, as the timestamp oracle has it (clocks of
 * gateways may be wrong), lowers it below the transactions and statements that still run here, settles every older lock in all regions,
 * then lets the garbage go: here slice by slice, giving way to other work in between; in a cluster by telling the
 * placement driver, whose word the stores clean by. Reads below the safe point are refused from the start of the round,
 * by the gateways of a cluster once they have heard of it: so there it waits in between.
 */

import {
  assert,
  earlierTs,
  type Key,
  MIN_KEY,
  NO_TS,
  nextKey,
  Rounds,
  type Timers,
  type Ts,
  untilNextTurn,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { GcCursor, RegionService } from '../txn/region-service.ts';
import { BackOff } from './back-off.ts';
import { isRetryable, mayTryAgain } from './failures.ts';
import type { GarbageBound } from './garbage-bound.ts';
import type { LockResolver } from './lock-resolver.ts';
import type { RegionRouter } from './region-router.ts';

export interface GcOptions {
  /** What is older need not be readable, but for transactions and statements that run here. */
  readonly lifeMs: number;
  readonly intervalMs: number;
}

/** Where the safe points of a cluster stand; each call answers how far it came. */
export interface SafePointAuthority {
  /** From now on nobody reads below. */
  advanceTxnSafePoint(target: Ts): Promise<Ts>;
  /** No lock is left below: the stores may clean. */
  advanceGcSafePoint(target: Ts): Promise<Ts>;
  /** How long it takes until nobody reads below any more. */
  readonly graceMs: number;
}

const LOCKS_PER_PAGE = 256;
/** Sum of waits for one region before it is left to the next round. */
const REGION_PATIENCE_MS = 1000;
/** How much longer than the provider asks a running transaction or statement may hold garbage back. */
const MAX_HELD_BACK_MS = 3_600_000;

export class GarbageCollector {
  readonly #router: RegionRouter;
  readonly #authority: SafePointAuthority | undefined;
  readonly #resolver: LockResolver;
  readonly #oracle: TimestampOracle;
  readonly #timers: Timers;
  readonly #bound: GarbageBound;
  readonly #oldestActive: () => Ts | undefined;
  readonly #rounds: Rounds | undefined;
  #round: Promise<unknown> | undefined;
  /** Ends a pause. */
  #wake: (() => void) | undefined;
  #isClosed = false;

  constructor(parts: {
    readonly router: RegionRouter;
    /** Absent in one process, where the collector cleans by itself. */
    readonly authority: SafePointAuthority | undefined;
    readonly resolver: LockResolver;
    readonly oracle: TimestampOracle;
    readonly timers: Timers;
    readonly options: GcOptions | undefined;
    readonly bound: GarbageBound;
    /** The oldest timestamp at which somebody here may still read. */
    readonly oldestActive: () => Ts | undefined;
  }) {
    this.#router = parts.router;
    this.#authority = parts.authority;
    this.#resolver = parts.resolver;
    this.#oracle = parts.oracle;
    this.#timers = parts.timers;
    this.#bound = parts.bound;
    this.#oldestActive = parts.oldestActive;
    const { timers, options } = parts;
    if (options === undefined) return;
    const round = (): Promise<void> => this.#collectOlderThan(options.lifeMs);
    this.#rounds = new Rounds({ timers, intervalMs: options.intervalMs, round });
    this.#rounds.start();
  }

  /** One round. Rounds do not overlap; a region that is not available now is left to the next. */
  async collect(safePoint: Ts): Promise<number> {
    while (this.#round !== undefined) await this.#round;
    const round = this.#collect(safePoint);
    this.#round = round.catch(() => undefined);
    try {
      return await round;
    } finally {
      this.#round = undefined;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#rounds?.close();
    this.#wake?.();
    await this.#round;
  }

  async #collect(wanted: Ts): Promise<number> {
    assert(wanted >= this.#bound.safePoint, 'the safe point never goes back');
    const authority = this.#authority;
    if (authority === undefined) {
      this.#bound.advance(wanted);
      let removed = 0;
      await this.#forEachRegion(async (region) => {
        if (await this.#settleLocks(region, wanted)) removed += await this.#cleanRegion(region, wanted);
        return true;
      });
      return removed;
    }
    const safePoint = await authority.advanceTxnSafePoint(wanted);
    this.#bound.advance(safePoint);
    await this.#pause(authority.graceMs);
    if (this.#isClosed) return 0;
    const isSettled = await this.#forEachRegion((region) => this.#settleLocks(region, safePoint));
    if (isSettled) await authority.advanceGcSafePoint(safePoint);
    return 0;
  }

  /** Walks the key space; a region that is not available for long is passed over. False when that or `work` failed. */
  async #forEachRegion(work: (region: RegionService) => Promise<boolean>): Promise<boolean> {
    let isComplete = true;
    let start: Key | undefined = MIN_KEY;
    let backOff = new BackOff({ timers: this.#timers, limitMs: REGION_PATIENCE_MS });
    while (start !== undefined && !this.#isClosed) {
      const region: RegionService = await this.#router.locate(start);
      const { end } = region.range;
      try {
        if (!(await work(region))) isComplete = false;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        this.#router.failed(region, error);
        if (await mayTryAgain(error, backOff)) continue;
        isComplete = false;
      }
      backOff = new BackOff({ timers: this.#timers, limitMs: REGION_PATIENCE_MS });
      start = end;
    }
    return isComplete && start === undefined;
  }

  async #cleanRegion(region: RegionService, safePoint: Ts): Promise<number> {
    let removed = 0;
    let cursor: GcCursor | undefined = '' as GcCursor;
    while (cursor !== undefined && !this.#isClosed) {
      const slice = await region.collectGarbage(safePoint, cursor);
      removed += slice.removedRecords;
      cursor = slice.next;
      await untilNextTurn(this.#timers);
    }
    return removed;
  }

  /** A lock at or below the safe point could still become a version there. False: try again next round. */
  async #settleLocks(region: RegionService, safePoint: Ts): Promise<boolean> {
    let range = region.range;
    for (;;) {
      const locks = await region.scanLocks(range, LOCKS_PER_PAGE, safePoint);
      for (const lock of locks) {
        if (lock.kind === 'pessimistic') continue;
        if ((await this.#resolver.resolve(lock, NO_TS)) !== 'resolved') return false;
      }
      const last = locks[LOCKS_PER_PAGE - 1];
      if (last === undefined) return true;
      range = { start: nextKey(last.key), end: range.end };
    }
  }

  async #collectOlderThan(lifeMs: number): Promise<void> {
    const wanted = earlierTs(await this.#oracle.getTs(), lifeMs);
    const safePoint = this.#belowActive(wanted);
    if (safePoint > this.#bound.safePoint) await this.collect(safePoint);
  }

  #belowActive(wanted: Ts): Ts {
    const oldest = this.#oldestActive();
    if (oldest === undefined || oldest > wanted) return wanted;
    const lowest = earlierTs(wanted, MAX_HELD_BACK_MS);
    return oldest > lowest ? oldest : lowest;
  }

  /** Shorter when it is closed meanwhile. */
  #pause(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#timers.after(delayMs, resolve);
      this.#wake = () => {
        timer.cancel();
        resolve();
      };
    });
  }
}
