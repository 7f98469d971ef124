import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Reader } from '../../../tikv-lite/client/storage.ts';
import { bytes, key, openCluster, read, text, write } from './cluster.ts';

async function scanAll(reader: Reader, options: { reverse?: boolean; page?: number } = {}): Promise<string[]> {
  const scanner = reader.scan({ start: key('a'), end: key('z') }, { reverse: options.reverse ?? false });
  const found: string[] = [];
  for (;;) {
    const pairs = await scanner.next(options.page ?? 2);
    if (pairs.length === 0) return found;
    for (const pair of pairs) found.push(`${pair.key}=${text(pair.value)}`);
  }
}

test('a committed write is read by later snapshots and not by earlier ones', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const before = cluster.storage.snapshot(await cluster.now());
  await write(cluster, { a: '2' });
  assert.equal(text(await before.get(key('a'))), '1');
  assert.equal(await read(cluster, 'a'), '2');
  assert.equal(text(await cluster.storage.getLatest(key('a'))), '2');
  assert.equal(cluster.storage.state.locks, 0);
});

test('a lost update is refused: the second writer of what both read fails', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const first = await cluster.begin('optimistic');
  const second = await cluster.begin('optimistic');
  assert.equal(text(await first.get(key('a'))), text(await second.get(key('a'))));
  first.put(key('a'), bytes('2'));
  second.put(key('a'), bytes('3'));
  await first.commit();
  await assert.rejects(Promise.resolve(second.commit()), { name: 'TransactionError', kind: 'write-conflict' });
  assert.equal(await read(cluster, 'a'), '2');
});

test('write skew is allowed, as snapshot isolation has it', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const first = await cluster.begin('optimistic');
  const second = await cluster.begin('optimistic');
  await first.get(key('b'));
  await second.get(key('a'));
  first.put(key('a'), bytes('0'));
  second.put(key('b'), bytes('0'));
  await first.commit();
  await second.commit();
  assert.deepEqual([await read(cluster, 'a'), await read(cluster, 'b')], ['0', '0']);
});

test('a locked read materialises the conflict of a write skew', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const first = await cluster.begin('optimistic');
  const second = await cluster.begin('optimistic');
  await first.lockKeys([key('b')], { forUpdateTs: first.startTs, waitTimeoutMs: 0 });
  first.put(key('a'), bytes('0'));
  second.put(key('b'), bytes('0'));
  await first.commit();
  await assert.rejects(Promise.resolve(second.commit()), { kind: 'write-conflict' });
});

test('a scan at a fixed timestamp sees no phantoms, in both directions and any page size', async () => {
  const cluster = await openCluster();
  await write(cluster, { b: '1', d: '1', f: '1' });
  const snapshot = cluster.storage.snapshot(await cluster.now());
  await write(cluster, { a: '9', b: '2', c: '9', d: undefined, e: '9' });
  for (const page of [1, 2, 100]) {
    assert.deepEqual(await scanAll(snapshot, { page }), ['b=1', 'd=1', 'f=1']);
    assert.deepEqual(await scanAll(snapshot, { page, reverse: true }), ['f=1', 'd=1', 'b=1']);
  }
  const now = cluster.storage.snapshot(await cluster.now());
  assert.deepEqual(await scanAll(now), ['a=9', 'b=2', 'c=9', 'e=9', 'f=1']);
});

test('a transaction reads its own writes, in gets and scans', async () => {
  const cluster = await openCluster();
  await write(cluster, { b: '1', c: '1', d: '1' });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('own'));
  txn.delete(key('c'));
  txn.put(key('d'), bytes('own'));
  txn.put(key('e'), bytes('own'));
  assert.deepEqual(await scanAll(txn), ['a=own', 'b=1', 'd=own', 'e=own']);
  assert.deepEqual(await scanAll(txn, { reverse: true, page: 1 }), ['e=own', 'd=own', 'b=1', 'a=own']);
  assert.equal(await txn.get(key('c')), undefined);
  assert.deepEqual(
    [...(await txn.batchGet([key('a'), key('b'), key('c')]))].map(([k, v]) => `${k}=${text(v)}`).sort(),
    ['a=own', 'b=1'],
  );
});

test('a scanner that is open does not see writes made meanwhile', async () => {
  const cluster = await openCluster();
  await write(cluster, { b: '1', c: '1' });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('own'));
  const scanner = txn.scan({ start: key('a'), end: key('z') }, {});
  assert.equal((await scanner.next(1)).length, 1);
  txn.put(key('y'), bytes('own'));
  const rest = await scanner.next(10);
  assert.deepEqual(
    rest.map((pair) => pair.key),
    ['b', 'c'],
  );
});

test('reads answer without a promise when nothing is in the way', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const snapshot = cluster.storage.snapshot(await cluster.now());
  assert.ok(snapshot.get(key('a')) instanceof Uint8Array);
  assert.ok(cluster.storage.getLatest(key('a')) instanceof Uint8Array);
  assert.ok(Array.isArray(snapshot.scan({ start: key('a') }, {}).next(10)));
});
