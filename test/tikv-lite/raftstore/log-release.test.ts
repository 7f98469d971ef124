import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, type Key } from '../../../base/index.ts';
import { blankMessage } from '../../../raft/message.ts';
import { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { Cluster, FIRST_REGION } from './cluster.ts';

const WRITES = 20;
const MOMENTS = 12;

/** A follower's log is cut off and it is asked to lead, at some moment of its writes; then it must still be there. */
async function askToLead(atMs: number): Promise<void> {
  const cluster = await Cluster.start({ seed: 71, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const others = cluster.nodes.filter(({ storeId }) => storeId !== leader.peer.storeId);
  const node = defined(others[0], 'a follower');
  const follower = node.store.region(FIRST_REGION);
  assert.ok(follower instanceof Peer);
  node.machine.disk.slowdown = 10;
  const write = async (): Promise<void> => {
    for (let i = 0; i < WRITES; i++) await cluster.put(FIRST_REGION, `d${i}`, 'v');
  };
  const written = write();
  await cluster.world.run(atMs);
  follower.releaseLog('applied');
  follower.step(blankMessage('MsgTimeoutNow', follower.peer.peerId, leader.peer.peerId, follower.term));
  node.machine.disk.slowdown = 1;
  await written;
  const contents = (): readonly string[] => node.contents({ start: 'd' as Key, end: 'e' as Key });
  await cluster.until('the follower has it all', () => contents().length === WRITES);
}

test('a follower can be asked to lead while its log is cut off and a group is written', async () => {
  for (let moment = 1; moment <= MOMENTS; moment++) await askToLead(moment);
});
