import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Key, RegionId } from '../../../../base/index.ts';
import { type RegionAdmin, SplitChecker, type SplitLimits } from '../../../../tikv-lite/index.ts';
import { LoadSampler } from '../../../../tikv-lite/raftstore/load-sampler.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { between } from '../../../../tikv-lite/raftstore/split-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const LIMITS: SplitLimits = {
  splitBytes: 20_000,
  splitKeys: 1e9,
  requestsPerSecond: 1000,
  busySeconds: 3,
  secondsPerSizeCheck: 10,
};

/** A store whose regions are split by a checker, with ids of the test's cluster. */
async function checked(seed: number, limits: Partial<SplitLimits>): Promise<Cluster> {
  const cluster = await Cluster.start({ seed, stores: 1 });
  const { machine, store } = cluster.node(1);
  const checker = new SplitChecker({ timers: machine.timers, limits: { ...LIMITS, ...limits } });
  checker.start(store, {
    requestSplit: async (region, keys) => {
      const splits = keys.map((splitKey) => ({ splitKey, ...cluster.splitIds(region) }));
      await store.region(region.regionId)?.split(splits);
    },
  });
  return cluster;
}

function rowKey(i: number): Key {
  return `row${String(i).padStart(6, '0')}` as Key;
}

/** Writes rows of about 100 bytes through whichever regions hold them. */
async function writeRows(cluster: Cluster, from: number, to: number): Promise<void> {
  const { store } = cluster.node(1);
  for (let i = from; i < to; i++) {
    const region = store.regionOf(rowKey(i));
    assert.ok(region !== undefined);
    const value = Buffer.alloc(90, i);
    await cluster.world.settle(region.propose([{ kind: 'put', key: `d${rowKey(i)}` as Key, value }]));
  }
}

/** How many rows each region holds; asserts that every row is where the store looks for it. */
async function rowsPerRegion(cluster: Cluster): Promise<readonly number[]> {
  const { store } = cluster.node(1);
  const counts: number[] = [];
  for (const region of store.regions) {
    const { start, end } = region.regionRange;
    const range = { start: `d${start}` as Key, end: (end === undefined ? 'e' : `d${end}`) as Key };
    counts.push((await region.read().scan(range, 1e6, false)).length);
  }
  return counts;
}

test('a region that has become too large is split into parts of about one size', async () => {
  const cluster = await checked(31, {});
  await writeRows(cluster, 0, 250);
  await cluster.world.run(15_000);
  assert.equal(cluster.node(1).store.regions.length, 1, 'half too much is not too much yet');
  await writeRows(cluster, 250, 1000);
  await cluster.world.run(15_000);
  const counts = await rowsPerRegion(cluster);
  assert.equal(counts.length, 5);
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    1000,
  );
  for (const count of counts) assert.ok(count > 170 && count < 230, `${counts}`);
});

test('a region with too many keys is split, however small they are', async () => {
  const cluster = await checked(32, { splitBytes: 1e9, splitKeys: 100 });
  await writeRows(cluster, 0, 400);
  await cluster.world.run(15_000);
  const counts = await rowsPerRegion(cluster);
  assert.ok(counts.length >= 3, `${counts}`);
  assert.ok(
    counts.every((count) => count <= 200),
    `${counts}`,
  );
});

test('raw data is split like transactional data, and at raw keys', async () => {
  const cluster = await checked(36, {});
  const { store } = cluster.node(1);
  for (let i = 0; i < 1000; i++) {
    const region = store.regions.findLast(({ region: { range } }) => range.start <= rowKey(i));
    const operation = { kind: 'put' as const, key: `r${rowKey(i)}` as Key, value: Buffer.alloc(90, i) };
    await cluster.world.settle(region?.propose([operation]) ?? Promise.reject(new Error('no region')));
  }
  await cluster.world.run(15_000);
  const counts: number[] = [];
  for (const { region, isLeader } of store.regions) {
    assert.ok(isLeader);
    const { start, end } = region.range;
    if (start !== '') assert.match(start, /^row\d{6}$/);
    const range = { start: `r${start}` as Key, end: (end === undefined ? 's' : `r${end}`) as Key };
    counts.push((await store.engine.scan(range, 1e6, false)).length);
  }
  assert.equal(counts.length, 5, `${counts}`);
  for (const count of counts) assert.ok(count > 170 && count < 230, `${counts}`);
});

