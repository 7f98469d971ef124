import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, type KvPair, keyOf, MAX_TS, type StoreId, type Ts } from '../../../base/index.ts';
import { readTsOf, type ScanPage } from '../../../tikv-lite/mvcc/read.ts';
import type { RegionArguments, RegionMethod, RegionReply, RequestContext } from '../../../tikv-lite/txn/kv-service.ts';
import { LockedRead } from '../../../tikv-lite/txn/region-service.ts';
import { bytes, text } from '../client/cluster.ts';
import { Stores } from '../client/stores.ts';

const EVERYTHING = { start: '' as Key };

/** Calls a replica that does not lead. */
class Followers {
  readonly stores: Stores;
  #turn = 0;

  constructor(stores: Stores) {
    this.stores = stores;
  }

  async call<M extends RegionMethod>(method: M, args: RegionArguments<M>): Promise<RegionReply<M>> {
    const leader = await this.stores.leaderAt('a');
    const others = leader.region.peers.filter(({ peerId }) => peerId !== leader.peer.peerId);
    const peer = others[this.#turn++ % others.length]!;
    const { regionId, epoch } = leader;
    const context: RequestContext = { regionId, epoch, peer, replicaRead: true };
    const service = this.stores.service(peer.storeId);
    assert.ok(service !== undefined);
    return this.stores.world.settle(service.handle(context, method, args));
  }
}

function pairsOf(pairs: readonly KvPair[]): Record<string, string | undefined> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, text(value)]));
}

test('followers answer every kind of read as the leader would', async () => {
  const stores = await Stores.open({ seed: 31, stores: 3 });
  const { storage } = stores.client();
  const followers = new Followers(stores);
  const expected: Record<string, string> = {};
  for (let i = 0; i < 12; i++) {
    const key = `k${i % 5}`;
    expected[key] = `${i}`;
    await stores.write(storage, { [key]: `${i}` });
    const at = readTsOf(await stores.now(storage));
    assert.equal(text((await followers.call('get', [keyOf(key), at, undefined])) as Uint8Array), `${i}`);
    assert.equal(text((await followers.call('getLatest', [keyOf(key)])) as Uint8Array), `${i}`);
    const batch = await followers.call('batchGet', [Object.keys(expected).map(keyOf), at, undefined]);
    assert.deepEqual(pairsOf(batch.pairs), expected);
    for (const reverse of [false, true]) {
      const page = (await followers.call('scan', [EVERYTHING, at, 100, reverse, undefined])) as ScanPage;
      assert.deepEqual(pairsOf(page.pairs), expected);
    }
  }
});

test('a lock is met on a follower, and what commits after the read commits above it', async () => {
  const stores = await Stores.open({ seed: 32, stores: 3 });
  const { storage, wire } = stores.client();
  const followers = new Followers(stores);
  await stores.write(storage, { a: 'old' });
  const txn = await stores.begin(storage, 'optimistic');
  txn.put(keyOf('a'), bytes('new'));
  txn.put(keyOf('b'), bytes('new'));
  const early = await stores.now(storage);
  assert.equal(text((await followers.call('get', [keyOf('a'), readTsOf(early), undefined])) as Uint8Array), 'old');
  wire.trouble.replyLoss = 1;
  const committing = Promise.resolve(txn.commit()).catch(() => undefined);
  await stores.world.run(300);
  wire.trouble.replyLoss = 0;
  const found = await followers.call('get', [keyOf('a'), readTsOf(early), undefined]);
  assert.ok(found instanceof LockedRead || text(found) === 'old', 'nothing commits at or below the read');
  await stores.world.settle(committing);
  const after = await stores.read(storage, 'a');
  const late = await stores.now(storage);
  assert.equal(text((await followers.call('get', [keyOf('a'), readTsOf(late), undefined])) as Uint8Array), after);
});

test('the newest version is read past nothing that was acknowledged', async () => {
  const stores = await Stores.open({ seed: 33, stores: 3 });
  const { storage } = stores.client();
  const followers = new Followers(stores);
  for (let i = 0; i < 10; i++) {
    await stores.write(storage, { a: `${i}` });
    const found = await followers.call('get', [keyOf('a'), readTsOf(MAX_TS), undefined]);
    assert.equal(text(found as Uint8Array), `${i}`);
  }
});

test('what only the leader can do is refused', async () => {
  const stores = await Stores.open({ seed: 34, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: '1' });
  const followers = new Followers(stores);
  const startTs = await stores.now(storage);
  await assert.rejects(followers.call('batchRollback', [{ keys: [keyOf('a')], startTs }]), { kind: 'not-leader' });
  await assert.rejects(followers.call('scanLocks', [EVERYTHING, 10, startTs]), { kind: 'not-leader' });
});

test('a leader that slept answers the first read without sending the caller elsewhere', async () => {
  const stores = await Stores.open({ seed: 35, stores: 3 });
  const { storage, wire } = stores.client();
  await stores.write(storage, { a: '1' });
  const leader = await stores.leaderAt('a');
  await stores.cluster.until('the lease ran out', () => !leader.hasLease);
  const asked: StoreId[] = [];
  wire.beforeCall = (_method, storeId) => asked.push(storeId);
  assert.equal(await stores.read(storage, 'a'), '1');
  assert.deepEqual(asked, [leader.peer.storeId]);
});

test('a timestamp that a follower reads at is promised by the leader', async () => {
  const stores = await Stores.open({ seed: 36, stores: 3 });
  const { storage } = stores.client();
  await stores.write(storage, { a: '1' });
  const leader = await stores.leaderAt('a');
  const at = await stores.now(storage);
  await new Followers(stores).call('get', [keyOf('a'), readTsOf(at), undefined]);
  assert.ok(stores.host(leader.peer.storeId).concurrency.maxTs.current >= (at as Ts));
});
