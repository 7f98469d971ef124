import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, makePeer, Net, START_INDEX, textOf } from './harness.ts';

function readsOf(net: Net, id: number): readonly string[] {
  return net.peer(id).reads.map(({ index, requestContext }) => `${textOf(requestContext)}@${index}`);
}

test('a safe read waits for a quorum of heartbeats', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.type === 'MsgHeartbeatResp';
  net.node(1).readIndex(bytes('r1'));
  net.settle();
  assert.deepEqual(readsOf(net, 1), []);
  net.drops = () => false;
  net.node(1).readIndex(bytes('r2'));
  net.settle();
  assert.deepEqual(readsOf(net, 1), [`r1@${START_INDEX + 1}`, `r2@${START_INDEX + 1}`]);
});

test('a lost confirmation is asked for again by the next regular heartbeat', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.type === 'MsgHeartbeat';
  net.node(1).readIndex(bytes('r'));
  net.settle();
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.deepEqual(readsOf(net, 1), [`r@${START_INDEX + 1}`]);
});

test('a read may wait for the next regular heartbeat, and costs no message then', () => {
  const net = new Net(3);
  let heartbeats = 0;
  net.drops = ({ type }) => {
    if (type === 'MsgHeartbeat') heartbeats++;
    return false;
  };
  assert.equal(net.node(1).readIndexWithHeartbeat(bytes('nobody leads')), 'readDropped');
  net.elect(1);
  assert.equal(net.node(1).beatsNext, true);
  assert.equal(net.node(1).readIndexWithHeartbeat(bytes('r')), 'ok');
  net.settle();
  assert.equal(heartbeats, 0);
  assert.deepEqual(readsOf(net, 1), []);
  net.node(1).tick();
  net.settle();
  assert.equal(heartbeats, 2);
  assert.deepEqual(readsOf(net, 1), [`r@${START_INDEX + 1}`]);
});

test('a read at a follower is answered there with the index of the leader', () => {
  const net = new Net(3);
  net.elect(1);
  net.node(1).propose(bytes('a'));
  net.settle();
  net.node(2).readIndex(bytes('r'));
  net.settle();
  assert.deepEqual(readsOf(net, 2), [`r@${START_INDEX + 2}`]);
  assert.deepEqual(readsOf(net, 1), []);
});

test('a new leader answers no read before it has committed in its term', () => {
  const net = new Net(3);
  net.drops = (message) => message.type === 'MsgAppResp';
  net.elect(1);
  assert.equal(net.node(1).committedInCurrentTerm, false);
  net.node(1).readIndex(bytes('early'));
  net.settle();
  assert.deepEqual(readsOf(net, 1), []);
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.deepEqual(readsOf(net, 1), [`early@${START_INDEX + 1}`]);
});

test('a single voter, too, waits for the first commit of its term: its commit index may have been lost', () => {
  const peer = makePeer(1, [1]);
  peer.node.campaign();
  peer.node.ready();
  peer.node.advance();
  assert.equal(peer.node.isLeader, true);
  peer.node.readIndex(bytes('r'));
  const ready = peer.node.ready();
  assert.deepEqual(ready.readStates, []);
  peer.storage.append(ready.entries);
  peer.node.advance();
  assert.deepEqual(
    peer.node.ready().readStates.map(({ index }) => index),
    [START_INDEX + 1],
  );
});

test('a deposed leader does not confirm reads', () => {
  const net = new Net(3);
  net.elect(1);
  net.drops = (message) => message.from === 1 || message.to === 1;
  net.elect(2);
  net.node(2).propose(bytes('new'));
  net.settle();
  net.node(1).readIndex(bytes('stale'));
  net.settle();
  net.drops = () => false;
  net.node(1).tick();
  net.settle();
  assert.deepEqual(readsOf(net, 1), []);
  net.node(2).tick();
  net.settle();
  assert.equal(net.node(1).isLeader, false);
});

test('lease based reads are answered at once, and need checkQuorum', () => {
  const net = new Net(3, { readOnlyOption: 'leaseBased', checkQuorum: true });
  net.elect(1);
  net.drops = () => true;
  net.node(1).readIndex(bytes('r'));
  assert.equal(net.node(1).ready().readStates.length, 1);
  assert.throws(() => new Net(3, { readOnlyOption: 'leaseBased' }), /checkQuorum/);
});

test('without a leader a read is dropped', () => {
  const net = new Net(3);
  assert.equal(net.node(1).readIndex(bytes('r')), 'readDropped');
});
