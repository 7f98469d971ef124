/**
 * Changes of a region's members: what a change makes of the region, what raft has to be told, and which changes are not
 * allowed. Pure functions of the region.
 *
 * One change is made by raft's simple protocol, several by joint consensus: voters that come in or go out pass through
 * 'incoming-voter' and 'demoting-voter', and an empty change leaves that state. A voter is not removed in a joint change
 * but demoted, and removed later as a learner. A joint change has such a voter: by them a region knows that raft is joint.
 */

import { assert, defined } from '../../base/index.ts';
import type { PeerChange, PeerDescriptor, PeerRole, Region } from '../../pd/index.ts';
import type { ConfChangeSingle, ConfChangeType, ConfChangeV2, ConfState } from '../../raft/index.ts';

export function isJoint(region: Region): boolean {
  return region.peers.some(({ role }) => role === 'incoming-voter' || role === 'demoting-voter');
}

/** The members as raft's configuration. */
export function confStateOf(region: Region): ConfState {
  const idsOf = (...roles: readonly PeerRole[]): number[] =>
    region.peers.filter(({ role }) => roles.includes(role)).map(({ peerId }) => peerId);
  return {
    voters: idsOf('voter', 'incoming-voter'),
    votersOutgoing: isJoint(region) ? idsOf('voter', 'demoting-voter') : [],
    learners: idsOf('learner'),
    learnersNext: idsOf('demoting-voter'),
    autoLeave: false,
  };
}

const TYPE_OF: Readonly<Record<PeerChange['kind'], ConfChangeType>> = {
  'add-voter': 'AddNode',
  'add-learner': 'AddLearnerNode',
  remove: 'RemoveNode',
};

/** The conf change that carries `changes`; `context` goes with it through the log. */
export function confChangeOf(changes: readonly PeerChange[], context: Uint8Array): ConfChangeV2 {
  const singles = changes.map(({ kind, peer }): ConfChangeSingle => ({ type: TYPE_OF[kind], nodeId: peer.peerId }));
  return {
    kind: 'ConfChangeV2',
    transition: changes.length > 1 ? 'JointExplicit' : 'Auto',
    changes: singles,
    context,
  };
}

/** Why `changes` must not be made of `region`, whose leader is `leader`; undefined when they may. */
export function refuseChange(
  region: Region,
  leader: PeerDescriptor,
  changes: readonly PeerChange[],
): string | undefined {
  if (changes.length === 0) return isJoint(region) ? undefined : 'the region is not in a joint state';
  if (isJoint(region)) return 'the region is in a joint state, which has to be left first';
  const touched = new Set<number>();
  for (const change of changes) {
    if (touched.has(change.peer.storeId)) return `store ${change.peer.storeId} is changed twice`;
    touched.add(change.peer.storeId);
    const problem = refuseOne(region, leader, change, changes.length > 1);
    if (problem !== undefined) return problem;
  }
  const after = regionAfter(region, changes);
  if (changes.length > 1 && !isJoint(after)) return 'learners that are no voters before or after change one by one';
  return after.peers.some(({ role }) => role === 'voter' || role === 'incoming-voter')
    ? undefined
    : 'a region needs a voter';
}

function refuseOne(
  region: Region,
  leader: PeerDescriptor,
  { kind, peer }: PeerChange,
  joint: boolean,
): string | undefined {
  const onStore = region.peers.find(({ storeId }) => storeId === peer.storeId);
  const isVoter = onStore?.role === 'voter';
  if (onStore !== undefined && onStore.peerId !== peer.peerId) {
    return `store ${peer.storeId} holds peer ${onStore.peerId} of the region already`;
  }
  if (kind === 'remove') {
    if (onStore === undefined) return `peer ${peer.peerId} is no member`;
    if (joint && isVoter) return `peer ${peer.peerId} votes: it has to be demoted before it is removed`;
    if (peer.peerId === leader.peerId) return 'a leader does not remove itself';
    return undefined;
  }
  if (onStore === undefined) {
    return region.peers.some(({ peerId }) => peerId === peer.peerId)
      ? `peer ${peer.peerId} lives on another store`
      : undefined;
  }
  if ((kind === 'add-voter') === isVoter) return `peer ${peer.peerId} is a ${onStore.role} already`;
  if (kind === 'add-learner' && !joint && peer.peerId === leader.peerId) return 'a leader does not demote itself';
  return undefined;
}

/** The region once `changes`, which were not refused, are in force. */
export function regionAfter(region: Region, changes: readonly PeerChange[]): Region {
  const { confVer, version } = region.epoch;
  if (changes.length === 0) {
    const transient = region.peers.filter(({ role }) => role === 'incoming-voter' || role === 'demoting-voter').length;
    assert(transient > 0, 'only a joint state is left');
    const peers = region.peers.map((peer) => ({ ...peer, role: settledRole(peer.role) }));
    return { ...region, peers, epoch: { confVer: confVer + transient, version } };
  }
  let peers = region.peers;
  for (const change of changes) peers = peersAfter(peers, change, changes.length > 1);
  return { ...region, peers, epoch: { confVer: confVer + changes.length, version } };
}

function settledRole(role: PeerRole): PeerRole {
  if (role === 'incoming-voter') return 'voter';
  return role === 'demoting-voter' ? 'learner' : role;
}

function peersAfter(
  peers: readonly PeerDescriptor[],
  { kind, peer }: PeerChange,
  joint: boolean,
): readonly PeerDescriptor[] {
  const { peerId, storeId } = peer;
  if (kind === 'remove') return peers.filter((one) => one.peerId !== peerId);
  const known = peers.findIndex((one) => one.peerId === peerId);
  if (known < 0) {
    const role: PeerRole = kind === 'add-learner' ? 'learner' : joint ? 'incoming-voter' : 'voter';
    return [...peers, { peerId, storeId, role }];
  }
  const joining: PeerRole = joint ? 'incoming-voter' : 'voter';
  const leaving: PeerRole = joint ? 'demoting-voter' : 'learner';
  return peers.with(known, { ...defined(peers[known], 'a member'), role: kind === 'add-voter' ? joining : leaving });
}

/**
 * Whether enough of the voters that `region` will have hold at least the log up to `truncatedIndex`, behind which a member
 * needs no snapshot. TiKV's check before a conf change.
 */
export function hasQuorum(region: Region, matchOf: (peerId: number) => number, truncatedIndex: number): boolean {
  const voters = region.peers.filter(({ role }) => role === 'voter' || role === 'incoming-voter');
  const current = voters.filter(({ peerId }) => matchOf(peerId) >= truncatedIndex);
  return current.length * 2 > voters.length;
}
