/**
 * The key-value face of one region replica, as the transaction layer sees it: consistent local reads on the leader and
 * replicated, durable, ordered writes.
 *
 * Keys in `regionRange` are user keys; the keys of operations are engine keys (one family byte in front of, or around,
 * a user key of the range, or a raw key). The caller routes; the epoch check at apply refuses what a split or merge overtook.
 */

import { ExpectedError, type Key, type KeyRange, type PeerId, type RegionId, type Ts } from '../../base/index.ts';
import type { PeerChange, PeerDescriptor, Region, RegionEpoch, RegionHeartbeat, SplitIds } from '../../pd/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';

export interface RegionKv {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  /** The user keys of the region: `region.range` is their place among the region keys. Changes with `epoch.version`. */
  readonly regionRange: KeyRange;
  readonly region: Region;
  /** This replica. */
  readonly peer: PeerDescriptor;
  readonly isLeader: boolean;
  readonly term: number;
  /** Who leads, as far as this replica knows. */
  readonly leader: PeerDescriptor | undefined;

  /**
   * The newest applied state, for use in this turn of the event loop. Throws RegionError 'not-leader' unless this
   * replica leads, has applied an entry of its own term and holds a valid lease.
   */
  read(): KvReader;

  /**
   * Like `read`, on any replica and without a lease: asks the leader for its commit index and waits until this replica
   * has applied it. The leader's observers hear of `readTs` first (`beforeReplicaRead`). Rejects with RegionError
   * 'read-index-not-ready' or 'not-leader' when there is no answer in time.
   */
  readIndex(readTs?: Ts): Promise<KvReader>;

  /**
   * Replicates `operations` as one log entry, applied atomically. Resolves when the entry is durable on a quorum,
   * applied and visible to `read()`. The operations and their values belong to the store from then on.
   *
   * `onApplied` runs once, synchronously, in log order, in the same turn in which the entry becomes visible and before
   * any other code can read; it must not throw.
   *
   * Rejects with RegionError; after 'stale-command' and 'store-failed' the outcome is unknown, after every other kind
   * nothing was or will be applied.
   */
  propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void>;

  /**
   * A request has read `keys` pairs of `bytes` bytes, beginning at the user key, or raw key, `from`: for statistics and
   * splits by load.
   */
  noteRead?(from: Key, keys: number, bytes: number, isRaw?: boolean): void;

  /** Removes a range of engine keys on all replicas; not atomic, for data that nobody can reach any more. */
  destroyRange(range: KeyRange): Promise<void>;
}

/** One replica, as those see it who read on any of them. */
export interface RegionReplica extends RegionKv {
  /** The last entry that was applied here. */
  readonly appliedIndex: number;
  /** A snapshot is about to take the place of the data here: it cannot be read. */
  readonly isInstalling: boolean;
  /**
   * How often that began. What was read in several turns of the event loop counts only if
   * this stood still.
   */
  readonly replacements: number;
  /** It is stopped, and about to become part of its neighbour; others may write there already. */
  readonly isMerging: boolean;
  /** Nobody else can lead while it lasts. */
  readonly hasLease: boolean;
  /** What is applied here, whoever leads: of use to those who know that it suffices. Throws RegionError. */
  readApplied(): KvReader;
  /**
   * On a leader that serves but may not `read`, because its lease ran out: asks the others whether it still leads, and
   * resolves when it may; rejects with 'not-leader' when that does not come about in time. Undefined when there is
   * nothing to wait for.
   */
  confirmLeadership(): Promise<void> | undefined;
}

/**
 * Changes of a region itself, on its leader. All of them resolve when the change is applied here, and reject with
 * RegionError like `RegionKv.propose`; 'invalid-change' when the rules of raft or of the store forbid the change.
 */
export interface RegionAdmin extends RegionReplica {
  /**
   * Splits at region keys (ascending, inside the range); the original id keeps the rightmost part. Answers all resulting
   * regions in key order.
   */
  split(splits: readonly RegionSplit[]): Promise<readonly Region[]>;
  /** One change is made directly, several by joint consensus; none leaves a joint state. */
  changePeers(changes: readonly PeerChange[]): Promise<Region>;
  /** Best effort; resolves when the transfer began, or when `to` is the leader already. */
  transferLeader(to: PeerId): Promise<void>;
  /** Merges this region into its neighbour `target`; resolves when the merge is prepared, the rest runs by itself. */
  merge(target: Region): Promise<void>;
  /** What the leader tells the placement driver; the flow is what came since the last call. */
  report(): RegionReport;
}

