import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, type PeerId, type RegionId, type SimulatedMachine, SimulatedWorld } from '../../../../base/index.ts';
import { MemoryEngine, openStore, RegionError, type Store } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';

const KEYS = 12;

interface Life {
  /** The value of key n that was acknowledged, and the one that may have been written. */
  readonly acknowledged: number[];
  readonly attempted: number[];
  lastId: number;
  splits: number;
}

function open(machine: SimulatedMachine, engine: MemoryEngine): Promise<Store> {
  return openStore(machine, {
    directory: '/data',
    segmentBytes: 1 << 18,
    cacheBytes: 0,
    openEngine: () => Promise.resolve(engine.open()),
  });
}

function keyOf(n: number): Key {
  return `k${String(n).padStart(3, '0')}` as Key;
}

/** Overwrites every key again and again, in whatever region it is, with values that only grow. */
async function writeForever(store: Store, n: number, life: Life, padding: number): Promise<void> {
  for (let value = (life.attempted[n] ?? 0) + 1; ; value++) {
    life.attempted[n] = value;
    const region = store.regionOf(keyOf(n));
    if (region === undefined) return;
    const key = `d${keyOf(n)}` as Key;
    try {
      await region.propose([{ kind: 'put', key, value: Buffer.from(`${value}`.padEnd(padding, '.')) }]);
      life.acknowledged[n] = value;
    } catch (error) {
      if (!(error instanceof RegionError && error.kind === 'epoch-not-match')) throw error;
    }
  }
}

/** Splits behind every third key, one after the other. */
async function splitOn(store: Store, life: Life): Promise<void> {
  for (let n = 3; n < KEYS; n += 3) {
    const region = store.regionOf(keyOf(n));
    const splitKey = regionKeyOf(keyOf(n));
    if (region === undefined || region.region.range.start === splitKey) continue;
    const newRegionId = ++life.lastId as RegionId;
    const newPeerIds = [++life.lastId as PeerId];
    await region.split([{ splitKey, newRegionId, newPeerIds }]);
    life.splits++;
  }
}

function verify(store: Store, life: Life, label: string): void {
  for (let n = 0; n < KEYS; n++) {
    const found = store
      .regionOf(keyOf(n))
      ?.read()
      .get(`d${keyOf(n)}` as Key);
    const value = found === undefined ? 0 : Number.parseInt(Buffer.from(found).toString(), 10);
    assert.ok(value >= (life.acknowledged[n] ?? 0), `${label}: key ${n} is ${value}, not ${life.acknowledged[n]}`);
    assert.ok(value <= (life.attempted[n] ?? 0), `${label}: key ${n} is ${value}`);
  }
  let end: Key | undefined = '' as Key;
  for (const { region } of store.regions) {
    assert.equal(region.range.start, end, `${label}: the regions cover the key space`);
    end = region.range.end;
  }
  assert.equal(end, undefined);
}

/** Crashes a store that writes and splits, several times; what was acknowledged must always be there. */
async function crashAfter(seed: number, steps: readonly number[], padding: number): Promise<Life> {
  const world = new SimulatedWorld(seed);
  const machine = world.machine('store');
  const engine = new MemoryEngine();
  const life: Life = { acknowledged: [], attempted: [], lastId: 100, splits: 0 };
  for (const limit of steps) {
    const running = open(machine, engine).then((store) => {
      verify(store, life, `seed ${seed}`);
      for (let n = 0; n < KEYS; n++) writeForever(store, n, life, padding).catch(() => {});
      splitOn(store, life).catch(() => {});
    });
    let failure: unknown;
    running.catch((error: unknown) => {
      failure = error;
    });
    let count = 0;
    await world.run(60_000, () => ++count > limit || failure !== undefined);
    if (failure !== undefined) throw failure;
    machine.crash();
    engine.crash(world.random);
  }
  const store = await world.settle(open(machine, engine));
  verify(store, life, `seed ${seed}, at the end`);
  await world.settle(store.close());
  verify(await world.settle(open(machine, engine)), life, `seed ${seed}, after an orderly restart`);
  return life;
}

test('a split is replayed at its place, wherever the power is cut', async () => {
  let splits = 0;
  for (let run = 0; run < 60; run++) {
    splits += (await crashAfter(100 + run, [40 + run * 2, 30 + (run % 17), 60], 6)).splits;
  }
  assert.ok(splits > 120, `${splits} splits`);
});

test('nor do checkpoints in between lose anything, or bring older values back', async () => {
  for (let run = 0; run < 16; run++) await crashAfter(900 + run, [100 + run * 31, 150 + run * 7, 60], 7000);
});
