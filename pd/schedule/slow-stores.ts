/**
 * Which store's disk is so slow that its regions are better led elsewhere, by the slow scores in the heartbeats. At most one
 * at a time: when several are slow, moving leaders would not help. A store that lost its leaders gets them back only when
 * its score has fallen all the way.
 */

import type { StoreId } from '../../base/index.ts';
import type { ClusterView, StoreView } from './cluster-view.ts';

const RECOVERED_SCORE = 1;

export class SlowStores {
  #evicted: StoreId | undefined;

  /** The store that is to lead nothing at the moment. */
  look({ stores, config }: ClusterView): StoreId | undefined {
    const known = this.#evicted === undefined ? undefined : stores.get(this.#evicted);
    if (known !== undefined && slowScoreOf(known) > RECOVERED_SCORE) return this.#evicted;
    const slow = [...stores.values()].filter((store) => slowScoreOf(store) >= config.slowStoreScore);
    this.#evicted = slow.length === 1 ? slow[0]?.store.storeId : undefined;
    return this.#evicted;
  }
}

function slowScoreOf({ heartbeat }: StoreView): number {
  return heartbeat?.slowScore ?? RECOVERED_SCORE;
}
