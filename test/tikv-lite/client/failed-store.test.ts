import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionError } from '../../../tikv-lite/index.ts';
import { bytes, key, openCluster, write } from './cluster.ts';

/** The next life may find the commit in the log, below timestamps at which reads were served after the failure. */
test('after a store failed in the middle of a one-phase commit, nothing is read as it was before', async () => {
  const cluster = await openCluster();
  await write(cluster, { a: '1', b: '1' });
  const txn = await cluster.begin('optimistic');
  txn.put(key('a'), bytes('2'));
  cluster.regions[0]?.failures.push('store-failed');
  await assert.rejects(
    cluster.world.settle(Promise.resolve(txn.commit())),
    (error) => error instanceof TransactionError && error.kind === 'undetermined',
  );
  const snapshot = cluster.storage.snapshot(await cluster.now());
  await assert.rejects(cluster.world.settle(Promise.resolve(snapshot.get(key('a')))), TransactionError);
  const latest = Promise.resolve().then(() => cluster.storage.getLatest(key('b')));
  await assert.rejects(cluster.world.settle(latest), TransactionError);
});
