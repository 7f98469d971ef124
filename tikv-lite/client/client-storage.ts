/** What every `Storage` does, wherever its regions are. */

import {
  type Clock,
  InterruptibleWaits,
  isPromise,
  type Key,
  type KeyRange,
  type Random,
  type Timers,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { LockedRead } from '../txn/region-service.ts';
import { ActiveReads } from './active-reads.ts';
import { BackgroundWork, type ClientContext, contextForReads } from './client-context.ts';
import { destroyRange } from './destroy-range.ts';
import { GarbageBound } from './garbage-bound.ts';
import { GarbageCollector, type GcOptions, type SafePointAuthority } from './garbage-collector.ts';
import { HeartBeats } from './heart-beats.ts';
import { LockResolver } from './lock-resolver.ts';
import type { RegionRouter } from './region-router.ts';
import { getLatestSlowly, SnapshotReader } from './snapshot.ts';
import {
  type ReadOptions,
  type Snapshot,
  type Storage,
  type Transaction,
  TransactionError,
  type TransactionOptions,
} from './storage.ts';
import { ClientTransaction } from './transaction.ts';

export interface ClientParts {
  readonly router: RegionRouter;
  readonly oracle: TimestampOracle;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random?: Random | undefined;
  /** Without it nothing is collected until `collectGarbage` is called. */
  readonly gc?: GcOptions | undefined;
  readonly authority?: SafePointAuthority | undefined;
  /** Where others may move the safe point: what is known of it. */
  readonly garbage?: GarbageBound | undefined;
}

export class ClientStorage implements Storage {
  readonly #context: ClientContext;
  readonly #garbage: GarbageBound;
  readonly #collector: GarbageCollector;
  #isClosed = false;

  constructor(parts: ClientParts) {
    const { router, oracle, clock, timers, random, gc, authority, garbage = new GarbageBound() } = parts;
    this.#garbage = garbage;
    const resolver = new LockResolver({ router, oracle, timers, random });
    this.#context = {
      router,
      oracle,
      clock,
      timers,
      random,
      resolver,
      background: new BackgroundWork(),
      heartBeats: new HeartBeats(timers),
      garbage,
      active: new ActiveReads(),
      waits: new InterruptibleWaits(timers),
    };
    this.#collector = new GarbageCollector({
      router,
      resolver,
      oracle,
      timers,
      options: gc,
      authority,
      bound: garbage,
      oldestActive: () => this.#context.active.oldest(),
    });
  }

  get isRemote(): boolean {
    return this.#context.router.isRemote;
  }

  currentTs(): ValueOrPromise<Ts> {
    const ts = this.#context.oracle.getTs();
    return isPromise(ts) ? ts.catch(noTimestamp) : ts;
  }

  snapshot(ts: Ts, reads?: ReadOptions): Snapshot {
    return new SnapshotReader(contextForReads(this.#context, reads), ts, reads?.checkInterrupted);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    if (this.#isClosed) throw new TransactionError('unavailable', 'the storage is closed');
    return new ClientTransaction(this.#context, startTs, options);
  }

  getLatest(key: Key, check?: () => void): ValueOrPromise<Uint8Array | undefined> {
    const region = this.#context.router.locate(key);
    if (isPromise(region)) return getLatestSlowly(this.#context, key, undefined, check);
    let value: ValueOrPromise<Uint8Array | undefined | LockedRead>;
    try {
      value = region.getLatest(key);
    } catch (error) {
      return getLatestSlowly(this.#context, key, { region, error }, check);
    }
    if (value === undefined || value instanceof Uint8Array) return value;
    return getLatestSlowly(this.#context, key, { region, value }, check);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return destroyRange(this.#context, range);
  }

  /** Runs one round of garbage collection up to `safePoint`; answers the number of records removed here. */
  collectGarbage(safePoint: Ts): Promise<number> {
    return this.#collector.collect(safePoint);
  }

  /** Reads below are refused. */
  get safePoint(): Ts {
    return this.#garbage.safePoint;
  }

  /** Transactions that have not ended, and snapshots that are held. */
  get activeReads(): number {
    return this.#context.active.size;
  }

  /** Lets background work end. Transactions under way fail or stay as they are. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#context.heartBeats.close();
    await this.#collector.close();
    await this.#context.background.drain();
  }
}

/** The oracle could not answer; what to do is the caller's: come back later. */
function noTimestamp(error: unknown): never {
  if (error instanceof TransactionError) throw error;
  throw new TransactionError('unavailable', `no timestamp: ${error instanceof Error ? error.message : String(error)}`);
}
