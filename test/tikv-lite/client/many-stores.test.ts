import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type StoreId } from '../../../base/index.ts';
import { bytes, text } from './cluster.ts';
import { Stores } from './stores.ts';

const ROWS = 40;

function rowKey(i: number): string {
  return `row-${String(i).padStart(3, '0')}`;
}

async function withRows(seed: number): Promise<{ stores: Stores; client: ReturnType<Stores['client']> }> {
  const stores = await Stores.open({ seed, stores: 3 });
  for (const at of [10, 20, 30]) await stores.split(rowKey(at));
  await stores.moveLeader(rowKey(10), 1);
  await stores.moveLeader(rowKey(20), 2);
  await stores.moveLeader(rowKey(30), 3);
  const client = stores.client();
  await stores.write(client.storage, Object.fromEntries(Array.from({ length: ROWS }, (_, i) => [rowKey(i), `${i}`])));
  return { stores, client };
}

test('a transaction over four regions on three stores is read back by get, batch get and scans', async () => {
  const { stores, client } = await withRows(1);
  const { world } = stores;
  const reader = stores.client();
  assert.equal(await stores.read(reader.storage, rowKey(25)), '25');
  const snapshot = reader.storage.snapshot(await stores.now(reader.storage));
  const keys = Array.from({ length: ROWS }, (_, i) => keyOf(rowKey(i)));
  const found = await world.settle(Promise.resolve(snapshot.batchGet([...keys, keyOf('none')])));
  assert.equal(found.size, ROWS);
  assert.ok((reader.wire.calls.get('batchGet') ?? 0) <= 8, 'one request per region, and again for locks met');
  for (const reverse of [false, true]) {
    const scanner = snapshot.scan({ start: keyOf('row'), end: keyOf('rox') }, { reverse });
    const values: string[] = [];
    for (;;) {
      const page = await world.settle(Promise.resolve(scanner.next(7)));
      if (page.length === 0) break;
      values.push(...page.map(({ value }) => text(value)!));
    }
    const expected = Array.from({ length: ROWS }, (_, i) => `${i}`);
    assert.deepEqual(values, reverse ? expected.reverse() : expected);
  }
  await world.settle(client.storage.close());
});

test('a client with an outdated view of the regions finds everything after splits and moved leaders', async () => {
  const { stores, client } = await withRows(2);
  assert.equal(await stores.read(client.storage, rowKey(5)), '5');
  await stores.split(rowKey(5));
  await stores.split(rowKey(25));
  await stores.moveLeader(rowKey(25), 3);
  await stores.moveLeader(rowKey(5), 2);
  for (const i of [4, 5, 24, 25, 29]) assert.equal(await stores.read(client.storage, rowKey(i)), `${i}`);
  await stores.write(client.storage, { [rowKey(4)]: 'a', [rowKey(5)]: 'b', [rowKey(26)]: 'c' });
  const other = stores.client();
  assert.equal(await stores.read(other.storage, rowKey(5)), 'b');
  assert.equal(await stores.read(other.storage, rowKey(26)), 'c');
});

test('a leader that dies: reads and writes go on, nothing acknowledged is lost', async () => {
  const { stores, client } = await withRows(3);
  await stores.write(client.storage, { [rowKey(35)]: 'before' });
  const leader = await stores.leaderAt(rowKey(35));
  stores.crash(leader.peer.storeId);
  const beganMs = stores.world.queue.nowMs;
  await stores.write(client.storage, { [rowKey(36)]: 'after' });
  const tookMs = stores.world.queue.nowMs - beganMs;
  assert.ok(tookMs < 5000, `writes resumed after ${tookMs} ms`);
  assert.equal(await stores.read(client.storage, rowKey(35)), 'before');
  await stores.start(leader.peer.storeId);
  assert.equal(await stores.read(client.storage, rowKey(36)), 'after');
});

test('pessimistic locks go with their keys at a split', async () => {
  const { stores, client } = await withRows(4);
  const { world } = stores;
  const txn = await stores.begin(client.storage);
  const options = { forUpdateTs: await stores.now(client.storage), waitTimeoutMs: 0 };
  await world.settle(Promise.resolve(txn.lockKeys([keyOf(rowKey(2)), keyOf(rowKey(7))], options)));
  await stores.split(rowKey(5));
  const other = await stores.begin(client.storage);
  for (const i of [2, 7]) {
    const now = await stores.now(client.storage);
    await assert.rejects(
      world.settle(Promise.resolve(other.lockKeys([keyOf(rowKey(i))], { forUpdateTs: now, waitTimeoutMs: 0 }))),
      { kind: 'lock-not-available' },
      `row ${i}`,
    );
  }
  txn.put(keyOf(rowKey(2)), bytes('x'));
  txn.put(keyOf(rowKey(7)), bytes('y'));
  await world.settle(Promise.resolve(txn.commit()));
  assert.equal(await stores.read(client.storage, rowKey(7)), 'y');
});

