import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InterruptibleWaits, pause, SimulatedWorld } from '../../../base/index.ts';

const KILLED = new Error('killed');

function newWaits() {
  const world = new SimulatedWorld(1);
  const { timers } = world.machine('a');
  return { world, timers, waits: new InterruptibleWaits(timers) };
}

test('a wait that is called off rejects soon, and what becomes of its work is nobody else’s', async () => {
  const { world, timers, waits } = newWaits();
  let isKilled = false;
  const check = (): void => {
    if (isKilled) throw KILLED;
  };
  const fails = pause(timers, 5000).then(() => {
    throw new Error('too late to matter');
  });
  const wait = Promise.resolve(waits.until(fails, check)).then(assert.fail, (error: unknown) => error);
  await world.run(1000);
  isKilled = true;
  const killedAtMs = world.queue.nowMs;
  assert.equal(await world.settle(wait), KILLED);
  assert.ok(world.queue.nowMs - killedAtMs <= 100);
  await world.run(10_000);
});

test('one wait that is called off leaves the others alone', async () => {
  const { world, timers, waits } = newWaits();
  const killed = Promise.resolve(
    waits.until(pause(timers, 1000), () => {
      throw KILLED;
    }),
  );
  const other = waits.until(
    pause(timers, 1000).then(() => 7),
    () => undefined,
  );
  await assert.rejects(world.settle(killed), KILLED);
  assert.equal(await world.settle(Promise.resolve(other)), 7);
});

test('no timer runs when nobody waits', async () => {
  const { world, timers, waits } = newWaits();
  await world.settle(Promise.resolve(waits.until(pause(timers, 250), () => undefined)));
  await world.run(1000);
  let timersSet = 0;
  const counting = new InterruptibleWaits({
    ...timers,
    after: (delayMs, callback) => {
      timersSet++;
      return timers.after(delayMs, callback);
    },
    nextTurn: (callback) => timers.nextTurn(callback),
  });
  await world.settle(Promise.resolve(counting.until(pause(timers, 250), () => undefined)));
  await world.run(10_000);
  assert.equal(timersSet, 3);
  assert.equal(
    counting.until(1, () => undefined),
    1,
  );
});
