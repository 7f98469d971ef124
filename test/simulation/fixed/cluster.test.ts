import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planCluster } from '../cluster/faults.ts';
import { runRegions } from '../cluster/regions-run.ts';
import { runTransactions } from '../cluster/transactions-run.ts';

test('a fixed seed passes over many regions', async () => {
  const { failure, tail, acknowledged } = await runRegions(planCluster(1, 8));
  assert.equal(failure, undefined, tail.join('\n'));
  assert.ok(acknowledged > 50, `got something done: ${acknowledged}`);
});

test('a fixed seed passes over a whole cluster', async () => {
  const { failure, tail, acknowledged } = await runTransactions(planCluster(1, 8));
  assert.equal(failure, undefined, tail.join('\n'));
  assert.ok(acknowledged > 50, `got something done: ${acknowledged}`);
});

test('two runs of one seed over a whole cluster are the same', async () => {
  const first = await runTransactions(planCluster(7, 5));
  const second = await runTransactions(planCluster(7, 5));
  assert.deepEqual(second, first);
});
