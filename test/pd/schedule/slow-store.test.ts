/** A store with a slow disk leads nothing until it is well again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedWorld } from '../../../base/index.ts';
import { SyntheticCluster } from '../support/synthetic-cluster.ts';

const MINUTE_MS = 60_000;

async function threeStores(seed: number): Promise<SyntheticCluster> {
  const cluster = await SyntheticCluster.make(new SimulatedWorld(seed), 3);
  cluster.spread(60, (at) => [(at % 3) + 1, ((at + 1) % 3) + 1, ((at + 2) % 3) + 1]);
  await cluster.world.run(MINUTE_MS);
  assert.deepEqual(
    [1, 2, 3].map((id) => cluster.leadersOn(id)),
    [20, 20, 20],
  );
  return cluster;
}

test('the leaders of a slow store go elsewhere, and come back when it has recovered', async () => {
  const cluster = await threeStores(1);
  cluster.slowScores.set(2, 79);
  await cluster.world.run(2 * MINUTE_MS);
  assert.equal(cluster.leadersOn(2), 20, 'not slow enough');
  cluster.slowScores.set(2, 80);
  assert.ok(await cluster.world.run(3 * MINUTE_MS, () => cluster.leadersOn(2) === 0), 'it leads nothing');
  cluster.slowScores.set(2, 40);
  await cluster.world.run(5 * MINUTE_MS);
  assert.equal(cluster.leadersOn(2), 0, 'not recovered yet');
  cluster.slowScores.set(2, 1);
  assert.ok(await cluster.world.run(10 * MINUTE_MS, () => cluster.leadersOn(2) >= 18), 'it gets its share again');
  assert.equal(cluster.moves, 0, 'replicas stay where they are');
});

test('when several stores are slow, leaders stay', async () => {
  const cluster = await threeStores(2);
  for (const id of [1, 3]) cluster.slowScores.set(id, 100);
  const { instructions } = cluster;
  await cluster.world.run(10 * MINUTE_MS);
  assert.equal(cluster.instructions, instructions);
});
