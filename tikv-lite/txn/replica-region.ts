/**
 * A region read on one of its replicas, for a single call, at a timestamp up to which everything is here. Its lock table
 * is the `l` family itself: whatever the leader had in memory only is either applied here or commits above the timestamp.
 *
 * Nothing is answered that the replica had before its region changed, and nothing that was read while a snapshot took the
 * place of its data: what took several turns of the event loop is checked again at its end.
 */

import { isPromise, type Key, type KeyRange, MAX_TS, type Ts, type ValueOrPromise } from '../../base/index.ts';
import { type CoprocessorRegion, runCoprocessor } from '../coprocessor/endpoint.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import { type ReadTs, readPage, readTsOf, readValue, type ScanPage } from '../mvcc/read.ts';
import type { RegionReplica } from '../raftstore/region-kv.ts';
import { batchOf } from './batch-read.ts';
import type { RegionArguments, RegionMethod } from './kv-service.ts';
import { checkKey, checkKeys, checkRange, epochNotMatch, refused } from './region-checks.ts';
import type { BatchRead, LockedRead } from './region-service.ts';
import { replicaGet, replicaScan } from './replica-reads.ts';

/** How a replica is, and where it is looked up. */
export interface ReplicaSource {
  readonly kv: RegionReplica;
  /** Whether the replica is still on this store. */
  isHere(): boolean;
  /** Resolves in a later turn of the store. */
  pause(): Promise<void>;
  /** False when nothing at or below the timestamp can be committed any more: then no lock matters. */
  readonly heedsLocks: boolean;
}

const LATEST = readTsOf(MAX_TS);

/** The timestamp of a call that reads; undefined for calls that only the leader answers. */
export function readTsOfCall<M extends RegionMethod>(method: M, args: RegionArguments<M>): Ts | undefined {
  switch (method) {
    case 'get':
    case 'batchGet':
    case 'scan':
      return (args[1] as ReadTs).ts;
    case 'getLatest':
      return MAX_TS;
    case 'coprocessor':
      return (args as RegionArguments<'coprocessor'>)[0].at.ts;
    default:
      return undefined;
  }
}

export class ReplicaRegion implements CoprocessorRegion {
  readonly #source: ReplicaSource;
  readonly #reader: KvReader;
  readonly #version: number;
  readonly #replacements: number;

  /** Throws RegionError when the replica cannot be read. */
  constructor(source: ReplicaSource) {
    this.#source = source;
    this.#reader = source.kv.readApplied();
    this.#version = source.kv.epoch.version;
    this.#replacements = source.kv.replacements;
  }

  /** Carries out a call that has a read timestamp. */
  call<M extends RegionMethod>(method: M, args: RegionArguments<M>): ValueOrPromise<unknown> {
    switch (method) {
      case 'get':
        return this.get(...(args as RegionArguments<'get'>));
      case 'getLatest':
        return this.get((args as RegionArguments<'getLatest'>)[0], LATEST, undefined);
      case 'batchGet':
        return this.batchGet(...(args as RegionArguments<'batchGet'>));
      case 'scan':
        return this.scan(...(args as RegionArguments<'scan'>));
      case 'coprocessor':
        return runCoprocessor(this, (args as RegionArguments<'coprocessor'>)[0]);
      default:
        throw refused('not-leader', this.#source.kv, `${method} needs the leader`, { leader: this.#source.kv.leader });
    }
  }

  get(key: Key, at: ReadTs, bypass: ReadonlySet<Ts> | undefined): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    checkKey(this.#source.kv, key);
    return this.#checked(this.#read(key, at, bypass));
  }

  async batchGet(keys: readonly Key[], at: ReadTs, bypass: ReadonlySet<Ts> | undefined): Promise<BatchRead> {
    checkKeys(this.#source.kv, keys);
    const values: (Uint8Array | undefined | LockedRead)[] = [];
    for (const key of keys) values.push(await this.#read(key, at, bypass));
    return this.#check(batchOf(keys, values));
  }

  scan(
    range: KeyRange,
    at: ReadTs,
    limit: number,
    reverse: boolean,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<ScanPage | LockedRead> {
    checkRange(this.#source.kv, range);
    this.#check(undefined);
    const page = this.#source.heedsLocks
      ? replicaScan(this.#reader, range, at, limit, reverse, bypass)
      : readPage(this.#reader, range, at, limit, reverse);
    return this.#checked(page);
  }

  pause(): Promise<void> {
    return this.#source.pause();
  }

  #read(
    key: Key,
    at: ReadTs,
    bypass: ReadonlySet<Ts> | undefined,
  ): ValueOrPromise<Uint8Array | undefined | LockedRead> {
    return this.#source.heedsLocks ? replicaGet(this.#reader, key, at, bypass) : readValue(this.#reader, key, at);
  }

  #checked<T>(value: ValueOrPromise<T>): ValueOrPromise<T> {
    return isPromise(value) ? value.then((late) => this.#check(late)) : this.#check(value);
  }

  #check<T>(value: T): T {
    const { kv } = this.#source;
    if (!this.#source.isHere()) throw refused('region-not-found', kv, 'the replica was removed');
    if (kv.epoch.version !== this.#version) throw epochNotMatch(kv);
    if (kv.replacements !== this.#replacements)
      throw refused('read-index-not-ready', kv, 'a snapshot arrived while the region was read');
    return value;
  }
}
