/** Moves leaderships from stores with many to stores with few, each move to one of the region's own followers. */

import type { StoreId } from '../../../base/index.ts';
import { keepsUp, type RegionInfo } from '../../cluster/region-info.ts';
import { type ClusterView, mayLead, type StoreView } from '../cluster-view.ts';
import type { OperatorPlan } from '../operator.ts';
import type { OperatorController } from '../operator-controller.ts';
import { Scores } from '../scores.ts';

const CANDIDATES = 64;
/** A difference that is let be, as a share of what the fuller store has. */
const TOLERANCE = 0.05;

/** One transfer, or undefined when the leaders lie well. */
export function balanceLeader(view: ClusterView, operators: OperatorController): OperatorPlan | undefined {
  const scores = new Scores(view, operators);
  const sources = [...view.stores.values()].sort(
    (a, b) => scores.leaders(b.store.storeId) - scores.leaders(a.store.storeId) || a.store.storeId - b.store.storeId,
  );
  for (const source of sources) {
    const plan = transferFrom(view, source, scores, operators);
    if (plan !== undefined) return plan;
  }
  return undefined;
}

function transferFrom(
  view: ClusterView,
  { store: { storeId } }: StoreView,
  scores: Scores,
  operators: OperatorController,
): OperatorPlan | undefined {
  const mine = scores.leaders(storeId);
  let looked = 0;
  for (const info of view.regions.leadersOn(storeId)) {
    if (++looked > CANDIDATES) return undefined;
    if (!info.isHeard || operators.has(info.region.regionId)) continue;
    const to = bestFollower(view, info, scores);
    if (to === undefined || mine - scores.leaders(to) < Math.max(2, mine * TOLERANCE)) continue;
    const steps = [{ kind: 'transfer-leader', to } as const];
    return { regionId: info.region.regionId, kind: 'leader', description: 'balance-leader', steps };
  }
  return undefined;
}

function bestFollower(view: ClusterView, info: RegionInfo, scores: Scores): StoreId | undefined {
  let best: StoreId | undefined;
  for (const peer of info.region.peers) {
    const { storeId, role } = peer;
    const store = view.stores.get(storeId);
    if (role !== 'voter' || peer.peerId === info.leader?.peerId || !keepsUp(info, peer)) continue;
    if (store === undefined || !mayLead(view, store)) continue;
    if (best === undefined || scores.leaders(storeId) < scores.leaders(best)) best = storeId;
  }
  return best;
}
