/**
 * What a command wants changed: engine operations for the log, and lock table changes that take effect with them.
 *
 * Invariants kept here: every version of a key but the newest lies in `h`; every key with a status record has a `d`
 * record that carries the newest status; a pessimistic lock leaves no trace in the engine unless it was persisted.
 */

import { type Key, NO_TS, type Ts } from '../../base/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import { dataKey, escapeKey, lockKey, STATUS_FAMILY } from './keys.ts';
import { encodeLock, hasRecord, type Lock } from './lock.ts';
import { descendingTs } from './timestamp.ts';
import {
  commitTsOf,
  encodeStatus,
  encodeVersion,
  historyKeyOf,
  isPut,
  isVersion,
  type NewestStatus,
  newestStatusOf,
  type StatusKind,
  statusOnly,
  withoutStatus,
  withStatus,
} from './version.ts';

export interface LockChange {
  readonly key: Key;
  /** The lock from now on; undefined unlocks. */
  readonly lock: Lock | undefined;
  /** The transaction's own lock whose place it takes, should the change come to nothing. */
  readonly replaced?: Lock | undefined;
}

export interface CommittedVersion {
  readonly kind: 'put' | 'delete';
  readonly startTs: Ts;
  readonly commitTs: Ts;
  readonly value?: Uint8Array | undefined;
  readonly order?: number | undefined;
}

/** Bytes of an operation beside its key and value, roughly. */
const OPERATION_OVERHEAD = 8;

export class Changes {
  readonly operations: WriteOperation[] = [];
  readonly locks: LockChange[] = [];
  /** Bytes the operations will take in the log, roughly. */
  sizeBytes = 0;
  readonly #copies = new Set<WriteOperation>();

  putLock(key: Key, lock: Lock, replaced?: Lock): void {
    this.locks.push({ key, lock, replaced });
    if (hasRecord(lock)) this.#put(lockKey(key), encodeLock(lock));
  }

  removeLock(key: Key, lock: Lock): void {
    this.locks.push({ key, lock: undefined });
    if (hasRecord(lock)) this.#delete(lockKey(key));
  }

  /** Makes a version the newest one, or places it where its commit_ts belongs. `newest` is the key's `d` record. */
  putVersion(key: Key, newest: Uint8Array | undefined, version: CommittedVersion): void {
    if (version.kind === 'delete' && (newest === undefined || !isPut(newest))) this.#markDeletion(key, version);
    if (newest === undefined) {
      this.#put(dataKey(key), encodeVersion(version));
      return;
    }
    if (!isVersion(newest)) {
      this.#put(dataKey(key), encodeVersion({ ...version, status: newestStatusOf(newest) }));
      return;
    }
    const escaped = escapeKey(key);
    if (commitTsOf(newest) > version.commitTs) {
      const record = encodeVersion(version);
      this.#put(historyKeyOf(escaped, record), record);
      return;
    }
    this.#copies.add(this.#put(historyKeyOf(escaped, newest), withoutStatus(newest)));
    const status = newestStatusOf(newest);
    this.#put(dataKey(key), encodeVersion(status === undefined ? version : { ...version, status }));
  }

  /** Records that a transaction committed a lock on the key without changing it. */
  putLockCommit(key: Key, newest: Uint8Array | undefined, startTs: Ts, commitTs: Ts): void {
    const escaped = escapeKey(key);
    this.#putStatus(escaped, startTs, 'lock', commitTs);
    this.#raiseStatus(key, newest, { kind: 'lock', ts: commitTs });
  }

  /** Records a rollback; with `collapse` it takes the place of an older unprotected one. */
  putRollback(
    key: Key,
    newest: Uint8Array | undefined,
    startTs: Ts,
    options: { readonly isProtected: boolean; readonly collapse: boolean },
  ): void {
    const escaped = escapeKey(key);
    const kind = options.isProtected ? 'protected-rollback' : 'rollback';
    const previous = newest === undefined ? undefined : newestStatusOf(newest);
    if (options.collapse && previous?.kind === 'rollback' && previous.ts < startTs)
      this.#delete((STATUS_FAMILY + escaped + descendingTs(previous.ts)) as Key);
    this.#putStatus(escaped, startTs, kind, NO_TS);
    this.#raiseStatus(key, newest, { kind, ts: startTs });
  }

  /** An operation that none of the above covers (garbage collection). */
  deleteRecord(engineKey: Key): void {
    this.#delete(engineKey);
  }

  /**
   * Takes those operations out that only copy what `d` holds into the history. Written ahead of the others they change
   * nothing for anybody, whether the others follow or not: `h` is asked for what is older than `d` only.
   */
  takeCopies(): readonly WriteOperation[] {
    const taken = [...this.#copies];
    const others = this.operations.filter((operation) => !this.#copies.has(operation));
    this.operations.splice(0, this.operations.length, ...others);
    this.#copies.clear();
    return taken;
  }

  #raiseStatus(key: Key, newest: Uint8Array | undefined, status: NewestStatus): void {
    if (newest === undefined) {
      this.#put(dataKey(key), statusOnly(status));
      return;
    }
    const known = newestStatusOf(newest);
    if (known === undefined || known.ts < status.ts) this.#put(dataKey(key), withStatus(newest, status));
  }

  /** Garbage collection walks `h` and `s`; a deletion with no data below it would be seen by neither. */
  #markDeletion(key: Key, version: CommittedVersion): void {
    this.#putStatus(escapeKey(key), version.startTs, 'delete', version.commitTs);
  }

  #putStatus(escapedKey: string, startTs: Ts, kind: StatusKind, commitTs: Ts): void {
    this.#put((STATUS_FAMILY + escapedKey + descendingTs(startTs)) as Key, encodeStatus({ kind, commitTs }));
  }

  #put(key: Key, value: Uint8Array): WriteOperation {
    const operation: WriteOperation = { kind: 'put', key, value };
    this.operations.push(operation);
    this.sizeBytes += key.length + value.length + OPERATION_OVERHEAD;
    return operation;
  }

  #delete(key: Key): void {
    this.operations.push({ kind: 'delete', key });
    this.sizeBytes += key.length + OPERATION_OVERHEAD;
  }
}
