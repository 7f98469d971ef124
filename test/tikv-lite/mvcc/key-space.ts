/** A key space for the pure commands: records in memory, locks in a map, changes applied at once. One-line steps. */

import {
  composeTs,
  type Key,
  type KvPair,
  keyOf,
  logicalOf,
  NO_TS,
  physicalMsOf,
  type Ts,
} from '../../../base/index.ts';
import type { WriteOperation } from '../../../tikv-lite/kv/kv-engine.ts';
import { MemoryEngine } from '../../../tikv-lite/kv/memory-engine.ts';
import type { Changes } from '../../../tikv-lite/mvcc/changes.ts';
import { checkSecondaryLocks } from '../../../tikv-lite/mvcc/commands/check-secondary-locks.ts';
import { type CheckTxnStatusRequest, checkTxnStatus } from '../../../tikv-lite/mvcc/commands/check-txn-status.ts';
import { commit } from '../../../tikv-lite/mvcc/commands/commit.ts';
import { gcKey } from '../../../tikv-lite/mvcc/commands/gc.ts';
import {
  type PessimisticLockRequest,
  pessimisticLock,
  pessimisticRollback,
  txnHeartBeat,
} from '../../../tikv-lite/mvcc/commands/pessimistic-lock.ts';
import { type Mutation, type PrewriteRequest, prewrite } from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { resolveLock } from '../../../tikv-lite/mvcc/commands/resolve-lock.ts';
import { batchRollback, cleanup } from '../../../tikv-lite/mvcc/commands/rollback.ts';
import type { Lock } from '../../../tikv-lite/mvcc/lock.ts';
import { decodeLock, encodeLock } from '../../../tikv-lite/mvcc/lock.ts';
import { MaxTs } from '../../../tikv-lite/mvcc/max-ts.ts';
import { readPage, readTsOf, readValue } from '../../../tikv-lite/mvcc/read.ts';
import { MvccReader } from '../../../tikv-lite/mvcc/reader.ts';

/** Timestamps of the tests count whole milliseconds, so that TTLs mean something. */
export function ts(milliseconds: number): Ts {
  return composeTs(milliseconds, 0);
}

export type Opts = Partial<Omit<PrewriteRequest, 'mutations' | 'startTs' | 'primary'>> &
  Partial<Omit<Mutation, 'key' | 'value'>> & { readonly primary?: string; readonly value?: string };

export class KeySpace {
  readonly engine = new MemoryEngine();
  readonly locks = new Map<Key, Lock>();
  readonly maxTs = new MaxTs();

  get reader(): MvccReader {
    return new MvccReader(this.engine, this.locks);
  }

  /** Prewrites one key and answers the outcome in a word or two. */
  prewrite(key: string, startTs: number, opts: Opts = {}): string {
    const { op = 'put', action, assertion, expectedForUpdateTs, order, primary = key, value, ...request } = opts;
    const mutation = {
      op,
      key: keyOf(key),
      action,
      assertion,
      expectedForUpdateTs,
      order,
      value: Buffer.from(value ?? `v${startTs}`),
    };
    return this.prewriteAll([mutation], startTs, primary, request);
  }

  prewriteAll(
    mutations: readonly Mutation[],
    startTs: number,
    primary: string,
    request: Partial<PrewriteRequest> = {},
  ): string {
    const result = prewrite(this.reader, this.maxTs, {
      lockTtlMs: 100,
      forUpdateTs: NO_TS,
      txnSize: mutations.length,
      minCommitTs: NO_TS,
      maxCommitTs: NO_TS,
      tryOnePc: false,
      ...request,
      mutations,
      primary: keyOf(primary),
      startTs: ts(startTs),
    });
    if (result.kind === 'failed') return result.errors.map(words).join(', ');
    this.apply(result.changes);
    if (result.kind === 'one-pc') return `one-pc ${show(result.commitTs)}`;
    return result.minCommitTs === NO_TS ? 'ok' : `ok min ${show(result.minCommitTs)}`;
  }

  commit(key: string, startTs: number, commitTs: number): string {
    return this.#done(commit(this.reader, { keys: [keyOf(key)], startTs: ts(startTs), commitTs: ts(commitTs) }));
  }

  /** Prewrite and commit of one key. */
  put(key: string, startTs: number, commitTs: number, opts: Opts = {}): void {
    const outcome = `${this.prewrite(key, startTs, opts)} ${this.commit(key, startTs, commitTs)}`;
    if (!/^ok( min \S+)? ok$/.test(outcome)) throw new Error(`put ${key}: ${outcome}`);
  }

  cleanup(key: string, startTs: number, currentTs: number): string {
    return this.#done(cleanup(this.reader, { key: keyOf(key), startTs: ts(startTs), currentTs: ts(currentTs) }));
  }

  rollback(key: string, startTs: number): string {
    return this.#done(batchRollback(this.reader, { keys: [keyOf(key)], startTs: ts(startTs) }));
  }

  resolve(key: string, startTs: number, commitTs: number): string {
    return this.#done(resolveLock(this.reader, { keys: [keyOf(key)], startTs: ts(startTs), commitTs: ts(commitTs) }));
  }

