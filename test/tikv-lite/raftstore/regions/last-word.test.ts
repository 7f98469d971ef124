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
