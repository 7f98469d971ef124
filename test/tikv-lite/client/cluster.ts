/**
 * A storage over regions that live in memory, in a simulated world: virtual time, a real timestamp oracle, and a log
 * that can be held up or broken on purpose.
 */

import {
  type Key,
  type KeyRange,
  keyOf,
  type PeerId,
  type RegionId,
  type SimulatedMachine,
  SimulatedWorld,
  type StoreId,
  type Ts,
} from '../../../base/index.ts';
import { LocalOracle, type Region } from '../../../pd/index.ts';
import { type LocalStorage, openStorage } from '../../../tikv-lite/client/local-storage.ts';
import type { Transaction } from '../../../tikv-lite/client/storage.ts';
import type { KvReader, WriteOperation } from '../../../tikv-lite/kv/kv-engine.ts';
import { MemoryEngine } from '../../../tikv-lite/kv/memory-engine.ts';
import { regionRangeOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { RegionError, type RegionErrorKind, type RegionKv } from '../../../tikv-lite/raftstore/region-kv.ts';

export class MemoryRegion implements RegionKv {
  readonly regionId: RegionId;
  readonly epoch = { confVer: 1, version: 1 };
  readonly regionRange: KeyRange;
  readonly region: Region;
  readonly peer = { peerId: 1 as PeerId, storeId: 1 as StoreId, role: 'voter' as const };
  readonly isLeader = true;
  readonly term = 1;
  readonly leader = this.peer;
  readonly #engine: MemoryEngine;
  #gate: Promise<void> | undefined;
  #open: (() => void) | undefined;
  /** Errors for the next proposals; undefined lets one through. */
  readonly failures: (RegionErrorKind | undefined)[] = [];
  /** Whether a proposal that fails with an unknown outcome is applied all the same. */
  appliesFailed = false;
  /** Scans answer with promises, as an engine on disk does. */
  asyncScans = false;
  proposals = 0;

  constructor(id: number, range: KeyRange, engine: MemoryEngine) {
    this.regionId = id as RegionId;
    this.regionRange = range;
    this.region = { regionId: this.regionId, range: regionRangeOf(range), epoch: this.epoch, peers: [this.peer] };
    this.#engine = engine;
  }

  read(): KvReader {
    if (!this.asyncScans) return this.#engine;
    return {
      get: (key) => this.#engine.get(key),
      scan: (range, limit, reverse) => Promise.resolve().then(() => this.#engine.scan(range, limit, reverse)),
    };
  }

  async propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void> {
    this.proposals++;
    const failure = this.failures.shift();
    await this.#gate;
    if (failure !== undefined) {
      const isUnknown = failure === 'stale-command' || failure === 'store-failed';
      if (isUnknown && this.appliesFailed) await this.#engine.write(operations, { sync: false });
      throw new RegionError(failure, this.regionId, `planned ${failure}`);
    }
    void this.#engine.write(operations, { sync: false });
    onApplied?.();
    await Promise.resolve();
  }

  readIndex(): Promise<KvReader> {
    return Promise.resolve(this.read());
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.#engine.destroyRange(range);
  }

  /** Holds proposals up until `release`. */
  hold(): void {
    this.#gate = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  release(): void {
    this.#open?.();
    this.#gate = undefined;
  }
}

export interface Cluster {
  readonly world: SimulatedWorld;
  readonly machine: SimulatedMachine;
  readonly regions: readonly MemoryRegion[];
  readonly oracle: LocalOracle;
  storage: LocalStorage;
  /** Forgets everything in memory and opens the storage again. */
  restart(): Promise<void>;
  now(): Promise<Ts>;
  begin(mode?: 'pessimistic' | 'optimistic', maxMemoryBytes?: number): Promise<Transaction>;
}

/** `splits` are the boundaries between regions, as texts; `splitKeys` the same as keys. */
export async function openCluster(
  options: { readonly seed?: number; readonly splits?: readonly string[]; readonly splitKeys?: readonly Key[] } = {},
): Promise<Cluster> {
  const world = new SimulatedWorld(options.seed ?? 1);
  const machine = world.machine('store');
  const opening = LocalOracle.open({ clock: machine.clock, disk: machine.disk, path: 'tso' });
  const oracle = await world.settle(opening);
  const edges = [keyOf(''), ...(options.splitKeys ?? (options.splits ?? []).map((text) => keyOf(text)))];
  const engine = new MemoryEngine();
  const regions = edges.map((start, i) => new MemoryRegion(i + 1, { start, end: edges[i + 1] }, engine));
  const open = () => openStorage({ regions, oracle, clock: machine.clock, timers: machine.timers });
  const cluster: Cluster = {
    world,
    machine,
    regions,
    oracle,
    storage: await world.settle(open()),
    async restart() {
      cluster.storage = await world.settle(open());
    },
    now: () => world.settle(Promise.resolve(cluster.storage.currentTs())),
    async begin(mode = 'pessimistic', maxMemoryBytes = 1 << 26) {
      return cluster.storage.begin(await cluster.now(), { mode, maxMemoryBytes });
    },
  };
  return cluster;
}

export function bytes(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function text(value: Uint8Array | null | undefined): string | undefined {
  return value === undefined || value === null ? undefined : Buffer.from(value).toString('utf8');
}

/** Writes pairs in one transaction of their own; undefined deletes. */
export async function write(cluster: Cluster, pairs: Readonly<Record<string, string | undefined>>): Promise<void> {
  const txn = await cluster.begin('optimistic');
  for (const [key, value] of Object.entries(pairs)) {
    if (value === undefined) txn.delete(keyOf(key));
    else txn.put(keyOf(key), bytes(value));
  }
  await cluster.world.settle(Promise.resolve(txn.commit()));
}

/** The newest committed value, by a fresh snapshot. */
export async function read(cluster: Cluster, key: string): Promise<string | undefined> {
  const snapshot = cluster.storage.snapshot(await cluster.now());
  return text(await cluster.world.settle(Promise.resolve(snapshot.get(keyOf(key)))));
}

export function key(text: string): Key {
  return keyOf(text);
}
