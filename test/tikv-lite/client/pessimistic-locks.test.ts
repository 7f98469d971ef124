import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ts } from '../../../base/index.ts';
import type { LockOptions, Transaction } from '../../../tikv-lite/client/storage.ts';
import { bytes, type Cluster, key, openCluster, read, text, write } from './cluster.ts';

async function options(cluster: Cluster, more: Partial<LockOptions> = {}): Promise<LockOptions> {
  return { forUpdateTs: await cluster.now(), waitTimeoutMs: 5000, ...more };
}

async function lock(cluster: Cluster, txn: Transaction, keys: string[], more: Partial<LockOptions> = {}) {
  return txn.lockKeys(keys.map(key), await options(cluster, more));
}

test('a free lock is taken without a promise and without the log', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin();
  const before = cluster.regions[0]!.proposals;
  const result = txn.lockKeys([key('a'), key('b')], await options(cluster));
  assert.ok(!(result instanceof Promise));
  assert.deepEqual(result.locked, ['a', 'b']);
  assert.equal(cluster.regions[0]!.proposals, before);
  assert.equal(cluster.storage.state.locks, 2);
  await txn.rollback();
  assert.equal(cluster.storage.state.locks, 0);
});

test('a waiter gets the lock when the holder commits, and sees the committed value', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  holder.put(key('a'), bytes('2'));
  const waiter = await cluster.begin();
  const waiting = lock(cluster, waiter, ['a'], { returnValues: true });
  await cluster.world.run(10);
  assert.equal(cluster.storage.state.waiting, 1);
  await holder.commit();
  const { values } = await cluster.world.settle(waiting);
  assert.equal(text(values.get(key('a'))), '2');
  waiter.put(key('a'), bytes('3'));
  await waiter.commit();
  assert.equal(await read(cluster, 'a'), '3');
  assert.deepEqual([cluster.storage.state.locks, cluster.storage.state.waiting], [0, 0]);
});

test('without returnValues a change since forUpdateTs is a write conflict; a fresh one gets the lock', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const txn = await cluster.begin();
  const stale = await options(cluster);
  await write(cluster, { a: '2' });
  assert.throws(() => txn.lockKeys([key('a')], stale), { kind: 'write-conflict' });
  await lock(cluster, txn, ['a']);
  txn.put(key('a'), bytes('3'));
  await txn.commit();
  assert.equal(await read(cluster, 'a'), '3');
});

test('a waiter whose holder rolled back gets the lock at its own forUpdateTs', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  const waiter = await cluster.begin();
  const waiting = lock(cluster, waiter, ['a']);
  await cluster.world.run(10);
  await holder.rollback();
  assert.deepEqual((await cluster.world.settle(waiting)).locked, ['a']);
});

test('waiting ends with lock-wait-timeout after the time given, however long the server waits at once', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  const waiter = await cluster.begin();
  const startMs = cluster.machine.clock.monotonicMs();
  const waiting = lock(cluster, waiter, ['a'], { waitTimeoutMs: 3500 });
  await assert.rejects(cluster.world.settle(waiting), { kind: 'lock-wait-timeout', key: 'a' });
  const tookMs = cluster.machine.clock.monotonicMs() - startMs;
  assert.ok(tookMs >= 3500 && tookMs < 3600, `${tookMs}`);
  assert.equal(cluster.storage.state.waiting, 0);
  holder.put(key('a'), bytes('1'));
  await holder.commit();
});

test('NOWAIT fails at once, SKIP LOCKED passes the locked keys by', async () => {
  const cluster = await openCluster();
  const startMs = cluster.machine.clock.monotonicMs();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['b']);
  const other = await cluster.begin();
  await assert.rejects(cluster.world.settle(lock(cluster, other, ['b'], { waitTimeoutMs: 0 })), {
    kind: 'lock-not-available',
  });
  const skipping = lock(cluster, other, ['a', 'b', 'c'], { skipLocked: true, waitTimeoutMs: 0 });
  assert.deepEqual((await cluster.world.settle(skipping)).locked, ['a', 'c']);
  assert.equal(cluster.machine.clock.monotonicMs(), startMs);
});

