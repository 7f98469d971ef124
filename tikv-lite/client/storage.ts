/**
 * The transactional key-value interface that the SQL layer is written against. In one process it calls the store
 * directly and mostly answers synchronously; over the network the same calls go to the leaders of the regions.
 */

import type { Key, KeyRange, KvPair, Ts, ValueOrPromise } from '../../base/index.ts';
import type { Batch, Datum, SqlWarning } from '../../engine/index.ts';
import type { DagRequest } from '../coprocessor/dag.ts';
import type { DagSettings } from '../coprocessor/request.ts';

export interface Storage {
  /** The regions are reached over a network: it pays to compute where they are. */
  readonly isRemote?: boolean;
  /** A fresh timestamp of the placement driver. Throws TransactionError 'unavailable'. */
  currentTs(): ValueOrPromise<Ts>;
  /**
   * Reads as of `ts`. Without options, from the leaders of the regions. Whoever may read for long holds the snapshot, for
   * without that garbage collection takes no notice of it.
   */
  snapshot(ts: Ts, reads?: ReadOptions): Snapshot;
  begin(startTs: Ts, options: TransactionOptions): Transaction;
  /**
   * Point read of the newest committed version, without asking for a timestamp (autocommit point gets). `checkInterrupted`
   * as in `ReadOptions`.
   */
  getLatest(key: Key, checkInterrupted?: () => void): ValueOrPromise<Uint8Array | undefined>;
  /** Removes a whole range without MVCC; only for ranges that no transaction uses any more (dropped tables). */
  destroyRange(range: KeyRange): Promise<void>;
  close(): Promise<void>;
}

/** Which replicas answer reads (TiDB's tidb_replica_read). Whoever does not answer in time is replaced by the leader. */
export type ReplicaRead =
  | 'leader'
  /** Another voter while the leader's store does not answer. */
  | 'prefer-leader'
  | 'follower'
  | 'leader-and-follower'
  /** Those whose store has the label `zone` of this process; the leader where there is none. */
  | 'closest-replicas'
  | 'learner';

/** How a snapshot is read. Which replicas answer is of no effect where all regions are in this process. */
export interface ReadOptions {
  /**
   * Replicas other than leaders answer as leaders do: they ask these for their commit index first. Default 'leader'.
   */
  readonly replicaRead?: ReplicaRead | undefined;
  /**
   * Replicas answer without asking their leaders, for a timestamp that lies a few seconds back (AS OF TIMESTAMP); any
   * voter, unless `replicaRead` says which. The leader answers what they cannot answer yet. Default false.
   */
  readonly isStale?: boolean | undefined;
  /** Called every now and then while a read waits; what it throws ends the read. */
  readonly checkInterrupted?: (() => void) | undefined;
}

export interface TransactionOptions {
  /** Pessimistic locks rows as statements touch them (MySQL's way); optimistic finds conflicts at commit. */
  readonly mode: 'pessimistic' | 'optimistic';
  readonly maxMemoryBytes: number;
  /** Without one it may commit at any time. */
  readonly commitBound?: CommitBound | undefined;
  /** Which replicas answer the reads of its snapshot; locks and current reads are the leaders'. */
  readonly reads?: ReadOptions | undefined;
  /** Called every now and then while the transaction waits for a lock or a read; what it throws ends the wait. */
  readonly checkInterrupted?: (() => void) | undefined;
}

/**
 * Until when a transaction may commit: what its writes were made under (a schema, by its lease) is known to hold for so
 * long only. Timestamps, not clocks, are compared, so that a process which stood still meanwhile cannot slip through.
 */
export interface CommitBound {
  /** Commit timestamps up to this one need no asking. May grow; never NO_TS. */
  readonly allowedUntil: Ts;
  /** Asked before a commit at a later timestamp. Rejects with TransactionError 'schema-changed' when it must not be. */
  allow(commitTs: Ts): Promise<void>;
}

export interface Reader {
  get(key: Key): ValueOrPromise<Uint8Array | undefined>;
  /** Present keys only. */
  batchGet(keys: readonly Key[]): ValueOrPromise<Map<Key, Uint8Array>>;
  scan(range: KeyRange, options: ScanOptions): Scanner;
  /**
   * Computes a DAG where the data lies. Undefined where that is not possible, as for ranges with buffered writes of the
   * transaction: then the caller runs it over `scan`.
   */
  select?(request: DagSelect): DagStream | undefined;
}

export interface DagSelect {
  readonly dag: DagRequest;
  /** Of user keys, ascending and disjoint. */
  readonly ranges: readonly KeyRange[];
  /** Values of the DAG's parameters by index. */
  readonly parameters: readonly Datum[];
  readonly settings: DagSettings;
  /** Called for the warnings of the rows, before they are answered. */
  warn(warning: SqlWarning): void;
}

/** Batches in key order (those of partial aggregates and orders: in the order of the regions); null at the end. */
export interface DagStream {
  /** Throws SqlError of a row, TransactionError. */
  next(): ValueOrPromise<Batch | null>;
  close(): void;
}

export interface ScanOptions {
  /** From the end of the range down. */
  readonly reverse?: boolean;
  /** A hint of how many pairs will be wanted in all. */
  readonly limit?: number;
}

