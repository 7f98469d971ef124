/**
 * One machine with a store: the real store, its log on a simulated disk, an engine in memory with the crash semantics of
 * LevelDB, and the real transactional storage on top. `boot` begins a life, `crash` ends one at any moment.
 */

import { type Key, keyOf, type RegionId, type SeededRandom, type SimulatedMachine } from '../../../base/index.ts';
import { LocalOracle } from '../../../pd/index.ts';
import {
  FaultEngine,
  type LocalStorage,
  MemoryEngine,
  openStorage,
  openStore,
  type RegionKv,
  type Store,
} from '../../../tikv-lite/index.ts';
import type { TimestampOrder } from '../check/timestamps.ts';
import { regionOver } from '../support/region-over.ts';
import type { Components } from './components.ts';

const DIRECTORY = '/data';
const SEGMENT_BYTES = 1 << 18;
/** Versions live so shortly that they go while transactions run. */
const GARBAGE = { intervalMs: 300, lifeMs: 1500 } as const;
/** Longer than any run. */
const NEVER_MS = 24 * 3600 * 1000;
const CACHE_BYTES = 1 << 20;

/** What one life consists of. */
export interface Life {
  readonly store: Store;
  readonly storage: LocalStorage;
  /** The disk part of the engine, which can be told to fail. */
  readonly engine: FaultEngine;
}

/** Boundaries that let transactions of all workloads cross them. */
const BOUNDARIES: readonly Key[] = ['bank/3', 'list/1', 'list/14', 'list/2', 'list/25', 'list/3', 'unique/2/'].map(
  keyOf,
);

/** The raft region as several regions of the transaction layer: they share its log, and nothing else. */
function split(region: RegionKv): RegionKv[] {
  const starts = [keyOf(''), ...BOUNDARIES];
  return starts.map((start, i) =>
    regionOver(region, { regionId: (100 + i) as RegionId, regionRange: { start, end: starts[i + 1] } }),
  );
}

export class StoreProcess {
  readonly machine: SimulatedMachine;
  readonly #memory = new MemoryEngine();
  readonly #components: Components;
  readonly #random: SeededRandom;
  readonly #order: TimestampOrder;
  #life: Life | undefined;

  constructor(machine: SimulatedMachine, components: Components, random: SeededRandom, order: TimestampOrder) {
    this.machine = machine;
    this.#components = components;
    this.#random = random;
    this.#order = order;
  }

  get life(): Life | undefined {
    return this.#life;
  }

  /** The engine as the next life will find it; for checks. */
  get memory(): MemoryEngine {
    return this.#memory;
  }

  /**
   * Opens everything. Whoever does not collect garbage may read at his leisure. Rejects as `openStore` does; never settles
   * when the machine crashes meanwhile.
   */
  async boot(options: { readonly collects: boolean }): Promise<Life> {
    const { machine } = this;
    const components = this.#components;
    const random = this.#random;
    const env = { ...machine, disk: components.disk(machine.disk, random) };
    const engine = new FaultEngine(components.engine(this.#memory.open(), random));
    const store = await openStore(env, {
      directory: DIRECTORY,
      segmentBytes: SEGMENT_BYTES,
      cacheBytes: CACHE_BYTES,
      openEngine: () => Promise.resolve(engine),
    });
    const local = await LocalOracle.open({ clock: machine.clock, disk: machine.disk, path: `${DIRECTORY}/tso` });
    const oracle = this.#order.watch(local);
    const regions = store.regions.flatMap((region) => split(components.region(region, random)));
    const { clock, timers } = machine;
    const intervalMs = options.collects ? GARBAGE.intervalMs : NEVER_MS;
    const storage = await openStorage({
      regions,
      oracle,
      clock,
      timers,
      gc: { ...GARBAGE, intervalMs },
      lockTable: () => components.lockTable(random),
    });
    this.#life = { store, storage, engine };
    return this.#life;
  }

  /** A power cut. */
  crash(): void {
    this.#life = undefined;
    this.machine.crash();
    this.#memory.crash(this.#random);
  }

  /** An orderly end. */
  async stop(): Promise<void> {
    const life = this.#life;
    this.#life = undefined;
    if (life === undefined) return;
    await life.storage.close();
    await life.store.close();
  }
}