test('a deadlock of two fails the request that closes the circle', async () => {
  const cluster = await openCluster();
  const first = await cluster.begin();
  const second = await cluster.begin();
  await lock(cluster, first, ['a']);
  await lock(cluster, second, ['b']);
  const waiting = lock(cluster, first, ['b']);
  await cluster.world.run(10);
  await assert.rejects(cluster.world.settle(lock(cluster, second, ['a'])), { kind: 'deadlock' });
  await second.rollback();
  assert.deepEqual((await cluster.world.settle(waiting)).locked, ['b']);
});

test('a deadlock of three is found when a waiter’s lock changes hands', async () => {
  const cluster = await openCluster();
  const [a, b, c] = [await cluster.begin(), await cluster.begin(), await cluster.begin()];
  await lock(cluster, a, ['x']);
  await lock(cluster, c, ['z']);
  const bWaits = lock(cluster, b, ['x']);
  const cWaits = lock(cluster, c, ['x']);
  await cluster.world.run(10);
  await a.rollback();
  await cluster.world.settle(bWaits);
  await assert.rejects(cluster.world.settle(lock(cluster, b, ['z'])), { kind: 'deadlock' });
  await b.rollback();
  await cluster.world.settle(cWaits);
});

test('the oldest waiter goes first', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  const old = await cluster.begin();
  const young = await cluster.begin();
  const order: string[] = [];
  const youngWaits = lock(cluster, young, ['a']).then(() => order.push('young'));
  await cluster.world.run(5);
  const oldWaits = lock(cluster, old, ['a']).then(() => order.push('old'));
  await cluster.world.run(5);
  await holder.rollback();
  await cluster.world.settle(oldWaits);
  await old.rollback();
  await cluster.world.settle(youngWaits);
  assert.deepEqual(order, ['old', 'young']);
});

test('returnValues shows own writes, and keys that exist only', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const txn = await cluster.begin();
  txn.put(key('b'), bytes('own'));
  txn.put(key('d'), bytes('own'));
  const { values } = await lock(cluster, txn, ['a', 'b', 'c', 'd'], { returnValues: true });
  assert.deepEqual(
    [...values].map(([k, v]) => `${k}=${text(v)}`),
    ['a=1', 'b=own', 'd=own'],
  );
});

test('shouldNotExist fails on committed and own data, not on what the transaction deleted', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const txn = await cluster.begin();
  await assert.rejects(lock(cluster, txn, ['a'], { shouldNotExist: true }), { kind: 'key-exists', key: 'a' });
  txn.put(key('c'), bytes('own'));
  await assert.rejects(lock(cluster, txn, ['c'], { shouldNotExist: true }), { kind: 'key-exists', key: 'c' });
  await lock(cluster, txn, ['b']);
  txn.delete(key('b'));
  await lock(cluster, txn, ['b'], { shouldNotExist: true });
  txn.insert(key('b'), bytes('2'));
  await txn.commit();
  assert.equal(await read(cluster, 'b'), '2');
});

test('an insert of an existing key fails at commit when it was not locked', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  for (const mode of ['optimistic', 'pessimistic'] as const) {
    const txn = await cluster.begin(mode);
    txn.insert(key('a'), bytes('2'));
    await assert.rejects(Promise.resolve(txn.commit()), { kind: 'key-exists', key: 'a' });
  }
  assert.equal(cluster.storage.state.locks, 0);
});

test('locks without writes leave no trace; locked keys of a writer are part of its commit', async () => {
  const cluster = await openCluster();
  const before = cluster.regions[0]!.proposals;
  const reader = await cluster.begin();
  await lock(cluster, reader, ['a']);
  await reader.commit();
  assert.equal(cluster.regions[0]!.proposals, before);
  const optimist = await cluster.begin('optimistic');
  const writer = await cluster.begin();
  await lock(cluster, writer, ['a', 'b']);
  writer.put(key('b'), bytes('1'));
  await writer.commit();
  optimist.put(key('a'), bytes('1'));
  await assert.rejects(Promise.resolve(optimist.commit()), { kind: 'write-conflict', key: 'a' });
});

test('heart-beats keep a long transaction alive', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  await cluster.world.run(120_000);
  const other = await cluster.begin();
  await assert.rejects(cluster.world.settle(lock(cluster, other, ['a'], { waitTimeoutMs: 0 })), {
    kind: 'lock-not-available',
  });
  holder.put(key('a'), bytes('1'));
  await holder.commit();
});

