/** The cluster as checkers and schedulers see it at one moment. */

import type { PeerId, StoreId } from '../../base/index.ts';
import type { StoreHeartbeat } from '../client/pd-client.ts';
import type { RegionTree } from '../cluster/region-tree.ts';
import type { StoreDescriptor } from '../meta.ts';
import type { ScheduleConfig } from './config.ts';

export interface StoreView {
  readonly store: StoreDescriptor;
  readonly heartbeat: StoreHeartbeat | undefined;
  /** Milliseconds since it was last heard. */
  readonly silentMs: number;
}

export interface ClusterView {
  readonly config: ScheduleConfig;
  /** Monotonic. */
  readonly nowMs: number;
  readonly regions: RegionTree;
  /** Without tombstones. */
  readonly stores: ReadonlyMap<StoreId, StoreView>;
  /** Its disk is too slow to lead anything. */
  readonly slowStore?: StoreId | undefined;
  /** A fresh id; undefined when none is at hand at the moment. */
  takePeerId(): PeerId | undefined;
}

/** Serves, and keeps up with what it gets: a place for leaders. */
export function mayLead(view: ClusterView, store: StoreView): boolean {
  return isServing(view, store) && store.store.storeId !== view.slowStore && store.heartbeat?.isBusy !== true;
}

/** Neither silent nor being emptied. */
export function isServing({ config }: ClusterView, { store, silentMs }: StoreView): boolean {
  return store.state === 'up' && silentMs < config.storeDisconnectedMs;
}
