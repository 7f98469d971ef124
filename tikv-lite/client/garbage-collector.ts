/**
 * The garbage collector of a storage: takes a safe point from its provider, lowers it below the transactions that still
 * run, settles every older lock, then cleans the regions slice by slice, giving way to other work in between. Reads below
 * the safe point are refused from the start of the round.
 */

import {
  assert,
  NO_TS,
  nextKey,
  type TimerHandle,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { GcCursor, RegionService } from '../txn/region-service.ts';
import type { GarbageBound } from './client-context.ts';
import { isRetryable } from './failures.ts';
import type { LockResolver } from './lock-resolver.ts';

export interface GcOptions {
  /** Called once per round: nothing older needs to be readable, but for transactions that run. 0 skips the round. */
  readonly safePoint: () => ValueOrPromise<Ts>;
  readonly intervalMs: number;
}

const LOCKS_PER_PAGE = 256;
/** How much longer than the provider asks a running transaction may hold garbage back. */
const MAX_HELD_BACK_MS = 3_600_000;
const LOGICAL_BITS = 18n;

export class GarbageCollector {
  readonly #regions: readonly RegionService[];
  readonly #resolver: LockResolver;
  readonly #timers: Timers;
  readonly #options: GcOptions | undefined;
  readonly #bound: GarbageBound;
  readonly #oldestActive: () => Ts | undefined;
  #timer: TimerHandle | undefined;
  #round: Promise<unknown> | undefined;
  #isClosed = false;

  constructor(parts: {
    readonly regions: readonly RegionService[];
    readonly resolver: LockResolver;
    readonly timers: Timers;
    readonly options: GcOptions | undefined;
    readonly bound: GarbageBound;
    /** start_ts of the oldest transaction that runs. */
    readonly oldestActive: () => Ts | undefined;
  }) {
    this.#regions = parts.regions;
    this.#resolver = parts.resolver;
    this.#timers = parts.timers;
    this.#options = parts.options;
    this.#bound = parts.bound;
    this.#oldestActive = parts.oldestActive;
    this.#schedule();
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
    this.#timer?.cancel();
    await this.#round;
  }

  async #collect(safePoint: Ts): Promise<number> {
    assert(safePoint >= this.#bound.safePoint, 'the safe point never goes back');
    this.#bound.safePoint = safePoint;
    let removed = 0;
    for (const region of this.#regions) {
      try {
        if (await this.#settleLocks(region, safePoint)) removed += await this.#cleanRegion(region, safePoint);
      } catch (error) {
        if (!isRetryable(error)) throw error;
      }
    }
    return removed;
  }

  async #cleanRegion(region: RegionService, safePoint: Ts): Promise<number> {
    let removed = 0;
    let cursor: GcCursor | undefined = '' as GcCursor;
    while (cursor !== undefined && !this.#isClosed) {
      const slice = await region.collectGarbage(safePoint, cursor);
      removed += slice.removedRecords;
      cursor = slice.next;
      await new Promise<void>((resolve) => {
        this.#timers.nextTurn(resolve);
      });
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

  #schedule(): void {
    const { intervalMs } = this.#options ?? {};
    if (intervalMs === undefined || this.#isClosed) return;
    this.#timer = this.#timers.after(intervalMs, () => {
      this.#runRound().then(
        () => this.#schedule(),
        () => this.#schedule(),
      );
    });
  }

  async #runRound(): Promise<void> {
    const wanted = (await this.#options?.safePoint()) ?? NO_TS;
    const safePoint = this.#belowActive(wanted);
    if (safePoint > this.#bound.safePoint) await this.collect(safePoint);
  }

  #belowActive(wanted: Ts): Ts {
    const oldest = this.#oldestActive();
    if (oldest === undefined || oldest > wanted) return wanted;
    const lowest = (wanted - (BigInt(MAX_HELD_BACK_MS) << LOGICAL_BITS)) as Ts;
    return oldest > lowest ? oldest : lowest;
  }
}
