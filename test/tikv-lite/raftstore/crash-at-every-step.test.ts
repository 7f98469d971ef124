import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type SimulatedMachine, SimulatedWorld } from '../../../base/index.ts';
import { MemoryEngine, openStore, type Store } from '../../../tikv-lite/index.ts';
import { put } from '../kv/engine-conformance.ts';

const DIRECTORY = '/data';
const PROPOSERS = 3;

interface Life {
  /** Values that proposer n was told are durable: 0 … acknowledged[n] − 1. */
  readonly acknowledged: number[];
  readonly attempted: number[];
}

function open(machine: SimulatedMachine, engine: MemoryEngine): Promise<Store> {
  return openStore(machine, {
    directory: DIRECTORY,
    segmentBytes: 1 << 18,
    cacheBytes: 1 << 20,
    openEngine: () => Promise.resolve(engine.open()),
  });
}

function keyOfValue(proposer: number, value: number, copy: number): Key {
  return keyOf(`d${proposer}-${String(value).padStart(6, '0')}-${copy}`);
}

async function proposeForever(store: Store, proposer: number, life: Life, padding: number): Promise<void> {
  const region = store.regions[0];
  assert.ok(region !== undefined);
  for (let value = life.acknowledged[proposer] ?? 0; ; value++) {
    life.attempted[proposer] = Math.max(life.attempted[proposer] ?? 0, value + 1);
    const text = `${value}`.padEnd(padding, '.');
    await region.propose([put(keyOfValue(proposer, value, 1), text), put(keyOfValue(proposer, value, 2), text)]);
    life.acknowledged[proposer] = value + 1;
  }
}

function verify(store: Store, life: Life, label: string): void {
  const reader = store.regions[0]?.read();
  assert.ok(reader !== undefined);
  for (let proposer = 0; proposer < PROPOSERS; proposer++) {
    let present = true;
    for (let value = 0; value < (life.attempted[proposer] ?? 0); value++) {
      const one: boolean = reader.get(keyOfValue(proposer, value, 1)) !== undefined;
      const two: boolean = reader.get(keyOfValue(proposer, value, 2)) !== undefined;
      assert.equal(one, two, `${label}: half of ${proposer}/${value}`);
      assert.ok(one || value >= (life.acknowledged[proposer] ?? 0), `${label}: lost acknowledged ${proposer}/${value}`);
      assert.ok(present || !one, `${label}: ${proposer}/${value} without the one before`);
      present = one;
    }
  }
}

/** Runs the store, cuts the power after `steps` events, and again in the middle of coming back; then everything must be there. */
async function crashAfter(seed: number, steps: number, padding: number): Promise<number> {
  const world = new SimulatedWorld(seed);
  const machine = world.machine('store');
  const engine = new MemoryEngine();
  const life: Life = { acknowledged: [], attempted: [] };
  let total = 0;
  for (const limit of [steps, Math.floor(steps / 3) % 40]) {
    let count = 0;
    const running = open(machine, engine).then((store) => {
      for (let proposer = 0; proposer < PROPOSERS; proposer++) {
        proposeForever(store, proposer, life, padding).catch(() => {});
      }
    });
    running.catch(() => {});
    await world.run(60_000, () => ++count > limit);
    machine.crash();
    engine.crash(world.random);
  }
  const store = await world.settle(open(machine, engine));
  verify(store, life, `seed ${seed}, step ${steps}`);
  for (const count of life.acknowledged) total += count;
  await world.settle(store.close());
  const again = await world.settle(open(machine, engine));
  verify(again, life, `seed ${seed}, step ${steps}, after an orderly restart`);
  return total;
}

test('nothing acknowledged is lost, wherever the power is cut', async () => {
  let acknowledged = 0;
  for (let steps = 0; steps < 240; steps += 2) acknowledged += await crashAfter(1000 + steps, steps, 8);
  assert.ok(acknowledged > 500, `the runs did something: ${acknowledged} proposals`);
});

test('nor while segments roll and the log is truncated behind the engine', async () => {
  let acknowledged = 0;
  for (let run = 0; run < 24; run++) acknowledged += await crashAfter(5000 + run, 60 + run * 37, 9000);
  assert.ok(acknowledged > 1000, `the runs did something: ${acknowledged} proposals`);
});
