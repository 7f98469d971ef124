import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Key,
  type RegionId,
  type SimulatedMachine,
  SimulatedWorld,
  type StoreId,
  type Ts,
} from '../../../base/index.ts';
import { LocalPdClient, PdError, type PdErrorKind, PlacementDriver } from '../../../pd/index.ts';
import { aHeartbeat, aPeer, aRegion, aStore } from '../support/fixtures.ts';

async function opened(world: SimulatedWorld, machine: SimulatedMachine): Promise<LocalPdClient> {
  return new LocalPdClient(await world.settle(PlacementDriver.open({ env: machine, directory: '/pd' })));
}

async function bootstrapped(seed: number) {
  const world = new SimulatedWorld(seed);
  const machine = world.machine('pd');
  const client = await opened(world, machine);
  await world.settle(client.bootstrap(aStore(1), aRegion({ id: 2 })));
  return { world, machine, client };
}

function rejectsWith(kind: PdErrorKind) {
  return (error: unknown) => error instanceof PdError && error.kind === kind;
}

test('a cluster is bootstrapped once, by a store with the whole key space', async () => {
  const world = new SimulatedWorld(1);
  const client = await opened(world, world.machine('pd'));
  assert.equal(await client.isBootstrapped(), false);
  await assert.rejects(client.getAllStores(), rejectsWith('not-bootstrapped'));
  await assert.rejects(client.bootstrap(aStore(2), aRegion({ id: 2 })), rejectsWith('invalid-value'));
  await assert.rejects(client.bootstrap(aStore(1), aRegion({ id: 2, end: 'x' })), rejectsWith('invalid-value'));
  const both = Promise.allSettled([
    client.bootstrap(aStore(1), aRegion({ id: 2 })),
    client.bootstrap(aStore(1), aRegion({ id: 3 })),
  ]);
  const [first, second] = await world.settle(both);
  assert.equal(first.status, 'fulfilled');
  assert.ok(second.status === 'rejected' && rejectsWith('already-bootstrapped')(second.reason));
  assert.equal((await client.getRegion('k' as Key))?.region.regionId, 2);
  assert.deepEqual(
    (await client.getAllStores()).map(({ storeId }) => storeId as number),
    [1],
  );
});

test('what was answered survives crashes: cluster id, ids, stores, safe points, timestamps', async () => {
  const { world, machine, client: first } = await bootstrapped(7);
  let client = first;
  let lastTs = 0n as Ts;
  let lastId = 0;
  for (let life = 1; life <= 6; life++) {
    assert.equal(client.clusterId, first.clusterId);
    assert.equal(await client.isBootstrapped(), true);
    await world.settle(client.putStore(aStore(100 + life)));
    assert.equal((await client.getAllStores()).length, 1 + life);
    for (const count of [1, 3, 1500]) {
      const id = await world.settle(client.allocateIds(count));
      assert.ok(id > lastId, 'no id is handed out twice');
      lastId = id + count - 1;
    }
    const ts = await world.settle(Promise.resolve(client.getTs()));
    assert.ok(ts > lastTs);
    lastTs = ts;
    const target = BigInt(life * 1000) as Ts;
    assert.equal(await world.settle(client.advanceTxnSafePoint(target)), target);
    assert.equal(await world.settle(client.advanceGcSafePoint((target + 5n) as Ts)), target, 'never beyond the other');
    machine.jumpClock(-3_600_000);
    machine.crash();
    client = await opened(world, machine);
    assert.equal((await client.getGcState()).txnSafePoint, target);
  }
});

test('a disk that fails makes the driver unavailable and changes nothing', async () => {
  const { world, machine, client } = await bootstrapped(3);
  machine.disk.failNext('sync', 'ENOSPC');
  await assert.rejects(world.settle(client.putStore(aStore(5))), rejectsWith('unavailable'));
  assert.equal(await client.getStore(5 as StoreId), undefined);
  await world.settle(client.putStore(aStore(5)));
  assert.equal((await client.getStore(5 as StoreId))?.address, 'store-5:20160');
});

