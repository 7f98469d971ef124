import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { physicalMsOf, SimulatedWorld, type Ts } from '../../../base/index.ts';
import { LocalOracle, SAVE_AHEAD_MS, TimestampState } from '../../../pd/index.ts';

test('strictly increasing under any clock, across restarts at the durable bound', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 100_000 }) }),
    fc.record({ kind: fc.constant('clock' as const), byMs: fc.integer({ min: -5000, max: 10_000 }) }),
    fc.record({ kind: fc.constant('restart' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let nowMs = 1_000_000;
      let durableMs = 0;
      let state = new TimestampState(durableMs, nowMs);
      let last = 0n;
      for (const action of steps) {
        if (action.kind === 'clock') nowMs = Math.max(0, nowMs + action.byMs);
        else if (action.kind === 'restart') state = new TimestampState(durableMs, nowMs);
        else {
          let ts = state.take(nowMs, action.count);
          if (ts === undefined) {
            durableMs = state.wantedBoundMs(nowMs) ?? assert.fail('an exhausted bound must want a new one');
            state.boundSaved(durableMs);
            ts = state.take(nowMs, action.count) ?? assert.fail('a fresh bound must be enough');
          }
          assert.ok(ts - BigInt(action.count) >= last, 'the whole batch is new');
          assert.ok(physicalMsOf(ts) < durableMs);
          last = ts;
        }
      }
    }),
  );
});

test('the local oracle never repeats a timestamp across crashes and clock jumps', async () => {
  const world = new SimulatedWorld(11);
  const machine = world.machine('pd');
  let last = 0n;
  for (let life = 0; life < 5; life++) {
    const oracle = await world.settle(LocalOracle.open({ clock: machine.clock, disk: machine.disk, path: '/pd/tso' }));
    for (let i = 0; i < 200; i++) {
      const ts: Ts = await world.settle(Promise.resolve(oracle.getTs()));
      assert.ok(ts > last, `life ${life}, ${i}`);
      last = ts;
      await world.run(i % 7 === 0 ? SAVE_AHEAD_MS : 3);
    }
    machine.jumpClock(-60_000);
    machine.crash();
  }
});

test('a damaged bound file is refused', async () => {
  const world = new SimulatedWorld(1);
  const { clock, disk } = world.machine('pd');
  await world.settle(disk.replaceFile('/pd/tso', Buffer.from('nonsense')));
  await assert.rejects(world.settle(LocalOracle.open({ clock, disk, path: '/pd/tso' })), /does not hold a timestamp/);
});
