import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { World } from './world.ts';

const RUNS = 300;
const STEPS = 3000;

function live(seed: number): World {
  const world = new World(seed);
  for (let i = 0; i < STEPS; i++) {
    world.step();
    if (i % 100 === 0) world.checkLogs();
  }
  return world;
}

test('every schedule is safe, and live once the faults end', () => {
  let applied = 0;
  let reads = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = live(seed);
      applied += world.checker.highest;
      reads += world.checker.readsServed;
      assert.ok(world.heal() || !world.expectsProgress, 'no agreement after the faults ended');
      world.checkLogs();
    }),
    { numRuns: RUNS },
  );
  assert.ok(applied > RUNS * 8, `the schedules hardly commit anything: ${applied}`);
  assert.ok(reads > RUNS, `the schedules hardly read anything: ${reads}`);
});
