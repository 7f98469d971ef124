/** `Storage` over the stores of a cluster: regions are found with the placement driver and called over the network. */

import { type Clock, type Random, Rounds, type Timers, type Ts, type ValueOrPromise } from '../../base/index.ts';
import { type PdClient, PdError } from '../../pd/index.ts';
import type { StoreClient } from '../txn/kv-service.ts';
import { ClientStorage } from './client-storage.ts';
import { ClusterOracle } from './cluster-oracle.ts';
import { GarbageBound } from './garbage-bound.ts';
import type { GcOptions } from './garbage-collector.ts';
import { NearStores } from './near-stores.ts';
import { RegionCache } from './region-cache.ts';

export interface ClusterStorageOptions {
  readonly pd: PdClient;
  readonly stores: StoreClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Present in a gateway that drives garbage collection; several that do disturb nobody. */
  readonly gc?: GcOptions;
  readonly safePointTimes?: SafePointTimes;
  /** Where this process stands, as the label `zone` of stores says of them; for reads of the closest replicas. */
  readonly zone?: string | undefined;
}

/** How a gateway and whoever collects garbage keep out of each other's way; the same in all gateways of a cluster. */
export interface SafePointTimes {
  /** The placement driver is asked so often. */
  readonly pollMs: number;
  /** An answer is good for so long. */
  readonly leaseMs: number;
  /** From the refusal of reads to the removal of versions: longer than a lease and the longest call together. */
  readonly graceMs: number;
}

/** client-go asks every 10 s, too; the longest call takes a minute. */
const SAFE_POINT_TIMES: SafePointTimes = { pollMs: 10_000, leaseMs: 60_000, graceMs: 125_000 };

/** Opens at once; the first call finds the regions. `pd` and `stores` stay the caller's to close. */
export function openClusterStorage(options: ClusterStorageOptions): ClusterStorage {
  return new ClusterStorage(options);
}

export class ClusterStorage extends ClientStorage {
  readonly regions: RegionCache;
  readonly #pd: PdClient;
  readonly #clock: Clock;
  readonly #garbage: GarbageBound;
  readonly #times: SafePointTimes;
  readonly #near: NearStores | undefined;
  readonly #polls: Rounds;
  #asking: Promise<void> | undefined;

  constructor(options: ClusterStorageOptions) {
    const { pd, clock, timers, random, gc, safePointTimes = SAFE_POINT_TIMES } = options;
    const near = options.zone === undefined ? undefined : new NearStores(pd, timers, options.zone);
    const regions = new RegionCache({ ...options, isNear: (storeId) => near?.has(storeId) === true });
    const oracle = new ClusterOracle(pd, timers, random);
    const garbage = new GarbageBound(clock);
    const authority = {
      advanceTxnSafePoint: (target: Ts) => pd.advanceTxnSafePoint(target),
      advanceGcSafePoint: (target: Ts) => pd.advanceGcSafePoint(target),
      graceMs: safePointTimes.graceMs,
    };
    super({ router: regions, oracle, clock, timers, random, gc, authority, garbage });
    this.regions = regions;
    this.#near = near;
    this.#pd = pd;
    this.#clock = clock;
    this.#garbage = garbage;
    this.#times = safePointTimes;
    const round = (): void => {
      this.#asking ??= this.#askSafePoint();
    };
    this.#polls = new Rounds({ timers, intervalMs: safePointTimes.pollMs, round });
    this.#polls.start();
  }

  /** Nobody reads before the safe point is known: that is seen to here, where every transaction begins. */
  override currentTs(): ValueOrPromise<Ts> {
    const ts = super.currentTs();
    if (this.#garbage.isKnown) return ts;
    this.#asking ??= this.#askSafePoint();
    return Promise.all([ts, this.#asking]).then(([known]) => known);
  }

  override close(): Promise<void> {
    this.#polls.close();
    this.#near?.close();
    return super.close();
  }

  /** Without an answer everything stays as it is. */
  async #askSafePoint(): Promise<void> {
    const askedAtMs = this.#clock.monotonicMs();
    try {
      const { txnSafePoint } = await this.#pd.getGcState();
      this.#garbage.advance(txnSafePoint);
      this.#garbage.renew(askedAtMs + this.#times.leaseMs);
    } catch (error) {
      if (!(error instanceof PdError)) throw error;
    } finally {
      this.#asking = undefined;
    }
  }
}
