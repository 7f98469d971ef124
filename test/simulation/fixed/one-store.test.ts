import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOneStore, runOneStore } from '../one-store/run.ts';

test('a fixed set of seeds passes over one store', async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const { failure, tail, acknowledged } = await runOneStore(planOneStore(seed, 2));
    assert.equal(failure, undefined, `seed ${seed}\n${tail.join('\n')}`);
    assert.ok(acknowledged > 50, `seed ${seed} got something done: ${acknowledged}`);
  }
});

test('two runs of one seed are the same, those of two seeds are not', async () => {
  const first = await runOneStore(planOneStore(7, 1));
  const second = await runOneStore(planOneStore(7, 1));
  const other = await runOneStore(planOneStore(8, 1));
  assert.deepEqual(second, first);
  assert.notEqual(other.fingerprint, first.fingerprint);
});
