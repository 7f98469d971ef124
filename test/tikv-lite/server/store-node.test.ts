import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type SimulatedMachine, SimulatedWorld } from '../../../base/index.ts';
import { LocalPdClient, type PdClient, PdError, PlacementDriver } from '../../../pd/index.ts';
import { MemoryEngine, openClusterStorage, openStoreNode, type StoreNode } from '../../../tikv-lite/index.ts';
import { noTransport } from '../../../tikv-lite/raftstore/transport.ts';
import { DirectStores } from './direct-stores.ts';

function openDriver(world: SimulatedWorld, host: string): Promise<PlacementDriver> {
  return world.settle(PlacementDriver.open({ env: world.machine(host), directory: '/pd' }));
}

/** A machine whose engine outlives the process. */
function machineOf(world: SimulatedWorld, host: string): (pd: PdClient) => Promise<StoreNode> {
  const machine: SimulatedMachine = world.machine(host);
  const memory = new MemoryEngine();
  return (pd) =>
    world.settle(
      openStoreNode(machine, {
        directory: '/store',
        pd,
        transport: noTransport,
        address: `${host}:20160`,
        cacheBytes: 0,
        openEngine: () => Promise.resolve(memory.open()),
      }),
    );
}

/** The same, with a placement driver that answers. */
function storeMachine(world: SimulatedWorld, host: string): (driver: PlacementDriver) => Promise<StoreNode> {
  const open = machineOf(world, host);
  return async (driver) => {
    const node = await open(new LocalPdClient(driver));
    await world.settle(node.registered);
    return node;
  };
}

/** Answers everything but what stores ask when they start. */
class DeafPd extends LocalPdClient {
  override putStore(): Promise<void> {
    return Promise.reject(new PdError('unavailable', 'nobody listens'));
  }
}

test('the first store makes the cluster, serves transactions and comes back as the same one', async () => {
  const world = new SimulatedWorld(1);
  const driver = await openDriver(world, 'pd');
  const open = storeMachine(world, 'store');
  const first = await open(driver);
  assert.equal(driver.isBootstrapped, true);
  assert.deepEqual(
    driver.getAllStores().map(({ storeId, address }) => [storeId, address]),
    [[first.storeId, 'store:20160']],
  );

  const stores = new DirectStores();
  stores.nodes.set(first.storeId, first);
  const { clock, timers, random } = world.machine('client');
  const storage = openClusterStorage({ pd: new LocalPdClient(driver), stores, clock, timers, random });
  const transaction = storage.begin(await world.settle(Promise.resolve(storage.currentTs())), {
    mode: 'optimistic',
    maxMemoryBytes: 1 << 20,
  });
  transaction.put(keyOf('k'), Buffer.from('v'));
  await world.settle(Promise.resolve(transaction.commit()));
  await world.settle(first.close());

  const second = await open(driver);
  assert.equal(second.storeId, first.storeId);
  stores.nodes.set(second.storeId, second);
  const value = await world.settle(Promise.resolve(storage.getLatest(keyOf('k'))));
  assert.equal(Buffer.from(value ?? []).toString(), 'v');
  await world.settle(storage.close());
  await world.settle(second.close());
});

test('a store that comes back leads its regions before the placement driver answers', async () => {
  const world = new SimulatedWorld(4);
  const driver = await openDriver(world, 'pd');
  const open = machineOf(world, 'store');
  const first = await open(new LocalPdClient(driver));
  await world.settle(first.registered);
  await world.settle(first.close());

  const second = await open(new DeafPd(driver));
  let isRegistered = false;
  void second.registered.then(() => {
    isRegistered = true;
  });
  assert.ok(await world.run(5000, () => second.store.regions[0]?.isLeader === true));
  assert.equal(isRegistered, false);
  await world.settle(second.close());
  assert.ok(await world.run(5000, () => isRegistered), 'a closed store asks no more');
});

test('a second store joins without a region', async () => {
  const world = new SimulatedWorld(2);
  const driver = await openDriver(world, 'pd');
  const first = await storeMachine(world, 'store-1')(driver);
  const second = await storeMachine(world, 'store-2')(driver);
  assert.notEqual(second.storeId, first.storeId);
  assert.equal(first.store.regions.length, 1);
  assert.equal(second.store.regions.length, 0);
});

test('a store of another cluster is refused', async () => {
  const world = new SimulatedWorld(3);
  const open = storeMachine(world, 'store');
  await world.settle((await open(await openDriver(world, 'pd-1'))).close());
  await assert.rejects(
    open(await openDriver(world, 'pd-2')),
    /belongs to cluster \d+, the placement driver to cluster/,
  );
});