test('a wait that ends after its transaction gives the lock back', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  const killed = await cluster.begin();
  const waiting = lock(cluster, killed, ['a']);
  await cluster.world.run(10);
  await killed.rollback();
  await holder.rollback();
  await assert.rejects(cluster.world.settle(waiting), { kind: 'aborted' });
  assert.equal(cluster.storage.state.locks, 0);
});

test('a current read sees what was committed after the transaction began', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const txn = await cluster.begin();
  await write(cluster, { a: '2' });
  assert.equal(text(await txn.get(key('a'))), '1');
  const now: Ts = await cluster.now();
  assert.equal(text(await txn.currentReader(now).get(key('a'))), '2');
});

test('a write conflict keeps the lock, so that the statement succeeds when it is redone', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  holder.put(key('a'), bytes('2'));
  const waiters = [await cluster.begin(), await cluster.begin(), await cluster.begin()];
  const outcomes: string[] = [];
  const waiting = waiters.map(async (txn, i) => {
    await lock(cluster, txn, ['a']).catch((error: { kind: string }) => outcomes.push(`${i} ${error.kind}`));
    await lock(cluster, txn, ['a']);
    txn.put(key('a'), bytes(`waiter ${i}`));
    await txn.commit();
    outcomes.push(`${i} committed`);
  });
  await cluster.world.run(10);
  await holder.commit();
  await cluster.world.settle(Promise.all(waiting));
  assert.deepEqual(outcomes, [
    '0 write-conflict',
    '0 committed',
    '1 write-conflict',
    '1 committed',
    '2 write-conflict',
    '2 committed',
  ]);
});

test('who asks while a commit is on its way stands behind those who wait already', async () => {
  const cluster = await openCluster();
  const holder = await cluster.begin();
  await lock(cluster, holder, ['a']);
  holder.put(key('a'), bytes('1'));
  const [old, young] = [await cluster.begin(), await cluster.begin()];
  const order: string[] = [];
  const take = async (name: string, txn: Transaction): Promise<void> => {
    await lock(cluster, txn, ['a'], { returnValues: true });
    order.push(name);
    await txn.rollback();
  };
  const oldTakes = take('old', old);
  await cluster.world.run(5);
  cluster.regions[0]!.hold();
  const committing = holder.commit();
  const youngTakes = take('young', young);
  await cluster.world.run(5);
  assert.deepEqual(order, []);
  cluster.regions[0]!.release();
  await cluster.world.settle(Promise.all([committing, oldTakes, youngTakes]));
  assert.deepEqual(order, ['old', 'young']);
});

/** A proposal with an open outcome makes the region forget what lives in its memory only, as a new leader does. */
async function loseLocks(cluster: Cluster): Promise<void> {
  cluster.regions[0]!.failures.push('stale-command');
  await write(cluster, { other: '1' });
  assert.equal(cluster.storage.state.locks, 0);
}

/** A transaction that read `a` under a lock, which its region has lost since. */
async function withLostLock(): Promise<{ cluster: Cluster; txn: Transaction }> {
  const cluster = await openCluster();
  await write(cluster, { a: '1' });
  const txn = await cluster.begin();
  await lock(cluster, txn, ['a'], { returnValues: true });
  await loseLocks(cluster);
  return { cluster, txn };
}

test('a lock that was lost is missed when the key is locked again and has changed meanwhile', async () => {
  const { cluster, txn } = await withLostLock();
  await write(cluster, { a: '2' });
  await assert.rejects(lock(cluster, txn, ['a'], { returnValues: true }), { kind: 'aborted' });
  await txn.rollback();
  assert.equal(await read(cluster, 'a'), '2');
});

test('a lost lock is missed at the commit when nothing was locked again', async () => {
  const { cluster, txn } = await withLostLock();
  await write(cluster, { a: '2' });
  await lock(cluster, txn, ['a']);
  txn.put(key('a'), bytes('1+'));
  await assert.rejects(async () => cluster.world.settle(Promise.resolve(txn.commit())), { kind: 'aborted' });
  assert.equal(await read(cluster, 'a'), '2');
});

test('a lock that was lost is taken again while nobody changed the key', async () => {
  const { cluster, txn } = await withLostLock();
  const { values } = await lock(cluster, txn, ['a'], { returnValues: true });
  assert.equal(text(values.get(key('a'))), '1');
  txn.put(key('a'), bytes('2'));
  await cluster.world.settle(Promise.resolve(txn.commit()));
  assert.equal(await read(cluster, 'a'), '2');
});
