import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, SimulatedWorld, type TimerHandle, within } from '../../../base/index.ts';

const LIMIT_MS = 100;

/** Timers that know which of them are still to go off. */
function newMachine() {
  const world = new SimulatedWorld(1);
  const { timers, clock } = world.machine('a');
  const pending = new Set<TimerHandle>();
  const watched = {
    after: (delayMs: number, callback: () => void): TimerHandle => {
      const timer = timers.after(delayMs, () => {
        pending.delete(handle);
        callback();
      });
      const handle = {
        cancel: (): void => {
          pending.delete(handle);
          timer.cancel();
        },
      };
      pending.add(handle);
      return handle;
    },
    nextTurn: (callback: () => void): void => timers.nextTurn(callback),
  };
  return { world, clock, timers, watched, pending };
}

test('what comes in time is answered at once, and no timer stays', async () => {
  const { world, clock, timers, watched, pending } = newMachine();
  const startMs = clock.monotonicMs();
  const answer = within(
    watched,
    LIMIT_MS,
    pause(timers, LIMIT_MS - 1).then(() => 7),
  ).then((value) => ({ value, atMs: clock.monotonicMs() - startMs, pending: pending.size }));
  assert.equal(pending.size, 1);
  await world.run(1000);
  assert.deepEqual(await answer, { value: 7, atMs: LIMIT_MS - 1, pending: 0 });
});

test('what fails in time fails, and no timer stays', async () => {
  const { watched, pending } = newMachine();
  await assert.rejects(within(watched, LIMIT_MS, Promise.reject(new Error('broken'))), /broken/);
  assert.equal(pending.size, 0);
});

test('what is late is given up; whether it fails later is nobody’s concern', async () => {
  const { world, clock, timers, watched, pending } = newMachine();
  const startMs = clock.monotonicMs();
  const failing = pause(timers, LIMIT_MS + 1).then(() => Promise.reject(new Error('too late')));
  const answer = within(watched, LIMIT_MS, failing).then((value) => [value, clock.monotonicMs() - startMs]);
  await world.run(1000);
  assert.deepEqual(await answer, [undefined, LIMIT_MS]);
  assert.equal(pending.size, 0);
});
