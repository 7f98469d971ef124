import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type RegionId, type StoreId } from '../../../base/index.ts';
import { LocalPdClient, PlacementDriver, type Region } from '../../../pd/index.ts';
import { PdWorker } from '../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { aStore } from '../../pd/support/fixtures.ts';
import { Cluster, FIRST_REGION } from '../raftstore/cluster.ts';

/** Stores with their workers, and a placement driver on a machine of its own. */
async function start(seed: number) {
  const workers = new Map<StoreId, PdWorker>();
  let driver: PlacementDriver | undefined;
  const cluster: Cluster = new Cluster({
    seed,
    stores: 3,
    observers: (storeId) => {
      const { clock, timers } = cluster.node(storeId).machine;
      const pd = new LocalPdClient(driver ?? assert.fail('the placement driver comes first'));
      const figures = async () => ({
        capacityBytes: 2 ** 40,
        availableBytes: 2 ** 39,
        usedBytes: 0,
        sendingSnapshots: 0,
        receivingSnapshots: 0,
        isBusy: false,
      });
      const worker = new PdWorker({ clock, timers, pd, descriptor: aStore(storeId), figures });
      workers.set(storeId, worker);
      return [worker];
    },
  });
  const { world } = cluster;
  driver = await world.settle(PlacementDriver.open({ env: world.machine('pd'), directory: '/pd' }));
  const first = cluster.firstRegionOf(1 as StoreId).region ?? assert.fail('a first region');
  await world.settle(driver.bootstrap(aStore(1), { ...first, peers: first.peers.slice(0, 1) }));
  const startNode = async (storeId: number): Promise<void> => {
    const node = cluster.node(storeId);
    await node.start();
    await world.settle((workers.get(node.storeId) ?? assert.fail()).start(node.store));
  };
  for (const id of [1, 2, 3]) await startNode(id);
  return { cluster, world, driver, workers, startNode };
}

const keys = (...texts: readonly string[]): Key[] => texts.map((text) => regionKeyOf(keyOf(text)));

test('regions are split on demand, known to the driver at once, and their leaders spread over the stores', async () => {
  const { cluster, world, driver } = await start(51);
  await cluster.untilLed(FIRST_REGION);
  await cluster.until('the driver knows the peers', () => driver.getRegion('' as Key)?.region.peers.length === 3);
  const wanted = keys('c', 'f', 'i', 'l', 'o');
  const { regionIds, isComplete } = await world.settle(driver.splitRegions(wanted));
  assert.ok(isComplete);
  assert.equal(new Set(regionIds).size, 5);
  const parts = driver.scanRegions({ start: '' as Key }, 0);
  assert.deepEqual(
    parts.map(({ region }) => region.range.start),
    ['', ...wanted],
  );
  assert.equal(parts.at(-1)?.region.regionId, FIRST_REGION, 'the last part keeps the id');
  const isEven = () => [1, 2, 3].every((id) => ledBy(driver, id) === 2);
  await cluster.until('every store leads two of six regions', isEven, 120_000);
  for (const { region } of parts) {
    const leader = await cluster.untilLed(region.regionId);
    assert.deepEqual(driver.getRegionById(region.regionId)?.region, leader.region satisfies Region);
  }
});

test('a store that comes back is heard again, and one that leads nothing tells of itself', async () => {
  const { cluster, world, driver, startNode } = await start(52);
  await cluster.untilLed(FIRST_REGION);
  await world.run(12_000);
  const heardAt = (id: number) => driver.getStore(id as StoreId)?.lastHeartbeatMs ?? 0;
  for (const id of [1, 2, 3]) assert.ok(heardAt(id) > 0, `store ${id}`);
  const leader = driver.getRegionById(FIRST_REGION)?.leader?.storeId ?? assert.fail('somebody leads');
  cluster.node(leader).crash();
  await cluster.until('another leads, and the driver knows', () => {
    const now = driver.getRegionById(FIRST_REGION)?.leader?.storeId;
    return now !== undefined && now !== leader;
  });
  const before = heardAt(leader);
  await world.run(30_000);
  assert.equal(heardAt(leader), before);
  await startNode(leader);
  await cluster.until('it is heard again', () => heardAt(leader) > before);
});

test('an instruction for another epoch or another leader is ignored', async () => {
  const { cluster, world, driver, workers } = await start(53);
  const admin = await cluster.untilLed(FIRST_REGION);
  const worker = workers.get(admin.peer.storeId) ?? assert.fail();
  const { region } = admin;
  await world.settle(worker.requestSplit(region, keys('m')));
  await cluster.until('two regions are known', () => driver.scanRegions({ start: '' as Key }, 0).length === 2);
  await assert.rejects(world.settle(worker.requestSplit(region, keys('t'))), /newer epoch/);
  const other = [...workers].find(([storeId]) => storeId !== admin.peer.storeId)?.[1] ?? assert.fail();
  const parts = driver.scanRegions({ start: '' as Key }, 0);
  const right = parts.at(-1)?.region ?? assert.fail();
  await assert.rejects(world.settle(other.requestSplit(right, keys('t'))), /led elsewhere/);
  await assert.rejects(
    world.settle(worker.requestSplit({ ...right, regionId: 4242 as RegionId }, keys('t'))),
    /is not here/,
  );
});

function ledBy(driver: PlacementDriver, storeId: number): number {
  return driver.scanRegions({ start: '' as Key }, 0).filter(({ leader }) => leader?.storeId === storeId).length;
}
