/** `Storage` over the regions of this process. */

import {
  type Clock,
  isPromise,
  type Key,
  type KeyRange,
  NO_TS,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { RegionKv } from '../raftstore/region-kv.ts';
import { ConcurrencyManager } from '../txn/concurrency-manager.ts';
import type { LockedRead } from '../txn/region-service.ts';
import { TransactionRegion } from '../txn/transaction-region.ts';
import { ActiveTransactions } from './active-transactions.ts';
import { BackgroundWork, type ClientContext } from './client-context.ts';
import { isRetryable, regionFailure } from './failures.ts';
import { GarbageCollector, type GcOptions } from './garbage-collector.ts';
import { HeartBeats } from './heart-beats.ts';
import { LockResolver } from './lock-resolver.ts';
import { clip, LocalRouter } from './region-router.ts';
import { getLatestSlowly, SnapshotReader } from './snapshot.ts';
import { type Snapshot, type Storage, type Transaction, TransactionError, type TransactionOptions } from './storage.ts';
import { ClientTransaction } from './transaction.ts';

export interface StorageOptions {
  /** The regions of this process, leading; together they cover the key space. */
  readonly regions: readonly RegionKv[];
  readonly oracle: TimestampOracle;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Without it nothing is collected until `collectGarbage` is called. */
  readonly gc?: GcOptions;
}

/** Loads the lock tables of the regions and opens the transactional storage over them. */
export async function openStorage(options: StorageOptions): Promise<LocalStorage> {
  const concurrency = new ConcurrencyManager();
  const regions: TransactionRegion[] = [];
  for (const kv of options.regions) regions.push(await TransactionRegion.open(kv, concurrency, options.timers));
  concurrency.synced(await options.oracle.getTs());
  return new LocalStorage(options, regions, concurrency);
}

export class LocalStorage implements Storage {
  readonly #context: ClientContext;
  readonly #regions: readonly TransactionRegion[];
  readonly #concurrency: ConcurrencyManager;
  readonly #heartBeats: HeartBeats;
  readonly #active = new ActiveTransactions();
  readonly #collector: GarbageCollector;
  #isClosed = false;

  constructor(options: StorageOptions, regions: readonly TransactionRegion[], concurrency: ConcurrencyManager) {
    const { oracle, clock, timers } = options;
    const router = new LocalRouter(regions);
    const resolver = new LockResolver(router, oracle);
    this.#regions = regions;
    this.#concurrency = concurrency;
    const garbage = { safePoint: NO_TS };
    this.#context = { router, oracle, clock, timers, resolver, background: new BackgroundWork(), garbage };
    this.#heartBeats = new HeartBeats(timers);
    this.#collector = new GarbageCollector({
      regions,
      resolver,
      timers,
      options: options.gc,
      bound: garbage,
      oldestActive: () => this.#active.oldest(),
    });
  }

  currentTs(): ValueOrPromise<Ts> {
    const ts = this.#context.oracle.getTs();
    return isPromise(ts) ? ts.catch(noTimestamp) : ts;
  }

  snapshot(ts: Ts): Snapshot {
    return new SnapshotReader(this.#context, ts);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    if (this.#isClosed) throw new TransactionError('unavailable', 'the storage is closed');
    return new ClientTransaction(this.#context, this.#active, this.#heartBeats, startTs, options);
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined> {
    const region = this.#context.router.locate(key);
    if (isPromise(region)) return getLatestSlowly(this.#context, key, undefined);
    let value: ValueOrPromise<Uint8Array | undefined | LockedRead>;
    try {
      value = region.getLatest(key);
    } catch (error) {
      return getLatestSlowly(this.#context, key, { region, error });
    }
    if (value === undefined || value instanceof Uint8Array) return value;
    return getLatestSlowly(this.#context, key, { region, value });
  }

  async destroyRange(range: KeyRange): Promise<void> {
    for (const region of this.#regions) {
      const part = clip(range, region.range);
      if (part.end !== undefined && part.end <= part.start) continue;
      try {
        await region.destroyRange(part);
      } catch (error) {
        throw isRetryable(error) ? new TransactionError('unavailable', error.message) : regionFailure(error);
      }
    }
  }

  /** Runs one round of garbage collection up to `safePoint`; answers the number of records removed. */
  collectGarbage(safePoint: Ts): Promise<number> {
    return this.#collector.collect(safePoint);
  }

  /** Reads below are refused. */
  get safePoint(): Ts {
    return this.#context.garbage.safePoint;
  }

  /** For views and tests: locks held, requests waiting for one, largest read timestamp. */
  get state(): { readonly locks: number; readonly waiting: number; readonly maxTs: Ts } {
    let locks = 0;
    for (const region of this.#regions) locks += region.lockCount;
    return { locks, waiting: this.#concurrency.deadlocks.size, maxTs: this.#concurrency.maxTs.current };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#heartBeats.close();
    await this.#collector.close();
    for (const region of this.#regions) region.close();
    await this.#context.background.drain();
  }
}

/** The oracle could not make its bound durable; what to do is the caller's: come back later. */
function noTimestamp(error: unknown): never {
  throw new TransactionError('unavailable', `no timestamp: ${error instanceof Error ? error.message : String(error)}`);
}
