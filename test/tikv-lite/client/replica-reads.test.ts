import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type StoreId, type Ts } from '../../../base/index.ts';
import type { ReadOptions, ReplicaRead, Snapshot } from '../../../tikv-lite/client/storage.ts';
import { bytes, text } from './cluster.ts';
import { type Client, Stores } from './stores.ts';

const KEYS = Array.from({ length: 26 }, (_, i) => String.fromCharCode(97 + i));

/** Everything a snapshot tells, by each of its ways. */
async function everything(stores: Stores, snapshot: Snapshot): Promise<Record<string, string>> {
  const { world } = stores;
  const byGet: Record<string, string> = {};
  for (const key of KEYS) {
    const value = text(await world.settle(Promise.resolve(snapshot.get(keyOf(key)))));
    if (value !== undefined) byGet[key] = value;
  }
  const batch = await world.settle(Promise.resolve(snapshot.batchGet(KEYS.map(keyOf))));
  const byBatch = Object.fromEntries([...batch].map(([key, value]) => [key, text(value)]));
  const byScan: Record<string, string | undefined> = {};
  const scanner = snapshot.scan({ start: '' as Key }, {});
  for (;;) {
    const pairs = await world.settle(Promise.resolve(scanner.next(5)));
    if (pairs.length === 0) break;
    for (const { key, value } of pairs) byScan[key] = text(value);
  }
  assert.deepEqual(byBatch, byGet);
  assert.deepEqual(byScan, byGet);
  return byGet;
}

/** The stores that a piece of work asks. */
async function storesAsked({ wire }: Client, work: () => Promise<unknown>): Promise<ReadonlySet<StoreId>> {
  const asked = new Set<StoreId>();
  wire.beforeCall = (_method, storeId) => asked.add(storeId);
  await work();
  wire.beforeCall = undefined;
  return asked;
}

async function filled(
  seed: number,
  isSplit = true,
): Promise<{ readonly stores: Stores; readonly client: Client; readonly all: Record<string, string> }> {
  const stores = await Stores.open({ seed, stores: 3 });
  const client = stores.client();
  if (isSplit) await stores.split('m');
  const all = Object.fromEntries(KEYS.map((key) => [key, `${key}1`]));
  await stores.write(client.storage, all);
  await stores.moveLeader('a', 1);
  assert.deepEqual(await everything(stores, client.storage.snapshot(await stores.now(client.storage))), all);
  return { stores, client, all };
}

const expectations: readonly { readonly replicaRead: ReplicaRead; readonly asked: readonly number[] }[] = [
  { replicaRead: 'leader', asked: [1] },
  { replicaRead: 'prefer-leader', asked: [1] },
  { replicaRead: 'follower', asked: [2, 3] },
  { replicaRead: 'leader-and-follower', asked: [1, 2, 3] },
  { replicaRead: 'closest-replicas', asked: [1] },
  { replicaRead: 'learner', asked: [1] },
];

for (const { replicaRead, asked } of expectations) {
  test(`${replicaRead}: fresh reads by stores ${asked.join()}`, async () => {
    const { stores, client, all } = await filled(51, false);
    const { storage } = client;
    for (let round = 2; round < 8; round++) {
      const changed = { a: `a${round}`, y: `y${round}` };
      await stores.write(storage, changed);
      Object.assign(all, changed);
      const now = await stores.now(storage);
      const met = await storesAsked(client, async () => {
        assert.deepEqual(await everything(stores, storage.snapshot(now, { replicaRead })), all);
      });
      for (const storeId of met) assert.ok(asked.includes(storeId), `store ${storeId} is not asked`);
    }
  });
}

test('a follower that does not answer is replaced by the leader', async () => {
  const { stores, client, all } = await filled(52);
  stores.crash(3 as StoreId);
  stores.crash(2 as StoreId);
  await stores.start(3 as StoreId);
  const now = await stores.now(client.storage);
  const reads: ReadOptions = { replicaRead: 'follower' };
  assert.deepEqual(await everything(stores, client.storage.snapshot(now, reads)), all);
});

test('a transaction reads followers and its own writes; another one that committed before is seen', async () => {
  const { stores, client } = await filled(53);
  const { storage } = client;
  await stores.write(storage, { b: 'seen' });
  const startTs = await stores.now(storage);
  const txn = storage.begin(startTs, {
    mode: 'optimistic',
    maxMemoryBytes: 1 << 20,
    reads: { replicaRead: 'follower' },
  });
  txn.put(keyOf('a'), bytes('own'));
  const found = await stores.world.settle(Promise.resolve(txn.batchGet([keyOf('a'), keyOf('b')])));
  assert.deepEqual([...found].map(([key, value]) => [key, text(value)]).sort(), [
    ['a', 'own'],
    ['b', 'seen'],
  ]);
  await stores.world.settle(Promise.resolve(txn.commit()));
  assert.equal(await stores.read(storage, 'a'), 'own');
});

test('stale reads: any replica once its time has come, the leader until then', async () => {
  const { stores, client, all } = await filled(54);
  const { storage } = client;
  const past: Ts = await stores.now(storage);
  await stores.write(storage, { a: 'newer' });
  assert.deepEqual(await everything(stores, storage.snapshot(past, { isStale: true })), all);
  stores.followTimestamps();
  await stores.world.run(5000);
  const met = await storesAsked(client, async () => {
    for (let i = 0; i < 6; i++) {
      assert.deepEqual(await everything(stores, storage.snapshot(past, { isStale: true })), all);
    }
  });
  assert.deepEqual([...met].sort(), [1, 2, 3]);
  stores.cluster.isolate(1);
  const reads: ReadOptions = { isStale: true, replicaRead: 'follower' };
  assert.deepEqual(await everything(stores, storage.snapshot(past, reads)), all, 'followers need no leader');
});

test('a replica that has not heard of a split yet does not mislead its client', async () => {
  const { stores, client, all } = await filled(55);
  const { storage } = client;
  stores.cluster.loses = ({ to, message }) => to.storeId === 3 && message?.type === 'MsgApp';
  await stores.split('t');
  const now = await stores.now(storage);
  for (let i = 0; i < 4; i++) {
    assert.deepEqual(await everything(stores, storage.snapshot(now, { replicaRead: 'follower' })), all);
  }
});
