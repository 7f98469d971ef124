/**
 * What a store does with a message for one of its replicas, for one it no longer has, or for one it never had. A pure
 * function, after TiKV's rules: replicas of one region are told apart by their ids, which only grow, and a membership is
 * older or younger by its conf_ver.
 */

import type { PeerId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { EntryId } from '../../raft/index.ts';
import { type RegionMessage, signalOf } from './transport.ts';

/** The record that stays of a replica that was removed. */
export interface Tombstone {
  /** As this store knew it when the replica went. */
  readonly region: Region;
  readonly peerId: PeerId;
  /**
   * The last entry that it applied, or that it was told to be committed when it went. The one by which a replica goes may
   * be known as committed to nobody else: a leader can be the one that is removed, and those that stay may need its vote
   * until they know that it is none of them any more.
   */
  readonly applied: EntryId;
  /** See `Witness`. */
  readonly installedVersion: number;
  /** The region that took this one over, right after that; absent when it was removed. */
  readonly mergedInto?: Region | undefined;
  /** It went in the group of log items in which a snapshot of another region replaced it, not by an entry. */
  readonly isReplaced?: boolean | undefined;
}

interface Resident {
  readonly peerId: PeerId;
  readonly region: Region;
  readonly isInitialised: boolean;
  /** Leads, and knows of every change of members before its term. */
  readonly isServing: boolean;
}

/** What stands in a message's way, or waits for it. */
export interface Surroundings {
  readonly resident: Resident | undefined;
  readonly tombstone: Tombstone | undefined;
  /** The replica that was here is gone, but its log and data are not yet. */
  readonly isLeaving: boolean;
  /** The raft log knows the region: its replica comes to life when the log of its parent is applied that far. */
  readonly hasLog: boolean;
  /** The sender's range meets that of another replica here. */
  readonly isCovered: () => boolean;
}

export type Verdict =
  | 'deliver'
  | 'drop'
  /** Make an uninitialised replica and deliver. */
  | 'create'
  /** Keep it for the split that will make the replica. */
  | 'hold'
  /** Our replica is an older one, removed without hearing of it. */
  | 'remove-own'
  /** The sender is no member any more: tell it so. */
  | 'answer-tombstone'
  /** The sender's region was merged: tell it into which one. */
  | 'answer-merged'
  /** The sender was a member when our replica went: tell it who else was. */
  | 'answer-members'
  /** Our replica's region was merged. */
  | 'note-merged'
  /** Our replica may ask others. */
  | 'note-members';

/**
 * Whether `message` comes from a replica that `region` removed. One that knows nothing yet, not even when it was added, may
 * as well be younger than `region`.
 */
function isFromFormerMember(message: RegionMessage, region: Region): boolean {
  return !isBlank(message) && message.epoch.confVer < region.epoch.confVer && !isMember(message.from, region);
}

function isMember({ peerId }: { readonly peerId: PeerId }, { peers }: Region): boolean {
  return peers.some((peer) => peer.peerId === peerId);
}

/** From a replica that waits for its first snapshot. */
function isBlank({ epoch }: RegionMessage): boolean {
  return epoch.confVer === 0;
}

/** A message with which an elected or would-be leader may begin to talk to a replica that has nothing yet. */
function isFirstContact({ message }: RegionMessage): boolean {
  if (message === undefined) return false;
  return isVoteRequest(message.type) || (message.type === 'MsgHeartbeat' && message.commit === 0);
}

function isVoteRequest(type: string): boolean {
  return type === 'MsgVote' || type === 'MsgPreVote';
}

/** Whether the sender wants to know how its region stands: there is no leader for it. */
function isSearching({ message, signal }: RegionMessage): boolean {
  return signal === 'check-stale-peer' || (message !== undefined && isVoteRequest(message.type));
}

/** What one store tells another of a replica; whoever tells so expects no answer. */
function isVerdict({ signal }: RegionMessage): boolean {
  return signal === 'tombstone' || signal === 'merged' || signal === 'check-stale-peer-response';
}

export function judgeArrival(message: RegionMessage, around: Surroundings): Verdict {
  const { resident } = around;
  if (resident === undefined) return judgeForAbsent(message, around);
  const { peerId } = message.to;
  if (resident.isInitialised && isFromFormerMember(message, resident.region)) {
    return isVerdict(message) ? 'drop' : 'answer-tombstone';
  }
  if (resident.isServing && isBlank(message) && isSearching(message) && !isMember(message.from, resident.region)) {
    return 'answer-tombstone';
  }
  if (peerId === resident.peerId) return judgeForResident(message, resident);
  if (peerId < resident.peerId || !isNewer(message, resident.region)) return 'drop';
  return 'remove-own';
}

function judgeForResident(message: RegionMessage, { region, isInitialised }: Resident): Verdict {
  if (message.signal === 'merged') return isInitialised && message.mergeTarget !== undefined ? 'note-merged' : 'drop';
  if (message.signal === 'check-stale-peer-response') return 'note-members';
  if (message.signal !== 'tombstone') return 'deliver';
  return isNewer(message, region) ? 'remove-own' : 'drop';
}

function isNewer({ epoch }: RegionMessage, { epoch: own }: Region): boolean {
  return epoch.confVer > own.confVer;
}

function judgeForAbsent(message: RegionMessage, around: Surroundings): Verdict {
  const { tombstone } = around;
  if (isVerdict(message)) return 'drop';
  if (tombstone !== undefined) {
    if (isFromFormerMember(message, tombstone.region)) return 'answer-tombstone';
    if (tombstone.mergedInto !== undefined) {
      if (!isSearching(message)) return 'drop';
      return isBlank(message) ? 'answer-tombstone' : 'answer-merged';
    }
    if (message.to.peerId <= tombstone.peerId) return isSearching(message) ? 'answer-members' : 'drop';
  }
  if (around.isLeaving || !isFirstContact(message)) return 'drop';
  const waitsForSplit = around.hasLog || around.isCovered();
  if (!waitsForSplit) return 'create';
  return message.message !== undefined && isVoteRequest(message.message.type) ? 'hold' : 'drop';
}

/** What to tell the sender of a message that is of no use here. `resident` is the replica here, `applied` its last entry. */
export function answerTo(
  verdict: Verdict,
  { from, to }: RegionMessage,
  resident: { readonly region: Region; readonly applied: EntryId } | undefined,
  tombstone: Tombstone | undefined,
): RegionMessage | undefined {
  const known = resident?.region ?? tombstone?.region;
  if (known === undefined) return undefined;
  if (verdict === 'answer-tombstone') {
    return { ...signalOf(known, to, from, 'tombstone'), committed: (resident ?? tombstone)?.applied };
  }
  if (verdict === 'answer-merged')
    return { ...signalOf(known, to, from, 'merged'), mergeTarget: tombstone?.mergedInto };
  if (verdict !== 'answer-members') return undefined;
  return {
    ...signalOf(known, to, from, 'check-stale-peer-response'),
    members: known.peers,
    committed: tombstone?.applied,
  };
}
