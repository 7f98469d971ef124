import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pause, Rounds, SimulatedWorld, untilNextTurn } from '../../../base/index.ts';

const INTERVAL_MS = 100;

function newMachine() {
  const world = new SimulatedWorld(1);
  return { world, ...world.machine('a') };
}

test('the interval counts from the end of a round', async () => {
  const { world, clock, timers } = newMachine();
  const beginnings: number[] = [];
  const startMs = clock.monotonicMs();
  const round = async (): Promise<void> => {
    beginnings.push(clock.monotonicMs() - startMs);
    await pause(timers, 30);
  };
  const rounds = new Rounds({ timers, intervalMs: INTERVAL_MS, round });
  rounds.start();
  await world.run(400);
  assert.deepEqual(beginnings, [100, 230, 360]);
  rounds.close();
});

test('rounds that are over at once follow each other, too; the first may begin now', async () => {
  const { world, timers } = newMachine();
  let count = 0;
  const round = (): void => {
    count++;
  };
  const rounds = new Rounds({ timers, intervalMs: INTERVAL_MS, round });
  rounds.startNow();
  assert.equal(count, 1);
  await world.run(350);
  assert.equal(count, 4);
  rounds.close();
});

test('a round that failed is told of, and followed by the next', async () => {
  const { world, timers } = newMachine();
  const failures: unknown[] = [];
  let count = 0;
  const round = async (): Promise<void> => {
    count++;
    await untilNextTurn(timers);
    if (count === 1) throw new Error('out of reach');
  };
  const rounds = new Rounds({
    timers,
    intervalMs: INTERVAL_MS,
    round,
    failed: (error) => failures.push(String(error)),
  });
  rounds.start();
  await world.run(250);
  assert.equal(count, 2);
  assert.deepEqual(failures, ['Error: out of reach']);
  rounds.close();
});

test('a closed one begins no round, and tells when the last is over', async () => {
  const { world, clock, timers } = newMachine();
  let begun = 0;
  let ended = 0;
  const round = async (): Promise<void> => {
    begun++;
    await pause(timers, 30);
    ended++;
  };
  const rounds = new Rounds({ timers, intervalMs: INTERVAL_MS, round });
  rounds.start();
  await world.run(110);
  assert.deepEqual([begun, ended], [1, 0]);
  rounds.close();
  assert.ok(rounds.isClosed);
  const closedMs = clock.monotonicMs();
  await world.settle(rounds.untilIdle());
  assert.equal(clock.monotonicMs() - closedMs, 20);
  assert.equal(ended, 1);
  rounds.start();
  rounds.startNow();
  await world.run(1000);
  assert.equal(begun, 1);
});
