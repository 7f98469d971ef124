/** `Storage` over the stores of a cluster: regions are found with the placement driver and called over the network. */

import type { Clock, Random, TimerHandle, Timers, Ts } from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';
import type { StoreClient } from '../txn/kv-service.ts';
import { ClientStorage } from './client-storage.ts';
import { ClusterOracle } from './cluster-oracle.ts';
import type { GcOptions } from './garbage-collector.ts';
import { RegionCache } from './region-cache.ts';

export interface ClusterStorageOptions {
  readonly pd: PdClient;
  readonly stores: StoreClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Present in a gateway that drives garbage collection; several that do disturb nobody. */
  readonly gc?: GcOptions;
}

/** client-go's: a reader below the safe point learns of it within this time. */
const SAFE_POINT_POLL_MS = 10_000;

/** Opens at once; the first call finds the regions. `pd` and `stores` stay the caller's to close. */
export function openClusterStorage(options: ClusterStorageOptions): ClusterStorage {
  return new ClusterStorage(options);
}

export class ClusterStorage extends ClientStorage {
  readonly regions: RegionCache;
  readonly #pd: PdClient;
  readonly #timers: Timers;
  #poll: TimerHandle | undefined;

  constructor(options: ClusterStorageOptions) {
    const { pd, clock, timers, random, gc } = options;
    const regions = new RegionCache(options);
    const oracle = new ClusterOracle(pd, timers, random);
    super({ router: regions, oracle, clock, timers, random, gc, authority: pd });
    this.regions = regions;
    this.#pd = pd;
    this.#timers = timers;
    this.#pollSafePoint();
  }

  override close(): Promise<void> {
    this.#poll?.cancel();
    return super.close();
  }

  #pollSafePoint(): void {
    this.#poll = this.#timers.after(SAFE_POINT_POLL_MS, () => {
      this.#pollSafePoint();
      this.#pd.getGcState().then(
        ({ txnSafePoint }: { readonly txnSafePoint: Ts }) => this.safePointMoved(txnSafePoint),
        () => undefined,
      );
    });
  }
}
