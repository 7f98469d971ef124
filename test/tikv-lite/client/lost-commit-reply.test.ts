import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ts } from '../../../base/index.ts';
import { bytes, key, openCluster, text } from './cluster.ts';

/** So long that the transaction is too large for async commit. */
const A = key('a'.padEnd(2100, '.'));
const Z = key('z'.padEnd(2100, '.'));

/** The first commit of the primary happens, its answer is lost, and the client asks again. */
test('a commit whose answer was lost is repeated at the same timestamp', async () => {
  const cluster = await openCluster({ splits: ['m'] });
  const first = cluster.regions[0];
  assert.ok(first !== undefined);
  const txn = await cluster.begin('optimistic');
  txn.put(A, bytes('1'));
  txn.put(Z, bytes('1'));
  first.appliesFailed = true;
  first.failures.push(undefined, 'stale-command');
  const { commitTs } = await cluster.world.settle(Promise.resolve(txn.commit()));
  await cluster.world.run(1000);
  const both = async (ts: Ts) => {
    const snapshot = cluster.storage.snapshot(ts);
    const values = await cluster.world.settle(Promise.all([snapshot.get(A), snapshot.get(Z)]));
    return values.map(text);
  };
  assert.deepEqual(await both(commitTs), ['1', '1']);
  assert.deepEqual(await both((commitTs - 1n) as Ts), [undefined, undefined]);
});
