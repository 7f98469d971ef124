import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, NO_TS, type Ts } from '../../../base/index.ts';
import type { PrewriteRequest } from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { ConcurrencyManager } from '../../../tikv-lite/txn/concurrency-manager.ts';
import { TransactionRegion } from '../../../tikv-lite/txn/transaction-region.ts';
import { bytes, type Cluster, openCluster } from '../client/cluster.ts';

/** A region whose placement driver answers when it is told to. */
async function lead(): Promise<{ cluster: Cluster; region: TransactionRegion; answer: (ts: Ts) => void }> {
  const cluster = await openCluster();
  let answer: (ts: Ts) => void = () => undefined;
  const oracle = {
    getTs: () =>
      new Promise<Ts>((resolve) => {
        answer = resolve;
      }),
  };
  const concurrency = new ConcurrencyManager();
  const [kv] = cluster.regions;
  const region = new TransactionRegion({ kv: kv!, concurrency, timers: cluster.machine.timers, oracle });
  region.lead();
  await cluster.world.run(10);
  return { cluster, region, answer: (ts) => answer(ts) };
}

function request(key: string, startTs: bigint, more: Partial<PrewriteRequest> = {}): PrewriteRequest {
  return {
    mutations: [{ op: 'put', key: keyOf(key), value: bytes('v') }],
    primary: keyOf(key),
    startTs: startTs as Ts,
    lockTtlMs: 3000,
    forUpdateTs: NO_TS,
    txnSize: 1,
    minCommitTs: NO_TS,
    maxCommitTs: NO_TS,
    tryOnePc: false,
    ...more,
  };
}

test('P0 before the fresh timestamp is there no commit_ts is promised; plain locks are written', async () => {
  const { region, answer } = await lead();
  const refused = { kind: 'max-timestamp-not-synced' };
  assert.deepEqual(await region.prewrite(request('a', 10n, { tryOnePc: true })), refused);
  assert.deepEqual(await region.prewrite(request('a', 10n, { secondaries: [] })), refused);
  assert.deepEqual(await region.prewrite(request('b', 10n)), { kind: 'prewritten', minCommitTs: NO_TS });
  answer(100n as Ts);
  await Promise.resolve();
  assert.deepEqual(await region.prewrite(request('a', 10n, { tryOnePc: true })), { kind: 'one-pc', commitTs: 101n });
});

test('P0 holds again after a merge, until another timestamp came that was asked for afterwards', async () => {
  const { cluster, region, answer } = await lead();
  answer(100n as Ts);
  await Promise.resolve();
  region.grow();
  await cluster.world.run(10);
  assert.equal((await region.prewrite(request('a', 110n, { tryOnePc: true }))).kind, 'max-timestamp-not-synced');
  answer(200n as Ts);
  await Promise.resolve();
  assert.deepEqual(await region.prewrite(request('a', 110n, { tryOnePc: true })), { kind: 'one-pc', commitTs: 201n });
});

test('P3 a pessimistic prewrite that arrives once more after its commit leaves no lock behind', async () => {
  const { region, answer } = await lead();
  answer(100n as Ts);
  await Promise.resolve();
  const again = request('a', 110n, {
    mutations: [{ op: 'put', key: keyOf('a'), value: bytes('v'), action: 'skip-check' }],
    primary: keyOf('p'),
    forUpdateTs: 110n as Ts,
  });
  assert.equal((await region.prewrite(again)).kind, 'prewritten');
  const commit = { keys: [keyOf('a')] as Key[], startTs: 110n as Ts, commitTs: 120n as Ts };
  assert.deepEqual(await region.commit(commit), { kind: 'ok' });
  assert.equal((await region.prewrite(again)).kind, 'prewritten');
  assert.equal(region.lockCount, 0);
});
