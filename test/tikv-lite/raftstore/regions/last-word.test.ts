import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster, FIRST_REGION } from '../cluster.ts';

test('a leader that commits its own removal, which nobody else hears of, leaves a region that works', async () => {
  const cluster = await Cluster.start({ seed: 81, stores: 2 });
  await cluster.put(FIRST_REGION, 'da', '1');
  const leader = await cluster.untilLed(FIRST_REGION);
  const gone = leader.region.peers.find(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(gone !== undefined);
  let committed = 0;
  cluster.onSend = ({ message }) => {
    committed = Math.max(committed, message?.commit ?? 0);
  };
  await cluster.put(FIRST_REGION, 'db', '1');
  await cluster.world.run(500);
  cluster.onSend = undefined;
  cluster.loses = ({ from, message }) => {
    const { type = 'MsgHup', commit = 0 } = message ?? {};
    if (from.peerId !== gone.peerId) return type === 'MsgHeartbeat' || type === 'MsgPreVote' || type === 'MsgVote';
    return commit > committed || (type === 'MsgAppResp' && message?.reject === false);
  };
  leader.changePeers([{ kind: 'remove', peer: gone }]).catch(() => {});
  const { store } = cluster.node(gone.storeId);
  await cluster.until('the other one took over and is gone', () => store.region(FIRST_REGION) === undefined, 60_000);
  assert.equal(leader.isLeader, false);
  assert.equal(leader.region.peers.length, 2);
  cluster.heal();
  await cluster.until(
    'the one that stays leads alone',
    () => cluster.leaderOf(FIRST_REGION)?.region.peers.length === 1,
  );
  await cluster.put(FIRST_REGION, 'dc', '1');
});

test('a leader that removes the only other voter, which hears of it before it applies it, and then forgets it', async () => {
  const cluster = await Cluster.start({ seed: 82, stores: 2 });
  await cluster.put(FIRST_REGION, 'da', '1');
  const leader = await cluster.untilLed(FIRST_REGION);
  const { peer: own, region } = leader;
  const gone = region.peers.find(({ peerId }) => peerId !== own.peerId);
  assert.ok(gone !== undefined);
  await cluster.world.run(500);
  const { appliedIndex } = leader;
  const { machine } = cluster.node(own.storeId);
  cluster.onSend = ({ from, message }) => {
    if (from.peerId === gone.peerId && (message?.index ?? 0) > appliedIndex) machine.disk.slowdown = 100_000;
  };
  cluster.loses = ({ from, message }) => from.peerId === own.peerId && (message?.commit ?? 0) > appliedIndex;
  leader.changePeers([{ kind: 'remove', peer: gone }]).catch(() => {});
  const { store } = cluster.node(gone.storeId);
  await cluster.until('the other one is told', () => store.region(FIRST_REGION) === undefined, 60_000);
  cluster.node(own.storeId).crash();
  machine.disk.slowdown = 1;
  cluster.onSend = undefined;
  cluster.loses = undefined;
  await cluster.node(own.storeId).start();
  assert.equal(cluster.node(own.storeId).store.region(FIRST_REGION)?.region.peers.length, 2, 'it forgot');
  const stays = (): boolean => cluster.leaderOf(FIRST_REGION)?.region.peers.length === 1;
  await cluster.until('the one that stays leads alone', stays);
  await cluster.put(FIRST_REGION, 'db', '1');
});