export interface Scanner {
  /** The next pairs in order, at most `maxPairs`; empty at the end only. The values are the caller's to keep. */
  next(maxPairs: number): ValueOrPromise<readonly KvPair[]>;
  close(): void;
}

export interface Snapshot extends Reader {
  readonly ts: Ts;
  /**
   * What it reads is not collected until the answer is called, as long as a transaction could keep it, too; calling that
   * again does nothing.
   */
  hold(): () => void;
}

/** (statement, row) number of a change inside its transaction, so that the binlog can restore statement order. */
export type StatementOrder = number;

/**
 * A read-write transaction. Reads see its own writes on top of the snapshot at `startTs`.
 * After a TransactionError of kind 'write-conflict', 'deadlock' or 'aborted' only `rollback` is meaningful, except where
 * `lockKeys` says otherwise.
 */
export interface Transaction extends Reader {
  readonly startTs: Ts;
  readonly mode: 'pessimistic' | 'optimistic';
  /** Every lock is a request to another process, or part of one: see `lockKeys`. Absent: no. */
  readonly isRemote?: boolean;
  /** True once something was written or locked. */
  readonly isDirty: boolean;
  /** Approximate bytes buffered. */
  readonly sizeBytes: number;

  /** A view of the newest committed data at `forUpdateTs` with this transaction's writes on top ("current read"). */
  currentReader(forUpdateTs: Ts): Reader;

  /** Numbers the changes of this transaction through, from 1 on; what is undone leaves a gap. */
  nextOrder(): StatementOrder;
  put(key: Key, value: Uint8Array, order?: StatementOrder): void;
  /** Like put, and the commit fails with 'key-exists' if a committed value exists (unchecked until commit). */
  insert(key: Key, value: Uint8Array, order?: StatementOrder): void;
  delete(key: Key, order?: StatementOrder): void;
  /** The buffered write of `key`: its value, null for a buffered delete, undefined when there is none. */
  buffered(key: Key): Uint8Array | null | undefined;

  /**
   * Takes pessimistic locks, in the order of the keys (no-op for keys already locked by this transaction at a ts ≥
   * forUpdateTs). Where they travel, keys that follow each other in a region share a request.
   * Throws TransactionError: 'write-conflict' when a key changed after `forUpdateTs` (take a fresh one and redo the
   * statement; locks taken so far stay, the one on the changed key included), 'lock-wait-timeout', 'lock-not-available' (NOWAIT), 'deadlock'.
   */
  lockKeys(keys: readonly Key[], options: LockOptions): ValueOrPromise<LockResult>;

  /** A mark for SAVEPOINT and statement rollback; marks nest. `isOnly`: older ones are not gone back to any more. */
  checkpoint(isOnly?: boolean): Checkpoint;
  /** Undoes buffered writes made after the mark; locks stay (as in InnoDB). */
  rollbackTo(checkpoint: Checkpoint): void;

  /** Resolves when the transaction is durable. Throws TransactionError. */
  commit(): ValueOrPromise<{ readonly commitTs: Ts }>;
  /** Releases all locks; safe to call at any time, more than once. */
  rollback(): ValueOrPromise<void>;
}

declare const checkpointBrand: unique symbol;
export type Checkpoint = number & { readonly [checkpointBrand]: true };

export interface LockOptions {
  readonly forUpdateTs: Ts;
  /** Milliseconds to wait for other holders; 0 does not wait. */
  readonly waitTimeoutMs: number;
  /** Skip keys that others hold (SKIP LOCKED); the result tells which were taken. */
  readonly skipLocked?: boolean;
  /** Answer the newest values as of the lock, own writes on top. With it the lock never fails with 'write-conflict': it is taken on the newest version. */
  readonly returnValues?: boolean;
  /** 'key-exists' when a committed value exists (INSERT's duplicate check). */
  readonly shouldNotExist?: boolean;
  /** Goes with `returnValues`: a key without a committed value is not locked, and not among those that are. */
  readonly onlyIfExists?: boolean;
}

export interface LockResult {
  /** Keys that are now locked; all of them unless `skipLocked` or `onlyIfExists`. */
  readonly locked: readonly Key[];
  /** With `returnValues`: present keys only. */
  readonly values: ReadonlyMap<Key, Uint8Array>;
}

export type TransactionErrorKind =
  | 'write-conflict'
  | 'key-exists'
  | 'deadlock'
  | 'lock-wait-timeout'
  | 'lock-not-available'
  | 'too-large'
  | 'undetermined'
  | 'schema-changed'
  | 'aborted'
  | 'snapshot-too-old'
  | 'disk-full'
  | 'unavailable';

/** What can go wrong with a transaction; the session maps each kind to MySQL's error. */
export class TransactionError extends Error {
  override readonly name = 'TransactionError';
  readonly kind: TransactionErrorKind;
  /** The key it is about, where there is one ('key-exists', 'write-conflict'). */
  readonly key: Key | undefined;
  constructor(kind: TransactionErrorKind, message: string, key?: Key) {
    super(message);
    this.kind = kind;
    this.key = key;
  }
}