export type RegionReport = Omit<RegionHeartbeat, 'region' | 'leader' | 'term'>;

export interface RegionSplit extends SplitIds {
  readonly splitKey: Key;
}

/** Sees every region of a store; for lock tables, change feeds and statistics. Callbacks must not throw. */
export interface RegionObserver {
  /** Every applied entry, on leaders and followers and while the log is replayed, in log order, once visible. */
  applied?(regionId: RegionId, operations: readonly WriteOperation[]): void;
  /** Called before the first `read()` succeeds in a term of leadership. */
  becameLeader?(region: RegionKv): void;
  lostLeadership?(regionId: RegionId): void;
  /**
   * `parent` was split, on leaders and followers: `parts` are the replicas of all resulting regions in key order, the
   * parent's (with its new range) among them. Called in the turn of the apply, before anything can be read or proposed
   * in the new ranges. A new region's own `becameLeader` follows later.
   */
  split?(parent: RegionKv, parts: readonly RegionKv[]): void;
  /** `source` became part of `target`, which has its new range already. */
  merged?(source: RegionId, target: RegionKv): void;
  /** Members or range changed; after `split` and `merged`, too. */
  changed?(region: RegionKv): void;
  /** On the leader: a follower that `report()` called down or pending has caught up. */
  recovered?(region: RegionKv): void;
  /** The data of a replica was replaced by a snapshot. */
  restored?(region: RegionKv): void;
  /** The replica is no longer on this store; after `lostLeadership` and `merged`. */
  removed?(regionId: RegionId): void;
  /**
   * On the leader, before it answers a request for its commit index with a read timestamp: resolves when everything that
   * may be committed at or below is applied, and from then on nothing more is promised there.
   */
  beforeReplicaRead?(region: RegionKv, readTs: Ts): Promise<void> | undefined;
  /** On the leader, before leadership is given away or the region merged into another: what lives in memory is saved. */
  beforeHandover?(region: RegionKv): Promise<void> | undefined;
}

/**
 * What the caller does next (errorpb's cases):
 * - 'not-leader', 'region-not-found', 'key-not-in-region', 'epoch-not-match', 'store-not-match', 'mismatch-peer-id',
 *   'region-not-initialized': route anew, with the help of `details`;
 * - 'server-is-busy', 'read-index-not-ready', 'proposal-in-merging-mode', 'max-timestamp-not-synced': back off, retry;
 * - 'data-is-not-ready': a stale read came too early for this replica; ask the leader;
 * - 'disk-full': fail, or retry much later;
 * - 'raft-entry-too-large': split the proposal;
 * - 'invalid-change': the change of a region is not allowed;
 * - 'stale-command' and 'store-failed': the proposal may or may not be applied (leader changed, log device failed, store
 *   closed).
 */
export type RegionErrorKind =
  | 'not-leader'
  | 'region-not-found'
  | 'key-not-in-region'
  | 'epoch-not-match'
  | 'store-not-match'
  | 'mismatch-peer-id'
  | 'region-not-initialized'
  | 'server-is-busy'
  | 'read-index-not-ready'
  | 'proposal-in-merging-mode'
  | 'max-timestamp-not-synced'
  | 'data-is-not-ready'
  | 'disk-full'
  | 'raft-entry-too-large'
  | 'invalid-change'
  | 'stale-command'
  | 'store-failed';

/** What helps the caller to route anew. */
export interface RegionErrorDetails {
  /** 'not-leader': who leads instead. */
  readonly leader?: PeerDescriptor | undefined;
  /** 'epoch-not-match': the region as it is now, and its known siblings. */
  readonly currentRegions?: readonly Region[];
  /** 'server-is-busy': when to come back, and how long a request would wait until it is carried out. */
  readonly backOffMs?: number;
  /** 'data-is-not-ready': up to where the replica can be read. */
  readonly safeTs?: Ts;
  readonly estimatedWaitMs?: number;
}

export class RegionError extends ExpectedError {
  override readonly name = 'RegionError';
  readonly kind: RegionErrorKind;
  readonly regionId: RegionId;
  readonly details: RegionErrorDetails;
  constructor(kind: RegionErrorKind, regionId: RegionId, message: string, details: RegionErrorDetails = {}) {
    super(message);
    this.kind = kind;
    this.regionId = regionId;
    this.details = details;
  }
}
