import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransactionError } from '../../../tikv-lite/index.ts';
import { openCluster } from './cluster.ts';

test('a timestamp whose bound cannot be saved is unavailable, and the next one is there', async () => {
  const cluster = await openCluster();
  const before = await cluster.now();
  await cluster.world.run(60_000);
  cluster.machine.disk.failNext('sync', 'ENOSPC');
  await assert.rejects(cluster.now(), (error) => error instanceof TransactionError && error.kind === 'unavailable');
  assert.ok((await cluster.now()) > before);
});
