/**
 * The ordered key-value engine below a store.
 *
 * A write is visible to reads as soon as `write` returns (memory overlay), and lands on disk in the order of the calls,
 * in batches that are never torn. Durability of committed data comes from the raft log: a batch needs `sync` only where
 * the log cannot replay it (store identity, format version), and `flush` comes before the log is truncated.
 *
 * After a failed disk write the engine is 'refusing': reads go on and still see every accepted write, new writes are
 * refused untouched. `recover` reopens the disk part and writes what waited in memory.
 */

import type { Key, KeyRange, KvPair, ValueOrPromise } from '../../base/index.ts';

export type WriteOperation =
  | { readonly kind: 'put'; readonly key: Key; readonly value: Uint8Array }
  | { readonly kind: 'delete'; readonly key: Key };

export interface WriteOptions {
  /** The promise waits for the platter, not for the operating system. */
  readonly sync: boolean;
  /**
   * The caller has made the write durable elsewhere: a refusing engine takes it, too. It is visible at once, the promise
   * rejects, and `recover` writes it.
   */
  readonly keep?: boolean;
}

export interface KvReader {
  /** Synchronous by contract: point reads must not cost an await. The bytes must not be changed. */
  get(key: Key): Uint8Array | undefined;
  /**
   * One page of a range in key order (or reverse) as of the call, at most `limit` pairs; fewer means the range is
   * exhausted. The bytes must not be changed.
   */
  scan(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<readonly KvPair[]>;
}

export interface KvSnapshot extends KvReader {
  release(): void;
}

/** 'reopening' is the short while of `recover` in which reads throw; the store answers 'server-is-busy' then. */
export type KvEngineState = 'open' | 'refusing' | 'reopening' | 'closed';

export interface KvEngine extends KvReader {
  readonly state: KvEngineState;
  /** Bytes accepted by `write` that did not reach the disk part yet; writers wait while it is high. */
  readonly pendingBytes: number;
  /** A consistent view of now; for snapshots to other replicas and backups, not for ordinary reads. */
  snapshot(): KvSnapshot;
  /**
   * Atomic. Visible at once; the promise settles when the batch reached the operating system, or the platter with
   * `sync`. The operations and their values belong to the engine from then on.
   * Rejects with DiskError ENOSPC or EIO: when the engine was already refusing, nothing happened (but see `keep`); when
   * this very batch failed, it stays visible, and is on disk only once `recover` resolved true.
   */
  write(operations: readonly WriteOperation[], options: WriteOptions): Promise<void>;
  /** Resolves when everything written before the call survives a power cut. Rejects with DiskError. */
  flush(): Promise<void>;
  /** Tries to leave 'refusing': true when the engine is open again and everything accepted so far is on disk. */
  recover(): Promise<boolean>;
  /** Removes a range; not atomic, for data that nobody can reach any more. Rejects with DiskError. */
  destroyRange(range: KeyRange): Promise<void>;
  /** What the range takes on disk, roughly; recent writes may be missing. */
  approximateSizeBytes(range: KeyRange): ValueOrPromise<number>;
  /** Writes what is pending and releases the files. Reads and writes after it throw. */
  close(): Promise<void>;
}
