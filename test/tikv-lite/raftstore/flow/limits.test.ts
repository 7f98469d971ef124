/** What flow control takes and refuses, as numbers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowControl, ProposalSum, pressureOf } from '../../../../tikv-lite/raftstore/flow-control.ts';
import { MAX_ARRIVED_BYTES, MAX_STALL_MS, STALL_MS } from '../../../../tikv-lite/raftstore/limits.ts';

const LIMIT = 1000;

class Host {
  nowMs = 0;
  readonly log = { segmentCount: 1, writtenBytes: 0 };
  readonly maxProposalBytes = LIMIT;
  readonly flow = new FlowControl(this);

  monotonicMs(): number {
    return this.nowMs;
  }

  region(): ProposalSum {
    return new ProposalSum(this.flow.underWay);
  }

  /** Proposes `bytes` again and again until that is refused; answers how often it was not. */
  fill(region: ProposalSum, bytes: number): number {
    let taken = 0;
    for (; this.flow.refusal(bytes, region) === undefined; taken++) region.add(bytes);
    return taken;
  }
}

test('one hot region takes half of a store, and every further one leaves as much as it takes', () => {
  const host = new Host();
  const [first, second, third] = [host.region(), host.region(), host.region()];
  assert.equal(host.fill(first, 10), 50);
  assert.equal(host.fill(second, 10), 25);
  assert.equal(host.fill(third, 10), 13);
  assert.equal(host.fill(host.region(), 10), 6);
});

test('a region with nothing under way is refused by a full store only', () => {
  const host = new Host();
  const hot = host.region();
  host.fill(hot, 100);
  assert.equal(host.flow.refusal(400, host.region()), undefined);
  assert.equal(host.flow.refusal(501, host.region())?.kind, 'server-is-busy');
});

test('a proposal larger than the limit is taken when nothing else is under way', () => {
  const host = new Host();
  assert.equal(host.flow.refusal(5 * LIMIT, host.region()), undefined);
});

test('what was answered makes room', () => {
  const host = new Host();
  const region = host.region();
  const taken = host.fill(region, 10);
  for (let i = 0; i < taken; i++) region.remove(10);
  assert.deepEqual({ count: host.flow.underWay.count, bytes: host.flow.underWay.bytes }, { count: 0, bytes: 0 });
  assert.equal(host.fill(region, 10), taken);
});

test('a log write that does not end lowers the limit, down to nothing', () => {
  const host = new Host();
  host.flow.logWriteBegins();
  const room: number[] = [];
  for (const ms of [0, STALL_MS, (STALL_MS + MAX_STALL_MS) / 2, MAX_STALL_MS]) {
    host.nowMs = ms;
    const region = host.region();
    region.add(1);
    room.push(host.fill(region, 1));
    while (region.count > 0) region.remove(1);
  }
  assert.deepEqual(room, [499, 499, 249, 0]);
  host.flow.logWriteEnded();
  assert.equal(host.flow.pressure.level, 0);
});

test('every kind of backlog counts, and the worst gives the reason', () => {
  const calm = { logWriteMs: 0, engineWaitMs: 0, raftLogSegments: 3 };
  assert.equal(pressureOf(calm).level, 0);
  assert.match(pressureOf({ ...calm, engineWaitMs: 3000 }).reason, /engine has taken no writes for 3000 ms/);
  assert.match(pressureOf({ ...calm, raftLogSegments: 48, logWriteMs: 600 }).reason, /raft log has 48 segments/);
  assert.match(pressureOf({ ...calm, logWriteMs: 4000, engineWaitMs: 900 }).reason, /writing the raft log for 4000 ms/);
});

test('who is refused is told how long the store needs for what it has', () => {
  const host = new Host();
  for (let i = 0; i < 100; i++) {
    host.flow.logWriteBegins();
    host.nowMs += 50;
    host.log.writtenBytes += 100;
    host.flow.logWriteEnded();
  }
  const region = host.region();
  host.fill(region, 10);
  const { details } = host.flow.refusal(10, region) ?? {};
  assert.deepEqual(details, { backOffMs: 250, estimatedWaitMs: 250 });
});

test('entries of other stores are taken until their sum is too much, and again when the log has them', () => {
  const { flow } = new Host();
  const entries = [{ type: 'EntryNormal' as const, term: 1, index: 1, data: new Uint8Array(MAX_ARRIVED_BYTES / 4) }];
  const append = { type: 'MsgApp' as const, entries };
  for (let i = 0; i < 4; i++) assert.equal(flow.takesEntries(append), true);
  assert.equal(flow.takesEntries(append), false);
  assert.equal(flow.takesEntries({ type: 'MsgApp', entries: [] }), true);
  flow.logWriteBegins();
  assert.equal(flow.takesEntries(append), false);
  flow.logWriteEnded();
  assert.equal(flow.takesEntries(append), true);
  flow.nothingToWrite();
  assert.equal(flow.arrivedBytes, 0);
});
