import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composeTs, pause, physicalMsOf, SeededRandom, SimulatedWorld, type Ts } from '../../../base/index.ts';
import { LocalOracle } from '../../../pd/index.ts';
import { MemoryEngine, openStorage, openStore } from '../../../tikv-lite/index.ts';
import { Bank } from './bank.ts';
import { type Cluster, openCluster } from './cluster.ts';

const WORKERS = 6;

/** Works at the bank in virtual time, while the log stumbles now and then. */
async function workday(cluster: Cluster, bank: Bank, random: SeededRandom, transfers: number): Promise<void> {
  let left = transfers;
  const { timers } = cluster.machine;
  const shortly = () => pause(timers, random.below(4));
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      await bank.transfer(cluster.storage);
      await shortly();
    }
  };
  const auditor = async (): Promise<void> => {
    while (left > 0) {
      await bank.audit(cluster.storage);
      await shortly();
    }
  };
  const saboteur = async (): Promise<void> => {
    while (left > 0) {
      const region = cluster.regions[random.below(cluster.regions.length)]!;
      const failure = (['server-is-busy', 'not-leader', 'stale-command'] as const)[random.below(3)]!;
      region.appliesFailed = random.below(2) === 0;
      region.failures.push(failure);
      await pause(timers, 20);
    }
  };
  const collector = async (): Promise<void> => {
    while (left > 0) {
      await pause(timers, 300);
      const now = await cluster.storage.currentTs();
      await cluster.storage.collectGarbage(composeTs(physicalMsOf(now) - 5000, 0));
    }
  };
  const day = [auditor(), auditor(), saboteur(), collector(), ...Array.from({ length: WORKERS }, worker)];
  await cluster.world.settle(Promise.all(day), 3_600_000);
}

test('three regions: money is conserved among conflicts, deadlocks, failures of the log and garbage collection', async () => {
  for (const seed of [1, 2, 3]) {
    const cluster = await openCluster({ seed, splits: ['m', 's'] });
    const random = new SeededRandom(seed);
    const bank = new Bank(random);
    await cluster.world.settle(bank.open(cluster.storage));
    for (const region of cluster.regions) region.asyncScans = seed % 2 === 0;
    await workday(cluster, bank, random, 400);
    await cluster.world.settle(bank.verify(cluster.storage));
    assert.deepEqual(await cluster.world.settle(bank.missing(cluster.storage)), [], `seed ${seed}`);
    assert.ok(bank.acknowledged.length > 100 && bank.reads > 20, `${bank.acknowledged.length} ${bank.reads}`);
    await cluster.world.settle(cluster.storage.close());
    assert.equal(cluster.storage.state.waiting, 0);
  }
});

async function openAll(world: SimulatedWorld, engine: MemoryEngine, machine: ReturnType<SimulatedWorld['machine']>) {
  const store = await openStore(machine, {
    directory: '/data',
    segmentBytes: 1 << 18,
    cacheBytes: 1 << 20,
    openEngine: () => Promise.resolve(engine.open()),
  });
  const oracle = await LocalOracle.open({ clock: machine.clock, disk: machine.disk, path: '/tso' });
  const { clock, timers } = machine;
  return { store, storage: await openStorage({ regions: store.regions, oracle, clock, timers }), world };
}

test('a real store: power cuts lose no acknowledged transfer and no money', async () => {
  for (const seed of [11, 12, 13, 14]) {
    const world = new SimulatedWorld(seed);
    const machine = world.machine('store');
    const engine = new MemoryEngine();
    const bank = new Bank(new SeededRandom(seed));
    let life = await world.settle(openAll(world, engine, machine));
    await world.settle(bank.open(life.storage));
    for (let crash = 0; crash < 5; crash++) {
      let events = 0;
      let isAlive = true;
      const { storage } = life;
      const worker = async (): Promise<void> => {
        while (isAlive) await bank.transfer(storage);
      };
      for (let i = 0; i < WORKERS; i++) worker().catch(() => undefined);
      const limit = 50 + world.random.below(300);
      await world.run(60_000, () => ++events > limit);
      isAlive = false;
      machine.crash();
      engine.crash(world.random);
      bank.refused.length = 0;
      life = await world.settle(openAll(world, engine, machine));
      await world.settle(bank.verify(life.storage));
      assert.deepEqual(await world.settle(bank.missing(life.storage)), [], `seed ${seed}, crash ${crash}`);
    }
    assert.ok(bank.acknowledged.length > 50, `${bank.acknowledged.length} transfers`);
    const now: Ts = await world.settle(Promise.resolve(life.storage.currentTs()));
    assert.ok((await world.settle(life.storage.collectGarbage(now))) > 0);
    await world.settle(bank.verify(life.storage));
  }
});
