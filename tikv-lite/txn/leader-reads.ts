/**
 * The reads of a region on its leader, among the locks of the transactions at work.
 *
 * A read first raises max_ts, then looks at the lock table, then at the data: so it either meets a lock or is below the
 * commit_ts. What took several turns of the event loop counts only if the region is still led, and unchanged, at its end.
 */

import {
  chain,
  isPromise,
  type Key,
  type KeyRange,
  type KvPair,
  MAX_TS,
  type Timers,
  type Ts,
  untilNextTurn,
  type ValueOrPromise,
} from '../../base/index.ts';
import { type CoprocessorRegion, runCoprocessor } from '../coprocessor/endpoint.ts';
import type { CoprocessorReply, CoprocessorRequest } from '../coprocessor/request.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { readFlushed } from '../mvcc/commands/flush.ts';
import { type Lock, lockInfo } from '../mvcc/lock.ts';
import type { MaxTs } from '../mvcc/max-ts.ts';
import { blocksRead, type ReadTs, readNewest, readPage, readValue, type ScanPage } from '../mvcc/read.ts';
import type { RegionKv } from '../raftstore/region-kv.ts';
import { batchOf } from './batch-read.ts';
import { readInFrontOf } from './clear-page.ts';
import type { Latches } from './latches.ts';
import type { LockTable } from './lock-table.ts';
import { checkKey, checkKeys, checkRange, epochNotMatch } from './region-checks.ts';
import { type BatchRead, LockedRead, type RegionService } from './region-service.ts';

export interface LeaderReadsParts {
  readonly kv: RegionKv;
  readonly maxTs: MaxTs;
  readonly locks: LockTable;
  readonly latches: Latches;
  readonly timers: Timers;
  /** The applied state, while the lock table matches it. Throws RegionError otherwise. */
  readonly read: () => KvReader;
}

export class LeaderReads
  implements
    CoprocessorRegion,
    Pick<RegionService, 'get' | 'batchGet' | 'getLatest' | 'scan' | 'bufferBatchGet' | 'coprocessor'>
{
  readonly #kv: RegionKv;
  readonly #maxTs: MaxTs;
  readonly #locks: LockTable;
  readonly #latches: Latches;
  readonly #timers: Timers;
  readonly #read: () => KvReader;

  constructor(parts: LeaderReadsParts) {
    this.#kv = parts.kv;
    this.#maxTs = parts.maxTs;
    this.#locks = parts.locks;
    this.#latches = parts.latches;
    this.#timers = parts.timers;
    this.#read = parts.read;
  }

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    this.#maxTs.advance(at.ts);
    checkKey(this.#kv, key);
    const reader = this.#read();
    const lock = this.#locks.written(key);
    if (lock !== undefined && blocksRead(lock, key, at.ts, bypass)) return this.#lockedGet(key, lock, at, bypass);
    return this.#stillHere(readValue(reader, key, at));
  }

  batchGet(keys: readonly Key[], at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<BatchRead> {
    checkKeys(this.#kv, keys);
    const values = keys.map((key) => this.get(key, at, bypass));
    if (values.every(isHere)) return batchOf(keys, values);
    return Promise.all(values.map((value) => Promise.resolve(value))).then((found) => batchOf(keys, found));
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    checkKey(this.#kv, key);
    const reader = this.#read();
    const lock = this.#locks.written(key);
    if (lock !== undefined && blocksLatest(key, lock)) return this.#lockedLatest(key, lock);
    return readNewest(reader, key);
  }

  scan(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead> {
    this.#maxTs.advance(at.ts);
    checkRange(this.#kv, range);
    const reader = this.#read();
    if (!this.#locks.hasWritten) return this.#stillHere(readPage(reader, range, at, limit, reverse));
    return this.#scanAmongLocks(range, at, limit, reverse, bypass);
  }

  /**
   * Only locks inside the part that one page covers matter. They are looked up before the page is read; should the page
   * turn out to reach less far, a lock beyond it is met by a later page.
   */
  #scanAmongLocks(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead> {
    const found = this.#locks.firstBlocking(range, at.ts, bypass, reverse);
    if (found === undefined) return this.#stillHere(readPage(this.#read(), range, at, limit, reverse));
    const { key, lock } = found;
    const clearPage = this.#stillHere(readInFrontOf(key, this.#read(), range, at, limit, reverse));
    return chain(clearPage, (page): ValueOrPromise<ScanPage | LockedRead> => {
      if (page !== undefined) return page;
      if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
      return this.#latches.whenReleased(key).then(() => this.scan(range, at, limit, reverse, bypass));
    });
  }

  /** A lock in flight goes or stands within one trip through the log: wait for that first. */
  #lockedGet(
    key: Key,
    lock: Lock,
    at: ReadTs,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
    return this.#latches.whenReleased(key).then(() => this.get(key, at, bypass));
  }

  #lockedLatest(key: Key, lock: Lock): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    if (this.#latches.isFree(key)) return new LockedRead(lockInfo(key, lock));
    return this.#latches.whenReleased(key).then(() => this.getLatest(key));
  }

  /** The locks as they are applied: what a flush under way writes cannot be read before its answer. */
  bufferBatchGet(keys: readonly Key[], startTs: Ts): readonly KvPair[] {
    checkKeys(this.#kv, keys);
    return readFlushed(this.#read(), keys, startTs);
  }

  coprocessor(request: CoprocessorRequest): ValueOrPromise<CoprocessorReply | LockedRead> {
    return runCoprocessor(this, request);
  }

  /** Resolves in a later turn of the event loop. */
  pause(): Promise<void> {
    return untilNextTurn(this.#timers);
  }

  /** A value that came late counts only if the region is still led, and still holds its keys. */
  #stillHere<R>(result: ValueOrPromise<R>): ValueOrPromise<R> {
    if (!isPromise(result)) return result;
    const { version } = this.#kv.epoch;
    return result.then((value) => {
      this.#read();
      if (this.#kv.epoch.version !== version) throw epochNotMatch(this.#kv);
      return value;
    });
  }
}

function isHere<T>(value: ValueOrPromise<T>): value is T {
  return !isPromise(value);
}

/** A one-phase commit in flight is not acknowledged yet: the latest version is the one before it. */
function blocksLatest(key: Key, lock: Lock): boolean {
  return lock.isGuard !== true && blocksRead(lock, key, MAX_TS, undefined);
}
