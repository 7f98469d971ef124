import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Message, newMessage } from '../../../raft/index.ts';
import { bytes, handleReady, makePeer, Net, START_INDEX } from './harness.ts';

function appendsTo(messages: readonly Message[], to: number): readonly Message[] {
  return messages.filter((message) => message.type === 'MsgApp' && message.to === to);
}

test('entries commit once a majority has them, and reach the others with the next message', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.to === 3;
  net.node(1).propose(bytes('a'));
  net.settle();
  assert.deepEqual(
    [1, 2, 3].map((id) => net.appliedBy(id)),
    [['a'], ['a'], []],
  );
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.deepEqual(net.appliedBy(3), ['a']);
});

test('an entry of an earlier term commits only together with one of the current term', () => {
  const net = new Net(3, { maxSizePerMsg: 0, maxCommittedSizePerReady: 10_000 });
  net.elect(1);
  net.drops = (message) => message.type === 'MsgApp' && message.entries.length > 0;
  net.node(1).propose(bytes('old'));
  net.settle();
  net.elect(2);
  assert.equal(net.node(2).isLeader, true);
  net.elect(1);
  assert.equal(net.node(1).isLeader, true);
  net.drops = ({ type, reject, index }) => type === 'MsgAppResp' && !reject && index > START_INDEX + 2;
  net.node(1).tick();
  net.settle();
  assert.equal(net.node(1).status().progress.get(3)?.match, START_INDEX + 2);
  assert.equal(net.node(1).committed, START_INDEX + 1);
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.equal(net.node(1).committed, START_INDEX + 3);
  assert.deepEqual(net.appliedBy(2), ['old']);
});

test('a follower on probation gets one append per heartbeat', () => {
  const net = new Net(2);
  net.drops = (message) => message.type === 'MsgAppResp' && message.from === 2;
  net.elect(1);
  for (const text of ['a', 'b', 'c']) net.node(1).propose(bytes(text));
  net.settle();
  assert.equal(appendsTo(net.sent, 2).length, 1);
  net.node(1).tick();
  net.settle();
  assert.equal(appendsTo(net.sent, 2).length, 2);
});

test('the stream to a follower stops at maxInflightMsgs and goes on as answers come', () => {
  const net = new Net(2, { maxInflightMsgs: 3 });
  net.elect(1);
  net.drops = (message) => message.type === 'MsgAppResp';
  net.sent.length = 0;
  for (let i = 0; i < 6; i++) {
    net.node(1).propose(bytes(`${i}`));
    net.settle();
  }
  assert.equal(appendsTo(net.sent, 2).filter((message) => message.entries.length > 0).length, 3);
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.deepEqual(net.appliedBy(2), ['0', '1', '2', '3', '4', '5']);
});

test('the stream to a follower stops at maxInflightBytes', () => {
  const net = new Net(2, { maxSizePerMsg: 64, maxInflightBytes: 100, maxCommittedSizePerReady: 10_000 });
  net.elect(1);
  net.drops = (message) => message.type === 'MsgAppResp';
  net.sent.length = 0;
  for (let i = 0; i < 6; i++) {
    net.node(1).propose(bytes('x'.repeat(40)));
    net.settle();
  }
  assert.equal(appendsTo(net.sent, 2).filter((message) => message.entries.length > 0).length, 3);
});

test('maxSizePerMsg cuts the entries of one message, but never to none', () => {
  const net = new Net(2, { maxSizePerMsg: 100, maxCommittedSizePerReady: 10_000 });
  net.drops = (message) => message.to === 2 && message.type === 'MsgApp';
  net.elect(1);
  for (const size of [30, 30, 30, 500, 30]) net.node(1).propose(bytes('x'.repeat(size)));
  net.settle();
  net.drops = () => false;
  net.sent.length = 0;
  net.node(1).tick();
  net.settle();
  const counts = appendsTo(net.sent, 2)
    .map((message) => message.entries.length)
    .filter((count) => count > 0);
  assert.deepEqual(counts, [3, 1, 1, 1]);
});

test('proposals above maxUncommittedEntriesSize are dropped, except the first and empty ones', () => {
  const net = new Net(2, { maxUncommittedEntriesSize: 100 });
  net.elect(1);
  net.drops = (message) => message.from === 2;
  assert.equal(net.node(1).propose(bytes('x'.repeat(200))), 'ok');
  assert.equal(net.node(1).propose(bytes('y')), 'proposalDropped');
  assert.equal(net.node(1).propose(bytes('')), 'ok');
  net.settle();
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.equal(net.node(1).propose(bytes('y')), 'ok');
});

