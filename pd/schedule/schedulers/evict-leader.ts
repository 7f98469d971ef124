/** Takes the leaderships from stores that are being emptied, so that their removal disturbs nobody, and from a slow one. */

import { keepsUp } from '../../cluster/region-info.ts';
import { type ClusterView, mayLead } from '../cluster-view.ts';
import type { OperatorPlan } from '../operator.ts';
import type { OperatorController } from '../operator-controller.ts';

const CANDIDATES = 64;

export function evictLeader(view: ClusterView, operators: OperatorController): OperatorPlan | undefined {
  for (const { store } of view.stores.values()) {
    if (store.state !== 'offline' && store.storeId !== view.slowStore) continue;
    let looked = 0;
    for (const info of view.regions.leadersOn(store.storeId)) {
      if (++looked > CANDIDATES) break;
      if (!info.isHeard || operators.has(info.region.regionId)) continue;
      const to = info.region.peers.find((peer) => {
        const other = view.stores.get(peer.storeId);
        return peer.role === 'voter' && keepsUp(info, peer) && other !== undefined && mayLead(view, other);
      });
      if (to === undefined) continue;
      const steps = [{ kind: 'transfer-leader', to: to.storeId } as const];
      return { regionId: info.region.regionId, kind: 'leader', description: 'evict-leader', steps };
    }
  }
  return undefined;
}
