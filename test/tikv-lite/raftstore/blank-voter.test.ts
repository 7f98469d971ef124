import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined } from '../../../base/index.ts';
import type { PeerDescriptor } from '../../../pd/index.ts';
import { blankMessage, type Message } from '../../../raft/message.ts';
import { Cluster, FIRST_REGION } from './cluster.ts';

const TERM = 50;
const ATTEMPTS = 20;

test('a replica that knows nothing keeps its vote where an older one of its region was removed', async () => {
  const cluster = await Cluster.start({ seed: 91, stores: 3 });
  const { region } = await cluster.untilLed(FIRST_REGION);
  const removed = defined(region.peers[2], 'the replica on store 3');
  if ((await cluster.untilLed(FIRST_REGION)).peer.storeId === 3) {
    await cluster.admin(FIRST_REGION, (leader) => leader.transferLeader(defined(region.peers[0], 'store 1').peerId));
    await cluster.until('store 1 leads', () => cluster.leaderOf(FIRST_REGION)?.peer.storeId === 1);
  }
  await cluster.admin(FIRST_REGION, (leader) => leader.changePeers([{ kind: 'remove', peer: removed }]));
  const node = cluster.node(3);
  await cluster.until('it is gone', () => node.store.region(FIRST_REGION) === undefined);
  await node.stop();
  await node.start();
  const blank = cluster.newPeerOn(3);
  const { region: now } = await cluster.untilLed(FIRST_REGION);
  const [first, second] = now.peers;
  cluster.isolate(3);

  /** What the replica on store 3 answers a candidate of term 50. */
  const voteFor = async (candidate: PeerDescriptor | undefined): Promise<Message> => {
    const from = defined(candidate, 'a voter');
    const vote = { ...blankMessage('MsgVote', blank.peerId, from.peerId, TERM), index: 1000, logTerm: TERM - 1 };
    let answer: Message | undefined;
    cluster.onSend = ({ message }) => {
      if (message?.type === 'MsgVoteResp' && message.to === from.peerId) answer = message;
    };
    const { regionId, epoch, range } = now;
    const later = { ...epoch, confVer: epoch.confVer + 1 };
    // A store that has just started does not vote for a while.
    for (let i = 0; answer === undefined && i < ATTEMPTS; i++) {
      node.store.receive([{ regionId, epoch: later, range, from, to: blank, message: vote }]);
      await cluster.world.run(500);
    }
    return defined(answer, 'an answer');
  };

  assert.equal((await voteFor(first)).reject, false);
  node.crash();
  await node.start();
  await node.stop();
  await node.start();
  assert.equal((await voteFor(second)).reject, true);
  assert.equal((await voteFor(first)).reject, false);
});
