import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld, type StoreId } from '../../../base/index.ts';
import { SyntheticCluster } from '../support/synthetic-cluster.ts';

const MINUTE_MS = 60_000;
/** The limit is not what these tests are about. */
const swift = { storeLimitPerMinute: 6000 };

function spreadOf(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts);
}

test('one replica becomes three when stores join, and leaders and replicas spread over four stores', async () => {
  const world = new SimulatedWorld(1);
  const cluster = await SyntheticCluster.make(world, 1, swift);
  cluster.spread(60, () => [1]);
  await world.run(MINUTE_MS);
  assert.ok(cluster.isComplete(1), 'alone there is nothing to do');
  for (const id of [2, 3]) await cluster.addStore(id);
  assert.ok(await world.run(5 * MINUTE_MS, () => cluster.isComplete(3)), 'three replicas');
  await cluster.addStore(4);
  await world.run(20 * MINUTE_MS);
  assert.ok(cluster.isComplete(3));
  const ids = [1, 2, 3, 4];
  assert.ok(spreadOf(ids.map((id) => cluster.peersOn(id))) <= 4, `peers: ${ids.map((id) => cluster.peersOn(id))}`);
  assert.ok(spreadOf(ids.map((id) => cluster.leadersOn(id))) <= 2, `led: ${ids.map((id) => cluster.leadersOn(id))}`);
});

test('a balanced cluster is left alone', async () => {
  const world = new SimulatedWorld(2);
  const cluster = await SyntheticCluster.make(world, 6, swift);
  cluster.spread(120, () => [1, 2, 3]);
  await world.run(10 * MINUTE_MS);
  const { instructions, moves } = cluster;
  const ids = [1, 2, 3, 4, 5, 6];
  const peers = ids.map((id) => cluster.peersOn(id));
  assert.ok(spreadOf(peers) <= 6, `peers: ${peers}`);
  assert.ok(spreadOf(ids.map((id) => cluster.leadersOn(id))) <= 3);
  assert.ok(moves <= 180 * 1.05, `${moves} moves where 180 are the least`);
  await world.run(10 * MINUTE_MS);
  assert.equal(cluster.instructions, instructions, 'nothing swings');
});

test('replicas of a store that stays away are replaced, of one that comes back soon are not', async () => {
  const world = new SimulatedWorld(3);
  const cluster = await SyntheticCluster.make(world, 5, { ...swift, maxStoreDownMs: 10 * MINUTE_MS });
  cluster.spread(50, (at) => [(at % 5) + 1, ((at + 1) % 5) + 1, ((at + 2) % 5) + 1]);
  await world.run(5 * MINUTE_MS);
  cluster.kill(2);
  await world.run(9 * MINUTE_MS);
  assert.ok(!cluster.isComplete(3), 'not yet');
  assert.ok(await world.run(10 * MINUTE_MS, () => cluster.isComplete(3)), 'replaced');
  assert.equal(cluster.peersOn(2), 0);
});

test('a store that is removed is emptied, buried and never comes back', async () => {
  const world = new SimulatedWorld(4);
  const cluster = await SyntheticCluster.make(world, 4, swift);
  cluster.spread(80, (at) => [(at % 4) + 1, ((at + 1) % 4) + 1, ((at + 2) % 4) + 1]);
  await world.run(MINUTE_MS);
  await world.settle(cluster.driver.removeStore(3 as StoreId));
  const isBuried = () => cluster.driver.getStore(3 as StoreId)?.state === 'tombstone';
  assert.ok(await world.run(20 * MINUTE_MS, isBuried));
  assert.equal(cluster.peersOn(3), 0);
  assert.ok(cluster.isComplete(3));
  await assert.rejects(cluster.addStore(3), /removed for good/);
});

test('the limit of a store bounds how many peers it gets in a minute', async () => {
  const world = new SimulatedWorld(5);
  const cluster = await SyntheticCluster.make(world, 3, { storeLimitPerMinute: 15 });
  cluster.spread(200, () => [1, 2, 3], 100 << 20);
  await world.run(MINUTE_MS);
  await cluster.addStore(4);
  const before = cluster.moves;
  await world.run(4 * MINUTE_MS);
  const moved = cluster.moves - before;
  assert.ok(moved > 20 && moved <= 4 * 15 + 5, `${moved} moves in four minutes`);
});

test('scattered regions lie evenly though their cluster was even before', async () => {
  const world = new SimulatedWorld(6);
  const cluster = await SyntheticCluster.make(world, 6, { ...swift, regionScheduleLimit: 0, leaderScheduleLimit: 0 });
  cluster.spread(48, (at) => (at < 24 ? [1, 2, 3] : [4, 5, 6]));
  await world.run(MINUTE_MS);
  const ids = cluster.regions.slice(0, 24).map(({ regionId }) => regionId);
  assert.deepEqual(await world.settle(cluster.driver.scatterRegions(ids)), []);
  await world.run(5 * MINUTE_MS);
  const peers = [1, 2, 3, 4, 5, 6].map(
    (id) => cluster.regions.slice(0, 24).filter((region) => region.peers.some(({ storeId }) => storeId === id)).length,
  );
  assert.deepEqual(peers, [12, 12, 12, 12, 12, 12]);
  for (const regionId of ids) assert.equal(cluster.driver.getOperator(regionId)?.state ?? 'success', 'success');
});
