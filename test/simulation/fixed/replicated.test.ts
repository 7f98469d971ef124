import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planReplicated, runReplicated } from '../replicated/run.ts';

test('a fixed set of seeds passes over three replicas', async () => {
  for (let seed = 1; seed <= 3; seed++) {
    const { failure, tail, acknowledged } = await runReplicated(planReplicated(seed, 6));
    assert.equal(failure, undefined, `seed ${seed}\n${tail.join('\n')}`);
    assert.ok(acknowledged > 10, `seed ${seed} got something done: ${acknowledged}`);
  }
});

test('two runs of one seed over three replicas are the same', async () => {
  const first = await runReplicated(planReplicated(7, 5));
  const second = await runReplicated(planReplicated(7, 5));
  assert.deepEqual(second, first);
});
