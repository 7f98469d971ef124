import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLANTED_BUGS } from './bugs.ts';

const MAX_SEEDS = 200;

for (const { name, firstSeed, run } of PLANTED_BUGS) {
  test(`found: ${name}`, async () => {
    for (let seed = firstSeed; seed < firstSeed + MAX_SEEDS; seed++) {
      const { failure } = await run(seed);
      if (failure !== undefined) return;
    }
    assert.fail(`not found by ${MAX_SEEDS} seeds from ${firstSeed} on`);
  });
}
