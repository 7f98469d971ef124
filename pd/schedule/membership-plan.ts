/**
 * The steps from the members a region has to those it shall have: newcomers copy the data as learners first, roles are
 * exchanged at once by joint consensus, and only then the old replicas go. So a majority of full copies votes at any time.
 */

import type { StoreId } from '../../base/index.ts';
import { isJoint, keepsUp, peerOnStore, type RegionInfo } from '../cluster/region-info.ts';
import type { PeerDescriptor } from '../meta.ts';
import type { Step } from './step.ts';

export interface MembershipGoal {
  /** All voters in the end: peers the region has, and newcomers with ids of their own. Other peers leave. */
  readonly voters: readonly PeerDescriptor[];
  /** Who leads in the end; by default whoever leads now, if he stays. */
  readonly leaderStore?: StoreId | undefined;
}

/** undefined while the region is in a joint state, or when nobody would be left to vote. */
export function planMembership(info: RegionInfo, goal: MembershipGoal): Step[] | undefined {
  const { region, leader } = info;
  if (leader === undefined || isJoint(region) || goal.voters.length === 0) return undefined;
  const goalStores = new Set(goal.voters.map(({ storeId }) => storeId));
  const newcomers = goal.voters.filter(({ storeId }) => peerOnStore(region, storeId) === undefined);
  const learners = region.peers.filter(({ role, storeId }) => role === 'learner' && goalStores.has(storeId));
  const promoted = [...newcomers, ...learners];
  const staying = region.peers.filter(({ role, storeId }) => role === 'voter' && goalStores.has(storeId));
  const demoted = region.peers.filter(({ role, storeId }) => role === 'voter' && !goalStores.has(storeId));
  const leaving = region.peers.filter(({ storeId }) => !goalStores.has(storeId));

  const steps: Step[] = newcomers.map((peer) => ({ kind: 'add-learner', peer }));
  let leaderStore = leader.storeId;
  const leadAt = (storeId: StoreId): void => {
    if (storeId === leaderStore) return;
    steps.push({ kind: 'transfer-leader', to: storeId });
    leaderStore = storeId;
  };
  const isLeaderLeaving = demoted.some(({ storeId }) => storeId === leaderStore);
  const successor =
    staying.find(({ storeId }) => storeId === goal.leaderStore) ?? staying.find((peer) => keepsUp(info, peer));
  if (isLeaderLeaving && successor !== undefined) leadAt(successor.storeId);
  if (isLeaderLeaving && successor === undefined) {
    // All voters are exchanged: the newcomers vote beside the old ones until one of them leads.
    steps.push(...exchangeRoles(promoted, []));
    const first = promoted[0];
    if (first !== undefined) leadAt(first.storeId);
  } else {
    steps.push(...exchangeRoles(promoted, demoted));
  }
  steps.push(...leaving.map((peer): Step => ({ kind: 'remove-peer', peer })));
  if (goal.leaderStore !== undefined && goalStores.has(goal.leaderStore)) leadAt(goal.leaderStore);
  return steps;
}

function exchangeRoles(promoted: readonly PeerDescriptor[], demoted: readonly PeerDescriptor[]): Step[] {
  const [only, ...more] = promoted;
  if (only === undefined) return [];
  if (more.length === 0 && demoted.length === 0) return [{ kind: 'promote', peer: only }];
  const transient = promoted.length + demoted.length;
  return [
    { kind: 'enter-joint', promoted, demoted },
    { kind: 'leave-joint', transient },
  ];
}
