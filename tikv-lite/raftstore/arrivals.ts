/**
 * What a store does with a message for one of its replicas, for one it no longer has, or for one it never had. A pure
 * function, after TiKV's rules: replicas of one region are told apart by their ids, which only grow, and a membership is
 * older or younger by its conf_ver.
 */

import type { PeerId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { RegionMessage } from './transport.ts';

/** The record that stays of a replica that was removed. */
export interface Tombstone {
  /** As it was when the replica went. */
  readonly region: Region;
  readonly peerId: PeerId;
  /** The entry by which it went, of its own log; 0 when it went on the word of others, with part of its log unseen. */
  readonly endIndex: number;
}

/** What stands in a message's way, or waits for it. */
export interface Surroundings {
  readonly resident: { readonly peerId: PeerId; readonly region: Region; readonly isInitialised: boolean } | undefined;
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
  | 'answer-tombstone';

/** Whether `message` comes from a replica that `region` removed. */
function isFromFormerMember({ from, epoch }: RegionMessage, region: Region): boolean {
  return epoch.confVer < region.epoch.confVer && !region.peers.some(({ peerId }) => peerId === from.peerId);
}

/** A message with which an elected or would-be leader may begin to talk to a replica that has nothing yet. */
function isFirstContact({ message }: RegionMessage): boolean {
  if (message === undefined) return false;
  return isVoteRequest(message.type) || (message.type === 'MsgHeartbeat' && message.commit === 0);
}

function isVoteRequest(type: string): boolean {
  return type === 'MsgVote' || type === 'MsgPreVote';
}

export function judgeArrival(message: RegionMessage, around: Surroundings): Verdict {
  const { resident } = around;
  if (resident === undefined) return judgeForAbsent(message, around);
  const { peerId } = message.to;
  if (resident.isInitialised && isFromFormerMember(message, resident.region)) {
    return message.signal === 'tombstone' ? 'drop' : 'answer-tombstone';
  }
  if (peerId === resident.peerId) {
    if (message.signal !== 'tombstone') return 'deliver';
    return message.epoch.confVer > resident.region.epoch.confVer ? 'remove-own' : 'drop';
  }
  if (peerId < resident.peerId || !isNewer(message, resident.region)) return 'drop';
  return 'remove-own';
}

function isNewer({ epoch }: RegionMessage, { epoch: own }: Region): boolean {
  return epoch.confVer > own.confVer;
}

function judgeForAbsent(message: RegionMessage, around: Surroundings): Verdict {
  const { tombstone } = around;
  if (message.signal === 'tombstone') return 'drop';
  if (tombstone !== undefined) {
    if (isFromFormerMember(message, tombstone.region)) return 'answer-tombstone';
    if (message.to.peerId <= tombstone.peerId) return 'drop';
  }
  if (around.isLeaving || !isFirstContact(message)) return 'drop';
  const waitsForSplit = around.hasLog || around.isCovered();
  if (!waitsForSplit) return 'create';
  return message.message !== undefined && isVoteRequest(message.message.type) ? 'hold' : 'drop';
}
