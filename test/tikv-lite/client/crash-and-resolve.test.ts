import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_TS } from '../../../base/index.ts';
import type { Transaction } from '../../../tikv-lite/client/storage.ts';
import { commitTsOf, startTsOf } from '../../../tikv-lite/mvcc/version.ts';
import { ConcurrencyManager } from '../../../tikv-lite/txn/concurrency-manager.ts';
import { TransactionRegion } from '../../../tikv-lite/txn/transaction-region.ts';
import { bytes, type Cluster, key, openCluster, read, text, write } from './cluster.ts';

const TTL_MS = 30_000;

async function commit(cluster: Cluster, txn: Transaction): Promise<void> {
  await cluster.world.settle(Promise.resolve(txn.commit()));
}

/** More keys than async commit takes, so that the commit has two phases; half of them in each region. */
function fillTwoPhase(txn: Transaction, value: string): void {
  for (let i = 0; i < 150; i++) {
    txn.put(key(`a${1000 + i}`), bytes(value));
    txn.put(key(`n${1000 + i}`), bytes(value));
  }
}

test('two regions, few keys: async commit, one trip through each log before success', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  txn.put(key('n'), bytes('1'));
  await commit(cluster, txn);
  assert.deepEqual([await read(cluster, 'a'), await read(cluster, 'n')], ['1', '1']);
  await cluster.storage.close();
  assert.equal(cluster.storage.state.locks, 0);
  assert.deepEqual(
    cluster.regions.map((region) => region.proposals),
    [2, 2],
  );
});

test('one region: one phase, one trip', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  await write(cluster, { n: '1', o: '1', p: '1' });
  assert.deepEqual(
    cluster.regions.map((region) => region.proposals),
    [0, 1],
  );
});

test('two phases: all or nothing after a crash before the primary is committed', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  await write(cluster, { a1000: 'old', n1000: 'old' });
  const txn = await cluster.begin('optimistic');
  fillTwoPhase(txn, 'new');
  cluster.regions[0]!.failures.push(undefined, 'store-failed');
  await assert.rejects(commit(cluster, txn), { kind: 'undetermined' });
  await cluster.restart();
  assert.equal(cluster.storage.state.locks, 300);
  const early = cluster.storage.getLatest(key('n1000'));
  await cluster.world.run(TTL_MS);
  assert.equal(text(await early), 'old');
  assert.equal(await read(cluster, 'n1000'), 'old');
  assert.equal(await read(cluster, 'a1000'), 'old');
  assert.equal(await read(cluster, 'a1001'), undefined);
});

test('two phases: rolled forward after a crash that the primary’s commit survived', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  const txn = await cluster.begin('optimistic');
  fillTwoPhase(txn, 'new');
  cluster.regions[0]!.failures.push(undefined, 'store-failed');
  cluster.regions[0]!.appliesFailed = true;
  await assert.rejects(commit(cluster, txn), { kind: 'undetermined' });
  await cluster.restart();
  assert.equal(await read(cluster, 'n1149'), 'new');
  assert.equal(await read(cluster, 'a1149'), 'new');
  await cluster.world.run(10);
});

test('async commit: success was reported before the crash, so readers roll it forward', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  for (const region of cluster.regions) region.failures.push(undefined, 'store-failed');
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  txn.put(key('n'), bytes('1'));
  await commit(cluster, txn);
  await cluster.restart();
  assert.equal(cluster.storage.state.locks, 2);
  assert.equal(await read(cluster, 'n'), '1');
  assert.equal(await read(cluster, 'a'), '1');
  assert.equal(cluster.storage.state.locks, 0);
});

test('async commit: one region never got its locks, so readers roll it back', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  cluster.regions[0]!.failures.push(undefined, 'store-failed');
  cluster.regions[1]!.failures.push('store-failed');
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  txn.put(key('n'), bytes('1'));
  await assert.rejects(commit(cluster, txn), { kind: 'undetermined' });
  await cluster.restart();
  assert.equal(await read(cluster, 'a'), undefined);
  assert.equal(await read(cluster, 'n'), undefined);
  assert.equal(cluster.storage.state.locks, 0);
});

test('async commit: a region whose reply is lost for good fails the commit once the primary is rolled back', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  cluster.regions[1]!.failures.push('store-failed');
  cluster.regions[1]!.appliesFailed = true;
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  txn.put(key('n'), bytes('1'));
  await assert.rejects(commit(cluster, txn), { kind: 'unavailable' });
  await cluster.restart();
  assert.equal(await read(cluster, 'a'), undefined);
  assert.equal(await read(cluster, 'n'), undefined);
});