test('followers forward proposals unless they are told not to, and drop them without a leader', () => {
  const net = new Net(2);
  assert.equal(net.node(2).propose(bytes('a')), 'proposalDropped');
  net.elect(1);
  assert.equal(net.node(2).propose(bytes('b')), 'ok');
  net.settle();
  assert.deepEqual(net.appliedBy(1), ['b']);
  const strict = new Net(2, { disableProposalForwarding: true });
  strict.elect(1);
  assert.equal(strict.node(2).propose(bytes('c')), 'proposalDropped');
});

test('a follower behind the compacted log gets a snapshot, and entries again after it', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.to === 3;
  for (let i = 0; i < 5; i++) net.node(1).propose(bytes(`${i}`));
  net.settle();
  const { storage } = net.peer(1);
  storage.createSnapshot(net.node(1).applied, bytes('state'));
  storage.compact(net.node(1).applied);
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.equal(textAt(net), 'state');
  net.node(1).propose(bytes('after'));
  net.settle();
  assert.deepEqual(net.appliedBy(3), ['after']);
});

function textAt(net: Net): string {
  return Buffer.from(net.peer(3).storage.snapshot().data).toString();
}

test('a failed snapshot is tried again after the next heartbeat, not before', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.to === 3;
  net.node(1).propose(bytes('a'));
  net.settle();
  net.peer(1).storage.createSnapshot(net.node(1).applied, bytes('state'));
  net.peer(1).storage.compact(net.node(1).applied);
  net.drops = (message) => message.type === 'MsgSnap';
  net.node(1).tick();
  net.settle();
  const snapshots = () => net.sent.filter(({ type }) => type === 'MsgSnap').length;
  assert.equal(snapshots(), 1);
  assert.equal(net.node(1).status().progress.get(3)?.state, 'StateSnapshot');
  net.node(1).reportSnapshot(3, 'failed');
  net.node(1).propose(bytes('b'));
  net.settle();
  assert.equal(snapshots(), 1);
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.equal(snapshots(), 2);
  assert.equal(net.node(3).committed, net.node(1).committed);
});

test('a single voter hands a proposal out to write, then to apply', () => {
  const peer = makePeer(1, [1]);
  peer.node.campaign();
  while (peer.node.hasReady()) handleReady(peer);
  peer.node.propose(bytes('a'));
  const first = peer.node.ready();
  assert.equal(first.entries.length, 1);
  assert.equal(first.committedEntries.length, 0);
  assert.equal(first.mustSync, true);
  peer.storage.append(first.entries);
  peer.node.advance();
  const second = peer.node.ready();
  assert.deepEqual(second.committedEntries, first.entries);
  assert.equal(second.entries.length, 0);
  assert.equal(second.mustSync, false);
  assert.equal(peer.node.applied, START_INDEX + 1);
  peer.node.advance();
  assert.equal(peer.node.applied, START_INDEX + 2);
  assert.equal(peer.node.hasReady(), false);
});

test('an append below the commit index changes nothing and is answered with the commit index', () => {
  const net = new Net(2);
  net.elect(1);
  const { node } = net.peer(2);
  const entry = { type: 'EntryNormal', term: 9, index: START_INDEX + 1, data: bytes('') } as const;
  node.step(newMessage('MsgApp', 2, { from: 1, term: 9, logTerm: 1, index: START_INDEX, entries: [entry] }));
  const ready = node.ready();
  assert.deepEqual(ready.entries, []);
  assert.deepEqual(
    ready.messagesAfterAppend.map(({ index, reject }) => ({ index, reject })),
    [{ index: START_INDEX + 1, reject: false }],
  );
});

test('a follower commits no further than its log is known to match', () => {
  const { node } = makePeer(2, [1, 2]);
  const entry = { type: 'EntryNormal', term: 2, index: START_INDEX + 1, data: bytes('') } as const;
  const fields = { from: 1, term: 2, logTerm: 1, index: START_INDEX, entries: [entry], commit: 99 };
  node.step(newMessage('MsgApp', 2, fields));
  assert.equal(node.committed, START_INDEX + 1);
});
