/**
 * Small neighbouring regions become one: the smaller of the two neighbours takes the region in, after the region's peers
 * were brought to the neighbour's stores.
 */

import type { RegionId } from '../../../base/index.ts';
import { isHealthy, isJoint, peerOnStore, type RegionInfo } from '../../cluster/region-info.ts';
import type { PeerDescriptor } from '../../meta.ts';
import { type ClusterView, isServing } from '../cluster-view.ts';
import { planMembership } from '../membership-plan.ts';
import type { OperatorPlan } from '../operator.ts';
import type { OperatorController } from '../operator-controller.ts';

export interface MergePlan {
  readonly source: OperatorPlan;
  readonly target: OperatorPlan;
}

/** Which regions must stay as they are for a while because they were split off lately. */
export type RecentSplits = ReadonlyMap<RegionId, number>;

export function checkMerge(
  view: ClusterView,
  info: RegionInfo,
  operators: OperatorController,
  splits: RecentSplits,
): MergePlan | undefined {
  if (!isSmall(view, info) || !isReady(view, info, operators, splits)) return undefined;
  const { left, right } = view.regions.neighbours(info);
  const candidates = [left, right].filter(
    (other): other is RegionInfo => other !== undefined && isReady(view, other, operators, splits),
  );
  const target = candidates.reduce<RegionInfo | undefined>(
    (least, other) => (least === undefined || other.approximateBytes < least.approximateBytes ? other : least),
    undefined,
  );
  if (target === undefined || target.approximateBytes > 4 * view.config.maxMergeRegionBytes) return undefined;
  return plan(view, info, target);
}

function plan(view: ClusterView, info: RegionInfo, target: RegionInfo): MergePlan | undefined {
  const voters: PeerDescriptor[] = [];
  for (const { storeId } of target.region.peers) {
    const known = peerOnStore(info.region, storeId);
    const peerId = known?.peerId ?? view.takePeerId();
    if (peerId === undefined) return undefined;
    voters.push(known ?? { peerId, storeId, role: 'voter' });
  }
  const aligning = planMembership(info, { voters });
  if (aligning === undefined) return undefined;
  const source = info.region.regionId;
  const into = target.region.regionId;
  const common = { kind: 'merge' as const, description: 'merge-region' };
  const step = { kind: 'merge' as const, into: target.region };
  return {
    source: { ...common, regionId: source, steps: [...aligning, step], partner: into },
    target: { ...common, regionId: into, steps: [step], isPassive: true, partner: source },
  };
}

function isSmall({ config }: ClusterView, { approximateBytes, approximateKeys }: RegionInfo): boolean {
  return approximateBytes <= config.maxMergeRegionBytes && approximateKeys <= config.maxMergeRegionKeys;
}

function isReady(view: ClusterView, info: RegionInfo, operators: OperatorController, splits: RecentSplits): boolean {
  const { region, leader, isHeard, approximateBytes } = info;
  // Nobody has measured it yet.
  if (approximateBytes === 0) return false;
  const splitAtMs = splits.get(region.regionId);
  const isRecent = splitAtMs !== undefined && view.nowMs - splitAtMs < view.config.splitMergeIntervalMs;
  if (isRecent || !isHeard || leader === undefined || operators.has(region.regionId)) return false;
  if (!isHealthy(info) || isJoint(region) || region.peers.length !== view.config.maxReplicas) return false;
  return region.peers.every(({ storeId, role }) => {
    const store = view.stores.get(storeId);
    return role === 'voter' && store !== undefined && isServing(view, store);
  });
}
