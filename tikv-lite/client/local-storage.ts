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
import type { LockTable } from '../txn/lock-table.ts';
import { RegionHost } from '../txn/region-host.ts';
import type { LockedRead } from '../txn/region-service.ts';
import { ActiveTransactions } from './active-transactions.ts';
import { BackgroundWork, type ClientContext } from './client-context.ts';
import { destroyRange } from './destroy-range.ts';
import { GarbageCollector, type GcOptions } from './garbage-collector.ts';
import { HeartBeats } from './heart-beats.ts';
import { LockResolver } from './lock-resolver.ts';
import { LocalRouter } from './region-router.ts';
import { getLatestSlowly, SnapshotReader } from './snapshot.ts';
import { type Snapshot, type Storage, type Transaction, TransactionError, type TransactionOptions } from './storage.ts';
import { ClientTransaction } from './transaction.ts';

export interface StorageOptions {
  /** The transactional side of the store of this process; it observes the store and knows its regions. */
  readonly host?: RegionHost;
  /** Without a host: the regions, leading; together they cover the key space and never change. */
  readonly regions?: readonly RegionKv[];
  readonly oracle: TimestampOracle;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Without it nothing is collected until `collectGarbage` is called. */
  readonly gc?: GcOptions;
  /** For tests of the lock table; without a host. */
  readonly lockTable?: () => LockTable;
}

/** Waits until the regions of this process serve and opens the transactional storage over them. */
export async function openStorage(options: StorageOptions): Promise<LocalStorage> {
  const { timers, oracle, lockTable } = options;
  const host = options.host ?? new RegionHost({ timers, oracle, lockTable });
  host.adopt(options.regions ?? []);
  await Promise.resolve();
  await host.untilServing();
  return new LocalStorage(options, host);
}

export class LocalStorage implements Storage {
  readonly #context: ClientContext;
  readonly #host: RegionHost;
  readonly #heartBeats: HeartBeats;
  readonly #active = new ActiveTransactions();
  readonly #collector: GarbageCollector;
  #isClosed = false;

  constructor(options: StorageOptions, host: RegionHost) {
    const { oracle, clock, timers } = options;
    const router = new LocalRouter(host, timers);
    const resolver = new LockResolver(router, oracle);
    this.#host = host;
    const garbage = { safePoint: NO_TS };
    this.#heartBeats = new HeartBeats(timers);
    const heartBeats = this.#heartBeats;
    this.#context = { router, oracle, clock, timers, resolver, background: new BackgroundWork(), heartBeats, garbage };
    this.#collector = new GarbageCollector({
      router,
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
    await destroyRange(this.#context, range);
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
    for (const region of this.#host.regions) locks += region.lockCount;
    const { deadlocks, maxTs } = this.#host.concurrency;
    return { locks, waiting: deadlocks.size, maxTs: maxTs.current };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#heartBeats.close();
    await this.#collector.close();
    this.#host.close();
    await this.#context.background.drain();
  }
}

/** The oracle could not make its bound durable; what to do is the caller's: come back later. */
function noTimestamp(error: unknown): never {
  throw new TransactionError('unavailable', `no timestamp: ${error instanceof Error ? error.message : String(error)}`);
}
