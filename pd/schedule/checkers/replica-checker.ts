/**
 * Keeps every region at its number of replicas, each on a store that is there: learners that were left behind, peers of
 * lost stores, of stores that are being emptied, missing ones and superfluous ones, in this order.
 */

import { isFutureVoter, keepsUp, type RegionInfo } from '../../cluster/region-info.ts';
import type { PeerDescriptor } from '../../meta.ts';
import type { ClusterView } from '../cluster-view.ts';
import { type MembershipGoal, planMembership } from '../membership-plan.ts';
import type { OperatorPlan } from '../operator.ts';
import type { OperatorController } from '../operator-controller.ts';
import { bestTarget } from '../placement.ts';
import { Scores } from '../scores.ts';

/** What is to be done about the region next; undefined when it is as it should be, or nothing can be done now. */
export function checkReplicas(
  view: ClusterView,
  info: RegionInfo,
  operators: OperatorController,
): OperatorPlan | undefined {
  const { maxReplicas } = view.config;
  const voters = info.region.peers.filter(isFutureVoter);
  const learner = info.region.peers.find(({ role }) => role === 'learner');
  if (learner !== undefined) return settleLearner(view, info, voters, learner);
  for (const peer of voters) {
    const reason = whyReplaced(view, info, peer);
    if (reason === undefined) continue;
    if (voters.length > maxReplicas) return shrink(info, voters, peer, `remove-extra-${reason}-replica`);
    const plan = replace(view, info, operators, peer, reason);
    if (plan !== undefined) return plan;
  }
  if (voters.length < maxReplicas) return makeUp(view, info, operators, voters);
  if (voters.length > maxReplicas)
    return shrink(info, voters, mostLoaded(view, info, voters, operators), 'remove-extra-replica');
  return undefined;
}

/** A learner without an operator: it becomes the voter that is missing, or goes. */
function settleLearner(
  view: ClusterView,
  info: RegionInfo,
  voters: readonly PeerDescriptor[],
  learner: PeerDescriptor,
): OperatorPlan | undefined {
  const { regionId } = info.region;
  const isWanted = voters.length < view.config.maxReplicas && whyReplaced(view, info, learner) === undefined;
  if (!isWanted) {
    const steps = [{ kind: 'remove-peer', peer: learner } as const];
    return { regionId, kind: 'replica', description: 'remove-orphan-peer', steps };
  }
  if (!keepsUp(info, learner)) return undefined;
  const steps = [{ kind: 'promote', peer: learner } as const];
  return { regionId, kind: 'replica', description: 'promote-learner', steps };
}

function whyReplaced(view: ClusterView, info: RegionInfo, peer: PeerDescriptor): 'down' | 'offline' | undefined {
  const store = view.stores.get(peer.storeId);
  if (store === undefined || store.store.state === 'tombstone') return 'offline';
  const { maxStoreDownMs } = view.config;
  const down = info.downPeers.find((one) => one.peer.peerId === peer.peerId);
  // Both the leader of the region and the store itself must say so: a single cut line is no reason.
  if (down !== undefined && down.downMs >= maxStoreDownMs && store.silentMs >= maxStoreDownMs) return 'down';
  return store.store.state === 'offline' ? 'offline' : undefined;
}

function replace(
  view: ClusterView,
  info: RegionInfo,
  operators: OperatorController,
  old: PeerDescriptor,
  reason: string,
): OperatorPlan | undefined {
  const others = info.region.peers.filter((peer) => isFutureVoter(peer) && peer !== old);
  const target = bestTarget(
    view,
    info,
    operators,
    others.map(({ storeId }) => storeId),
  );
  if (target === undefined) return undefined;
  const peerId = view.takePeerId();
  if (peerId === undefined) return undefined;
  return planned(info, `replace-${reason}-replica`, {
    voters: [...others, { peerId, storeId: target, role: 'voter' }],
  });
}

/** As many of the missing ones at once as there are stores for. */
function makeUp(
  view: ClusterView,
  info: RegionInfo,
  operators: OperatorController,
  present: readonly PeerDescriptor[],
): OperatorPlan | undefined {
  const voters = [...present];
  while (voters.length < view.config.maxReplicas) {
    const target = bestTarget(
      view,
      info,
      operators,
      voters.map(({ storeId }) => storeId),
    );
    const peerId = target === undefined ? undefined : view.takePeerId();
    if (target === undefined || peerId === undefined) break;
    voters.push({ peerId, storeId: target, role: 'voter' });
  }
  return voters.length === present.length ? undefined : planned(info, 'make-up-replica', { voters });
}

function shrink(
  info: RegionInfo,
  voters: readonly PeerDescriptor[],
  leaving: PeerDescriptor,
  description: string,
): OperatorPlan | undefined {
  return planned(info, description, { voters: voters.filter((peer) => peer !== leaving) });
}

/** Whose store is to lose one of too many peers: one that does not keep up, else the fullest; rather not the leader. */
function mostLoaded(
  view: ClusterView,
  info: RegionInfo,
  voters: readonly PeerDescriptor[],
  operators: OperatorController,
): PeerDescriptor {
  const scores = new Scores(view, operators);
  const badness = (peer: PeerDescriptor): readonly [number, number] => {
    const store = view.stores.get(peer.storeId);
    const isLeader = peer.peerId === info.leader?.peerId;
    return [
      keepsUp(info, peer) ? (isLeader ? 0 : 1) : 2,
      store === undefined ? Number.POSITIVE_INFINITY : scores.region(store),
    ];
  };
  return voters.reduce((worst, peer) => {
    const [a, b] = [badness(worst), badness(peer)];
    return b[0] > a[0] || (b[0] === a[0] && b[1] > a[1]) ? peer : worst;
  });
}

function planned(info: RegionInfo, description: string, goal: MembershipGoal): OperatorPlan | undefined {
  const steps = planMembership(info, goal);
  if (steps === undefined) return undefined;
  return { regionId: info.region.regionId, kind: 'replica', description, steps };
}
