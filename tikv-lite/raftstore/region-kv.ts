/**
 * The key-value face of one region replica, as the transaction layer sees it: consistent local reads on the leader and
 * replicated, durable, ordered writes.
 *
 * Keys in `regionRange` are user keys; the keys of operations are engine keys (one family byte in front of, or around,
 * a user key of the range). The caller routes; the epoch check at apply refuses what a split or merge overtook.
 */

import type { KeyRange, RegionId } from '../../base/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';

/** Grows when the range (`version`) or the membership (`confVer`) changes. Normal reads and writes check `version`. */
export interface RegionEpoch {
  readonly confVer: number;
  readonly version: number;
}

export interface RegionKv {
  readonly regionId: RegionId;
  readonly epoch: RegionEpoch;
  readonly regionRange: KeyRange;

  /**
   * The newest applied state, for use in this turn of the event loop. Throws RegionError 'not-leader' unless this
   * replica leads, has applied an entry of its own term and holds a valid lease.
   */
  read(): KvReader;

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

  /** Removes a range of engine keys on all replicas; not atomic, for data that nobody can reach any more. */
  destroyRange(range: KeyRange): Promise<void>;
}

/** Sees every region of a store; for lock tables, change feeds and statistics. Callbacks must not throw. */
export interface RegionObserver {
  /** Every applied entry, on leaders and followers and while the log is replayed, in log order, once visible. */
  applied?(regionId: RegionId, operations: readonly WriteOperation[]): void;
  /** Called before the first `read()` succeeds in a term of leadership. */
  becameLeader?(region: RegionKv): void;
  lostLeadership?(regionId: RegionId): void;
}

/**
 * What the caller does next: 'not-leader', 'region-not-found', 'epoch-not-match' route anew; 'server-is-busy' back off
 * and retry; 'disk-full' fail or retry much later; 'raft-entry-too-large' split the proposal; 'stale-command' and
 * 'store-failed' the proposal may or may not be applied (leader changed, log device failed, store closed).
 */
export type RegionErrorKind =
  | 'not-leader'
  | 'region-not-found'
  | 'epoch-not-match'
  | 'server-is-busy'
  | 'disk-full'
  | 'raft-entry-too-large'
  | 'stale-command'
  | 'store-failed';

export class RegionError extends Error {
  override readonly name = 'RegionError';
  readonly kind: RegionErrorKind;
  readonly regionId: RegionId;
  constructor(kind: RegionErrorKind, regionId: RegionId, message: string) {
    super(message);
    this.kind = kind;
    this.regionId = regionId;
  }
}