test('a region that is busy with raw reads is split between them', async () => {
  const cluster = await checked(37, {});
  const { store } = cluster.node(1);
  for (let second = 0; second < 5; second++) {
    for (let i = 0; i < 2000; i++) {
      const key = rowKey(500 + (i % 100));
      store.regions.findLast(({ region: { range } }) => range.start <= key)?.noteRead?.(key, 1, 100, true);
    }
    await cluster.world.run(1000);
  }
  assert.equal(store.regions.length, 2);
  const key = store.regions[1]?.region.range.start ?? '';
  assert.ok(key > rowKey(530) && key < rowKey(570), key);
});

test('one large row is not split', async () => {
  const cluster = await checked(33, {});
  const leader = await cluster.untilLed(FIRST_REGION);
  await cluster.world.settle(leader.propose([{ kind: 'put', key: 'dk' as Key, value: Buffer.alloc(100_000) }]));
  await cluster.world.run(15_000);
  assert.equal(cluster.node(1).store.regions.length, 1);
});

async function readFor(cluster: Cluster, seconds: number, keyAt: (i: number) => Key): Promise<void> {
  const { store } = cluster.node(1);
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < 2000; i++) {
      const key = keyAt(i);
      store.regionOf(key)?.noteRead?.(key, 1, 100);
    }
    await cluster.world.run(1000);
  }
}

test('a busy region is split where its requests divide', async () => {
  const cluster = await checked(34, {});
  await readFor(cluster, 5, (i) => rowKey(500 + (i % 100)));
  const { regions } = cluster.node(1).store;
  assert.equal(regions.length, 2);
  const key = regions[1]?.region.range.start ?? ('' as Key);
  assert.ok(key > regionKeyOf(rowKey(530)) && key < regionKeyOf(rowKey(570)), key);
});

test('a region whose requests are all for one key, or few, is left alone', async () => {
  const cluster = await checked(35, {});
  await readFor(cluster, 6, () => rowKey(1));
  assert.equal(cluster.node(1).store.regions.length, 1);
  const sampler = new LoadSampler();
  for (let second = 0; second < 10; second++) {
    for (let i = 0; i < 999; i++) sampler.note(rowKey(i));
    assert.equal(sampler.second(1000, 3), undefined);
  }
});

test('the middle of a region is found on request', async () => {
  const cluster = await Cluster.start({ seed: 36, stores: 1 });
  const { machine, store } = cluster.node(1);
  const checker = new SplitChecker({ timers: machine.timers });
  checker.start(store, { requestSplit: () => Promise.resolve() });
  await writeRows(cluster, 0, 100);
  const region = store.region(FIRST_REGION as RegionId) as RegionAdmin;
  const [key] = await cluster.world.settle(checker.findMiddle(region));
  assert.ok(key !== undefined && key > regionKeyOf(rowKey(40)) && key < regionKeyOf(rowKey(60)), key);
});

test('between two keys lies a key unless they are neighbours', () => {
  const key = fc
    .array(fc.integer({ min: 0, max: 255 }), { maxLength: 14 })
    .map((bytes) => String.fromCharCode(...bytes) as Key);
  fc.assert(
    fc.property(key, key, (a, b) => {
      const [low, high] = a < b ? [a, b] : [b, a];
      const middle = between(low, high);
      if (middle !== undefined) assert.ok(low < middle && middle < high);
      else assert.ok(low === high || high.slice(0, low.length) === low || high < `${low}\x01`, `${low} ${high}`);
    }),
    { numRuns: 2000 },
  );
});
