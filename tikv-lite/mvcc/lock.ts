/**
 * Locks: what a transaction leaves on a key between its prewrite (or its pessimistic lock) and its commit.
 *
 *   kind(1) flags(1) start_ts(8) for_update_ts(8) min_commit_ts(8) ttl(4) txn size(4) generation(4) primary
 *   [secondaries] [statement order(6)] value
 *
 * with keys as length(4) ‖ bytes. Pessimistic locks live in memory (see txn/lock-table.ts) and have a record only where
 * they must outlive a change of leader.
 */

import { assert, type Key, NO_TS, type Ts } from '../../base/index.ts';
import { readTs, readUint32, writeTs, writeUint32 } from './timestamp.ts';

/** 'lock' keeps others away and leaves a record, but changes no data. */
export type LockKind = 'put' | 'delete' | 'lock' | 'pessimistic';

export interface Lock {
  readonly kind: LockKind;
  /** The key whose fate decides the transaction. */
  readonly primary: Key;
  readonly startTs: Ts;
  /** Milliseconds after the physical part of startTs until others may roll the transaction back. */
  readonly ttlMs: number;
  /** The value of a put. Absent in the lock table for long values: then it is read from the `l` record. */
  readonly value?: Uint8Array | undefined;
  /** Not 0 for pessimistic transactions. */
  readonly forUpdateTs: Ts;
  /** The transaction will not commit below; 0 when it made no promise. */
  readonly minCommitTs: Ts;
  readonly txnSize: number;
  /** Greater than 0 in pipelined transactions: the number of the flush that wrote the lock. */
  readonly generation: number;
  /** Present (in secondaries' locks empty) for async commit. */
  readonly secondaries?: readonly Key[] | undefined;
  /** Taken on a version newer than the requested for_update_ts. */
  readonly lockedWithConflict?: boolean | undefined;
  readonly order?: number | undefined;
  /** A pessimistic lock that has a record in the `l` family. */
  readonly isPersisted?: boolean | undefined;
  /** Stands in memory while a one-phase commit is on its way; no transaction state of its own. */
  readonly isGuard?: boolean | undefined;
}

const KINDS: readonly LockKind[] = ['put', 'delete', 'lock', 'pessimistic'];
const ASYNC_COMMIT = 1;
const HAS_ORDER = 2;
const LOCKED_WITH_CONFLICT = 4;
const HEADER = 38;

export function usesAsyncCommit(lock: Lock): boolean {
  return lock.secondaries !== undefined;
}

/** Whether the lock stands in the `l` family, not in memory alone. */
export function hasRecord(lock: Lock): boolean {
  return lock.kind !== 'pessimistic' || lock.isPersisted === true;
}

export function encodeLock(lock: Lock): Uint8Array {
  assert(hasRecord(lock), 'a pessimistic lock in memory has no record');
  const { value, secondaries, order } = lock;
  const bytes = Buffer.alloc(encodedSize(lock));
  bytes[0] = KINDS.indexOf(lock.kind);
  bytes[1] = (secondaries === undefined ? 0 : ASYNC_COMMIT) | (order === undefined ? 0 : HAS_ORDER);
  if (lock.lockedWithConflict === true) bytes[1] |= LOCKED_WITH_CONFLICT;
  writeTs(bytes, 2, lock.startTs);
  writeTs(bytes, 10, lock.forUpdateTs);
  writeTs(bytes, 18, lock.minCommitTs);
  writeUint32(bytes, 26, lock.ttlMs);
  writeUint32(bytes, 30, lock.txnSize);
  writeUint32(bytes, 34, lock.generation);
  let at = writeKey(bytes, HEADER, lock.primary);
  if (secondaries !== undefined) {
    writeUint32(bytes, at, secondaries.length);
    at += 4;
    for (const key of secondaries) at = writeKey(bytes, at, key);
  }
  if (order !== undefined) {
    bytes.writeUIntBE(order, at, 6);
    at += 6;
  }
  if (value !== undefined) bytes.set(value, at);
  return bytes;
}