  checkTxnStatus(key: string, lockTs: number, currentTs: number, opts: Partial<CheckTxnStatusRequest> = {}): string {
    const result = checkTxnStatus(this.reader, this.maxTs, {
      callerStartTs: NO_TS,
      rollbackIfNotExist: true,
      forceSyncCommit: false,
      resolvingPessimisticLock: false,
      verifyIsPrimary: true,
      ...opts,
      primary: keyOf(key),
      lockTs: ts(lockTs),
      currentTs: ts(currentTs),
    });
    if (result.kind === 'failed') return words(result.error);
    this.apply(result.changes);
    const { status } = result;
    if (status.kind === 'committed') return `committed ${show(status.commitTs)}`;
    if (status.kind !== 'alive') return `${status.kind} ${status.action}`;
    const secondaries =
      status.lock.secondaries === undefined ? '' : ` secondaries ${status.lock.secondaries.join('+')}`;
    return `alive ${status.action}${secondaries}`;
  }

  checkSecondaries(keys: readonly string[], startTs: number): string {
    const result = checkSecondaryLocks(this.reader, this.maxTs, { keys: keys.map(keyOf), startTs: ts(startTs) });
    this.apply(result.changes);
    const { status } = result;
    if (status.kind === 'locked') return `locked ${status.locks.map((lock) => lock.key).join('+')}`;
    return status.kind === 'committed' ? `committed ${show(status.commitTs)}` : status.kind;
  }

  lock(key: string, startTs: number, forUpdateTs: number, opts: Partial<PessimisticLockRequest> = {}): string {
    const result = pessimisticLock(this.reader, this.maxTs, {
      lockTtlMs: 100,
      primary: keyOf(key),
      ...opts,
      key: keyOf(key),
      startTs: ts(startTs),
      forUpdateTs: ts(forUpdateTs),
    });
    if (result.kind === 'blocked') return `blocked by ${show(result.lock.startTs)}`;
    if (result.kind === 'failed') return words(result.error);
    this.apply(result.changes);
    const value = result.value === undefined ? '' : ` value ${Buffer.from(result.value).toString()}`;
    const conflict = result.lockedWithConflictTs === NO_TS ? '' : ` conflict ${show(result.lockedWithConflictTs)}`;
    return `${result.lock === undefined ? 'not locked' : 'locked'}${value}${conflict}`;
  }

  unlock(key: string, startTs: number, forUpdateTs: number): void {
    const keys = [keyOf(key)];
    this.apply(pessimisticRollback(this.locks, { keys, startTs: ts(startTs), forUpdateTs: ts(forUpdateTs) }));
  }

  heartBeat(key: string, startTs: number, adviseTtlMs: number): string {
    const result = txnHeartBeat(this.reader, { primary: keyOf(key), startTs: ts(startTs), adviseTtlMs });
    if (result.kind === 'failed') return words(result.error);
    this.apply(result.changes);
    return `ttl ${result.ttlMs}`;
  }

  gc(key: string, safePoint: number): void {
    this.apply(gcKey(this.reader, keyOf(key), ts(safePoint)));
  }

  get(key: string, at: number): string | undefined {
    const value = readValue(this.engine, keyOf(key), readTsOf(ts(at)));
    if (value instanceof Promise) throw new Error('memory answers at once');
    return value === undefined ? undefined : Buffer.from(value).toString();
  }

  scan(at: number, limit = 100, reverse = false): string {
    const page = readPage(this.engine, { start: keyOf('') }, readTsOf(ts(at)), limit, reverse);
    if (page instanceof Promise) throw new Error('memory answers at once');
    return page.pairs.map((pair) => `${pair.key}=${Buffer.from(pair.value).toString()}`).join(' ');
  }

  /** The lock on a key in a few words, '' for none. */
  lockOn(key: string): string {
    const lock = this.locks.get(keyOf(key));
    if (lock === undefined) return '';
    const min = lock.minCommitTs === NO_TS ? '' : ` min ${show(lock.minCommitTs)}`;
    return `${lock.kind} ${show(lock.startTs)} ttl ${lock.ttlMs}${min}`;
  }

  /** The records of a family: rollbacks and so on. */
  records(family: string): readonly KvPair[] {
    const end = String.fromCharCode(family.charCodeAt(0) + 1) as Key;
    return this.engine.scan({ start: family as Key, end }, 1000, false);
  }

  apply(changes: Changes): void {
    void this.engine.write(changes.operations as WriteOperation[], { sync: false });
    for (const { key, lock } of changes.locks) {
      if (lock === undefined) this.locks.delete(key);
      else this.locks.set(key, lock.kind === 'pessimistic' ? lock : decodeLock(encodeLock(lock)));
    }
  }

  #done(result: ReturnType<typeof commit>): string {
    if (result.kind === 'failed') return words(result.error);
    this.apply(result.changes);
    return 'ok';
  }
}

type AnyError = Parameters<typeof JSON.stringify>[0] & { readonly kind: string };

function words(error: AnyError): string {
  const { kind, reason, lock, commitTs, minCommitTs } = error as {
    kind: string;
    reason?: string;
    lock?: { ttlMs: number };
    commitTs?: Ts;
    minCommitTs?: Ts;
  };
  if (kind === 'key-is-locked') return `key-is-locked ttl ${lock?.ttlMs}`;
  if (kind === 'committed') return `committed ${show(commitTs!)}`;
  if (kind === 'commit-ts-expired') return `commit-ts-expired min ${show(minCommitTs!)}`;
  return reason === undefined ? kind : `${kind} ${reason}`;
}

/** Milliseconds, and the logical part where there is one: 12 or 12+1. */
export function show(stamp: Ts): string {
  const logical = logicalOf(stamp);
  return logical === 0 ? `${physicalMsOf(stamp)}` : `${physicalMsOf(stamp)}+${logical}`;
}
