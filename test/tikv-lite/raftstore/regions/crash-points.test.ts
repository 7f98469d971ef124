import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, RegionId } from '../../../../base/index.ts';
import type { RegionAdmin } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const DATA: KeyRange = { start: 'd' as Key, end: 'e' as Key };
/** User keys are letters, some of each region to be. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

interface Run {
  readonly cluster: Cluster;
  readonly acknowledged: Map<string, number>;
  readonly attempted: Map<string, number>;
  isOver: boolean;
}

function leaderFor(cluster: Cluster, letter: string): RegionAdmin | undefined {
  for (const node of cluster.nodes) {
    const region = node.isUp ? node.store.regionOf(letter as Key) : undefined;
    if (region?.isLeader === true) return region;
  }
  return undefined;
}

/** Writes ascending numbers to one letter, wherever it lives, one after the other. */
async function write(run: Run, letter: string): Promise<void> {
  for (let value = (run.attempted.get(letter) ?? 0) + 1; !run.isOver; ) {
    run.attempted.set(letter, value);
    try {
      const leader = leaderFor(run.cluster, letter);
      if (leader === undefined) throw new Error('nobody leads');
      await leader.propose([{ kind: 'put', key: `d${letter}` as Key, value: Buffer.from(`${value}`) }]);
      run.acknowledged.set(letter, value++);
    } catch {
      await new Promise<void>((resolve) => {
        run.cluster.world.queue.schedule(20, resolve);
      });
    }
  }
}

async function begin(seed: number): Promise<Run> {
  const cluster = await Cluster.start({ seed, stores: 3 });
  await cluster.untilLed(FIRST_REGION);
  const run: Run = { cluster, acknowledged: new Map(), attempted: new Map(), isOver: false };
  for (const letter of LETTERS) write(run, letter).catch(() => {});
  await cluster.world.run(30);
  return run;
}

/** Lets `steps` events happen, then cuts the power of one store or of all, at once or one after the other. */
async function crash({ cluster }: Run, steps: number): Promise<void> {
  let count = 0;
  await cluster.world.run(10_000, () => ++count > steps);
  const { random } = cluster.world;
  const victims = random.below(2) === 0 ? cluster.nodes : cluster.nodes.filter(() => random.below(2) === 0);
  for (const node of victims) node.crash();
  await cluster.world.run(random.below(1500));
  for (const node of victims) await node.start();
}

/** Every letter is led, what was acknowledged is there, and all stores hold the same. */
async function verify(run: Run, label: string): Promise<void> {
  const { cluster, acknowledged, attempted } = run;
  const isLed = (letter: string): boolean => {
    const leader = leaderFor(cluster, letter);
    return leader !== undefined && cluster.leaderOf(leader.regionId) === leader;
  };
  await cluster.until(`${label}: every key is led`, () => [...LETTERS].every(isLed));
  run.isOver = true;
  await cluster.world.run(3000);
  for (const letter of LETTERS)
    await cluster.put(leaderFor(cluster, letter)?.regionId ?? FIRST_REGION, `d${letter}x`, '');
  await cluster.world.run(1000);
  const [first, ...others] = cluster.nodes.map((node) => node.contents(DATA).join());
  for (const other of others) assert.equal(other, first, `${label}: the stores hold the same`);
  for (const letter of LETTERS) {
    const pair = cluster.node(1).contents({ start: `d${letter}` as Key, end: `d${letter}\0` as Key });
    const value = Number(pair[0]?.slice(3) ?? 0);
    assert.ok(
      value >= (acknowledged.get(letter) ?? 0),
      `${label}: ${letter} is ${value}, not ${acknowledged.get(letter)}`,
    );
    assert.ok(value <= (attempted.get(letter) ?? 0), `${label}: ${letter} is ${value}`);
  }
  const regions = cluster.nodes.map(({ store }) =>
    store.regions.map(
      ({ region }) => `${region.regionId} ${region.epoch.version} ${region.range.start}-${region.range.end}`,
    ),
  );
  for (const list of regions) assert.deepEqual(list, regions[0], `${label}: the stores hold the same regions`);
}

async function split(cluster: Cluster, ...keys: string[]): Promise<void> {
  const leader = await cluster.untilLed(FIRST_REGION);
  leader
    .split(keys.map((key) => ({ splitKey: regionKeyOf(key as Key), ...cluster.splitIds(leader.region) })))
    .catch(() => {});
}

test('nothing is lost or doubled, wherever the power is cut while a region splits', async () => {
  for (let steps = 0; steps < 90; steps += 5) {
    const run = await begin(6000 + steps);
    await split(run.cluster, 'h', 'p');
    await crash(run, steps);
    await verify(run, `seed ${6000 + steps}, cut after ${steps} events`);
  }
});

test('nor while neighbours merge', async () => {
  for (let steps = 0; steps < 120; steps += 6) {
    const seed = 7000 + steps;
    const run = await begin(seed);
    const { cluster } = run;
    await split(cluster, 'm');
    await cluster.until('two regions', () => cluster.nodes.every(({ store }) => store.regions.length === 2));
    const sourceId = cluster.node(1).store.regions[0]?.regionId ?? (0 as RegionId);
    const target = (await cluster.untilLed(FIRST_REGION)).region;
    run.isOver = true;
    await cluster.world.run(200);
    run.isOver = false;
    for (const letter of 'aqz') write(run, letter).catch(() => {});
    (await cluster.untilLed(sourceId)).merge(target).catch(() => {});
    await crash(run, steps);
    await verify(run, `seed ${seed}, cut after ${steps} events`);
  }
});