export function decodeLock(record: Uint8Array): Lock {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const flags = bytes[1]!;
  const kind = KINDS[bytes[0]!];
  assert(kind !== undefined, 'kind of a lock record');
  const primary = readKey(bytes, HEADER);
  let at = primary.end;
  let secondaries: Key[] | undefined;
  if (flags & ASYNC_COMMIT) {
    const count = readUint32(bytes, at);
    at += 4;
    secondaries = [];
    for (let i = 0; i < count; i++) {
      const secondary = readKey(bytes, at);
      secondaries.push(secondary.key);
      at = secondary.end;
    }
  }
  let order: number | undefined;
  if (flags & HAS_ORDER) {
    order = bytes.readUIntBE(at, 6);
    at += 6;
  }
  return {
    kind,
    primary: primary.key,
    startTs: readTs(bytes, 2),
    forUpdateTs: readTs(bytes, 10),
    minCommitTs: readTs(bytes, 18),
    ttlMs: readUint32(bytes, 26),
    txnSize: readUint32(bytes, 30),
    generation: readUint32(bytes, 34),
    secondaries,
    order,
    lockedWithConflict: (flags & LOCKED_WITH_CONFLICT) !== 0 || undefined,
    isPersisted: kind === 'pessimistic' || undefined,
    value: kind === 'put' ? Uint8Array.prototype.slice.call(record, at) : undefined,
  };
}

/** A pessimistic lock as `pessimisticLock` takes it. */
export function pessimisticLockOf(lock: {
  readonly primary: Key;
  readonly startTs: Ts;
  readonly ttlMs: number;
  readonly forUpdateTs: Ts;
  readonly minCommitTs?: Ts;
  readonly lockedWithConflict?: boolean;
}): Lock {
  return {
    kind: 'pessimistic',
    primary: lock.primary,
    startTs: lock.startTs,
    ttlMs: lock.ttlMs,
    value: undefined,
    forUpdateTs: lock.forUpdateTs,
    minCommitTs: lock.minCommitTs ?? NO_TS,
    txnSize: 0,
    generation: 0,
    secondaries: undefined,
    lockedWithConflict: lock.lockedWithConflict,
    order: undefined,
  };
}

/** How a lock is shown to others: errors, lock views, ScanLock. */
export interface LockInfo {
  readonly key: Key;
  readonly primary: Key;
  readonly startTs: Ts;
  readonly ttlMs: number;
  readonly kind: LockKind;
  readonly forUpdateTs: Ts;
  readonly minCommitTs: Ts;
  readonly txnSize: number;
  readonly secondaries: readonly Key[] | undefined;
}

export function lockInfo(key: Key, lock: Lock): LockInfo {
  return {
    key,
    primary: lock.primary,
    startTs: lock.startTs,
    ttlMs: lock.ttlMs,
    kind: lock.kind,
    forUpdateTs: lock.forUpdateTs,
    minCommitTs: lock.minCommitTs,
    txnSize: lock.txnSize,
    secondaries: lock.secondaries,
  };
}

function encodedSize(lock: Lock): number {
  let size = HEADER + 4 + lock.primary.length + (lock.value?.length ?? 0) + (lock.order === undefined ? 0 : 6);
  if (lock.secondaries === undefined) return size;
  size += 4;
  for (const key of lock.secondaries) size += 4 + key.length;
  return size;
}

function writeKey(bytes: Buffer, at: number, key: Key): number {
  writeUint32(bytes, at, key.length);
  bytes.write(key, at + 4, 'latin1');
  return at + 4 + key.length;
}

function readKey(bytes: Buffer, at: number): { readonly key: Key; readonly end: number } {
  const end = at + 4 + readUint32(bytes, at);
  return { key: bytes.toString('latin1', at + 4, end) as Key, end };
}
