import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { keyOf, type PeerId, type RegionId, realEnv, SimulatedWorld } from '../../../base/index.ts';
import type { Entry } from '../../../raft/index.ts';
import { dumpSegment, StoreError } from '../../../tikv-lite/index.ts';
import { checkpointItems } from '../../../tikv-lite/raftstore/checkpoint.ts';
import { encodeWrite } from '../../../tikv-lite/raftstore/command-codec.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { openRaftLog } from '../../../tikv-lite/raftstore/log/replay.ts';
import { temporaryDirectory } from '../kv/temporary-directory.ts';

const SEGMENT_BYTES = 1 << 18;
const ONE = 1 as RegionId;
const TWO = 2 as RegionId;

function entries(term: number, from: number, to: number, size = 100): Entry[] {
  const list: Entry[] = [];
  for (let index = from; index <= to; index++) {
    list.push({ type: 'EntryNormal', term, index, data: Buffer.alloc(size, index % 256) });
  }
  return list;
}

function open(directory: string): Promise<RaftLog> {
  return openRaftLog({ disk: realEnv.disk, directory, segmentBytes: SEGMENT_BYTES });
}

/** Writes entries of region 2 until the log moves on to another segment. */
async function fillSegment(log: RaftLog): Promise<void> {
  const { currentSegmentId } = log;
  while (log.currentSegmentId === currentSegmentId) {
    const next = log.region(TWO).lastIndex + 1;
    await log.write([{ kind: 'entries', regionId: TWO, entries: entries(1, next, next, 20_000) }]);
  }
}

async function onlySegmentWithRecords(directory: string): Promise<string> {
  const [first] = (await readdir(directory)).filter((name) => name.endsWith('.raftlog')).sort();
  assert.ok(first !== undefined);
  return join(directory, first);
}

test('entries, hard states and truncation points of several regions come back', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([
    { kind: 'truncated', regionId: ONE, index: 5, term: 5 },
    { kind: 'entries', regionId: ONE, entries: entries(6, 6, 20) },
    { kind: 'hard-state', regionId: ONE, hardState: { term: 6, vote: 3, commit: 18 } },
    { kind: 'entries', regionId: TWO, entries: entries(2, 1, 3) },
  ]);
  await log.write([
    { kind: 'entries', regionId: ONE, entries: entries(7, 15, 16) },
    { kind: 'truncated', regionId: ONE, index: 8, term: 6 },
  ]);
  await log.close();
  const again = await open(directory.path);
  const one = again.region(ONE);
  assert.deepEqual([one.truncatedIndex, one.firstIndex, one.lastIndex], [8, 9, 16]);
  assert.deepEqual([one.termAt(8), one.termAt(14), one.termAt(15), one.termAt(17)], [6, 6, 7, undefined]);
  assert.deepEqual(one.hardState, { term: 6, vote: 3, commit: 18 });
  assert.deepEqual(one.slice(15, 17), entries(7, 15, 16));
  assert.equal(again.region(TWO).lastIndex, 3);
  await again.close();
  await directory.remove();
});

test('wherever the last write is torn, what was durable before it is there', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 1, 3) }]);
  const before = log.usedBytes;
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 4, 6) }]);
  const after = log.usedBytes;
  await log.close();
  const path = await onlySegmentWithRecords(directory.path);
  const intact = await readFile(path);
  for (let cut = before; cut < after; cut += 13) {
    for (const fill of [0, 0xa5]) {
      const torn = Buffer.from(intact);
      torn.fill(fill, cut, after);
      await writeFile(path, torn);
      const opened = await open(directory.path);
      const isPadding = after - cut < 8;
      assert.ok(opened.region(ONE).lastIndex === 3 || isPadding, `cut at ${cut}`);
      await opened.write([{ kind: 'entries', regionId: ONE, entries: entries(2, 4, 4) }]);
      await opened.close();
      const reopened = await open(directory.path);
      assert.equal(reopened.region(ONE).termAt(4), 2);
      assert.equal(reopened.region(ONE).lastIndex, 4, 'nothing of the torn write comes back');
      await reopened.close();
    }
  }
  await directory.remove();
});

