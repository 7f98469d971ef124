/**
 * The steps operators are made of. A step is asked of the leader of its region again and again until a heartbeat shows it
 * done, so each knows how to ask for itself, when it is done, and when it has become senseless. Pure.
 */

import { assertNever, type Key, type StoreId } from '../../base/index.ts';
import type { PeerChange, RegionInstruction } from '../client/pd-client.ts';
import { isFutureVoter, isJoint, keepsUp, peerOnStore, type RegionInfo } from '../cluster/region-info.ts';
import type { PeerDescriptor, Region } from '../meta.ts';

export type Step =
  | { readonly kind: 'transfer-leader'; readonly to: StoreId }
  | { readonly kind: 'add-learner'; readonly peer: PeerDescriptor }
  /** A learner becomes a voter. */
  | { readonly kind: 'promote'; readonly peer: PeerDescriptor }
  | { readonly kind: 'remove-peer'; readonly peer: PeerDescriptor }
  /** Learners become voters and voters learners at once, by joint consensus. */
  | {
      readonly kind: 'enter-joint';
      readonly promoted: readonly PeerDescriptor[];
      readonly demoted: readonly PeerDescriptor[];
    }
  /** `transient`: how many members change their role by it. */
  | { readonly kind: 'leave-joint'; readonly transient: number }
  | { readonly kind: 'merge'; readonly into: Region }
  /** At region keys; the store chooses when there are none. `version` is the region's before the split. */
  | { readonly kind: 'split'; readonly keys: readonly Key[]; readonly version: number };

/** Steps that wait for a copy of the region's data. */
export function isSlow(step: Step): boolean {
  return step.kind === 'add-learner' || step.kind === 'merge' || step.kind === 'split';
}

export function isDone(step: Step, info: RegionInfo): boolean {
  const { region } = info;
  switch (step.kind) {
    case 'transfer-leader':
      return info.leader?.storeId === step.to;
    case 'add-learner': {
      const peer = sameIn(region, step.peer);
      return peer !== undefined && keepsUp(info, peer);
    }
    case 'promote':
      return sameIn(region, step.peer)?.role === 'voter';
    case 'remove-peer':
      return sameIn(region, step.peer) === undefined;
    case 'enter-joint':
      return (
        step.promoted.every((peer) => hasRole(region, peer, 'incoming-voter', 'voter')) &&
        step.demoted.every((peer) => hasRole(region, peer, 'demoting-voter', 'learner'))
      );
    case 'leave-joint':
      return !isJoint(region);
    case 'merge':
      return false;
    case 'split':
      return region.epoch.version > step.version;
    default:
      return assertNever(step);
  }
}

/** Whether the region has changed so that the step cannot be done any more. */
export function isSenseless(step: Step, info: RegionInfo): boolean {
  const { region } = info;
  switch (step.kind) {
    case 'transfer-leader': {
      const peer = peerOnStore(region, step.to);
      return peer === undefined || !isFutureVoter(peer);
    }
    case 'add-learner': {
      const peer = peerOnStore(region, step.peer.storeId);
      return peer !== undefined && peer.peerId !== step.peer.peerId;
    }
    case 'promote':
      return sameIn(region, step.peer) === undefined;
    case 'enter-joint':
      return [...step.promoted, ...step.demoted].some((peer) => sameIn(region, peer) === undefined);
    case 'remove-peer':
    case 'leave-joint':
    case 'merge':
    case 'split':
      return false;
    default:
      return assertNever(step);
  }
}

/** By how much a step makes the region's conf_ver grow until it is done. */
export function confChangesOf(step: Step): number {
  switch (step.kind) {
    case 'add-learner':
    case 'promote':
    case 'remove-peer':
    case 'merge':
      return 1;
    case 'enter-joint':
      return step.promoted.length + step.demoted.length;
    case 'leave-joint':
      return step.transient;
    case 'transfer-leader':
    case 'split':
      return 0;
    default:
      return assertNever(step);
  }
}

/** The same of a step that is under way, as far as the region shows it. */
export function confChangesSoFar(step: Step, { region }: RegionInfo): number {
  if (step.kind === 'add-learner') return sameIn(region, step.peer) === undefined ? 0 : 1;
  return step.kind === 'merge' ? 1 : 0;
}

