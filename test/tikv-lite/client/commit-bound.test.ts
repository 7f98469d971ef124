import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type Ts } from '../../../base/index.ts';
import { type CommitBound, type Transaction, TransactionError } from '../../../tikv-lite/index.ts';
import { bytes, type Cluster, openCluster, text } from './cluster.ts';

async function begin(cluster: Cluster, commitBound: CommitBound): Promise<Transaction> {
  const startTs = await cluster.now();
  return cluster.storage.begin(startTs, { mode: 'optimistic', maxMemoryBytes: 1 << 20, commitBound });
}

async function read(cluster: Cluster, key: Key): Promise<string | undefined> {
  const snapshot = cluster.storage.snapshot(await cluster.now());
  return text(await cluster.world.settle(Promise.resolve(snapshot.get(key))));
}

for (const splits of [[], ['b']]) {
  const shape = splits.length === 0 ? 'one region' : 'two regions';

  test(`within its bound a transaction over ${shape} commits without asking`, async () => {
    const cluster = await openCluster({ splits });
    const allowedUntil = ((await cluster.now()) + (1n << 40n)) as Ts;
    const bound: CommitBound = { allowedUntil, allow: () => Promise.reject(new Error('nobody should ask')) };
    const txn = await begin(cluster, bound);
    txn.put(keyOf('a'), bytes('1'));
    txn.put(keyOf('c'), bytes('2'));
    const { commitTs } = await cluster.world.settle(Promise.resolve(txn.commit()));
    assert.ok(commitTs <= allowedUntil);
    assert.equal(await read(cluster, keyOf('a')), '1');
  });

  test(`beyond its bound a transaction over ${shape} asks about the timestamp it commits at`, async () => {
    const cluster = await openCluster({ splits });
    const asked: Ts[] = [];
    const bound: CommitBound = {
      allowedUntil: await cluster.now(),
      allow: (commitTs) => {
        asked.push(commitTs);
        return Promise.resolve();
      },
    };
    const txn = await begin(cluster, bound);
    txn.put(keyOf('a'), bytes('1'));
    txn.put(keyOf('c'), bytes('2'));
    const { commitTs } = await cluster.world.settle(Promise.resolve(txn.commit()));
    assert.deepEqual(asked, [commitTs]);
    assert.equal(await read(cluster, keyOf('c')), '2');
  });

  test(`a refused transaction over ${shape} leaves neither data nor locks`, async () => {
    const cluster = await openCluster({ splits });
    const refusal = new TransactionError('schema-changed', 'the table is another one now');
    const bound: CommitBound = { allowedUntil: await cluster.now(), allow: () => Promise.reject(refusal) };
    const txn = await begin(cluster, bound);
    txn.put(keyOf('a'), bytes('1'));
    txn.put(keyOf('c'), bytes('2'));
    await assert.rejects(cluster.world.settle(Promise.resolve(txn.commit())), { kind: 'schema-changed' });
    assert.equal(await read(cluster, keyOf('a')), undefined);
    assert.equal(await read(cluster, keyOf('c')), undefined);
    assert.equal(cluster.storage.state.locks, 0);
  });
}
