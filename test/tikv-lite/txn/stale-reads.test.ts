import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type RegionId, type StoreId, type Ts } from '../../../base/index.ts';
import type { PeerDescriptor } from '../../../pd/index.ts';
import type { Storage } from '../../../tikv-lite/client/storage.ts';
import { readTsOf } from '../../../tikv-lite/mvcc/read.ts';
import { RegionError, type RegionReplica } from '../../../tikv-lite/raftstore/region-kv.ts';
import { bytes, text } from '../client/cluster.ts';
import { Stores } from '../client/stores.ts';

/** Reads a replica of the region of `key` as of `ts` without asking its leader. */
async function staleRead(stores: Stores, key: string, storeId: number, ts: Ts): Promise<string | undefined> {
  const leader = await stores.leaderAt(key);
  const peer = leader.region.peers.find((one) => one.storeId === storeId) as PeerDescriptor;
  const { regionId, epoch } = leader;
  const service = stores.service(storeId as StoreId);
  assert.ok(service !== undefined);
  const context = { regionId, epoch, peer, staleRead: true };
  const found = service.handle(context, 'get', [keyOf(key), readTsOf(ts), undefined]);
  return text((await stores.world.settle(found)) as Uint8Array | undefined);
}

function replicaOf(stores: Stores, storeId: StoreId, regionId: RegionId): RegionReplica {
  const replica = stores.cluster.node(storeId).store.region(regionId);
  assert.ok(replica !== undefined);
  return replica;
}

function safeTsOn(stores: Stores, storeId: number, key: string): Ts {
  const id = storeId as StoreId;
  const regionId = stores.regionAt(key);
  assert.ok(regionId !== undefined);
  return stores.safe(id).of(replicaOf(stores, id, regionId));
}

async function untilSafe(stores: Stores, key: string, ts: Ts, storeIds: readonly number[] = [1, 2, 3]): Promise<void> {
  const isSafe = (): boolean => storeIds.every((storeId) => safeTsOn(stores, storeId, key) >= ts);
  await stores.cluster.until(`stores ${storeIds.join()} are safe to read at ${ts}`, isSafe);
}

test('every replica is read as of a time that has passed, and only then', async () => {
  const stores = await Stores.open({ seed: 41, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: 'one' });
  const first = await stores.now(storage);
  for (const storeId of [1, 2, 3]) {
    await assert.rejects(staleRead(stores, 'a', storeId, first), { kind: 'data-is-not-ready' });
  }
  stores.followTimestamps();
  await untilSafe(stores, 'a', first);
  await stores.write(storage, { a: 'two' });
  const second = await stores.now(storage);
  for (const storeId of [1, 2, 3]) {
    assert.equal(await staleRead(stores, 'a', storeId, first), 'one');
    const refusal = await staleRead(stores, 'a', storeId, second).catch((error: unknown) => error);
    assert.ok(refusal instanceof RegionError && refusal.kind === 'data-is-not-ready');
    assert.ok((refusal.details.safeTs ?? 0n) >= first && (refusal.details.safeTs ?? second) < second);
  }
  await untilSafe(stores, 'a', second);
  for (const storeId of [1, 2, 3]) assert.equal(await staleRead(stores, 'a', storeId, second), 'two');
});

test('a region that sleeps goes on telling, and sleeps on', async () => {
  const stores = await Stores.open({ seed: 42, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: 'one' });
  stores.followTimestamps();
  const sleeps = (): boolean =>
    stores.cluster.nodes.every(({ store }) => store.statistics.hibernatedRegions === store.statistics.regions);
  await stores.cluster.until('the region sleeps', sleeps);
  const ts = await stores.now(storage);
  const { nodes } = stores.cluster;
  const isSafe = (): boolean => nodes.every(({ storeId }) => safeTsOn(stores, storeId, 'a') >= ts);
  await stores.cluster.until('all know', () => {
    assert.ok(sleeps(), 'nobody wakes up');
    return isSafe();
  });
});

test('an open transaction holds it back, and what it commits is above', async () => {
  const stores = await Stores.open({ seed: 43, stores: 3 });
  const { storage, wire } = stores.client();
  await stores.write(storage, { a: 'old' });
  stores.followTimestamps();
  const txn = await stores.begin(storage, 'optimistic');
  txn.put(keyOf('a'), bytes('new'));
  txn.put(keyOf('b'), bytes('new'));
  wire.trouble.replyLoss = 1;
  const committing = Promise.resolve(txn.commit()).catch(() => undefined);
  await stores.world.run(3000);
  const reached = safeTsOn(stores, 2, 'a');
  const isOpen = (await staleRead(stores, 'a', 2, reached)) === 'old';
  assert.ok(!isOpen || reached < txn.startTs, 'what may commit yet has not been passed');
  wire.trouble.replyLoss = 0;
  await stores.world.settle(committing);
});

test('a leader that was deposed cannot move it any more', async () => {
  const stores = await Stores.open({ seed: 44, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: 'one' });
  stores.followTimestamps();
  await untilSafe(stores, 'a', await stores.now(storage));
  const old = await stores.leaderAt('a');
  const { regionId } = old;
  const { storeId: deposed } = old.peer;
  stores.cluster.isolate(deposed);
  stores.isCut = (_from, to) => to === deposed;
  const hasChanged = (): boolean => (stores.cluster.leaderOf(regionId)?.peer.storeId ?? deposed) !== deposed;
  await stores.cluster.until('another leads', hasChanged);
  const limit = await stores.now(storage);
  await stores.world.run(5000);
  const other = (deposed % 3) + 1;
  assert.ok(safeTsOn(stores, deposed, 'a') < limit);
  assert.ok(safeTsOn(stores, other, 'a') >= limit);
});

/** Two regions with a key each, which all stores can be read at up to `ts`. */
async function splitAndSafe(seed: number): Promise<{ stores: Stores; storage: Storage; ts: Ts }> {
  const stores = await Stores.open({ seed, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: '1', z: '26' });
  stores.followTimestamps();
  await stores.split('m');
  const ts = await stores.now(storage);
  await untilSafe(stores, 'a', ts);
  await untilSafe(stores, 'z', ts);
  return { stores, storage, ts };
}

test('splits and merges begin anew', async () => {
  const { stores, storage, ts } = await splitAndSafe(45);
  for (const storeId of [1, 2, 3]) {
    assert.equal(await staleRead(stores, 'a', storeId, ts), '1');
    assert.equal(await staleRead(stores, 'z', storeId, ts), '26');
  }
  const before = stores.regionAt('z');
  await stores.world.settle(stores.mergeOnce('z'));
  const isMerged = (): boolean => stores.regionAt('z') !== before && stores.regionAt('z') === stores.regionAt('a');
  await stores.cluster.until('the regions are one', isMerged);
  const after = await stores.now(storage);
  await untilSafe(stores, 'z', after);
  for (const storeId of [1, 2, 3]) assert.equal(await staleRead(stores, 'z', storeId, after), '26');
});

test('the least of a range is what a store may be read at', async () => {
  const { stores, ts } = await splitAndSafe(46);
  const { regions } = stores.cluster.node(2).store;
  const least = stores.safe(2 as StoreId).least(regions, { start: '' as Key });
  const both = ['a', 'z'].map((key) => safeTsOn(stores, 2, key));
  assert.equal(least, both[0]! < both[1]! ? both[0] : both[1]);
  assert.ok(least >= ts);
});
