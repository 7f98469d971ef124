/** Moves replicas from full stores to empty ones, as long as the difference shrinks by more than it would swing. */

import type { StoreId } from '../../../base/index.ts';
import { isHealthy, isJoint, type RegionInfo, weightOf } from '../../cluster/region-info.ts';
import type { ClusterView, StoreView } from '../cluster-view.ts';
import { planMembership } from '../membership-plan.ts';
import type { OperatorPlan } from '../operator.ts';
import type { OperatorController } from '../operator-controller.ts';
import { isolationOf } from '../placement.ts';
import { canTakePeer, Scores } from '../scores.ts';

const CANDIDATES = 64;
/** A difference that is let be, as a share of what the fuller store has. */
const TOLERANCE = 0.05;

/** One move, or undefined when the replicas lie well or nothing may move now. */
export function balanceRegion(view: ClusterView, operators: OperatorController): OperatorPlan | undefined {
  const scores = new Scores(view, operators);
  const sources = [...view.stores.values()]
    .filter(({ store }) => operators.admitsStore('remove', store.storeId, view))
    .map((store) => ({ store, score: scores.region(store) }))
    .sort((a, b) => b.score - a.score || a.store.store.storeId - b.store.store.storeId);
  const targets = [...view.stores.values()]
    .filter((store) => canTakePeer(view, store, operators))
    .sort((a, b) => scores.region(a) - scores.region(b) || a.store.storeId - b.store.storeId);
  if (targets.length === 0) return undefined;
  for (const { store } of sources) {
    const plan = moveFrom(view, store, targets, scores, operators);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

function moveFrom(
  view: ClusterView,
  source: StoreView,
  targets: readonly StoreView[],
  scores: Scores,
  operators: OperatorController,
): OperatorPlan | undefined {
  let looked = 0;
  for (const info of view.regions.peersOn(source.store.storeId)) {
    if (++looked > CANDIDATES) return undefined;
    if (!isMovable(view, info, operators)) continue;
    const target = targets.find((store) => isBetter(view, info, source, store, scores));
    const plan = target === undefined ? undefined : move(view, info, source.store.storeId, target.store.storeId);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

function isMovable(view: ClusterView, info: RegionInfo, operators: OperatorController): boolean {
  const { region, leader, isHeard } = info;
  if (!isHeard || leader === undefined || operators.has(region.regionId)) return false;
  return isHealthy(info) && !isJoint(region) && region.peers.length === view.config.maxReplicas;
}

function isBetter(view: ClusterView, info: RegionInfo, source: StoreView, target: StoreView, scores: Scores): boolean {
  const { storeId } = target.store;
  if (info.region.peers.some((peer) => peer.storeId === storeId)) return false;
  const others = info.region.peers.map((peer) => peer.storeId).filter((id) => id !== source.store.storeId);
  if (isolationOf(view, storeId, others) < isolationOf(view, source.store.storeId, others)) return false;
  const bytes = weightOf(info);
  const slack = scores.region(source) * TOLERANCE;
  return scores.region(source, -bytes) - scores.region(target, bytes) > Math.max(0, slack - 2 * (bytes >> 20));
}

function move(view: ClusterView, info: RegionInfo, from: StoreId, to: StoreId): OperatorPlan | undefined {
  const peerId = view.takePeerId();
  if (peerId === undefined) return undefined;
  const staying = info.region.peers.filter(({ storeId }) => storeId !== from);
  const steps = planMembership(info, { voters: [...staying, { peerId, storeId: to, role: 'voter' }] });
  if (steps === undefined) return undefined;
  return { regionId: info.region.regionId, kind: 'region', description: 'balance-region', steps };
}
