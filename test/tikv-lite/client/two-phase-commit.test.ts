import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf } from '../../../base/index.ts';
import type { TimestampOracle } from '../../../pd/index.ts';
import { openStorage } from '../../../tikv-lite/client/local-storage.ts';
import type { Transaction } from '../../../tikv-lite/client/storage.ts';
import { bytes, type Cluster, key, openCluster, read, text, write } from './cluster.ts';

/** More keys than an async commit takes. */
const MANY = 300;

/** Begins a commit over two regions of which the second does not take its prewrites until it is released. */
async function commitHalfWay(cluster: Cluster, mode: 'pessimistic' | 'optimistic') {
  const txn = await cluster.begin(mode);
  await lock(cluster, txn, key('a'));
  txn.put(key('a'), bytes('new'));
  for (let i = 0; i < MANY; i++) txn.put(keyOf(`n${i}`), bytes('new'));
  cluster.regions[1]!.hold();
  const committed = Promise.resolve(txn.commit());
  committed.catch(() => undefined);
  await cluster.world.run(100);
  return { txn, committed };
}

async function lock(cluster: Cluster, txn: Transaction, wanted: Key, waitTimeoutMs = 0): Promise<void> {
  const forUpdateTs = await cluster.now();
  await cluster.world.settle(Promise.resolve(txn.lockKeys([wanted], { forUpdateTs, waitTimeoutMs })));
}

for (const mode of ['pessimistic', 'optimistic'] as const) {
  test(`reads do not wait for the long two-phase commit of a transaction (${mode})`, async () => {
    const cluster = await openCluster({ splits: ['m'] });
    await write(cluster, { a: 'old', n0: 'old' });
    const { txn, committed } = await commitHalfWay(cluster, mode);
    const startedAtMs = cluster.machine.clock.monotonicMs();
    const snapshot = cluster.storage.snapshot(await cluster.now());
    assert.equal(text(await cluster.world.settle(Promise.resolve(snapshot.get(key('a'))))), 'old');
    assert.ok(cluster.machine.clock.monotonicMs() - startedAtMs < 1000);
    cluster.regions[1]!.release();
    const { commitTs } = await cluster.world.settle(committed);
    assert.ok(commitTs > snapshot.ts && commitTs > txn.startTs);
    assert.equal(text(await cluster.world.settle(Promise.resolve(snapshot.get(key('a'))))), 'old');
    assert.equal(await read(cluster, 'a'), 'new');
  });
}

test('the locks of a pessimistic transaction stay alive during a commit that takes longer than they live', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  const { committed } = await commitHalfWay(cluster, 'pessimistic');
  await cluster.world.run(90_000);
  const other = await cluster.begin();
  await assert.rejects(lock(cluster, other, key('a'), 500), { kind: 'lock-wait-timeout' });
  await other.rollback();
  cluster.regions[1]!.release();
  await cluster.world.settle(committed);
  assert.equal(await read(cluster, 'a'), 'new');
});

test('a value that is too large fails the commit and leaves no lock', async () => {
  const cluster = await openCluster();
  const txn = await cluster.begin();
  await lock(cluster, txn, key('a'));
  txn.put(key('a'), Buffer.alloc(6 * 1024 * 1024 + 1));
  await assert.rejects(async () => await cluster.world.settle(Promise.resolve(txn.commit())), { kind: 'too-large' });
  assert.equal(cluster.storage.state.locks, 0);
});

test('an insertion that was taken back in many regions leaves nothing to commit', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  const txn = await cluster.begin('optimistic');
  for (const region of ['a', 'n']) {
    for (let i = 0; i < MANY; i++) {
      txn.insert(keyOf(`${region}${i}`), bytes('1'));
      txn.delete(keyOf(`${region}${i}`));
    }
  }
  await cluster.world.settle(Promise.resolve(txn.commit()));
  assert.equal(cluster.storage.state.locks, 0);
});

test('a one-phase commit whose answer was lost is not told as failed when no timestamp is to be had', async () => {
  const cluster = await openCluster();
  const { regions, oracle, machine } = cluster;
  const { clock, timers } = machine;
  let isAway = false;
  const fragile: TimestampOracle = {
    getTs: () => (isAway ? Promise.reject(new Error('the placement driver is away')) : oracle.getTs()),
  };
  cluster.storage = await cluster.world.settle(openStorage({ regions, oracle: fragile, clock, timers }));
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('new'));
  regions[0]!.failures.push('stale-command');
  regions[0]!.appliesFailed = true;
  regions[0]!.hold();
  const committed = Promise.resolve(txn.commit());
  committed.catch(() => undefined);
  await cluster.world.run(10);
  isAway = true;
  regions[0]!.release();
  await cluster.world.settle(committed);
  isAway = false;
  assert.equal(await read(cluster, 'a'), 'new');
});
