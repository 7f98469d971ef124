import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newMessage } from '../../../raft/index.ts';
import { bytes, makePeer, Net } from './harness.ts';

test('a follower campaigns when its election timeout has passed without a leader', () => {
  const { node } = makePeer(1, [1, 2, 3]);
  for (let i = 0; i < 9; i++) node.tick();
  assert.equal(node.status().softState.raftState, 'StateFollower');
  node.tick();
  assert.equal(node.status().softState.raftState, 'StateCandidate');
  assert.equal(node.term, 2);
});

test('a node votes once per term, for the first that asks with an up-to-date log', () => {
  const { node, storage } = makePeer(1, [1, 2, 3]);
  const request = (from: number, index: number) => newMessage('MsgVote', 1, { from, term: 2, logTerm: 1, index });
  node.step(request(2, 4));
  node.step(request(3, 5));
  node.step(request(2, 9));
  const ready = node.ready();
  const answers = ready.messagesAfterAppend.map(({ to, reject }) => ({ to, reject }));
  assert.deepEqual(answers, [
    { to: 2, reject: true },
    { to: 3, reject: false },
    { to: 2, reject: true },
  ]);
  assert.deepEqual(ready.hardState, { term: 2, vote: 3, commit: 5 });
  assert.equal(ready.mustSync, true);
  assert.equal(storage.initialState().hardState.vote, 0);
});

test('a candidate leads only after its own vote is durable', () => {
  const { node } = makePeer(1, [1]);
  node.campaign();
  assert.equal(node.isLeader, false);
  node.ready();
  assert.equal(node.isLeader, false);
  node.advance();
  assert.equal(node.isLeader, true);
});

test('a leader cut off from the quorum steps down within an election timeout', () => {
  const net = new Net(3, { checkQuorum: true });
  net.elect(1);
  net.drops = (message) => message.from === 1 || message.to === 1;
  for (let i = 0; i < 20; i++) net.node(1).tick();
  assert.equal(net.node(1).isLeader, false);
});

test('inside the lease a vote request is ignored, unless a leader transfer asks for it', () => {
  const net = new Net(3, { checkQuorum: true });
  net.elect(1);
  net.node(3).campaign();
  net.settle();
  assert.equal(net.node(1).isLeader, true);
  net.node(1).transferLeader(2);
  net.settle();
  assert.equal(net.node(2).isLeader, true);
});

test('with pre-vote a node that returns from a partition does not raise the term', () => {
  const net = new Net(3, { preVote: true, checkQuorum: true });
  net.elect(1);
  const { term } = net.node(1);
  net.drops = (message) => message.from === 3 || message.to === 3;
  for (let i = 0; i < 50; i++) net.node(3).tick();
  net.settle();
  net.drops = () => false;
  net.node(1).propose(bytes('x'));
  net.settle();
  for (let i = 0; i < 3; i++) net.node(1).tick();
  net.settle();
  assert.equal(net.node(1).isLeader, true);
  assert.equal(net.node(3).term, term);
  assert.deepEqual(net.appliedBy(3), ['x']);
});

test('a removed leader with stepDownOnRemoval follows at once and cannot campaign', () => {
  const net = new Net(3, { stepDownOnRemoval: true });
  net.elect(1);
  net.node(1).applyConfChange({ kind: 'ConfChange', type: 'RemoveNode', nodeId: 1, context: bytes('') });
  assert.equal(net.node(1).isLeader, false);
  net.node(1).campaign();
  assert.equal(net.node(1).status().softState.raftState, 'StateFollower');
});

test('messages that only local threads may send, and answers of strangers, are refused', () => {
  const { node } = makePeer(1, [1, 2]);
  assert.equal(node.step(newMessage('MsgStorageAppendResp', 1, { from: 2, term: 1 })), 'localMessage');
  assert.equal(node.step(newMessage('MsgAppResp', 1, { from: 9, term: 1 })), 'unknownPeer');
});
