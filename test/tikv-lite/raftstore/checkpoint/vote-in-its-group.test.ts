import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, PeerId, StoreId } from '../../../../base/index.ts';
import type { PeerDescriptor } from '../../../../pd/index.ts';
import { type Entry, type Message, newMessage } from '../../../../raft/index.ts';
import type { RegionMessage } from '../../../../tikv-lite/index.ts';
import { checkpointItems } from '../../../../tikv-lite/raftstore/checkpoint.ts';
import { encodeWrite } from '../../../../tikv-lite/raftstore/command-codec.ts';
import { LEASE_MS } from '../../../../tikv-lite/raftstore/limits.ts';
import { INITIAL_INDEX, INITIAL_TERM } from '../../../../tikv-lite/raftstore/region.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const TRANSFER = new TextEncoder().encode('CampaignTransfer');
const LEADER_TERM = 7;

/** Store 1 alone, with a transport through which the test speaks for the members on stores 2 and 3. */
async function voterAlone(seed: number): Promise<{
  readonly cluster: Cluster;
  readonly say: (from: number, type: Message['type'], fields: Partial<Message>) => void;
  readonly answers: Message[];
}> {
  const cluster = new Cluster({ seed, stores: 3 });
  const answers: Message[] = [];
  cluster.onSend = ({ message }) => {
    if (message !== undefined) answers.push(message);
  };
  await cluster.node(1).start();
  const member = (n: number): PeerDescriptor => ({
    peerId: (100 + n) as PeerId,
    storeId: n as StoreId,
    role: 'voter',
  });
  const say = (from: number, type: Message['type'], fields: Partial<Message>): void => {
    const arrived: RegionMessage = {
      regionId: FIRST_REGION,
      epoch: { confVer: 1, version: 1 },
      range: { start: '' as Key },
      from: member(from),
      to: member(1),
      message: newMessage(type, 101, { from: 100 + from, ...fields }),
    };
    cluster.node(1).store.receive([arrived]);
  };
  return { cluster, say, answers };
}

/** A vote goes into the log in the very group in which a checkpoint writes older hard states once more. */
test('a vote that shares its group with a checkpoint is remembered after a crash', async () => {
  const { cluster, say, answers } = await voterAlone(5);
  const { world } = cluster;
  const store = cluster.node(1);
  await world.run(LEASE_MS);
  const append = async (index: number): Promise<void> => {
    const data = encodeWrite(1, [{ kind: 'put', key: `dk${index}` as Key, value: Buffer.alloc(100 << 10) }]);
    const entry: Entry = { type: 'EntryNormal', term: LEADER_TERM, index, data };
    const logTerm = index === INITIAL_INDEX + 1 ? INITIAL_TERM : LEADER_TERM;
    say(2, 'MsgApp', { term: LEADER_TERM, index: index - 1, logTerm, entries: [entry], commit: INITIAL_INDEX });
    const isStored = (): boolean => answers.some(({ type, index: at }) => type === 'MsgAppResp' && at === index);
    await cluster.until(`entry ${index} is stored`, isStored);
  };
  for (let index = INITIAL_INDEX + 1; index <= INITIAL_INDEX + 4; index++) await append(index);

  const captured = store.store.captureReplicas();
  let isWritten = false;
  const newest = { term: LEADER_TERM + 1, logTerm: LEADER_TERM, index: 100, context: TRANSFER };
  say(3, 'MsgVote', newest);
  store.store.writePart({
    items: () => {
      const { replicas, items } = store.store.completeCheckpoint(captured);
      assert.ok(
        items.some(({ kind }) => kind === 'hard-state'),
        'the hard state stands in an older segment',
      );
      return [...checkpointItems(replicas), ...items];
    },
    written: () => {
      isWritten = true;
    },
    failed: assert.fail,
  });
  const vote = (): Message | undefined => answers.findLast(({ type }) => type === 'MsgVoteResp');
  await cluster.until('the vote is cast', () => isWritten && vote() !== undefined);
  assert.deepEqual([vote()?.to, vote()?.term, vote()?.reject], [103, LEADER_TERM + 1, false]);

  store.crash();
  await store.start();
  await world.run(2 * LEASE_MS);
  answers.splice(0);
  say(2, 'MsgVote', newest);
  await cluster.until('the other candidate is answered', () => vote() !== undefined);
  assert.deepEqual([vote()?.to, vote()?.term, vote()?.reject], [102, LEADER_TERM + 1, true]);
});
