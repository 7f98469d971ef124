import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { type PdClient, PdError } from '../../../pd/index.ts';
import type { Storage } from '../../../tikv-lite/client/storage.ts';
import { HISTORY_FAMILY } from '../../../tikv-lite/mvcc/keys.ts';
import { StoreUnreachableError } from '../../../tikv-lite/txn/kv-service.ts';
import { bytes, text } from './cluster.ts';
import { Stores } from './stores.ts';

const ALL_HISTORY = { start: keyOf(HISTORY_FAMILY), end: keyOf(String.fromCharCode(HISTORY_FAMILY.charCodeAt(0) + 1)) };

test('a gateway settles the locks of a dead client, moves the safe points, and the stores clean their regions', async () => {
  const stores = await Stores.open({ seed: 41, stores: 3 });
  const { world } = stores;
  await stores.split('m');
  const client = stores.client();
  const pairs = (value: string) => ({ a: value, z: value });
  for (const value of ['1', '2', '3']) await stores.write(client.storage, pairs(value));
  const dead = stores.client();
  const txn = await stores.begin(dead.storage, 'optimistic');
  for (let i = 0; i < 300; i++) txn.put(keyOf(`${i % 2 === 0 ? 'b' : 'y'}${i}`), bytes('x'));
  dead.wire.beforeCall = (method, storeId) => {
    if (method !== 'prewrite') throw new StoreUnreachableError(storeId, 'this client is dead', true);
  };
  const never = Promise.resolve(txn.commit()).catch(() => undefined);
  await world.run(1000);
  const locks = (): number =>
    stores.cluster.nodes.reduce((sum, { storeId }) => {
      return sum + stores.host(storeId).regions.reduce((count, region) => count + region.lockCount, 0);
    }, 0);
  assert.equal(locks(), 300);
  await world.run(30_000);

  const removed = stores.collect();
  const safePoint = await stores.now(client.storage);
  await world.settle(client.storage.collectGarbage(safePoint), 600_000);
  assert.equal(locks(), 0);
  const { txnSafePoint, gcSafePoint } = await world.settle(stores.pd.getGcState());
  assert.deepEqual([txnSafePoint, gcSafePoint], [safePoint, safePoint]);

  await world.run(30_000);
  assert.ok(removed() >= 4, `${removed()} records removed`);
  for (const node of stores.cluster.nodes) assert.deepEqual(node.contents(ALL_HISTORY), [], 'on every replica');
  assert.equal(await stores.read(client.storage, 'a'), '3');
  assert.equal(await stores.read(client.storage, 'z'), '3');
  const old = client.storage.snapshot((safePoint - 1n) as typeof safePoint);
  await assert.rejects(world.settle(Promise.resolve().then(() => old.get(keyOf('a')))), { kind: 'snapshot-too-old' });
  const late = stores.client();
  await world.run(11_000);
  assert.equal(late.storage.safePoint, safePoint, 'another gateway hears of it');
  void never;
});

/** Tells of the safe point only once. */
function deafFrom(pd: PdClient): PdClient {
  const { getGcState } = pd;
  let asked = 0;
  pd.getGcState = () => (asked++ === 0 ? getGcState.call(pd) : Promise.reject(new PdError('unavailable', 'cut off')));
  return pd;
}

test('versions stay until no gateway reads them any more, not even one that hears nothing', async () => {
  const stores = await Stores.open({ seed: 43, stores: 3 });
  const { world } = stores;
  const [collecting, hearing, deaf] = [stores.client(), stores.client(), stores.client(deafFrom(stores.pd))];
  stores.collect();
  await stores.write(collecting.storage, { a: '1' });
  const old = await stores.now(deaf.storage);
  await stores.now(hearing.storage);
  await stores.write(collecting.storage, { a: '2' });
  const readOld = (storage: Storage): Promise<string | undefined> =>
    world.settle(Promise.resolve().then(async () => text(await storage.snapshot(old).get(keyOf('a')))));
  const safePoint = await stores.now(collecting.storage);
  const round = collecting.storage.collectGarbage(safePoint);

  await world.run(30_000);
  assert.equal(await readOld(deaf.storage), '1');
  await assert.rejects(readOld(collecting.storage), { kind: 'snapshot-too-old' });
  await assert.rejects(readOld(hearing.storage), { kind: 'snapshot-too-old' });
  await world.run(40_000);
  await assert.rejects(readOld(deaf.storage), { kind: 'unavailable' });
  assert.equal((await world.settle(stores.pd.getGcState())).gcSafePoint, 0n);
  await world.settle(round, 600_000);
  assert.equal((await world.settle(stores.pd.getGcState())).gcSafePoint, safePoint);
});

test('a gateway that closes does not wait for its round to end', async () => {
  const stores = await Stores.open({ seed: 44, stores: 1 });
  const { storage } = stores.client();
  void storage.collectGarbage(await stores.now(storage));
  await stores.world.run(1000);
  await stores.world.settle(storage.close(), 1000);
  assert.equal((await stores.world.settle(stores.pd.getGcState())).gcSafePoint, 0n);
});

test('a range over several regions is destroyed, whatever the client knows of the regions', async () => {
  const stores = await Stores.open({ seed: 42, stores: 3 });
  await stores.split('m');
  const client = stores.client();
  await stores.write(client.storage, { a: '1', l: '2', n: '3', z: '4' });
  await stores.world.run(1000);
  await stores.split('x');
  await stores.world.settle(client.storage.destroyRange({ start: keyOf('b'), end: keyOf('y') }));
  const values = [];
  for (const key of ['a', 'l', 'n', 'z']) values.push(await stores.read(client.storage, key));
  assert.deepEqual(values, ['1', undefined, undefined, '4']);
});
