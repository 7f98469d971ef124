import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import { RegionError } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

test('a leader whose followers are gone closes, and tells that the outcome of its proposals is unknown', async () => {
  const cluster = await Cluster.start({ seed: 13, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const { storeId } = leader.peer;
  for (const node of cluster.nodes) if (node.storeId !== storeId) node.crash();
  const outcome = leader.propose([{ kind: 'put', key: 'dk' as Key, value: Buffer.from('v') }]).then(
    () => 'applied',
    (error: unknown) => (error instanceof RegionError ? error.kind : String(error)),
  );
  await cluster.node(storeId).stop();
  assert.equal(await outcome, 'stale-command');
});

test('whoever waits for a lease hears of it when the store closes', async () => {
  const cluster = await Cluster.start({ seed: 14, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const { storeId } = leader.peer;
  cluster.isolate(storeId);
  await cluster.until('the lease has run out', () => !leader.hasLease);
  const waiting = leader.confirmLeadership();
  assert.ok(waiting !== undefined, 'it leads still, as far as it knows');
  const outcome = waiting.then(
    () => 'leads',
    (error: unknown) => (error instanceof RegionError ? error.kind : String(error)),
  );
  await cluster.node(storeId).stop();
  assert.equal(await cluster.world.settle(outcome), 'not-leader');
});

test('whoever waits for a lease need not wait any more when the leader remains as the only voter', async () => {
  const cluster = await Cluster.start({ seed: 15, stores: 2 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const other = leader.region.peers.find(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(other !== undefined);
  cluster.loses = ({ message }) => message?.type === 'MsgHeartbeatResp';
  while (leader.hasLease) {
    await cluster.world.settle(leader.propose([{ kind: 'put', key: 'dk' as Key, value: Buffer.from('v') }]));
    await cluster.world.run(50);
  }
  const waiting = leader.confirmLeadership();
  assert.ok(waiting !== undefined);
  await cluster.world.settle(leader.changePeers([{ kind: 'remove', peer: other }]));
  await cluster.world.settle(waiting);
  leader.read();
});

test('a group that cannot be put together fails the store, and who waits for it hears of that', async () => {
  const cluster = await Cluster.start({ seed: 16, stores: 1 });
  const { store } = cluster.node(1);
  const outcome = new Promise<Error>((failed) => {
    const items = (): never => assert.fail('a broken invariant');
    store.writePart({ items, written: () => failed(new Error('it was written')), failed });
  });
  assert.match((await cluster.world.settle(outcome)).message, /a broken invariant/);
  assert.ok(store.failure !== undefined);
  await cluster.node(1).stop();
});
