import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, SimulatedWorld } from '../../../base/index.ts';
import { FaultEngine, MemoryEngine, openStore, RegionError } from '../../../tikv-lite/index.ts';
import { put } from '../kv/engine-conformance.ts';

const isDiskFull = (error: unknown): boolean => error instanceof RegionError && error.kind === 'disk-full';

async function untilAccepted(world: SimulatedWorld, propose: () => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await world.settle(
      propose().then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    if (outcome === undefined) return;
    assert.ok(isDiskFull(outcome), String(outcome));
    await world.run(500);
  }
  assert.fail('the store never recovered');
}

test('an engine out of space: reads go on, writes are refused, and come back with the space', async () => {
  const world = new SimulatedWorld(1);
  const machine = world.machine('store');
  const memory = new MemoryEngine();
  const engine = new FaultEngine(memory);
  const store = await world.settle(
    openStore(machine, { directory: '/data', segmentBytes: 1 << 18, openEngine: () => Promise.resolve(engine) }),
  );
  const region = store.regions[0];
  assert.ok(region !== undefined);
  await world.settle(region.propose([put(keyOf('d1'), 'before')]));
  engine.fail('ENOSPC');
  await world.settle(region.propose([put(keyOf('d2'), 'in the log')]));
  assert.equal(Buffer.from(region.read().get(keyOf('d2')) ?? []).toString(), 'in the log');
  await assert.rejects(world.settle(region.propose([put(keyOf('d3'), 'refused')])), isDiskFull);
  assert.equal(Buffer.from(region.read().get(keyOf('d1')) ?? []).toString(), 'before');
  assert.equal(region.read().get(keyOf('d3')), undefined);
  engine.heal();
  await untilAccepted(world, () => region.propose([put(keyOf('d4'), 'after')]));
  assert.equal(Buffer.from(memory.get(keyOf('d2')) ?? []).toString(), 'in the log');
  await world.settle(store.close());
});

test('whoever proposes while the engine fails is answered, and told the truth', async () => {
  const world = new SimulatedWorld(5);
  const machine = world.machine('store');
  const engine = new FaultEngine(new MemoryEngine());
  const store = await world.settle(
    openStore(machine, { directory: '/data', segmentBytes: 1 << 18, openEngine: () => Promise.resolve(engine) }),
  );
  const region = store.regions[0];
  assert.ok(region !== undefined);
  const answers = new Map<string, Promise<unknown>>();
  for (let i = 0; i < 30; i++) {
    if (i === 10) engine.fail('ENOSPC');
    const answer = region.propose([put(keyOf(`d${i}`), `${i}`)]).then(
      () => 'accepted',
      (error: unknown) => error,
    );
    answers.set(`d${i}`, answer);
    if (i % 4 === 0) await world.run(0.3);
  }
  for (const [name, answer] of answers) {
    const outcome = await world.settle(answer);
    assert.ok(outcome === 'accepted' || isDiskFull(outcome), `${name}: ${String(outcome)}`);
    assert.equal(region.read().get(keyOf(name)) !== undefined, outcome === 'accepted', name);
  }
});

test('a power cut while the engine is out of space loses nothing', async () => {
  const world = new SimulatedWorld(2);
  const machine = world.machine('store');
  const memory = new MemoryEngine();
  const engine = new FaultEngine(memory);
  const options = { directory: '/data', segmentBytes: 1 << 18 };
  const store = await world.settle(openStore(machine, { ...options, openEngine: () => Promise.resolve(engine) }));
  const region = store.regions[0];
  assert.ok(region !== undefined);
  engine.fail('ENOSPC');
  await world.settle(region.propose([put(keyOf('d1'), 'in the log only')]));
  machine.crash();
  memory.crash(world.random);
  const again = await world.settle(
    openStore(machine, { ...options, openEngine: () => Promise.resolve(memory.open()) }),
  );
  assert.equal(Buffer.from(again.regions[0]?.read().get(keyOf('d1')) ?? []).toString(), 'in the log only');
});

test('a log out of space: everything accepted is durable, the rest is refused, and it comes back', async () => {
  const world = new SimulatedWorld(3);
  const machine = world.machine('store');
  const memory = new MemoryEngine();
  const options = { directory: '/data', segmentBytes: 1 << 18, openEngine: () => Promise.resolve(memory.open()) };
  const store = await world.settle(openStore(machine, options));
  const region = store.regions[0];
  assert.ok(region !== undefined);
  await world.settle(region.propose([put(keyOf('d'), 'first')]));
  await world.run(1000);
  machine.disk.capacityBytes = Number.MAX_SAFE_INTEGER - (await machine.disk.freeBytes());
  const accepted: string[] = [];
  let refused = 0;
  for (let i = 0; i < 60; i++) {
    const name = `d${i}`;
    const outcome = await world.settle(
      region.propose([put(keyOf(name), 'x'.repeat(10_000))]).then(
        () => 'accepted',
        (error: unknown) => error,
      ),
    );
    if (outcome === 'accepted') accepted.push(name);
    else {
      assert.ok(isDiskFull(outcome), String(outcome));
      refused++;
    }
  }
  assert.ok(accepted.length > 10 && refused > 0, `${accepted.length} accepted, ${refused} refused`);
  machine.crash();
  memory.crash(world.random);
  machine.disk.capacityBytes = Number.MAX_SAFE_INTEGER;
  const again = await world.settle(openStore(machine, options));
  for (const name of accepted) assert.ok(again.regions[0]?.read().get(keyOf(name)) !== undefined, name);
  await untilAccepted(world, () => again.regions[0]?.propose([put(keyOf('d'), 'again')]) ?? Promise.resolve());
  await world.settle(again.close());
});

test('a log device that fails stops the store, and says so', async () => {
  const world = new SimulatedWorld(4);
  const machine = world.machine('store');
  const memory = new MemoryEngine();
  const store = await world.settle(
    openStore(machine, { directory: '/data', segmentBytes: 1 << 18, openEngine: () => Promise.resolve(memory.open()) }),
  );
  const region = store.regions[0];
  assert.ok(region !== undefined);
  await world.settle(region.propose([put(keyOf('d1'), '1')]));
  machine.disk.failNext('sync', 'EIO');
  const isFailed = (error: unknown): boolean => error instanceof RegionError && error.kind === 'store-failed';
  await assert.rejects(world.settle(region.propose([put(keyOf('d2'), '2')])), isFailed);
  await assert.rejects(world.settle(region.propose([put(keyOf('d3'), '3')])), isFailed);
  assert.equal(Buffer.from(region.read().get(keyOf('d1')) ?? []).toString(), '1');
});