test('a lost reply of a one-phase commit is found out by the retry, in both modes', async () => {
  for (const mode of ['optimistic', 'pessimistic'] as const) {
    const cluster = await openCluster();
    await write(cluster, { a: '0' });
    const txn = await cluster.begin(mode);
    txn.put(key('a'), bytes('1'));
    txn.put(key('b'), bytes('1'));
    cluster.regions[0]!.failures.push('stale-command');
    cluster.regions[0]!.appliesFailed = true;
    await commit(cluster, txn);
    assert.equal(await read(cluster, 'a'), '1');
    assert.equal(cluster.regions[0]!.proposals, 2);
  }
});

test('pessimistic locks lost in a crash: the commit succeeds when nobody came between', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin();
  await txn.lockKeys([key('a')], { forUpdateTs: await cluster.now(), waitTimeoutMs: 0 });
  txn.put(key('a'), bytes('1'));
  const stays = cluster.storage;
  await cluster.restart();
  assert.equal(cluster.storage.state.locks, 0);
  cluster.storage = stays;
  await commit(cluster, txn);
  assert.equal(await read(cluster, 'a'), '1');
});

test('a full disk fails the commit and leaves no locks in memory', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('1'));
  cluster.regions[0]!.failures.push('disk-full');
  await assert.rejects(commit(cluster, txn), { kind: 'disk-full' });
  assert.equal(cluster.storage.state.locks, 0);
  await write(cluster, { a: '2' });
  assert.equal(await read(cluster, 'a'), '2');
});

test('a busy region is asked again', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  cluster.regions[0]!.failures.push('server-is-busy', 'not-leader');
  await write(cluster, { a: '1' });
  cluster.regions[0]!.failures.push('server-is-busy');
  await write(cluster, { a: '2', z: '2' });
  assert.deepEqual([await read(cluster, 'a'), await read(cluster, 'z')], ['2', '2']);
});

test('a read waits for a one-phase commit in flight below its timestamp, the latest read does not', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('2'));
  txn.put(key('b'), bytes('2'));
  const older = cluster.storage.snapshot(await cluster.now());
  cluster.regions[0]!.hold();
  const committing = Promise.resolve(txn.commit());
  assert.equal(text(await older.get(key('b'))), '1');
  assert.equal(text(await cluster.storage.getLatest(key('b'))), '1');
  const newer = cluster.storage.snapshot(await cluster.now()).get(key('b'));
  assert.ok(newer instanceof Promise);
  cluster.regions[0]!.release();
  await cluster.world.settle(committing);
  assert.equal(text(await cluster.world.settle(newer)), '2');
});

test('a transaction larger than a log entry commits in two phases, in bounded proposals', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin('optimistic');
  const value = new Uint8Array(100_000).fill(7);
  for (let i = 0; i < 100; i++) txn.put(key(`a${1000 + i}`), value);
  await commit(cluster, txn);
  const again = await cluster.begin('optimistic');
  for (let i = 0; i < 100; i++) again.put(key(`a${1000 + i}`), value);
  await commit(cluster, again);
  await cluster.storage.close();
  assert.equal(cluster.storage.state.locks, 0);
  const snapshot = cluster.storage.snapshot(await cluster.now());
  assert.equal((await snapshot.scan({ start: key('a') }, {}).next(1000)).length, 100);
});

test('old versions are found although scans answer later', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const snapshot = cluster.storage.snapshot(await cluster.now());
  await write(cluster, { a: '2', b: undefined });
  cluster.regions[0]!.asyncScans = true;
  assert.equal(text(await snapshot.get(key('a'))), '1');
  const pairs = await snapshot.scan({ start: key('a') }, {}).next(10);
  assert.deepEqual(
    pairs.map((pair) => `${pair.key}=${text(pair.value)}`),
    ['a=1', 'b=1'],
  );
});

test('a commit deep in history is found although its pages come later', async () => {
  const cluster = await openCluster();
  const [region] = cluster.regions;
  await write(cluster, { a: 'first' });
  const at = await cluster.now();
  for (let i = 0; i < 100; i++) await write(cluster, { a: `${i}` });
  region!.asyncScans = true;
  assert.equal(text(await cluster.storage.snapshot(at).get(key('a'))), 'first');
  const oldest = (await region!.read().scan({ start: key('h') }, 1000, false)).at(-1)!;
  const startTs = startTsOf(oldest.value);
  const concurrency = new ConcurrencyManager();
  const { oracle, machine } = cluster;
  const service = new TransactionRegion({ kv: region!, concurrency, timers: machine.timers, oracle });
  service.lead();
  await service.untilServing();
  const status = await service.checkTxnStatus({
    primary: key('a'),
    lockTs: startTs,
    callerStartTs: NO_TS,
    currentTs: await cluster.now(),
    rollbackIfNotExist: true,
    forceSyncCommit: false,
    resolvingPessimisticLock: false,
    verifyIsPrimary: true,
  });
  assert.deepEqual(status, { kind: 'ok', status: { kind: 'committed', commitTs: commitTsOf(oldest.value) } });
});
