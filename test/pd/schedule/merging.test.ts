import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '../../../base/index.ts';
import { SyntheticCluster } from '../support/synthetic-cluster.ts';

const MINUTE_MS = 60_000;
const MEGABYTE = 1 << 20;
const swift = { storeLimitPerMinute: 6000 };

test('small neighbours become one, on the same stores first, but not within an hour of the start', async () => {
  const world = new SimulatedWorld(11);
  const cluster = await SyntheticCluster.make(world, 4, swift);
  cluster.spread(40, (at) => [(at % 4) + 1, ((at + 1) % 4) + 1, ((at + 2) % 4) + 1], MEGABYTE);
  await world.run(55 * MINUTE_MS);
  assert.equal(cluster.regions.length, 40);
  assert.ok(await world.run(60 * MINUTE_MS, () => cluster.regions.length === 1), `${cluster.regions.length} are left`);
});

test('regions are merged up to a size, and none beyond', async () => {
  const world = new SimulatedWorld(12);
  const cluster = await SyntheticCluster.make(world, 3, { ...swift, splitMergeIntervalMs: MINUTE_MS });
  cluster.spread(30, () => [1, 2, 3], 20 * MEGABYTE);
  await world.run(30 * MINUTE_MS);
  const { length } = cluster.regions;
  assert.ok(length >= 2 && length <= 10, `${length} regions of 600 MB in all`);
  const { instructions } = cluster;
  await world.run(30 * MINUTE_MS);
  assert.equal(cluster.instructions, instructions, 'then there is peace');
});

test('a region that nobody has measured is left alone', async () => {
  const world = new SimulatedWorld(13);
  const cluster = await SyntheticCluster.make(world, 3, { ...swift, splitMergeIntervalMs: MINUTE_MS });
  cluster.spread(10, () => [1, 2, 3], 0);
  await world.run(30 * MINUTE_MS);
  assert.equal(cluster.regions.length, 10);
});

test('both halves of a merge are free for other things as soon as it is done', async () => {
  const world = new SimulatedWorld(14);
  const cluster = await SyntheticCluster.make(world, 3, { ...swift, splitMergeIntervalMs: MINUTE_MS });
  cluster.spread(2, () => [1, 2, 3], MEGABYTE);
  assert.ok(await world.run(10 * MINUTE_MS, () => cluster.regions.length === 1));
  await world.run(2 * MINUTE_MS);
  const [left] = cluster.regions;
  assert.ok(left !== undefined);
  assert.equal(cluster.driver.isScheduling(left.regionId), false);
});
