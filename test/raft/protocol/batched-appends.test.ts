/** With batchAppends a turn's entries and commit indexes go out together; with lazyCommits a commit index waits for them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../../raft/index.ts';
import { bytes, Net } from './harness.ts';

const BATCHED = { batchAppends: true };
const LAZY = { batchAppends: true, lazyCommits: true };

function appends(net: Net): readonly Message[] {
  return net.sent.filter(({ type }) => type === 'MsgApp');
}

function elected(settings: typeof BATCHED): Net {
  const net = new Net(3, settings);
  net.elect(1);
  net.settle();
  net.node(1).announceCommit();
  net.settle();
  net.sent.length = 0;
  return net;
}

function propose(net: Net, count: number): void {
  for (let i = 0; i < count; i++) assert.equal(net.node(1).propose(bytes(`${i}`)), 'ok');
  net.settle();
}

test('proposals of a turn go out in one message per follower, and so does what they commit', () => {
  const net = elected(BATCHED);
  propose(net, 10);
  assert.deepEqual(
    appends(net).map(({ entries }) => entries.length),
    [10, 10, 0, 0],
  );
  assert.deepEqual(
    [1, 2, 3].map((id) => net.appliedBy(id).length),
    [10, 10, 10],
  );
});

test('a lazy leader tells what is committed with the next entries', () => {
  const net = elected(LAZY);
  propose(net, 3);
  assert.deepEqual(
    [1, 2, 3].map((id) => net.appliedBy(id).length),
    [3, 0, 0],
  );
  propose(net, 2);
  assert.deepEqual(
    [1, 2, 3].map((id) => net.appliedBy(id).length),
    [5, 3, 3],
  );
  assert.deepEqual(
    appends(net).map(({ entries }) => entries.length),
    [3, 3, 2, 2],
  );
});

test('a lazy leader tells what is committed when it is asked to, once', () => {
  const net = elected(LAZY);
  propose(net, 1);
  assert.equal(net.node(1).hasUnsentCommit, true);
  net.node(1).announceCommit();
  net.settle();
  assert.equal(net.node(1).hasUnsentCommit, false);
  const sent = appends(net).length;
  net.node(1).announceCommit();
  assert.equal(net.node(1).hasReady(), false);
  net.settle();
  assert.equal(appends(net).length, sent);
  assert.deepEqual(net.appliedBy(3), ['0']);
});

test('heartbeats tell what is committed', () => {
  const net = elected(LAZY);
  propose(net, 1);
  net.node(1).tick();
  net.settle();
  assert.deepEqual(net.appliedBy(2), ['0']);
});

test('a read of a follower makes the leader tell what is committed', () => {
  const net = elected(LAZY);
  propose(net, 1);
  net.node(2).readIndex(bytes('read'));
  net.settle();
  assert.deepEqual(net.appliedBy(2), ['0']);
});

test('what does not fit a message goes out in further ones, as far as the window allows', () => {
  const net = new Net(3, { ...BATCHED, maxSizePerMsg: 4, maxInflightMsgs: 3 });
  net.elect(1);
  net.settle();
  net.sent.length = 0;
  net.drops = ({ type }) => type === 'MsgAppResp';
  for (let i = 0; i < 20; i++) net.node(1).propose(bytes('xx'));
  net.settle();
  assert.deepEqual(
    [2, 3].map((to) => appends(net).filter((message) => message.to === to).length),
    [3, 3],
  );
});
