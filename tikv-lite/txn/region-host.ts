/**
 * The transactional side of a store: one `TransactionRegion` for each region that this store leads.
 *
 * It observes the store. A region that gains a leader here gets a lock table from the log and a fresh timestamp before it
 * serves; one that loses its leader is dropped with all it knew in memory. At a split the pessimistic locks go with
 * their keys, in the turn of the split, and whoever waits for one of them is sent to the new region.
 */

import {
  assert,
  type Clock,
  type Key,
  MIN_KEY,
  NO_TS,
  type RegionId,
  type Timers,
  type Ts,
  untilNextTurn,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import { RegionError, type RegionKv, type RegionObserver } from '../raftstore/region-kv.ts';
import { ConcurrencyManager } from './concurrency-manager.ts';
import { DeadlockService, type DeadlockServiceOptions } from './deadlock-service.ts';
import type { LockTable } from './lock-table.ts';
import type { LockWait } from './lock-waits.ts';
import { TransactionRegion } from './transaction-region.ts';

export interface RegionHostOptions {
  readonly timers: Timers;
  /** Tells how long requests have waited for locks. */
  readonly clock?: Clock | undefined;
  /** A new leader asks it once for a timestamp. */
  readonly oracle: TimestampOracle;
  /** For tests of the lock table. */
  readonly lockTable?: (() => LockTable) | undefined;
  /** Absent in a store that is alone: all waits are its own. */
  readonly deadlocks?: ClusterDeadlocks | undefined;
}

/** How a store reaches the deadlock detector of its cluster. */
export type ClusterDeadlocks = Pick<DeadlockServiceOptions, 'storeId' | 'client' | 'findDetector'>;

/** The first term in which a region born by a split can have a leader: its log begins in the term before. */
const FIRST_TERM_OF_A_CHILD = 6;

export class RegionHost implements RegionObserver {
  readonly concurrency: ConcurrencyManager;
  readonly #options: RegionHostOptions;
  readonly #regions = new Map<RegionId, TransactionRegion>();
  /** The same by start key; made anew when asked for after a change. */
  #sorted: readonly TransactionRegion[] | undefined;

  constructor(options: RegionHostOptions) {
    this.#options = options;
    const { timers, clock, deadlocks } = options;
    this.concurrency = new ConcurrencyManager(clock);
    if (deadlocks === undefined) return;
    const detector = this.concurrency.deadlocks;
    const isDetector = (): boolean => this.#leadsFirst;
    this.concurrency.deadlockService = new DeadlockService({ ...deadlocks, timers, detector, isDetector });
  }

  /** Where other stores ask about their waits. */
  get deadlocks(): DeadlockService | undefined {
    return this.concurrency.deadlockService;
  }

  /** Who waits for whose lock in the regions led here. */
  get lockWaits(): readonly LockWait[] {
    return this.regions.flatMap((region) => region.lockWaits);
  }

  get #leadsFirst(): boolean {
    return this.floor(MIN_KEY)?.range.start === MIN_KEY;
  }

  /** The region, if this store leads it or is about to. */
  region(regionId: RegionId): TransactionRegion | undefined {
    return this.#regions.get(regionId);
  }

  /** By start key. */
  get regions(): readonly TransactionRegion[] {
    return this.#sorted ?? this.#sort();
  }

  /** The last region that begins at or before `key`; the caller checks whether it holds the key. */
  floor(key: Key): TransactionRegion | undefined {
    const regions = this.#sorted ?? this.#sort();
    if (regions.length <= 1) return regions[0];
    let low = 0;
    let high = regions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (regions[middle]!.range.start <= key) low = middle;
      else high = middle - 1;
    }
    return regions[low];
  }

  /** Takes over regions that lead already. */
  adopt(regions: readonly RegionKv[]): void {
    for (const kv of regions) if (!this.#regions.has(kv.regionId) && kv.isLeader) this.becameLeader(kv);
  }

  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void> {
    return untilNextTurn(this.#options.timers);
  }

  /** Resolves when all regions led here serve. */
  async untilServing(): Promise<void> {
    for (const region of this.regions) await region.untilServing();
  }

  /** Ends all waits. */
  close(): void {
    for (const region of this.#regions.values()) region.close();
    this.deadlocks?.close();
  }

  becameLeader(kv: RegionKv): void {
    let region = this.#regions.get(kv.regionId);
    if (region === undefined) region = this.#open(kv);
    else if (kv.term !== FIRST_TERM_OF_A_CHILD) region.disinherit();
    // The replica reads only after this callback.
    const led = region;
    void Promise.resolve().then(() => led.lead());
  }

  lostLeadership(regionId: RegionId): void {
    this.#drop(regionId, 'not-leader', 'the region has another leader');
  }

  removed(regionId: RegionId): void {
    this.#drop(regionId, 'region-not-found', 'the region is no longer on this store');
  }

  split(parent: RegionKv, parts: readonly RegionKv[]): void {
    const region = this.#regions.get(parent.regionId);
    if (region === undefined) return;
    const moved = region.shrink();
    for (const part of parts) {
      if (part.regionId === parent.regionId) continue;
      assert(!this.#regions.has(part.regionId), 'a region is born once');
      this.#open(part).inherit(moved);
    }
  }

  merged(source: RegionId, target: RegionKv): void {
    this.#drop(source, 'epoch-not-match', 'the region was merged into its neighbour');
    this.#sorted = undefined;
    this.#regions.get(target.regionId)?.grow();
  }

  changed(): void {
    this.#sorted = undefined;
  }

  beforeReplicaRead(kv: RegionKv, readTs: Ts): Promise<void> | undefined {
    this.concurrency.maxTs.advance(readTs);
    return this.#regions.get(kv.regionId)?.beforeReplicaRead(readTs);
  }

  /**
   * A timestamp at or below which nothing will be committed any more in a region that is led here, unless somebody else
   * leads it already; NO_TS while none is known. `freshTs` was handed out by the placement driver just now and bounds it.
   */
  resolvedTs(regionId: RegionId, freshTs: Ts): Ts {
    return this.#regions.get(regionId)?.resolvedTs(freshTs) ?? NO_TS;
  }

  beforeHandover(kv: RegionKv): Promise<void> | undefined {
    return this.#regions.get(kv.regionId)?.persistLocks();
  }

  #open(kv: RegionKv): TransactionRegion {
    const { timers, oracle, lockTable } = this.#options;
    const region = new TransactionRegion({ kv, concurrency: this.concurrency, timers, oracle, locks: lockTable?.() });
    this.#regions.set(kv.regionId, region);
    this.#sorted = undefined;
    return region;
  }

  #sort(): readonly TransactionRegion[] {
    this.#sorted = [...this.#regions.values()].sort((a, b) => (a.range.start < b.range.start ? -1 : 1));
    return this.#sorted;
  }

  #drop(regionId: RegionId, kind: 'not-leader' | 'region-not-found' | 'epoch-not-match', message: string): void {
    const region = this.#regions.get(regionId);
    if (region === undefined) return;
    this.#regions.delete(regionId);
    this.#sorted = undefined;
    region.end(new RegionError(kind, regionId, message));
  }
}