/** What to ask of the leader; undefined while there is nobody to ask or nothing sound to ask for. */
export function instructionFor(step: Step, info: RegionInfo): RegionInstruction | undefined {
  const { region, leader } = info;
  if (leader === undefined) return undefined;
  const address = { regionId: region.regionId, epoch: region.epoch, target: leader };
  switch (step.kind) {
    case 'transfer-leader': {
      const to = peerOnStore(region, step.to);
      return to === undefined ? undefined : { ...address, kind: 'transfer-leader', to };
    }
    case 'add-learner':
      return { ...address, kind: 'change-peers', changes: [{ kind: 'add-learner', peer: asLearner(step.peer) }] };
    case 'promote':
      return { ...address, kind: 'change-peers', changes: [{ kind: 'add-voter', peer: asVoter(step.peer) }] };
    case 'remove-peer':
      if (leader.peerId === step.peer.peerId) return leadElsewhere(info, [step.peer]);
      return { ...address, kind: 'change-peers', changes: [{ kind: 'remove', peer: step.peer }] };
    case 'enter-joint': {
      if (step.demoted.some(({ peerId }) => peerId === leader.peerId)) {
        const elsewhere = leadElsewhere(info, step.demoted);
        if (elsewhere !== undefined) return elsewhere;
      }
      const changes: PeerChange[] = [
        ...step.promoted.map((peer) => ({ kind: 'add-voter' as const, peer: asVoter(peer) })),
        ...step.demoted.map((peer) => ({ kind: 'add-learner' as const, peer: asLearner(peer) })),
      ];
      return { ...address, kind: 'change-peers', changes };
    }
    case 'leave-joint':
      return { ...address, kind: 'change-peers', changes: [] };
    case 'merge':
      return { ...address, kind: 'merge', into: step.into };
    case 'split':
      return { ...address, kind: 'split', keys: step.keys };
    default:
      return assertNever(step);
  }
}

export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'transfer-leader':
      return `transfer the leader to store ${step.to}`;
    case 'add-learner':
      return `add learner ${step.peer.peerId} on store ${step.peer.storeId}`;
    case 'promote':
      return `promote learner ${step.peer.peerId} on store ${step.peer.storeId}`;
    case 'remove-peer':
      return `remove peer ${step.peer.peerId} on store ${step.peer.storeId}`;
    case 'enter-joint': {
      const stores = (peers: readonly PeerDescriptor[]): string => peers.map(({ storeId }) => storeId).join(', ');
      return `joint: promote on stores [${stores(step.promoted)}], demote on stores [${stores(step.demoted)}]`;
    }
    case 'leave-joint':
      return 'leave the joint state';
    case 'merge':
      return `merge into region ${step.into.regionId}`;
    case 'split':
      return step.keys.length === 0 ? 'split in the middle' : `split at ${step.keys.length} keys`;
    default:
      return assertNever(step);
  }
}

function leadElsewhere(info: RegionInfo, leaving: readonly PeerDescriptor[]): RegionInstruction | undefined {
  const { region, leader } = info;
  const to = region.peers.find(
    (peer) => peer.role === 'voter' && !leaving.some(({ peerId }) => peerId === peer.peerId) && keepsUp(info, peer),
  );
  if (to === undefined || leader === undefined) return undefined;
  return { regionId: region.regionId, epoch: region.epoch, target: leader, kind: 'transfer-leader', to };
}

function sameIn(region: Region, { peerId }: PeerDescriptor): PeerDescriptor | undefined {
  return region.peers.find((peer) => peer.peerId === peerId);
}

function hasRole(region: Region, peer: PeerDescriptor, ...roles: readonly PeerDescriptor['role'][]): boolean {
  const same = sameIn(region, peer);
  return same !== undefined && roles.includes(same.role);
}

function asLearner(peer: PeerDescriptor): PeerDescriptor {
  return { ...peer, role: 'learner' };
}

function asVoter(peer: PeerDescriptor): PeerDescriptor {
  return { ...peer, role: 'voter' };
}
