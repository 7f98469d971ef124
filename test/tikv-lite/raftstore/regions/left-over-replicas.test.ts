/** Stores that were away while their regions were merged, split and moved, and hold replicas that nobody misses. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, RegionId } from '../../../../base/index.ts';
import type { PeerDescriptor } from '../../../../pd/index.ts';
import { RegionError } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, type ClusterOptions, FIRST_REGION } from '../cluster.ts';

const DATA: KeyRange = { start: 'd' as Key, end: 'e' as Key };
const LARGE = 'x'.repeat(100_000);

interface Parts {
  readonly cluster: Cluster;
  /** From left to right. */
  readonly regions: readonly [RegionId, RegionId, RegionId];
  /** A store that leads none of them, cut off from all others. */
  readonly away: number;
}

/** Three regions, split at 'h' and 'p', and a store that hears nothing of what comes. */
async function threeRegions(options: ClusterOptions): Promise<Parts> {
  const cluster = await Cluster.start(options);
  const parts = await cluster.admin(FIRST_REGION, (leader) =>
    leader.split(['h', 'p'].map((key) => ({ splitKey: regionKeyOf(key as Key), ...cluster.splitIds(leader.region) }))),
  );
  const [left, middle] = parts.map(({ regionId }) => regionId);
  assert.ok(left !== undefined && middle !== undefined);
  for (const [regionId, key] of [
    [left, 'da'],
    [middle, 'dk'],
    [FIRST_REGION, 'dz'],
  ] as const) {
    await cluster.untilAgreed(regionId);
    await cluster.put(regionId, key, '1');
  }
  const led = await Promise.all([left, middle, FIRST_REGION].map((regionId) => cluster.untilLed(regionId)));
  const away = cluster.nodes.find(({ storeId }) => led.every(({ peer }) => peer.storeId !== storeId))?.storeId;
  assert.ok(away !== undefined, 'a store that leads nothing');
  cluster.isolate(away);
  return { cluster, regions: [left, middle, FIRST_REGION], away };
}

/** Merges while one of the members is away; the target's range has the source's then. */
async function merge(cluster: Cluster, source: RegionId, target: RegionId): Promise<void> {
  const { version } = (await cluster.untilLed(target)).epoch;
  for (let attempt = 0; ; attempt++) {
    const { region } = await cluster.untilLed(target);
    try {
      await cluster.admin(source, (leader) => leader.merge(region));
      break;
    } catch (error) {
      if (attempt === 10 || !(error instanceof RegionError)) throw error;
      await cluster.world.run(100);
    }
  }
  await cluster.until(
    'the target took the source over',
    () => (cluster.leaderOf(target)?.epoch.version ?? 0) > version,
  );
}

/** Writes until the log cannot bring the store that is away up any more. */
async function outgrowLog(cluster: Cluster, regionId: RegionId): Promise<void> {
  for (let n = 0; n < 40; n++) await cluster.put(regionId, `dk${n % 4}`, LARGE);
}

async function untilAllEqual(cluster: Cluster): Promise<void> {
  const contents = (): Set<string> => new Set(cluster.nodes.map((node) => node.contents(DATA).join()));
  await cluster.until('all stores hold the same', () => contents().size === 1, 60_000);
}

function regionsOn(cluster: Cluster, storeId: number): readonly RegionId[] {
  return cluster.node(storeId).store.regions.map(({ regionId }) => regionId);
}

test('a snapshot of a region takes the place of one that was merged into it', async () => {
  const { cluster, regions, away } = await threeRegions({ seed: 61, stores: 3 });
  const [left, middle, right] = regions;
  await merge(cluster, left, middle);
  await outgrowLog(cluster, middle);
  assert.equal(cluster.snapshotsSent, 0);
  assert.deepEqual(regionsOn(cluster, away), regions);
  cluster.heal();
  await cluster.untilAgreed(middle);
  await untilAllEqual(cluster);
  assert.ok(cluster.snapshotsSent > 0);
  assert.deepEqual(regionsOn(cluster, away), [middle, right]);
  cluster.node(away).crash();
  await cluster.node(away).start();
  await cluster.put(middle, 'db', '2');
  await untilAllEqual(cluster);
  assert.deepEqual(regionsOn(cluster, away), [middle, right]);
});

test('whoever was merged into a region that left the store goes, and makes room for the next replica', async () => {
  const { cluster, regions, away } = await threeRegions({ seed: 62, stores: 3 });
  const [left, middle, right] = regions;
  await merge(cluster, left, middle);
  const { region } = await cluster.untilLed(middle);
  const gone = region.peers.find(({ storeId }) => storeId === away);
  assert.ok(gone !== undefined);
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'remove', peer: gone }]));
  cluster.heal();
  await cluster.until('both are gone', () => regionsOn(cluster, away).join() === String(right), 60_000);
  const newcomer = cluster.newPeerOn(away, 'learner');
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'add-learner', peer: newcomer }]));
  await cluster.untilAgreed(middle);
  await untilAllEqual(cluster);
  assert.deepEqual(regionsOn(cluster, away), [middle, right]);
});

