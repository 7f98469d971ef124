import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../support/outcome.ts';
import { planFaults, type RunPlan } from '../support/plan.ts';
import { shrink, symptomOf } from '../support/shrink.ts';

const KINDS = ['crash', 'cut', 'slow-disk', 'harmless'];

/** Fails when a cut comes after a crash within the first ten seconds. */
function run(plan: RunPlan): Promise<Outcome> {
  const crash = plan.faults.findIndex(({ kind }) => kind === 'crash');
  const cut = plan.faults.findIndex(({ kind, atMs }, i) => kind === 'cut' && i > crash && atMs < 10_000);
  const failure = crash >= 0 && cut >= 0 ? `lost ${plan.faults.length} writes` : undefined;
  const atMs = plan.faults[cut]?.atMs ?? plan.seconds * 1000;
  return Promise.resolve({
    seed: plan.seed,
    failure,
    fingerprint: '',
    tail: [],
    virtualMs: atMs,
    acknowledged: 1,
    marks: new Map(),
  });
}

test('a failing plan shrinks to the two faults that matter', async () => {
  const plan: RunPlan = { seed: 1, seconds: 60, faults: planFaults(1, 60, KINDS, 500) };
  const outcome = await run(plan);
  assert.ok(plan.faults.length > 100 && outcome.failure !== undefined, 'the plan fails');
  const smallest = await shrink(plan, outcome, { run, hasTime: () => true });
  assert.deepEqual(
    smallest.plan.faults.map(({ kind }) => kind),
    ['crash', 'cut'],
  );
  assert.ok(smallest.plan.seconds <= 10, `${smallest.plan.seconds} seconds`);
});

test('a symptom is what a failure says without its numbers', () => {
  assert.equal(symptomOf('T12 read list/3 = [1 2]\n stack'), symptomOf('T7 read list/14 = [3 44]'));
  assert.notEqual(symptomOf('no progress'), symptomOf('T7 read'));
});

test('the same seed plans the same faults', () => {
  assert.deepEqual(planFaults(5, 30, KINDS, 900), planFaults(5, 30, KINDS, 900));
  assert.notDeepEqual(planFaults(5, 30, KINDS, 900), planFaults(6, 30, KINDS, 900));
});
