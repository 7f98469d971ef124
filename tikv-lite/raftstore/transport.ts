/** How stores talk: raft messages of many regions to the stores that hold the other replicas, and snapshots in chunks. */

import type { KeyRange, RegionId } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import type { EntryId, Message } from '../../raft/index.ts';

/** What goes beside a raft message for the life of a replica (raft_serverpb's RaftMessage and ExtraMessage). */
export type PeerSignal =
  /** The sender's replica is gone for good: the receiver, if it is older than the epoch, removes its own. */
  | 'tombstone'
  /** The sender's region is part of `mergeTarget` by now; the receiver knows what that means for its own replica. */
  | 'merged'
  /** Is this replica still a member? Asked of the others by one that hears no leader for long. */
  | 'check-stale-peer'
  /** When the sender's replica went, `members` were the members: they may know more. */
  | 'check-stale-peer-response'
  | 'hibernate-request'
  | 'hibernate-response'
  | 'wake-up'
  | 'want-rollback-merge';

export interface RegionMessage {
  readonly regionId: RegionId;
  /** The sender's. */
  readonly epoch: RegionEpoch;
  readonly from: PeerDescriptor;
  readonly to: PeerDescriptor;
  /** The range of the region, by which a receiver sees whether a replica it does not have yet would be in the way. */
  readonly range: KeyRange;
  /** Absent when only `signal` counts. */
  readonly message?: Message | undefined;
  readonly signal?: PeerSignal | undefined;
  /** With 'merged': the region that took the sender's over, as it was right after that. */
  readonly mergeTarget?: Region | undefined;
  /** With 'check-stale-peer-response'. */
  readonly members?: readonly PeerDescriptor[] | undefined;
  /** With 'check-stale-peer-response' and 'tombstone': the last entry that the sender's replica applied. */
  readonly committed?: EntryId | undefined;
}

/** A message without a raft message. */
export function signalOf(region: Region, from: PeerDescriptor, to: PeerDescriptor, signal: PeerSignal): RegionMessage {
  return { regionId: region.regionId, epoch: region.epoch, range: region.range, from, to, signal };
}

/** A snapshot on its way: a MsgSnap whose data describes the region, and the contents behind it. */
export interface OutgoingSnapshot {
  readonly header: RegionMessage;
  /** At most 1 MiB each; read one after the other as fast as the receiver and the rate limit allow. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface StoreTransport {
  /** May lose, delay, repeat and reorder; never throws. One call per turn of the store with all that goes out. */
  send(messages: readonly RegionMessage[]): void;
  /** Resolves when the receiving store has everything on its disk; rejects when it did not get there. */
  sendSnapshot(snapshot: OutgoingSnapshot): Promise<void>;
}

/** For a store that is alone. */
export const noTransport: StoreTransport = {
  send: () => {},
  sendSnapshot: () => Promise.reject(new Error('this store is alone')),
};
