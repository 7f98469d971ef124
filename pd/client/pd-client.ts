/**
 * The placement driver as stores and clients see it: the same calls whether it lives in this process, behind gRPC
 * (pdpb.PD) or in the simulator. Every call may reject with PdError; a caller backs off and asks again.
 */

import type { Key, KeyRange, PeerId, RegionId, StoreId, Ts } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch, StoreDescriptor } from '../meta.ts';
import type { TimestampOracle } from './timestamp-oracle.ts';

export interface RegionWithLeader {
  readonly region: Region;
  /** undefined while nobody is known to lead. */
  readonly leader: PeerDescriptor | undefined;
  /** Answered by `scanRegions` alone. */
  readonly statistics?: RegionStatistics;
}

/** What the last heartbeat of a region told; zeros before the first. */
export interface RegionStatistics {
  readonly approximateBytes: number;
  readonly approximateKeys: number;
  /** Between the last two heartbeats. */
  readonly bytesWritten: number;
  readonly bytesRead: number;
  readonly downPeers: RegionHeartbeat['downPeers'];
  readonly pendingPeers: readonly PeerDescriptor[];
  /** The placement driver has something under way with it. */
  readonly isScheduling: boolean;
}

/** What the leader of a region tells, once a minute and whenever epoch or leader changed. */
export interface RegionHeartbeat {
  readonly region: Region;
  readonly leader: PeerDescriptor;
  readonly term: number;
  /** Peers that did not answer for a while. */
  readonly downPeers: readonly { readonly peer: PeerDescriptor; readonly downMs: number }[];
  /** Peers that lag behind the log of the leader, e.g. because they wait for a snapshot. */
  readonly pendingPeers: readonly PeerDescriptor[];
  readonly approximateBytes: number;
  readonly approximateKeys: number;
  /** Since the last heartbeat. */
  readonly bytesWritten: number;
  readonly keysWritten: number;
  readonly bytesRead: number;
  readonly keysRead: number;
}

/** What a store tells every ten seconds. */
export interface StoreHeartbeat {
  readonly storeId: StoreId;
  readonly capacityBytes: number;
  readonly availableBytes: number;
  readonly usedBytes: number;
  readonly regionCount: number;
  readonly leaderCount: number;
  readonly sendingSnapshots: number;
  readonly receivingSnapshots: number;
  /** It takes less than it is asked to. */
  readonly isBusy: boolean;
  /** How slow its disk is, from 1 to 100; 1 when absent. */
  readonly slowScore?: number;
}

export type PeerChangeKind = 'add-voter' | 'add-learner' | 'remove';

export interface PeerChange {
  readonly kind: PeerChangeKind;
  readonly peer: PeerDescriptor;
}

/**
 * One step the placement driver wants of the leader of a region. It repeats the step until a heartbeat shows it done; a
 * store ignores a step whose epoch is not its region's.
 */
export type RegionInstruction = {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  /** The leader it is meant for. */
  readonly target: PeerDescriptor;
} & (
  | { readonly kind: 'transfer-leader'; readonly to: PeerDescriptor }
  /** One change is made directly, several together by joint consensus; none at all leaves a joint state. */
  | { readonly kind: 'change-peers'; readonly changes: readonly PeerChange[] }
  | { readonly kind: 'merge'; readonly into: Region }
  /** Without keys the store finds the middle. */
  | { readonly kind: 'split'; readonly keys: readonly Key[] }
);

/** Ids for one region that is to be split off; as many peers as the parent has, in the order of its peers. */
export interface SplitIds {
  readonly newRegionId: RegionId;
  readonly newPeerIds: readonly PeerId[];
}

export interface GcState {
  readonly gcSafePoint: Ts;
  readonly txnSafePoint: Ts;
}

export interface PdClient extends TimestampOracle {
  readonly clusterId: bigint;

  isBootstrapped(): Promise<boolean>;
  /** Rejects with PdError 'already-bootstrapped' for all but the first. */
  bootstrap(store: StoreDescriptor, region: Region): Promise<void>;
  /** The first of `count` consecutive ids that are used for nothing else in the cluster. */
  allocateIds(count: number): Promise<number>;

  putStore(store: StoreDescriptor): Promise<void>;
  getStore(storeId: StoreId): Promise<StoreDescriptor | undefined>;
  /** Tombstones only on request. */
  getAllStores(options?: { readonly includeTombstones: boolean }): Promise<readonly StoreDescriptor[]>;
  storeHeartbeat(heartbeat: StoreHeartbeat): Promise<void>;
  /** The last figures a store told; undefined when it told none since the placement driver started. */
  getStoreReport(storeId: StoreId): Promise<StoreHeartbeat | undefined>;

  /** Queued and sent in order; lost when the placement driver cannot be reached. */
  regionHeartbeat(heartbeat: RegionHeartbeat): void;
  /** Instructions for regions this client sent heartbeats of. */
  onInstruction(listener: (instruction: RegionInstruction) => void): void;
  /** The placement driver may have lost what heartbeats told it: the listener tells it again. */
  onReconnect(listener: () => void): void;

  /** Ids for `count` regions that are to be split off `region`. */
  askBatchSplit(region: Region, count: number): Promise<readonly SplitIds[]>;
  reportBatchSplit(regions: readonly Region[]): Promise<void>;

  /** The region that holds a region key. */
  getRegion(regionKey: Key): Promise<RegionWithLeader | undefined>;
  /** The region in front of the one that holds `regionKey`. */
  getPrevRegion(regionKey: Key): Promise<RegionWithLeader | undefined>;
  getRegionById(regionId: RegionId): Promise<RegionWithLeader | undefined>;
  /** Regions that meet a range of region keys, in key order. */
  scanRegions(range: KeyRange, limit: number): Promise<readonly RegionWithLeader[]>;
  /**
   * Splits regions at region keys and waits until it is done, or not longer than some seconds; the regions that begin at
   * one of the keys then. Keys that are the start of a region already count as done.
   */
  splitRegions(
    keys: readonly Key[],
  ): Promise<{ readonly regionIds: readonly RegionId[]; readonly isComplete: boolean }>;
  /** Spreads the peers and leaders of regions over the stores. */
  scatterRegions(regionIds: readonly RegionId[]): Promise<void>;

  getGcState(): Promise<GcState>;
  /** Moves the transaction safe point up to at most `target` and every barrier; answers where it stands. */
  advanceTxnSafePoint(target: Ts): Promise<Ts>;
  /** At most the transaction safe point; answers where it stands. */
  advanceGcSafePoint(target: Ts): Promise<Ts>;

  close(): Promise<void>;
}

export type PdErrorKind =
  | 'unavailable'
  | 'not-bootstrapped'
  | 'already-bootstrapped'
  | 'cluster-mismatch'
  | 'region-not-found'
  | 'regions-have-gaps'
  | 'store-tombstone'
  | 'store-not-found'
  | 'incompatible-version'
  | 'invalid-value';

export class PdError extends Error {
  override readonly name = 'PdError';
  readonly kind: PdErrorKind;
  constructor(kind: PdErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
