/**
 * What a cluster is made of, as the placement driver, the stores and the clients speak of it (kvproto's metapb).
 *
 * The range of a region lies in the space of *region keys*, which nobody but their owner interprets: a transactional key
 * has its place there in memcomparable form (`encodeBytes`), a raw key as it is. So both kinds of clients can find their
 * regions with one comparison of bytes.
 */

import type { KeyRange, PeerId, RegionId, StoreId } from '../base/index.ts';

/**
 * `version` grows when the range changes, `confVer` when the membership does. Of two descriptions of a region the one
 * with the larger version is newer, with equal versions the one with the larger confVer.
 */
export interface RegionEpoch {
  readonly confVer: number;
  readonly version: number;
}

/** The last two only while a membership change runs by joint consensus: voters of the new or of the old half alone. */
export type PeerRole = 'voter' | 'learner' | 'incoming-voter' | 'demoting-voter';

export interface PeerDescriptor {
  readonly peerId: PeerId;
  readonly storeId: StoreId;
  readonly role: PeerRole;
}

export interface Region {
  readonly regionId: RegionId;
  /** In region keys. */
  readonly range: KeyRange;
  readonly epoch: RegionEpoch;
  readonly peers: readonly PeerDescriptor[];
}

/** 'offline': is being emptied; 'tombstone': is gone for good and its id is never used again. */
export type StoreState = 'up' | 'offline' | 'tombstone';

export interface StoreDescriptor {
  readonly storeId: StoreId;
  /** host:port of the store's gRPC service. */
  readonly address: string;
  /** host:port of its HTTP status service; '' when it has none. */
  readonly statusAddress: string;
  readonly state: StoreState;
  /** The version of TiKV whose behaviour the store implements, as clients and PD compare it. */
  readonly version: string;
  readonly labels: readonly { readonly key: string; readonly value: string }[];
  /** Milliseconds since the epoch; 0 when unknown. */
  readonly startedAtMs: number;
  /** When the placement driver last heard of it; 0 when never. */
  readonly lastHeartbeatMs: number;
}

/** Negative when `a` is older than `b`, 0 when they are the same. */
export function compareEpochs(a: RegionEpoch, b: RegionEpoch): number {
  return a.version - b.version || a.confVer - b.confVer;
}
