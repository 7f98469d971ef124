/** `Storage` over the regions of this process. */

import { type Clock, earlierTs, type Timers, type Ts } from '../../base/index.ts';
import type { TimestampOracle } from '../../pd/index.ts';
import type { RegionKv } from '../raftstore/region-kv.ts';
import type { LockTable } from '../txn/lock-table.ts';
import { RegionHost } from '../txn/region-host.ts';
import { ClientStorage } from './client-storage.ts';
import { GarbageBound } from './garbage-bound.ts';
import type { GcOptions } from './garbage-collector.ts';
import { LocalRouter } from './region-router.ts';

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

/**
 * Waits until the regions of this process serve and opens the transactional storage over them. With garbage collection,
 * nothing is readable that an earlier life of the process may have collected.
 */
export async function openStorage(options: StorageOptions): Promise<LocalStorage> {
  const { timers, oracle, lockTable, gc } = options;
  const host = options.host ?? new RegionHost({ timers, oracle, lockTable });
  host.adopt(options.regions ?? []);
  await Promise.resolve();
  await host.untilServing();
  const garbage = new GarbageBound();
  if (gc !== undefined) garbage.advance(earlierTs(await oracle.getTs(), gc.lifeMs));
  return new LocalStorage(options, host, garbage);
}

export class LocalStorage extends ClientStorage {
  readonly #host: RegionHost;

  constructor(options: StorageOptions, host: RegionHost, garbage: GarbageBound) {
    const { oracle, clock, timers, gc } = options;
    super({ router: new LocalRouter(host, timers), oracle, clock, timers, gc, garbage });
    this.#host = host;
  }

  /** For views and tests: locks held, requests waiting for one, largest read timestamp. */
  get state(): { readonly locks: number; readonly waiting: number; readonly maxTs: Ts } {
    let locks = 0;
    for (const region of this.#host.regions) locks += region.lockCount;
    const { deadlocks, maxTs } = this.#host.concurrency;
    return { locks, waiting: deadlocks.size, maxTs: maxTs.current };
  }

  /** Ends all waits, lets the rest of what is under way end. */
  override async close(): Promise<void> {
    this.#host.close();
    await super.close();
  }
}