test('whoever waits for a lock that moves in a split gets it in the new region', async () => {
  const { stores, client } = await withRows(5);
  const { world } = stores;
  const holder = await stores.begin(client.storage);
  const key = keyOf(rowKey(7));
  await world.settle(
    Promise.resolve(holder.lockKeys([key], { forUpdateTs: await stores.now(client.storage), waitTimeoutMs: 0 })),
  );
  const waiter = await stores.begin(client.storage);
  const forUpdateTs = await stores.now(client.storage);
  const waiting = Promise.resolve(waiter.lockKeys([key], { forUpdateTs, waitTimeoutMs: 20_000, returnValues: true }));
  await world.run(100);
  await stores.split(rowKey(5));
  holder.put(key, bytes('moved'));
  await world.settle(Promise.resolve(holder.commit()));
  const { values } = await world.settle(waiting);
  assert.equal(text(values.get(key)), 'moved');
  await world.settle(Promise.resolve(waiter.rollback()));
});

test('pessimistic locks outlive a planned change of leader', async () => {
  const { stores, client } = await withRows(6);
  const { world } = stores;
  const key = keyOf(rowKey(12));
  const txn = await stores.begin(client.storage);
  await world.settle(
    Promise.resolve(txn.lockKeys([key], { forUpdateTs: await stores.now(client.storage), waitTimeoutMs: 0 })),
  );
  await stores.moveLeader(rowKey(12), 3);
  const other = await stores.begin(client.storage);
  const now = await stores.now(client.storage);
  await assert.rejects(world.settle(Promise.resolve(other.lockKeys([key], { forUpdateTs: now, waitTimeoutMs: 0 }))), {
    kind: 'lock-not-available',
  });
  await world.settle(Promise.resolve(txn.rollback()));
  const again = await stores.now(client.storage);
  await world.settle(Promise.resolve(other.lockKeys([key], { forUpdateTs: again, waitTimeoutMs: 0 })));
  other.put(key, bytes('second'));
  await world.settle(Promise.resolve(other.commit()));
  assert.equal(await stores.read(client.storage, rowKey(12)), 'second');
  assert.equal(
    stores.host(3 as StoreId).regions.reduce((sum, region) => sum + region.lockCount, 0),
    0,
  );
});

test('a deadlock over two stores is found; its victim is told at once and the other goes on', async () => {
  const { stores, client } = await withRows(7);
  const { world } = stores;
  const [here, there] = [keyOf(rowKey(12)), keyOf(rowKey(22))];
  const lock = async (txn: Awaited<ReturnType<Stores['begin']>>, key: typeof here) =>
    txn.lockKeys([key], { forUpdateTs: await client.storage.currentTs(), waitTimeoutMs: 50_000 });
  const first = await stores.begin(client.storage);
  const second = await stores.begin(client.storage);
  await world.settle(lock(first, here));
  await world.settle(lock(second, there));
  const beganMs = world.queue.nowMs;
  const waits = [lock(first, there), lock(second, here)];
  const outcomes = Promise.allSettled(
    waits.map(async (wait, i) => {
      try {
        await wait;
        return 'locked';
      } catch (error) {
        await (i === 0 ? first : second).rollback();
        return (error as { kind: string }).kind;
      }
    }),
  );
  const settled = (await world.settle(outcomes)).map((outcome) => outcome.status === 'fulfilled' && outcome.value);
  assert.deepEqual(settled.sort(), ['deadlock', 'locked']);
  assert.ok(world.queue.nowMs - beganMs < 1500, `found after ${world.queue.nowMs - beganMs} ms`);
});

test('a merge: data, pessimistic locks and those who wait for them come along', async () => {
  const { stores, client } = await withRows(8);
  const { world } = stores;
  const key = keyOf(rowKey(22));
  const holder = await stores.begin(client.storage);
  const now = await stores.now(client.storage);
  await world.settle(Promise.resolve(holder.lockKeys([key], { forUpdateTs: now, waitTimeoutMs: 0 })));
  const waiter = await stores.begin(client.storage);
  const forUpdateTs = await stores.now(client.storage);
  const waiting = Promise.resolve(waiter.lockKeys([key], { forUpdateTs, waitTimeoutMs: 50_000, returnValues: true }));
  await world.run(100);
  const before = stores.regionAt(rowKey(22));
  for (let attempt = 0; attempt < 20 && stores.regionAt(rowKey(22)) === before; attempt++) {
    await world.settle(stores.mergeOnce(rowKey(22)));
    await world.run(1000);
  }
  assert.equal(stores.regionAt(rowKey(22)), stores.regionAt(rowKey(12)), 'the regions are one');
  const third = await stores.begin(client.storage);
  const late = await stores.now(client.storage);
  await assert.rejects(world.settle(Promise.resolve(third.lockKeys([key], { forUpdateTs: late, waitTimeoutMs: 0 }))), {
    kind: 'lock-not-available',
  });
  holder.put(key, bytes('merged'));
  await world.settle(Promise.resolve(holder.commit()));
  const { values } = await world.settle(waiting);
  assert.equal(text(values.get(key)), 'merged');
  await world.settle(Promise.resolve(waiter.rollback()));
  assert.equal(await stores.read(client.storage, rowKey(21)), '21');
});
