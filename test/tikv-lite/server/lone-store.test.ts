import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Key,
  keyOf,
  type PeerId,
  type RegionId,
  type SimulatedMachine,
  SimulatedWorld,
} from '../../../base/index.ts';
import { LocalOracle, type ScheduleConfig } from '../../../pd/index.ts';
import {
  type LocalStorage,
  type LoneStore,
  MemoryEngine,
  openLoneStore,
  openStorage,
  openStore,
  type SplitLimits,
} from '../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';

const MINUTE_MS = 60_000;

interface Shape {
  readonly schedule?: Partial<ScheduleConfig>;
  readonly splitLimits?: Partial<SplitLimits>;
}

/** A machine whose engine outlives the process. */
class Host {
  readonly world: SimulatedWorld;
  readonly machine: SimulatedMachine;
  readonly memory = new MemoryEngine();

  constructor(seed: number) {
    this.world = new SimulatedWorld(seed);
    this.machine = this.world.machine('host');
  }

  async open(shape: Shape = {}): Promise<{ readonly lone: LoneStore; readonly storage: LocalStorage }> {
    const { clock, timers } = this.machine;
    const openEngine = async () => this.memory.open();
    const options = { directory: '/data', pdDirectory: '/data/pd', address: 'host:4000', cacheBytes: 0, openEngine };
    const lone = await this.world.settle(openLoneStore(this.machine, { ...options, ...shape }));
    const storage = await this.world.settle(openStorage({ host: lone.node.host, oracle: lone.pd, clock, timers }));
    return { lone, storage };
  }

  async write(storage: LocalStorage, from: number, to: number): Promise<void> {
    const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 24 });
    for (let i = from; i < to; i++) txn.put(rowKey(i), Buffer.alloc(1000, i));
    await this.world.settle(Promise.resolve(txn.commit()));
  }

  async close({ lone, storage }: { readonly lone: LoneStore; readonly storage: LocalStorage }): Promise<void> {
    await this.world.settle(storage.close());
    await this.world.settle(lone.close());
  }
}

function rowKey(i: number): Key {
  return keyOf(`row${String(i).padStart(6, '0')}`);
}

async function rowsIn(storage: LocalStorage): Promise<number> {
  const scanner = storage.snapshot(await storage.currentTs()).scan({ start: keyOf('row'), end: keyOf('rox') }, {});
  let count = 0;
  for (;;) {
    const page = await scanner.next(256);
    if (page.length === 0) return count;
    count += page.length;
  }
}

test('timestamps are answered at once', async () => {
  const host = new Host(1);
  const { lone } = await host.open();
  assert.equal(typeof lone.pd.getTs(), 'bigint');
});

test('regions that grow are split, and merged again when they are small and old', async () => {
  const host = new Host(2);
  const split = { splitLimits: { splitBytes: 100_000 }, schedule: { splitMergeIntervalMs: 60 * MINUTE_MS } };
  const first = await host.open(split);
  const ids = (lone: LoneStore): number[] => lone.node.store.regions.map(({ regionId }) => regionId);
  await host.write(first.storage, 0, 1000);
  await host.world.run(5 * MINUTE_MS);
  const count = ids(first.lone).length;
  assert.ok(count >= 7, `${count} regions of a megabyte`);
  assert.equal(new Set(ids(first.lone)).size, count);
  assert.equal(await host.world.settle(rowsIn(first.storage)), 1000);
  await host.close(first);
  const second = await host.open({ schedule: { splitMergeIntervalMs: MINUTE_MS } });
  assert.equal(ids(second.lone).length, count, 'regions outlive the process');
  await host.world.run(30 * MINUTE_MS);
  assert.equal(ids(second.lone).length, 1);
  assert.equal(await host.world.settle(rowsIn(second.storage)), 1000);
});

test('load alone splits nothing', async () => {
  const host = new Host(3);
  const { lone, storage } = await host.open({ splitLimits: { requestsPerSecond: 1, busySeconds: 1 } });
  await host.write(storage, 0, 100);
  for (let second = 0; second < 20; second++) {
    for (let i = 0; i < 100; i++) await storage.getLatest(rowKey(i));
    await host.world.run(1000);
  }
  assert.equal(lone.node.store.regions.length, 1);
});

test('a store from before there was a driver is taken over with its regions and data', async () => {
  const host = new Host(4);
  const { machine, world, memory } = host;
  const { clock, disk } = machine;
  await world.settle(disk.makeDirectory('/data'));
  await world.settle(disk.makeDirectory('/data/pd'));
  const oracle = await world.settle(LocalOracle.open({ clock, disk, path: '/data/pd/tso' }));
  const old = await world.settle(openStore(machine, { directory: '/data', openEngine: async () => memory.open() }));
  const before = await world.settle(Promise.resolve(oracle.getTs()));
  const [whole] = old.regions;
  assert.ok(whole !== undefined);
  const splitKey = regionKeyOf(keyOf('m'));
  await world.settle(whole.split([{ splitKey, newRegionId: 40 as RegionId, newPeerIds: [41 as PeerId] }]));
  const { clusterId } = old;
  await world.settle(old.close());
  const { lone, storage } = await host.open();
  assert.equal(lone.node.store.clusterId, clusterId);
  assert.ok((await lone.pd.getTs()) > before, 'time goes on');
  assert.equal(lone.node.store.regions.length, 2);
  await host.write(storage, 0, 10);
  await world.run(1000);
  await world.settle(lone.pd.splitRegions([regionKeyOf(rowKey(5))]));
  const ids = lone.node.store.regions.map(({ regionId }) => Number(regionId)).sort((a, b) => a - b);
  assert.equal(ids.length, 3);
  assert.ok(ids[0] === 2 && ids[1] === 40 && Number(ids[2]) > 41, `ids that nobody has: ${ids}`);
  assert.equal(await world.settle(rowsIn(storage)), 10);
});
