/** Statements that lock many keys over the network: few requests, and the outcome of one request per key. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type StoreId } from '../../../base/index.ts';
import type { LockOptions, LockResult, Transaction } from '../../../tikv-lite/client/storage.ts';
import { RegionError } from '../../../tikv-lite/raftstore/region-kv.ts';
import { StoreUnreachableError } from '../../../tikv-lite/txn/kv-service.ts';
import { FIRST_REGION } from '../raftstore/cluster.ts';
import { type Client, Stores } from './stores.ts';

const ROWS = 40;

function row(i: number) {
  return keyOf(`row-${String(i).padStart(3, '0')}`);
}

function rows(from: number, to: number) {
  return Array.from({ length: to - from }, (_, i) => row(from + i));
}

interface Fixture {
  readonly stores: Stores;
  readonly client: Client;
  lock(txn: Transaction, from: number, to: number, options?: Partial<LockOptions>): Promise<LockResult>;
  begin(): Promise<Transaction>;
  /** Whether each key is free, as somebody else sees it. */
  free(from: number, to: number): Promise<readonly number[]>;
}

/** Three regions, split at rows 10 and 30; nothing is committed but row 37. */
async function open(seed: number): Promise<Fixture> {
  const stores = await Stores.open({ seed, stores: 3 });
  for (const at of [10, 30]) await stores.split(row(at));
  const client = stores.client();
  await stores.write(client.storage, { [row(37)]: 'there' });
  for (const i of [0, 15, 35]) await stores.read(client.storage, row(i));
  client.wire.calls.clear();
  const other = stores.client();
  const lockAs = async (by: Client, txn: Transaction, keys: ReturnType<typeof rows>, options: Partial<LockOptions>) => {
    const forUpdateTs = await stores.now(by.storage);
    return stores.world.settle(
      Promise.resolve().then(() => txn.lockKeys(keys, { forUpdateTs, waitTimeoutMs: 0, ...options })),
    );
  };
  return {
    stores,
    client,
    begin: () => stores.begin(client.storage),
    lock: (txn, from, to, options = {}) => lockAs(client, txn, rows(from, to), options),
    free: async (from, to) => {
      const txn = await stores.begin(other.storage);
      const { locked } = await lockAs(other, txn, rows(from, to), { skipLocked: true });
      await stores.world.settle(Promise.resolve(txn.rollback()));
      return Array.from({ length: to - from }, (_, i) => from + i).filter((i) => locked.includes(row(i)));
    },
  };
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

test('keys that nobody holds are locked with one request per region', async () => {
  const { stores, client, begin, lock, free } = await open(41);
  const txn = await begin();
  const { locked } = await lock(txn, 0, ROWS);
  assert.equal(locked.length, ROWS);
  assert.deepEqual(
    [client.wire.calls.get('pessimisticLockAll'), client.wire.calls.get('pessimisticLock')],
    [3, undefined],
  );
  assert.deepEqual(await free(0, ROWS), []);
  await stores.world.settle(Promise.resolve(txn.rollback()));
  await stores.world.run(1000);
  assert.deepEqual(await free(0, ROWS), numbers(0, ROWS));
});

test('who meets another holder has the keys before that one, and none behind it', async () => {
  const { begin, lock, free } = await open(42);
  const holder = await begin();
  await lock(holder, 15, 16);
  const txn = await begin();
  await assert.rejects(lock(txn, 0, ROWS), { kind: 'lock-not-available', key: row(15) });
  assert.deepEqual(await free(0, ROWS), numbers(16, ROWS));
});

test('SKIP LOCKED takes all others', async () => {
  const { client, begin, lock } = await open(43);
  const holder = await begin();
  await lock(holder, 15, 16);
  const txn = await begin();
  const { locked } = await lock(txn, 0, ROWS, { skipLocked: true });
  assert.deepEqual(locked, [...rows(0, 15), ...rows(16, ROWS)]);
  assert.equal(client.wire.calls.get('pessimisticLockAll'), 5);
});

test('a wait for one key goes on to those behind it', async () => {
  const { stores, begin, lock, free } = await open(44);
  const holder = await begin();
  await lock(holder, 15, 16);
  const txn = await begin();
  const waiting = lock(txn, 0, ROWS, { waitTimeoutMs: 20_000 });
  await stores.world.run(1000);
  assert.deepEqual(await free(0, ROWS), numbers(16, ROWS));
  await stores.world.settle(Promise.resolve(holder.rollback()));
  assert.equal((await waiting).locked.length, ROWS);
});

test('a duplicate is told of the first key that exists, with the keys before it locked', async () => {
  const { begin, lock, free } = await open(45);
  const txn = await begin();
  const claimed = lock(txn, 0, ROWS, { shouldNotExist: true, returnValues: true });
  await assert.rejects(claimed, { kind: 'key-exists', key: row(37) });
  assert.deepEqual(await free(0, ROWS), numbers(37, ROWS));
});

test('a key that changed since is locked, and the statement told to be redone', async () => {
  const { stores, client, begin, lock, free } = await open(46);
  const txn = await begin();
  const forUpdateTs = await stores.now(client.storage);
  await stores.write(client.storage, { [row(12)]: 'later' });
  await assert.rejects(lock(txn, 0, ROWS, { forUpdateTs }), { kind: 'write-conflict', key: row(12) });
  assert.deepEqual(await free(0, ROWS), numbers(13, ROWS));
  assert.equal((await lock(txn, 0, ROWS)).locked.length, ROWS);
});

test('own writes and keys that are locked already are no obstacle', async () => {
  const { client, begin, lock } = await open(47);
  const txn = await begin();
  await lock(txn, 3, 5);
  txn.put(row(7), Buffer.from('own'));
  assert.equal((await lock(txn, 0, ROWS)).locked.length, ROWS);
  assert.equal(client.wire.calls.get('pessimisticLock'), 1);
});

test('an answer that is lost is asked for again', async () => {
  const { client, begin, lock, free } = await open(48);
  const txn = await begin();
  let lost = 0;
  client.wire.beforeReply = (method, storeId) => {
    if (method !== 'pessimisticLockAll' || lost++ > 0) return;
    throw new StoreUnreachableError(storeId, 'the answer is lost', true);
  };
  assert.equal((await lock(txn, 0, ROWS)).locked.length, ROWS);
  assert.ok(lost > 1);
  assert.deepEqual(await free(0, ROWS), []);
});

test('what a request with a lost answer may have locked is released when the statement fails', async () => {
  const { stores, client, begin, lock, free } = await open(49);
  const txn = await begin();
  client.wire.beforeReply = (method, storeId) => {
    if (method === 'pessimisticLockAll') throw new StoreUnreachableError(storeId, 'the answer is lost', true);
  };
  client.wire.beforeCall = (method: string, storeId: StoreId) => {
    if (method === 'pessimisticLock') throw new RegionError('disk-full', FIRST_REGION, `store ${storeId}`);
  };
  await assert.rejects(lock(txn, 0, 10), { kind: 'disk-full' });
  await stores.world.run(2000);
  assert.deepEqual(await free(0, 10), numbers(0, 10));
});

test('locks taken together are lost with their leader and found out as others are', async () => {
  const { stores, client, begin, lock } = await open(50);
  const txn = await begin();
  await lock(txn, 10, 20);
  const leader = await stores.leaderAt(row(10));
  stores.crash(leader.peer.storeId);
  await stores.world.run(5000);
  await stores.write(client.storage, { [row(11)]: 'meanwhile' });
  txn.put(row(11), Buffer.from('mine'));
  await assert.rejects(stores.world.settle(Promise.resolve(txn.commit())), { kind: 'aborted' });
  assert.equal(await stores.read(client.storage, row(11)), 'meanwhile');
});