test('damage before durable records is refused, and nothing is changed', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 1, 3) }]);
  const damagedAt = log.usedBytes + 40;
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 4, 6) }]);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 7, 9) }]);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 10, 12) }]);
  await log.close();
  const path = await onlySegmentWithRecords(directory.path);
  for (const at of [damagedAt, damagedAt - 40]) {
    const damaged = await readFile(path);
    damaged[at] = (damaged[at] ?? 0) ^ 0x40;
    await writeFile(path, damaged);
    await assert.rejects(
      open(directory.path),
      (error) => error instanceof StoreError && error.kind === 'corrupt' && error.message.includes(path),
    );
    assert.deepEqual(await readFile(path), damaged);
    damaged[at] = (damaged[at] ?? 0) ^ 0x40;
    await writeFile(path, damaged);
  }
  await directory.remove();
});

test('a full segment whose tail vanished is noticed by its successor', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  for (let index = 1; index <= 30; index++) {
    await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, index, index, 20_000) }]);
  }
  assert.ok(log.segmentCount >= 3);
  await log.close();
  const path = await onlySegmentWithRecords(directory.path);
  const damaged = await readFile(path);
  damaged.fill(0, 200_000);
  await writeFile(path, damaged);
  await assert.rejects(open(directory.path), (error) => error instanceof StoreError && error.kind === 'corrupt');
  await directory.remove();
});

test('segments go when all they hold is truncated, their files serve again, and states survive', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([{ kind: 'hard-state', regionId: TWO, hardState: { term: 9, vote: 1, commit: 0 } }]);
  let index = 0;
  for (let round = 0; round < 12; round++) {
    for (let i = 0; i < 10; i++) {
      index++;
      await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, index, index, 20_000) }]);
    }
    await log.write([...log.stateItems(), { kind: 'truncated', regionId: ONE, index: index - 2, term: 1 }]);
    await log.dropDeadSegments();
    assert.ok(log.segmentCount <= 2, `${log.segmentCount} segments after round ${round}`);
  }
  await log.close();
  const files = await readdir(directory.path);
  assert.ok(files.length <= 5, files.join(' '));
  const again = await open(directory.path);
  assert.deepEqual([again.region(ONE).truncatedIndex, again.region(ONE).lastIndex], [index - 2, index]);
  assert.equal(again.region(ONE).termAt(index - 2), 1);
  assert.equal(again.region(TWO).hardState.term, 9);
  await again.close();
  await directory.remove();
});

test('a truncation point written again may stand in front of entries whose predecessors are gone', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([
    { kind: 'truncated', regionId: ONE, index: 5, term: 1 },
    { kind: 'entries', regionId: ONE, entries: entries(1, 6, 9) },
  ]);
  await fillSegment(log);
  await log.write([...log.stateItems(), { kind: 'entries', regionId: ONE, entries: entries(1, 10, 12) }]);
  await fillSegment(log);
  const filled = log.region(TWO).lastIndex;
  await log.write([
    { kind: 'truncated', regionId: ONE, index: 9, term: 1 },
    { kind: 'truncated', regionId: TWO, index: filled, term: 1 },
  ]);
  assert.equal(await log.dropDeadSegments(), 1);
  await log.close();
  const again = await open(directory.path);
  assert.deepEqual([again.region(ONE).truncatedIndex, again.region(ONE).lastIndex], [9, 12]);
  assert.deepEqual(again.region(ONE).slice(10, 13), entries(1, 10, 12));
  await again.close();
  await directory.remove();
});

for (const { replacedFrom, truncated } of [
  { replacedFrom: 25, truncated: 25 },
  { replacedFrom: 23, truncated: 26 },
  { replacedFrom: 26, truncated: 25 },
]) {
  test(`of a run replaced from ${replacedFrom} on, a dropped segment may have held all but the end`, async () => {
    const directory = await temporaryDirectory();
    const log = await open(directory.path);
    await log.write([
      { kind: 'truncated', regionId: ONE, index: 20, term: 1 },
      { kind: 'entries', regionId: ONE, entries: entries(15, 21, 25) },
    ]);
    await fillSegment(log);
    await log.write([{ kind: 'entries', regionId: ONE, entries: entries(15, 26, 27) }]);
    await log.write([{ kind: 'entries', regionId: ONE, entries: entries(16, replacedFrom, 28) }]);
    const filled = log.region(TWO).lastIndex;
    const truncatedTerm = truncated < replacedFrom ? 15 : 16;
    await log.write([
      { kind: 'truncated', regionId: ONE, index: truncated, term: truncatedTerm },
      { kind: 'truncated', regionId: TWO, index: filled, term: 1 },
    ]);
    assert.equal(await log.dropDeadSegments(), 1);
    await log.close();
    const again = await open(directory.path);
    const one = again.region(ONE);
    assert.deepEqual([one.truncatedIndex, one.truncatedTerm, one.lastIndex], [truncated, truncatedTerm, 28]);
    assert.deepEqual(one.slice(truncated + 1, 29), entries(16, truncated + 1, 28));
    await again.close();
    await directory.remove();
  });
}

