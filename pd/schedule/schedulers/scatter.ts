/** Spreads a group of regions evenly: each gets the stores, and the leader, of which the group has least so far. */

import type { RegionId, StoreId } from '../../../base/index.ts';
import { isHealthy, isJoint, peerOnStore, type RegionInfo } from '../../cluster/region-info.ts';
import type { PeerDescriptor } from '../../meta.ts';
import { type ClusterView, isServing } from '../cluster-view.ts';
import { planMembership } from '../membership-plan.ts';
import type { OperatorPlan } from '../operator.ts';

export interface ScatterResult {
  readonly plans: readonly OperatorPlan[];
  /** Regions that are unknown or just not fit to be moved. */
  readonly unfit: readonly RegionId[];
}

export function scatter(view: ClusterView, regionIds: readonly RegionId[]): ScatterResult {
  const peerCounts = new Map<StoreId, number>();
  const leaderCounts = new Map<StoreId, number>();
  const plans: OperatorPlan[] = [];
  const unfit: RegionId[] = [];
  for (const regionId of regionIds) {
    const info = view.regions.get(regionId);
    if (info === undefined || info.leader === undefined || isJoint(info.region) || !isHealthy(info)) {
      unfit.push(regionId);
      continue;
    }
    const voters = chooseVoters(view, info, peerCounts);
    if (voters === undefined) {
      unfit.push(regionId);
      continue;
    }
    const leaderStore = least(
      voters.map(({ storeId }) => storeId),
      leaderCounts,
      info.leader.storeId,
    );
    for (const { storeId } of voters) add(peerCounts, storeId);
    if (leaderStore !== undefined) add(leaderCounts, leaderStore);
    const steps = planMembership(info, { voters, leaderStore });
    if (steps !== undefined && steps.length > 0) {
      plans.push({ regionId, kind: 'admin', description: 'scatter-region', steps });
    }
  }
  return { plans, unfit };
}

/** As many voters as the region has, on the serving stores of which the group has least; a peer stays where it is as good. */
function chooseVoters(
  view: ClusterView,
  { region }: RegionInfo,
  counts: ReadonlyMap<StoreId, number>,
): PeerDescriptor[] | undefined {
  const free = new Set<StoreId>();
  for (const store of view.stores.values()) if (isServing(view, store)) free.add(store.store.storeId);
  const voters: PeerDescriptor[] = [];
  for (let n = region.peers.length; n > 0 && free.size > 0; n--) {
    const preferred = region.peers.find(({ storeId }) => free.has(storeId))?.storeId;
    const storeId = least([...free], counts, preferred);
    if (storeId === undefined) break;
    free.delete(storeId);
    const known = peerOnStore(region, storeId);
    const peerId = known?.peerId ?? view.takePeerId();
    if (peerId === undefined) return undefined;
    voters.push(known ?? { peerId, storeId, role: 'voter' });
  }
  return voters.length < region.peers.length ? undefined : voters;
}

/** The store with the smallest count, the preferred one of several. */
function least(
  stores: readonly StoreId[],
  counts: ReadonlyMap<StoreId, number>,
  preferred: StoreId | undefined,
): StoreId | undefined {
  const countOf = (storeId: StoreId): number => counts.get(storeId) ?? 0;
  return stores.reduce<StoreId | undefined>((best, storeId) => {
    if (best === undefined || countOf(storeId) < countOf(best)) return storeId;
    return countOf(storeId) === countOf(best) && storeId === preferred ? storeId : best;
  }, undefined);
}

function add(counts: Map<StoreId, number>, storeId: StoreId): void {
  counts.set(storeId, (counts.get(storeId) ?? 0) + 1);
}
