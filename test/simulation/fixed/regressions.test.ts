import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarioNamed } from '../scenarios.ts';
import { readRegressions } from '../support/regression.ts';

for (const { name, regression } of readRegressions()) {
  test(`passes now: ${name}`, async () => {
    const { failure, tail } = await scenarioNamed(regression.scenario).run(regression);
    assert.equal(failure, undefined, tail.join('\n'));
  });
}