test('a store joins unless it is too old, nameless, gone for good, or at the address of another', async () => {
  const { world, client } = await bootstrapped(4);
  const joins = (store: Parameters<typeof client.putStore>[0]) => world.settle(client.putStore(store));
  await joins(aStore(2, { version: '8.5.7' }));
  await joins(aStore(3, { version: '9.1.0' }));
  await joins(aStore(3, { version: 'v8.5.1' }));
  await assert.rejects(joins(aStore(4, { version: '7.5.0' })), rejectsWith('incompatible-version'));
  await assert.rejects(joins(aStore(4, { version: 'new' })), rejectsWith('invalid-value'));
  await assert.rejects(joins(aStore(0)), rejectsWith('invalid-value'));
  await assert.rejects(joins(aStore(4, { address: 'store-2:20160' })), rejectsWith('invalid-value'));
  const heartbeat = {
    storeId: 9 as StoreId,
    capacityBytes: 1,
    availableBytes: 1,
    usedBytes: 0,
    regionCount: 0,
    leaderCount: 0,
    sendingSnapshots: 0,
    receivingSnapshots: 0,
    isBusy: false,
  };
  await assert.rejects(client.storeHeartbeat(heartbeat), rejectsWith('store-not-found'));
  await client.storeHeartbeat({ ...heartbeat, storeId: 2 as StoreId });
  assert.ok(((await client.getStore(2 as StoreId))?.lastHeartbeatMs ?? 0) > 0);
});

test('a split is known when it is reported, led where the whole was, and a restart remembers it', async () => {
  const { world, machine, client } = await bootstrapped(5);
  const whole = aRegion({ id: 2 });
  client.regionHeartbeat(aHeartbeat(whole, { term: 9 }));
  const [ids] = await world.settle(client.askBatchSplit(whole, 1));
  assert.equal(ids?.newPeerIds.length, 1);
  const left = aRegion({ id: ids?.newRegionId ?? 0, end: 'm', version: 2 });
  const right = aRegion({ id: 2, start: 'm', version: 2 });
  await client.reportBatchSplit([left, right]);
  const found = await client.scanRegions({ start: '' as Key }, 10);
  assert.deepEqual(
    found.map(({ region }) => region.regionId),
    [left.regionId, right.regionId],
  );
  assert.equal(found[0]?.leader?.peerId, left.peers[0]?.peerId);
  await assert.rejects(client.askBatchSplit(whole, 1), rejectsWith('invalid-value'));
  await assert.rejects(client.askBatchSplit(aRegion({ id: 77 }), 1), rejectsWith('region-not-found'));
  await world.run(6000);
  machine.crash();
  const again = await opened(world, machine);
  assert.deepEqual(await again.scanRegions({ start: '' as Key }, 10), found);
  again.regionHeartbeat(aHeartbeat(whole, { term: 10 }));
  assert.equal((await again.getRegionById(2 as RegionId))?.region.epoch.version, 2, 'a late heartbeat changes nothing');
});

test('the state of another format is refused', async () => {
  const world = new SimulatedWorld(2);
  const machine = world.machine('pd');
  await world.settle(machine.disk.replaceFile('/pd/cluster', Buffer.from('{"format":99}')));
  await assert.rejects(opened(world, machine), /format 99/);
});

test('ids that stores and regions have are not handed out again, though the state is an old copy', async () => {
  const { world, machine, client } = await bootstrapped(9);
  const asFoundLater = await world.settle(machine.disk.readFile('/pd/cluster'));
  assert.ok(asFoundLater !== undefined);
  const first = await world.settle(client.allocateIds(3000));
  await client.close();
  await world.settle(machine.disk.replaceFile('/pd/cluster', asFoundLater));
  const restored = await opened(world, machine);
  const peers = [aPeer(first + 2001, 1), aPeer(first + 2500, 2)];
  restored.regionHeartbeat(aHeartbeat(aRegion({ id: first + 2000, version: 2, peers })));
  assert.equal(await world.settle(restored.allocateIds(1)), first + 2501);
  await world.settle(restored.putStore(aStore(first + 2700)));
  assert.equal(await world.settle(restored.allocateIds(1)), first + 2701);
});

test('a state that was put back from a backup hands out no id that was handed out since', async () => {
  const { world, machine, client } = await bootstrapped(10);
  await world.run(60_000);
  const backup = await world.settle(machine.disk.readFile('/pd/cluster'));
  assert.ok(backup !== undefined);
  let last = 0;
  for (let minute = 0; minute < 10; minute++) {
    last = (await world.settle(client.allocateIds(5000))) + 4999;
    await world.run(60_000);
  }
  await client.close();
  await world.settle(machine.disk.replaceFile('/pd/cluster', backup));
  const restored = await opened(world, machine);
  const next = await world.settle(restored.allocateIds(1));
  assert.ok(next > last, `${next} after ${last}`);
});
