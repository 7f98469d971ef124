/** How loaded stores are, as one number each; and which of them may get a peer of a region. */

import type { StoreId } from '../../base/index.ts';
import type { ClusterView, StoreView } from './cluster-view.ts';
import { isServing } from './cluster-view.ts';
import type { ScheduleConfig } from './config.ts';
import { type Influence, NO_INFLUENCE } from './operator.ts';
import type { OperatorController } from './operator-controller.ts';

const MIB = 1 << 20;
const GIB = 2 ** 30;
const SIZE_WEIGHT = 1;
const SPACE_WEIGHT = 256;
const NO_SPACE_WEIGHT = 1e10;

/**
 * PD's region score (version 2): the size of the regions while there is plenty of space, steeply more when space runs out. A
 * share of small disks is kept free instead of PD's 50 GiB. `bytes` counts what operators under way will change.
 */
function regionScore(bytes: number, { heartbeat }: StoreView, config: ScheduleConfig): number {
  const size = Math.max(0, bytes) / MIB;
  if (heartbeat === undefined) return size;
  const capacity = heartbeat.capacityBytes / GIB;
  const available = heartbeat.availableBytes / GIB;
  if (available >= capacity || capacity < 1) return size;
  const reserve = capacity * (1 - config.lowSpaceRatio);
  if (available > reserve) {
    const above = available - reserve + 1;
    const slope = (Math.log(capacity) - Math.log(above)) / (capacity - above);
    return (SIZE_WEIGHT + SPACE_WEIGHT * slope) * size;
  }
  const full = (SIZE_WEIGHT + (SPACE_WEIGHT * Math.log(capacity)) / capacity) * size;
  return full + (NO_SPACE_WEIGHT * (reserve - available)) / reserve;
}

/** The scores of one moment, with operators under way counted as done. */
export class Scores {
  readonly #view: ClusterView;
  readonly #influence: ReadonlyMap<StoreId, Influence>;

  constructor(view: ClusterView, operators: OperatorController) {
    this.#view = view;
    this.#influence = operators.influence(view.regions);
  }

  leaders(storeId: StoreId): number {
    return this.#view.regions.loadOf(storeId).leaderCount + this.#of(storeId).leaders;
  }

  /** The region score when `moreBytes` come on top. */
  region(store: StoreView, moreBytes = 0): number {
    const { storeId } = store.store;
    const bytes = this.#view.regions.loadOf(storeId).peerBytes + this.#of(storeId).bytes + moreBytes;
    return regionScore(bytes, store, this.#view.config);
  }

  #of(storeId: StoreId): Influence {
    return this.#influence.get(storeId) ?? NO_INFLUENCE;
  }
}

/** Whether a store can take a new peer: it serves, has room, is not choked with snapshots, and its limit admits it. */
export function canTakePeer(view: ClusterView, store: StoreView, operators: OperatorController): boolean {
  const { config, regions } = view;
  const { storeId } = store.store;
  if (!isServing(view, store)) return false;
  if (regions.loadOf(storeId).pendingCount >= config.maxPendingPeerCount) return false;
  const { heartbeat } = store;
  if (heartbeat !== undefined) {
    if (heartbeat.isBusy) return false;
    if (heartbeat.receivingSnapshots >= config.maxSnapshotCount) return false;
    if (heartbeat.sendingSnapshots >= config.maxSnapshotCount) return false;
    const isKnown = heartbeat.capacityBytes > 0;
    if (isKnown && heartbeat.availableBytes < (1 - config.lowSpaceRatio) * heartbeat.capacityBytes) return false;
  }
  return operators.admitsStore('add', storeId, view);
}
