import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SimulatedMachine, SimulatedWorld } from '../../../base/index.ts';
import { LocalPdClient, type PdClient, PlacementDriver, type StoreDescriptor } from '../../../pd/index.ts';
import { type JoinOptions, joinCluster, joined, type StoreIdentity } from '../../../tikv-lite/server/join-cluster.ts';

const directory = '/store';

function described(host: string): Omit<StoreDescriptor, 'storeId'> {
  const nothing = { statusAddress: '', labels: [], startedAtMs: 0, lastHeartbeatMs: 0 };
  return { ...nothing, address: `${host}:20160`, state: 'up', version: '8.5.0' };
}

function joinOptions(machine: SimulatedMachine, host: string, driver: PlacementDriver): JoinOptions {
  const { disk, timers } = machine;
  return { disk, timers, directory, pd: new LocalPdClient(driver), store: described(host) };
}

async function aDriver(world: SimulatedWorld): Promise<PlacementDriver> {
  return await world.settle(PlacementDriver.open({ env: world.machine('pd'), directory: '/pd' }));
}

test('of three stores that start together one makes the cluster, and all ids differ', async () => {
  const world = new SimulatedWorld(21);
  const driver = await aDriver(world);
  const hosts = ['a', 'b', 'c'];
  const identities = await world.settle(
    Promise.all(hosts.map((host) => joinCluster(joinOptions(world.machine(host), host, driver)))),
  );
  const makers = identities.filter(({ region }) => region !== undefined);
  assert.equal(makers.length, 1);
  assert.deepEqual(driver.scanRegions({ start: '' as never }, 0)[0]?.region, makers[0]?.region);
  assert.equal(new Set(identities.map(({ storeId }) => storeId)).size, 3);
  for (const { clusterId } of identities) assert.equal(BigInt(clusterId), driver.clusterId);
});

/** Answers of another machine do not reach a process that is gone. */
function answersWhile(isAlive: () => boolean, pd: PdClient): PdClient {
  const reach = <T>(answer: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      answer.then(
        (value) => isAlive() && resolve(value),
        (error: Error) => isAlive() && reject(error),
      );
    });
  return new Proxy(pd, {
    get: (target, name) => {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => reach(Promise.resolve(Reflect.apply(member, target, args)));
    },
  });
}

test('a store that is cut off on the way goes on with the same identity', async () => {
  for (let crashAfterMs = 0; crashAfterMs < 40; crashAfterMs++) {
    const world = new SimulatedWorld(crashAfterMs);
    const driver = await aDriver(world);
    const machine = world.machine('a');
    const options = joinOptions(machine, 'a', driver);
    let first: StoreIdentity | undefined;
    let isAlive = true;
    void joinCluster({ ...options, pd: answersWhile(() => isAlive, options.pd) }).then((identity) => {
      first = identity;
    });
    await world.run(crashAfterMs / 4);
    isAlive = false;
    machine.crash();
    const second = await world.settle(joinCluster(options));
    assert.ok(second.region !== undefined, `cut after ${crashAfterMs / 4} ms: the cluster has its first region`);
    if (first !== undefined) assert.deepEqual(second, first);
    assert.deepEqual(driver.getRegionById(second.region.regionId)?.region, second.region);
  }
});

test('a directory of another cluster is refused; a finished join leaves nothing behind', async () => {
  const world = new SimulatedWorld(3);
  const machine = world.machine('a');
  const driver = await aDriver(world);
  await world.settle(joinCluster(joinOptions(machine, 'a', driver)));
  const other = await world.settle(PlacementDriver.open({ env: world.machine('pd-2'), directory: '/pd' }));
  await assert.rejects(world.settle(joinCluster(joinOptions(machine, 'a', other))), /belongs to cluster/);
  await world.settle(joined(machine.disk, directory));
  assert.equal(await world.settle(machine.disk.readFile(`${directory}/JOIN`)), undefined);
  await world.settle(joined(machine.disk, directory));
});
