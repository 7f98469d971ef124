import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Pool } from '../support/pool.ts';
import { readRegressions } from '../support/regression.ts';

/** In a thread of its own: the test runner follows every promise of the main one. */
const pool = new Pool(1);

after(() => pool.close());

for (const { name, regression } of readRegressions()) {
  test(`passes now: ${name}`, async () => {
    const { failure, tail } = await pool.run(regression.scenario, regression);
    assert.equal(failure, undefined, tail.join('\n'));
  });
}