test('entries that stand on nothing are damage', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  log.region(ONE).truncate(7, 1);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 8, 9) }]);
  await log.close();
  await assert.rejects(open(directory.path), (error) => error instanceof StoreError && error.kind === 'corrupt');
  await directory.remove();
});

test('a group larger than a segment is spread over several', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, 1, 9, 60_000) }]);
  await log.close();
  const again = await open(directory.path);
  assert.equal(again.region(ONE).lastIndex, 9);
  assert.deepEqual(again.region(ONE).slice(9, 10), entries(1, 9, 9, 60_000));
  await again.close();
  await directory.remove();
});

test('a segment can be read by humans', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  const data = encodeWrite(1, [
    { kind: 'put', key: keyOf('d\x01x'), value: Buffer.from('abc') },
    { kind: 'delete', key: keyOf('ly') },
  ]);
  await log.write([
    { kind: 'hard-state', regionId: ONE, hardState: { term: 1, vote: 3, commit: 0 } },
    { kind: 'entries', regionId: ONE, entries: [{ type: 'EntryNormal', term: 1, index: 1, data }] },
  ]);
  await log.close();
  const lines = [...dumpSegment(await readFile(await onlySegmentWithRecords(directory.path)))];
  assert.deepEqual(lines, [
    'segment 1, format 2, 262144 bytes',
    '32: group 2, 29 bytes',
    '  region 1 hard state: term 1, vote 3, commit 0',
    '  region 1 entry 1 term 1: put d\\x01x (3 bytes), delete ly',
    '88: end',
  ]);
  await directory.remove();
});

test('a log that moved on to a segment and lost all of it goes on there, with a link', async () => {
  const world = new SimulatedWorld(1);
  const { disk } = world.machine('store');
  const options = { disk, directory: '/raft', segmentBytes: SEGMENT_BYTES };
  const log = await world.settle(openRaftLog(options));
  let last = 0;
  while (log.currentSegmentId === 1) {
    await world.settle(
      log.write([{ kind: 'entries', regionId: ONE, entries: entries(1, last + 1, last + 1, 60_000) }]),
    );
    last++;
  }
  await world.run(100);
  assert.deepEqual((await world.settle(disk.list('/raft'))).length, 3, 'the next spare is ready');
  const second = await world.settle(disk.open('/raft/0000000002.raftlog', { create: false }));
  await world.settle(second.write(32, [new Uint8Array(SEGMENT_BYTES - 32)]));
  const reopened = await world.settle(openRaftLog(options));
  await world.settle(reopened.write([{ kind: 'entries', regionId: ONE, entries: entries(2, last, last, 60_000) }]));
  await world.settle(reopened.close());
  const again = await world.settle(openRaftLog(options));
  assert.equal(again.region(ONE).lastIndex, last);
  assert.equal(again.region(ONE).termAt(last), 2);
});

test('the larger a checkpoint is, the smaller an entry has to be to find its place beside the next one', async () => {
  const directory = await temporaryDirectory();
  const log = await open(directory.path);
  await log.write(checkpointItems([]));
  const alone = log.maxEntryBytes;
  const range = { start: keyOf('k'.repeat(4000)) };
  await log.write(
    checkpointItems(
      Array.from({ length: 20 }, (_, i) => ({
        state: 'tombstone' as const,
        region: { regionId: (i + 1) as RegionId, range, epoch: { confVer: 1, version: 1 }, peers: [] },
        peerId: 1 as PeerId,
        index: 0,
        term: 0,
      })),
    ),
  );
  assert.ok(log.maxEntryBytes < alone);
  await log.settled();
  assert.ok(log.maxEntryBytes <= log.roomBytes, 'the largest entry fits into an empty segment');
  await log.close();
  await directory.remove();
});
