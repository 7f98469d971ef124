import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, RegionId } from '../../../../base/index.ts';
import type { RegionMessage } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

function sleepers(cluster: Cluster): readonly number[] {
  return cluster.nodes.map((node) => (node.isUp ? node.store.statistics.hibernatedRegions : 0));
}

/** A cluster of `regions` regions, all asleep. */
async function asleep(seed: number, regions: number): Promise<Cluster> {
  const cluster = await Cluster.start({ seed, stores: 3 });
  await cluster.put(FIRST_REGION, 'dz', '1');
  if (regions > 1) {
    const keys = Array.from({ length: regions - 1 }, (_, i) => regionKeyOf(`k${String(i).padStart(4, '0')}` as Key));
    await cluster.admin(FIRST_REGION, (leader) =>
      leader.split(keys.map((splitKey) => ({ splitKey, ...cluster.splitIds(leader.region) }))),
    );
  }
  await cluster.until('all regions sleep', () => sleepers(cluster).every((count) => count === regions), 60_000);
  return cluster;
}

test('idle regions send nothing but one heartbeat per store', async () => {
  const cluster = await asleep(21, 20);
  const sent: RegionMessage[] = [];
  cluster.onSend = (message) => sent.push(message);
  await cluster.world.run(10_000);
  assert.ok(sent.length > 0 && sent.length <= 10 * 5 * 3 * 2 * 2, `${sent.length} messages in 10 s`);
  assert.ok(sent.every(({ message }) => message?.type === 'MsgHeartbeat' || message?.type === 'MsgHeartbeatResp'));
  assert.deepEqual(sleepers(cluster), [20, 20, 20]);
});

test('a proposal wakes its region on all stores, and no other', async () => {
  const cluster = await asleep(22, 5);
  await cluster.put(FIRST_REGION, 'dz', '2');
  await cluster.world.run(100);
  assert.deepEqual(sleepers(cluster), [4, 4, 4]);
  await cluster.until('it sleeps again', () => sleepers(cluster).every((count) => count === 5));
  const data = { start: 'd' as Key, end: 'e' as Key };
  for (const node of cluster.nodes) assert.deepEqual(node.contents(data), ['dz=2']);
});

test('a read renews the lease of a region that slept', async () => {
  const cluster = await asleep(23, 1);
  const leader = cluster.nodes.map(({ store }) => store.region(FIRST_REGION)).find((one) => one?.isLeader === true);
  await cluster.world.run(2000);
  assert.throws(() => leader?.read());
  await cluster.until('the lease is renewed', () => cluster.leaderOf(FIRST_REGION) !== undefined, 500);
  assert.equal(cluster.leaderOf(FIRST_REGION), leader);
});

test('a store that dies is noticed by the sleepers, and every region gets a leader', async () => {
  const cluster = await asleep(24, 10);
  const led = new Map<number, RegionId[]>();
  for (const { storeId, store } of cluster.nodes) {
    led.set(
      storeId,
      store.regions.filter((region) => region.isLeader).map(({ regionId }) => regionId),
    );
  }
  const [victim] = [...led].toSorted((a, b) => b[1].length - a[1].length)[0] ?? [0];
  cluster.node(victim).crash();
  const all = [...led.values()].flat();
  await cluster.until('every region is led again', () => all.every((id) => cluster.leaderOf(id) !== undefined), 5000);
  await cluster.node(victim).start();
  await cluster.until('all sleep again', () => sleepers(cluster).every((count) => count === 10), 60_000);
});

test('a store that was away only briefly finds its regions asleep and joins them', async () => {
  const cluster = await asleep(25, 3);
  const follower =
    cluster.nodes.find(({ store }) => store.regions.every((region) => !region.isLeader)) ?? cluster.node(1);
  follower.crash();
  await follower.start();
  await cluster.until('all sleep again', () => sleepers(cluster).every((count) => count === 3), 60_000);
});

test('a replica that slept through its removal asks, and goes', async () => {
  const cluster = await asleep(26, 3);
  const speaking = new Set<RegionId>();
  cluster.onSend = ({ regionId }) => speaking.add(regionId);
  await cluster.world.run(2000);
  const regionId = cluster.node(1).store.regions.find((one) => !speaking.has(one.regionId))?.regionId ?? FIRST_REGION;
  const leader = cluster.nodes.map(({ store }) => store.region(regionId)).find((one) => one?.isLeader === true);
  assert.ok(leader !== undefined);
  const away = leader.region.peers.find(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(away !== undefined);
  const { store } = cluster.node(away.storeId);
  cluster.loses = (message) => message.regionId === regionId && message.to.storeId === away.storeId;
  assert.throws(() => leader.read(), 'the lease has run out');
  await cluster.admin(regionId, (one) => one.changePeers([{ kind: 'remove', peer: away }]));
  await cluster.world.run(2000);
  cluster.heal();
  assert.equal(store.statistics.hibernatedRegions, 3, 'it sleeps on');
  await cluster.until('the replica is gone', () => store.region(regionId) === undefined, 20 * 60_000);
});
