import assert from 'node:assert/strict';
import { test } from 'node:test';
import { physicalMsOf, type Ts } from '../../../base/index.ts';
import { openStorage } from '../../../tikv-lite/index.ts';
import { bytes, type Cluster, key, openCluster, read, text, write } from './cluster.ts';

/** Collects by itself, and in short rounds. Also a next life of the same storage. */
async function collecting(cluster: Cluster): Promise<void> {
  const { clock, timers } = cluster.machine;
  const { regions, oracle } = cluster;
  const gc = { intervalMs: 1000, lifeMs: 5000 };
  cluster.storage = await cluster.world.settle(openStorage({ regions, oracle, clock, timers, gc }));
}

async function history(cluster: Cluster, rounds: number): Promise<Ts[]> {
  const stamps: Ts[] = [];
  for (let round = 0; round < rounds; round++) {
    await write(cluster, { a: `${round}`, b: round % 3 === 2 ? undefined : `${round}`, [`c${round}`]: 'once' });
    stamps.push(await cluster.now());
  }
  return stamps;
}

async function contents(cluster: Cluster, at: Ts): Promise<string> {
  const pairs = await cluster.storage
    .snapshot(at)
    .scan({ start: key('a'), end: key('z') }, {})
    .next(1000);
  return pairs.map((pair) => `${pair.key}=${text(pair.value)}`).join(' ');
}

test('reads at and above the safe point are unchanged, older ones are refused', async () => {
  for (const asyncScans of [false, true]) {
    const cluster = await openCluster();
    const stamps = await history(cluster, 30);
    cluster.regions[0]!.asyncScans = asyncScans;
    const before = await Promise.all(stamps.map((at) => contents(cluster, at)));
    const safePoint = stamps[20]!;
    const removed = await cluster.world.settle(cluster.storage.collectGarbage(safePoint));
    assert.ok(removed >= 40, `${removed} records`);
    for (let round = 20; round < 30; round++) assert.equal(await contents(cluster, stamps[round]!), before[round]);
    assert.throws(() => cluster.storage.snapshot(stamps[19]!).get(key('a')), { kind: 'snapshot-too-old' });
    const again = await cluster.world.settle(cluster.storage.collectGarbage(safePoint));
    assert.equal(again, 0, 'nothing is left to do');
  }
});

test('deleted keys leave nothing behind, even those that never existed', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  await write(cluster, { a: undefined, b: undefined, never: undefined });
  await write(cluster, { a: undefined });
  const txn = await cluster.begin();
  await txn.lockKeys([key('l')], { forUpdateTs: await cluster.now(), waitTimeoutMs: 0 });
  txn.delete(key('m'));
  await txn.commit();
  await cluster.world.settle(cluster.storage.collectGarbage(await cluster.now()));
  assert.equal((await cluster.regions[0]!.read().scan({ start: key('') }, 100, false)).length, 0);
});

test('the locks of dead transactions below the safe point are settled first', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  cluster.regions[0]!.failures.push(undefined, 'store-failed');
  cluster.regions[1]!.failures.push('store-failed');
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  txn.put(key('n'), bytes('1'));
  await assert.rejects(cluster.world.settle(Promise.resolve(txn.commit())), { kind: 'undetermined' });
  await cluster.restart();
  assert.equal(cluster.storage.state.locks, 1);
  await cluster.world.run(30_000);
  await cluster.world.settle(cluster.storage.collectGarbage(await cluster.now()));
  assert.equal(cluster.storage.state.locks, 0);
});

test('what a held snapshot shows stays until it is let go', async () => {
  const cluster = await openCluster();
  await collecting(cluster);
  await write(cluster, { a: '1' });
  const snapshot = cluster.storage.snapshot(await cluster.now());
  const release = snapshot.hold();
  await write(cluster, { a: '2' });
  await cluster.world.run(60_000);
  assert.equal(text(await snapshot.get(key('a'))), '1');
  release();
  release();
  assert.equal(cluster.storage.activeReads, 0);
  await cluster.world.run(10_000);
  assert.throws(() => snapshot.get(key('a')), { kind: 'snapshot-too-old' });
});

test('rounds run by themselves and stop short of running transactions', async () => {
  const cluster = await openCluster();
  await collecting(cluster);
  await write(cluster, { a: '1' });
  const reader = await cluster.begin();
  await write(cluster, { a: '2' });
  await cluster.world.run(60_000);
  assert.equal(text(await reader.get(key('a'))), '1');
  assert.equal(cluster.storage.safePoint, reader.startTs);
  await reader.rollback();
  await cluster.world.run(10_000);
  assert.ok(physicalMsOf(cluster.storage.safePoint) > physicalMsOf(reader.startTs));
  assert.throws(() => cluster.storage.snapshot(reader.startTs).get(key('a')), { kind: 'snapshot-too-old' });
  assert.equal(await read(cluster, 'a'), '2');
  await cluster.world.settle(cluster.storage.close());
});

test('what an earlier life may have collected is not readable after a start', async () => {
  const cluster = await openCluster();
  await collecting(cluster);
  await write(cluster, { a: '1' });
  const old = await cluster.now();
  await cluster.world.run(10_000);
  await write(cluster, { a: '2' });
  const young = await cluster.now();
  await cluster.world.run(20_000);
  await cluster.world.settle(cluster.storage.close());
  await collecting(cluster);
  assert.throws(() => cluster.storage.snapshot(old).get(key('a')), { kind: 'snapshot-too-old' });
  assert.throws(() => cluster.storage.snapshot(young).get(key('a')), { kind: 'snapshot-too-old' });
  assert.equal(await read(cluster, 'a'), '2');
  await cluster.world.settle(cluster.storage.close());
});
