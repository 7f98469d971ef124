/**
 * The ordered key-value engine below a store.
 *
 * A write is visible to reads as soon as `write` returns (memory overlay), and lands on disk in the order of the calls,
 * in batches that are never torn. Durability of committed data comes from the raft log: a batch needs `sync` only where
 * the log cannot replay it (before the log is truncated, store identity, format version).
 */

import type { Key, KeyRange, KvPair, ValueOrPromise } from '../../base/index.ts';

export type WriteOperation =
  | { readonly kind: 'put'; readonly key: Key; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: Key };

export interface KvReader {
  /** Synchronous by contract: point reads must not cost an await. The bytes must not be changed. */
  get(key: Key): Uint8Array | undefined;
  /** One page of a range in key order (or reverse), at most `limit` pairs; fewer means the range is exhausted. */
  scan(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<readonly KvPair[]>;
}

export interface KvSnapshot extends KvReader {
  release(): void;
}

export interface KvEngine extends KvReader {
  /** A consistent view of now; for snapshots to other replicas and backups, not for ordinary reads. */
  snapshot(): KvSnapshot;
  /**
   * Atomic. Visible at once; the promise settles when the batch reached the operating system, or the platter with
   * `sync`. Rejects with DiskError ENOSPC or EIO; then nothing of it is on disk and the engine refuses further writes
   * until it is reopened or space returns.
   */
  write(operations: readonly WriteOperation[], options: { readonly sync: boolean }): Promise<void>;
  /** Removes a range; not atomic, for data that nobody can reach any more. */
  destroyRange(range: KeyRange): Promise<void>;
  approximateSizeBytes(range: KeyRange): number;
  close(): Promise<void>;
}
