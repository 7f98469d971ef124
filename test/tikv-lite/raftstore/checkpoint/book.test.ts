import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, PeerId, RegionId, StoreId } from '../../../../base/index.ts';
import { ByteWriter } from '../../../../tikv-lite/raftstore/byte-writer.ts';
import { CheckpointBook, checkpointItems, type RegionCheckpoint } from '../../../../tikv-lite/raftstore/checkpoint.ts';
import { type LogItem, readItems, writeItem } from '../../../../tikv-lite/raftstore/log/log-items.ts';

function replica(id: number, index: number, state: RegionCheckpoint['state'] = 'normal'): RegionCheckpoint {
  const start = `k${String(id).padStart(6, '0')}` as Key;
  const region = {
    regionId: id as RegionId,
    range: id % 2 === 0 ? { start } : { start, end: `${start}\xff` as Key },
    epoch: { confVer: 3, version: id },
    peers: [{ peerId: (id + 1000) as PeerId, storeId: 1 as StoreId, role: 'voter' as const }],
  };
  return { state, region, peerId: (id + 1000) as PeerId, index, term: 6 };
}

function replicas(count: number, index: number): RegionCheckpoint[] {
  return Array.from({ length: count }, (_, i) => replica(i + 1, index));
}

function written(items: readonly LogItem[]): LogItem[] {
  const writer = new ByteWriter(64);
  for (const item of items) writeItem(writer, item);
  return [...readItems(Buffer.from(writer.bytes))];
}

test('a checkpoint reads back as it was written, in parts of bounded size', () => {
  const all = [...replicas(2000, 7), replica(3000, 9, 'applying'), replica(3001, 0, 'tombstone')];
  const items = checkpointItems(all);
  assert.ok(items.length > 5);
  const book = new CheckpointBook();
  for (const [i, item] of written(items).entries()) book.note(item, 10 + i);
  assert.deepEqual([...(book.replicas?.values() ?? [])], all);
  assert.equal(book.segmentId, 10);
});

test('what a replica was merged into, and its last snapshot, read back with it', () => {
  const mergedInto = replica(8, 1).region;
  const all: RegionCheckpoint[] = [
    { ...replica(1, 5), installedVersion: 12 },
    { ...replica(2, 0, 'tombstone'), mergedInto },
    { ...replica(3, 0, 'tombstone'), mergedInto, installedVersion: 3 },
    {
      ...replica(4, 9, 'merging'),
      merge: { target: mergedInto, minIndex: 7, commit: 9, commitTerm: 6 },
      installedVersion: 1,
    },
  ];
  const [only] = written(checkpointItems(all));
  assert.deepEqual(only?.kind === 'checkpoint' ? only.replicas : [], all);
  const applying: LogItem = { kind: 'applying', replica: replica(5, 80, 'applying'), replaced: all.slice(1, 3) };
  assert.deepEqual(written([applying]), [applying]);
  const book = new CheckpointBook();
  for (const item of [...checkpointItems(replicas(5, 5)), applying]) book.note(item, 1);
  const states = [...(book.replicas?.values() ?? [])].map(({ state }) => state);
  assert.deepEqual(states, ['normal', 'tombstone', 'tombstone', 'normal', 'applying']);
});

test('an empty store has a checkpoint, too', () => {
  assert.equal(new CheckpointBook().replicas, undefined);
  const book = new CheckpointBook();
  for (const item of written(checkpointItems([]))) book.note(item, 1);
  assert.equal(book.replicas?.size, 0);
});

test('a checkpoint that is cut off anywhere leaves the one before in force', () => {
  const before = checkpointItems(replicas(400, 5));
  const after = checkpointItems(replicas(400, 50));
  assert.ok(after.length > 2);
  for (let kept = 0; kept <= after.length; kept++) {
    const book = new CheckpointBook();
    for (const item of before) book.note(item, 1);
    for (const item of after.slice(0, kept)) book.note(item, 2);
    const index = kept === after.length ? 50 : 5;
    assert.equal(book.replicas?.get(400 as RegionId)?.index, index, `${kept} parts`);
    assert.equal(book.segmentId, index === 5 ? 1 : 2);
    for (const item of checkpointItems(replicas(3, 60))) book.note(item, 3);
    assert.deepEqual([book.replicas?.size, book.replicas?.get(1 as RegionId)?.index], [3, 60]);
  }
});

test('the rest of a checkpoint whose beginning is gone has no effect', () => {
  const [, ...rest] = checkpointItems(replicas(400, 5));
  const book = new CheckpointBook();
  for (const item of rest) book.note(item, 1);
  book.note({ kind: 'applying', replica: replica(1, 8, 'applying'), replaced: [] }, 1);
  assert.equal(book.replicas, undefined);
});

test('a snapshot that is being applied stands in the checkpoint until the next one', () => {
  const book = new CheckpointBook();
  for (const item of checkpointItems(replicas(3, 5))) book.note(item, 1);
  book.note({ kind: 'applying', replica: replica(2, 80, 'applying'), replaced: [] }, 1);
  assert.deepEqual(
    [...(book.replicas?.values() ?? [])].map(({ state, index }) => [state, index]),
    [
      ['normal', 5],
      ['applying', 80],
      ['normal', 5],
    ],
  );
});
