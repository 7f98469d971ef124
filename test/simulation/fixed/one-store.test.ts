import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runOneStore } from '../one-store/run.ts';

test('a fixed set of seeds passes over one store', async () => {
  for (let seed = 1; seed <= 2; seed++) {
    const { failure, tail, acknowledged } = await runOneStore({ seed, faultySeconds: 2 });
    assert.equal(failure, undefined, `seed ${seed}\n${tail.join('\n')}`);
    assert.ok(acknowledged > 50, `seed ${seed} got something done: ${acknowledged}`);
  }
});

test('two runs of one seed are the same, those of two seeds are not', async () => {
  const first = await runOneStore({ seed: 7, faultySeconds: 1 });
  const second = await runOneStore({ seed: 7, faultySeconds: 1 });
  const other = await runOneStore({ seed: 8, faultySeconds: 1 });
  assert.deepEqual(second, first);
  assert.notEqual(other.fingerprint, first.fingerprint);
});
