/**
 * Where a replica may lie. Stores with equal values of all location labels (their labels, in order) share a fate; replicas
 * go where they share least, then where there is most room.
 */

import type { StoreId } from '../../base/index.ts';
import { peerOnStore, type RegionInfo, weightOf } from '../cluster/region-info.ts';
import type { StoreDescriptor } from '../meta.ts';
import type { ClusterView } from './cluster-view.ts';
import type { OperatorController } from './operator-controller.ts';
import { canTakePeer, Scores } from './scores.ts';

/** The best store for another replica beside those on `others`; undefined when none can take it now. */
export function bestTarget(
  view: ClusterView,
  info: RegionInfo,
  operators: OperatorController,
  others: readonly StoreId[],
  scores = new Scores(view, operators),
): StoreId | undefined {
  const bytes = weightOf(info);
  let best: { readonly storeId: StoreId; readonly isolation: number; readonly score: number } | undefined;
  for (const store of view.stores.values()) {
    const { storeId } = store.store;
    if (peerOnStore(info.region, storeId) !== undefined || others.includes(storeId)) continue;
    if (!canTakePeer(view, store, operators)) continue;
    const isolation = isolationOf(view, storeId, others);
    const score = scores.region(store, bytes);
    const isBetter =
      best === undefined || isolation > best.isolation || (isolation === best.isolation && score < best.score);
    if (isBetter) best = { storeId, isolation, score };
  }
  return best?.storeId;
}

/** How far apart a store lies from others: the sum over them of how early their labels differ. */
export function isolationOf(view: ClusterView, storeId: StoreId, others: readonly StoreId[]): number {
  const store = view.stores.get(storeId)?.store;
  if (store === undefined) return 0;
  let isolation = 0;
  for (const other of others) {
    const neighbour = view.stores.get(other)?.store;
    if (neighbour !== undefined && other !== storeId) isolation += distance(store, neighbour);
  }
  return isolation;
}

/** Labels are ordered from the widest to the narrowest place, e.g. zone, rack, host. */
function distance(a: StoreDescriptor, b: StoreDescriptor): number {
  const shared = a.labels.findIndex(({ key, value }) => b.labels.find((label) => label.key === key)?.value !== value);
  return shared === -1 ? 0 : a.labels.length - shared;
}
