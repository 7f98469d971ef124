import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type Ts } from '../../../base/index.ts';
import { ConcurrencyManager } from '../../../tikv-lite/txn/concurrency-manager.ts';
import { TransactionRegion } from '../../../tikv-lite/txn/transaction-region.ts';
import { bytes, openCluster } from '../client/cluster.ts';

test('beyond their number requests for the lock of a key are refused, even while a command is at work on it', async () => {
  const cluster = await openCluster();
  const kv = cluster.regions[0]!;
  const { oracle, machine, world } = cluster;
  const region = new TransactionRegion({
    kv,
    concurrency: new ConcurrencyManager(),
    timers: machine.timers,
    oracle,
    maxLockWaits: 3,
  });
  region.lead();
  await world.run(10);
  const key = keyOf('a');
  const startTs = 1n as Ts;
  const none = 0n as Ts;
  kv.hold();
  const prewritten = Promise.resolve(
    region.prewrite({
      mutations: [{ op: 'put', key, value: bytes('1') }],
      primary: key,
      startTs,
      lockTtlMs: 3000,
      forUpdateTs: none,
      txnSize: 1,
      minCommitTs: none,
      maxCommitTs: none,
      tryOnePc: false,
    }),
  );
  const lock = (ts: number) => {
    const own = BigInt(ts) as Ts;
    return region.pessimisticLock({ key, primary: key, startTs: own, forUpdateTs: own, lockTtlMs: 3000 }, 1);
  };
  const waiting = Array.from({ length: 3 }, (_, i) => Promise.resolve(lock(i + 10)));
  await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(async () => await lock(1_000_000), { kind: 'server-is-busy' });
  kv.release();
  await world.settle(prewritten);
  const replies = await world.settle(Promise.all(waiting));
  assert.ok(replies.every(({ kind }) => kind === 'failed'));
});
