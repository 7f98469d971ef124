import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, StoreId } from '../../../../base/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

test('a follower that was told of as down is told of as well as soon as it is back', async () => {
  const recovered: StoreId[] = [];
  const cluster = await Cluster.start({
    seed: 51,
    stores: 3,
    observers: (storeId) => [{ recovered: () => recovered.push(storeId) }],
  });
  const leader = await cluster.untilLed(FIRST_REGION);
  const absent = (leader.peer.storeId % 3) + 1;
  leader.report();
  cluster.isolate(absent);
  for (let second = 0; second < 30; second++) {
    await cluster.world.settle(leader.propose([{ kind: 'put', key: 'dk' as Key, value: Buffer.from(`${second}`) }]));
    await cluster.world.run(1000);
  }
  assert.deepEqual(
    leader.report().downPeers.map(({ peer }) => peer.storeId),
    [absent],
  );
  assert.deepEqual(recovered, []);
  cluster.heal();
  assert.ok(await cluster.world.run(5000, () => recovered.length > 0));
  assert.deepEqual(recovered, [leader.peer.storeId]);
  assert.deepEqual(leader.report().downPeers, []);
  assert.deepEqual(leader.report().pendingPeers, []);
});

test('a new leader calls nobody pending for longer than it takes to hear of them', async () => {
  let recovered = 0;
  const cluster = await Cluster.start({ seed: 52, stores: 3, observers: () => [{ recovered: () => recovered++ }] });
  await cluster.untilLed(FIRST_REGION);
  for (const node of cluster.nodes) node.crash();
  for (const node of cluster.nodes) await node.start();
  const leader = await cluster.untilLed(FIRST_REGION);
  const told = leader.report().pendingPeers.length;
  await cluster.world.run(2000);
  assert.equal(recovered, told);
  assert.deepEqual(leader.report().pendingPeers, []);
});
