/** A store whose disk has become slow tells the placement driver, which has its regions led elsewhere. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  defined,
  type Key,
  MIN_KEY,
  type SimulatedMachine,
  SimulatedWorld,
  type StoreId,
} from '../../../base/index.ts';
import { LocalPdClient, PlacementDriver } from '../../../pd/index.ts';
import { MemoryEngine, openStoreNode, type StoreNode, type StoreTransport } from '../../../tikv-lite/index.ts';

const LATENCY_MS = 1;
const MINUTE_MS = 60_000;

interface Machine {
  readonly machine: SimulatedMachine;
  readonly node: StoreNode;
}

/** Three stores with a replica of the first region each. */
async function openStores(world: SimulatedWorld, driver: PlacementDriver): Promise<ReadonlyMap<StoreId, Machine>> {
  const stores = new Map<StoreId, Machine>();
  const transport: StoreTransport = {
    send: (messages) => {
      for (const message of messages)
        world.queue.schedule(LATENCY_MS, () => stores.get(message.to.storeId)?.node.store.receive([message]));
    },
    sendSnapshot: async ({ header, chunks }) => {
      const target = defined(stores.get(header.to.storeId), 'the receiver');
      await target.node.store.receiveSnapshot(header, chunks);
    },
  };
  for (let at = 1; at <= 3; at++) {
    const machine = world.machine(`store-${at}`);
    const pd = new LocalPdClient(driver);
    const openEngine = () => Promise.resolve(new MemoryEngine());
    const address = `store-${at}:20160`;
    const options = { directory: '/store', pd, transport, address, cacheBytes: 0, openEngine };
    const node = await world.settle(openStoreNode(machine, options));
    stores.set(node.storeId, { machine, node });
    await world.settle(node.registered);
  }
  const hasThreeVoters = (): boolean =>
    driver.getRegion(MIN_KEY)?.region.peers.filter(({ role }) => role === 'voter').length === 3;
  assert.ok(await world.run(MINUTE_MS, hasThreeVoters), 'three voters');
  return stores;
}

test('the leaders of a store whose disk has become slow are moved away while it goes on writing', async () => {
  const world = new SimulatedWorld(5);
  const driver = await world.settle(PlacementDriver.open({ env: world.machine('pd'), directory: '/pd' }));
  const stores = await openStores(world, driver);
  const leaderStore = (): StoreId | undefined => driver.getRegion(MIN_KEY)?.leader?.storeId;
  const slow = defined(leaderStore(), 'a leader');
  const { machine, node } = defined(stores.get(slow), 'its store');
  let written = 0;
  const write = (): void => {
    for (const { node: each } of stores.values()) {
      const [region] = each.store.regions;
      if (region?.isLeader !== true) continue;
      region.propose([{ kind: 'put', key: `dk${written}` as Key, value: Buffer.from('v') }]).then(
        () => written++,
        () => undefined,
      );
    }
    world.queue.schedule(200, write);
  };
  write();
  await world.run(MINUTE_MS);
  assert.equal(node.store.flow.slowScore, 1);
  assert.equal(leaderStore(), slow);

  machine.disk.slowdown = 1000;
  assert.ok(await world.run(5 * MINUTE_MS, () => leaderStore() !== slow), 'somebody else leads');
  assert.ok(node.store.flow.slowScore >= 80, `a score of ${node.store.flow.slowScore}`);
  assert.ok((driver.storeReport(slow)?.slowScore ?? 0) >= 80);
  const before = written;
  await world.run(10_000);
  assert.ok(written > before + 20, 'writes go on');

  machine.disk.slowdown = 1;
  assert.ok(await world.run(10 * MINUTE_MS, () => driver.storeReport(slow)?.slowScore === 1), 'it recovers');
});