/** Replaces the replica that the store which is away has of the middle region by one that it hears nothing of, and merges. */
async function mergeUnseen({ cluster, regions: [left, middle], away }: Parts): Promise<PeerDescriptor> {
  const { region } = await cluster.untilLed(middle);
  const first = region.peers.find(({ storeId }) => storeId === away);
  assert.ok(first !== undefined);
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'remove', peer: first }]));
  const second = cluster.newPeerOn(away);
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'add-voter', peer: second }]));
  await merge(cluster, left, middle);
  return second;
}

test('whoever was merged into a region whose replica never came to life here goes', async () => {
  const parts = await threeRegions({ seed: 65, stores: 3 });
  const { cluster, regions, away } = parts;
  const [, middle, right] = regions;
  const second = await mergeUnseen(parts);
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'remove', peer: second }]));
  cluster.heal();
  await cluster.until('both are gone', () => regionsOn(cluster, away).join() === String(right), 60_000);
});

test('a replica comes to life where one of a region that was merged into its own still is', async () => {
  const parts = await threeRegions({ seed: 66, stores: 3 });
  const { cluster, regions, away } = parts;
  const [, middle, right] = regions;
  await mergeUnseen(parts);
  cluster.heal();
  await cluster.untilAgreed(middle);
  await untilAllEqual(cluster);
  assert.deepEqual(regionsOn(cluster, away), [middle, right]);
});

test('a replica that was removed unheard makes room for a part of its region', async () => {
  const { cluster, regions, away } = await threeRegions({ seed: 63, stores: 3 });
  const [, middle] = regions;
  const { region } = await cluster.untilLed(middle);
  const gone = region.peers.find(({ storeId }) => storeId === away);
  assert.ok(gone !== undefined);
  await cluster.admin(middle, (leader) => leader.changePeers([{ kind: 'remove', peer: gone }]));
  const [part] = await cluster.admin(middle, (leader) =>
    leader.split([{ splitKey: regionKeyOf('k' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(part !== undefined);
  const newcomer = cluster.newPeerOn(away, 'learner');
  await cluster.admin(part.regionId, (leader) => leader.changePeers([{ kind: 'add-learner', peer: newcomer }]));
  cluster.loses = ({ regionId }) => regionId === middle;
  cluster.node(away).crash();
  await cluster.node(away).start();
  await cluster.world.run(3000);
  assert.ok(regionsOn(cluster, away).includes(middle), 'nobody has told it');
  cluster.heal();
  await cluster.untilAgreed(part.regionId);
  assert.ok(!regionsOn(cluster, away).includes(middle));
});

test('a replica that is only behind is not taken for one that is left over', async () => {
  const { cluster, regions, away } = await threeRegions({ seed: 64, stores: 3 });
  const [left, middle, right] = regions;
  await merge(cluster, left, middle);
  await outgrowLog(cluster, middle);
  cluster.loses = ({ regionId, to }) => regionId === left && to.storeId === away;
  for (const { storeId } of cluster.nodes) {
    if (storeId === away) continue;
    cluster.mend(storeId, away);
    cluster.mend(away, storeId);
  }
  await cluster.world.run(20_000);
  assert.ok(regionsOn(cluster, away).includes(left), 'nobody has told it');
  assert.ok(cluster.snapshotsSent > 0, 'the snapshot of its neighbour was refused');
  cluster.heal();
  await cluster.untilAgreed(middle);
  await untilAllEqual(cluster);
  assert.deepEqual(regionsOn(cluster, away), [middle, right]);
});

test('what a removed replica left when its store died before clearing it goes with the next start', async () => {
  const cluster = await Cluster.start({ seed: 66, stores: 3 });
  for (const key of ['da', 'dm', 'dz']) await cluster.put(FIRST_REGION, key, LARGE);
  const { peer: leader, region } = await cluster.untilLed(FIRST_REGION);
  const own = region.peers.find(({ storeId }) => storeId !== leader.storeId);
  assert.ok(own !== undefined);
  const away = cluster.node(own.storeId);
  const destroyRange = away.engine.destroyRange.bind(away.engine);
  let isClearing = false;
  away.engine.destroyRange = () => {
    isClearing = true;
    return new Promise(() => {});
  };
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: own }]));
  await cluster.until('the data is to be cleared', () => isClearing);
  assert.equal(away.contents(DATA).length, 3);
  away.crash();
  away.engine.destroyRange = destroyRange;

  await away.start();
  assert.equal(away.store.region(FIRST_REGION), undefined);
  await cluster.until('the data is gone', () => away.contents(DATA).length === 0);
  const peer = cluster.newPeerOn(away.storeId, 'learner');
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'add-learner', peer }]));
  await untilAllEqual(cluster);
});
