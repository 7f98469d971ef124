import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type PeerId, type RegionId, type StoreId } from '../../../base/index.ts';
import { readTsOf } from '../../../tikv-lite/mvcc/read.ts';
import { RegionError, type RegionErrorKind } from '../../../tikv-lite/raftstore/region-kv.ts';
import type { RequestContext } from '../../../tikv-lite/txn/kv-service.ts';
import { Stores } from '../client/stores.ts';

/** A context that is right, of the leader of the region of a key; `wrong` changes parts of it. */
async function contextOf(stores: Stores, key: string, wrong: Partial<RequestContext> = {}) {
  const leader = await stores.leaderAt(key);
  const { regionId, epoch, peer, term } = leader;
  const context: RequestContext = { regionId, epoch, peer, term, ...wrong };
  return { context, leader };
}

async function get(stores: Stores, storeId: StoreId, context: RequestContext, key: string): Promise<unknown> {
  const service = stores.service(storeId);
  assert.ok(service);
  const at = readTsOf(await stores.world.settle(Promise.resolve(stores.pd.getTs())));
  return stores.world.settle(service.handle(context, 'get', [keyOf(key), at, undefined]));
}

async function refusal(stores: Stores, storeId: StoreId, context: RequestContext, key = 'a'): Promise<RegionError> {
  try {
    await get(stores, storeId, context, key);
  } catch (error) {
    assert.ok(error instanceof RegionError, String(error));
    return error;
  }
  throw new Error('the request was not refused');
}

const stores = await Stores.open({ seed: 21, stores: 3 });
await stores.split('m');
await stores.write(stores.client().storage, { a: '1', z: '2' });
await stores.world.run(1000);

const wrongs: readonly {
  readonly what: string;
  readonly wrong: Partial<RequestContext>;
  readonly kind: RegionErrorKind;
}[] = [
  {
    what: 'a store that has another number',
    wrong: { peer: { peerId: 1 as PeerId, storeId: 9 as StoreId, role: 'voter' }, regionId: 99 as RegionId },
    kind: 'store-not-match',
  },
  { what: 'a region that is not here', wrong: { regionId: 99 as RegionId }, kind: 'region-not-found' },
  { what: 'a term long gone', wrong: { term: 1, epoch: { confVer: 1, version: 0 } }, kind: 'stale-command' },
  { what: 'a version long gone', wrong: { epoch: { confVer: 1, version: 1 } }, kind: 'epoch-not-match' },
];

for (const { what, wrong, kind } of wrongs) {
  test(`${what}: ${kind}`, async () => {
    const { context, leader } = await contextOf(stores, 'a', wrong);
    assert.equal((await refusal(stores, leader.peer.storeId, context)).kind, kind);
  });
}

test('a replica of another number: mismatch-peer-id comes before leadership and epoch', async () => {
  const { context, leader } = await contextOf(stores, 'a', { epoch: { confVer: 1, version: 1 } });
  const peer = { ...leader.peer, peerId: 9999 as PeerId };
  assert.equal((await refusal(stores, leader.peer.storeId, { ...context, peer })).kind, 'mismatch-peer-id');
});

test('a follower: not-leader, with the leader, before term and epoch are looked at', async () => {
  const { context, leader } = await contextOf(stores, 'a', { epoch: { confVer: 1, version: 1 }, term: 1 });
  const follower = leader.region.peers.find(({ storeId }) => storeId !== leader.peer.storeId)!;
  const error = await refusal(stores, follower.storeId, { ...context, peer: follower });
  assert.equal(error.kind, 'not-leader');
  assert.equal(error.details.leader?.peerId, leader.peer.peerId);
});

test('an outdated epoch answers the region and the part that was split off', async () => {
  const { context, leader } = await contextOf(stores, 'a', { epoch: { confVer: 1, version: 1 } });
  const error = await refusal(stores, leader.peer.storeId, context);
  const ranges = error.details.currentRegions?.map(({ range }) => range.start === '');
  assert.deepEqual(ranges?.sort(), [false, true]);
});

test('an older conf version does not matter to reads and writes', async () => {
  const { context, leader } = await contextOf(stores, 'a');
  const epoch = { confVer: context.epoch.confVer - 1, version: context.epoch.version };
  assert.equal(String(await get(stores, leader.peer.storeId, { ...context, epoch }, 'a')), '1');
});

test('a key of the neighbour: key-not-in-region, for reads, scans and every kind of command', async () => {
  const { context, leader } = await contextOf(stores, 'a');
  assert.equal((await refusal(stores, leader.peer.storeId, context, 'z')).kind, 'key-not-in-region');
  const service = stores.service(leader.peer.storeId)!;
  const at = readTsOf(1n as never);
  const [key, startTs] = [keyOf('z'), 1n as never];
  const calls = [
    service.handle(context, 'batchGet', [[keyOf('a'), key], at, undefined]),
    service.handle(context, 'scan', [{ start: keyOf('a'), end: key }, at, 10, false, undefined]),
    service.handle(context, 'scan', [{ start: key, end: `${key}\0` as Key }, at, 10, false, undefined]),
    service.handle(context, 'commit', [{ keys: [key], startTs, commitTs: 2n as never }]),
    service.handle(context, 'batchRollback', [{ keys: [key], startTs }]),
    service.handle(context, 'pessimisticRollback', [{ keys: [key], startTs, forUpdateTs: startTs }]),
    service.handle(context, 'checkSecondaryLocks', [{ keys: [key], startTs }]),
    service.handle(context, 'scanLocks', [{ start: keyOf('a') }, 10, startTs]),
    service.handle(context, 'destroyRange', [{ start: keyOf('a') }]),
  ];
  for (const call of await stores.world.settle(Promise.allSettled(calls))) {
    assert.equal(call.status, 'rejected');
    assert.equal(call.reason.kind, 'key-not-in-region');
  }
});
