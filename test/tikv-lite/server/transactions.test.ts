/** Transactions of our own client over real sockets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf } from '../../../base/index.ts';
import { tikvpb } from '../../../base/rpc/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { type NetworkedCluster, openNetworkedCluster } from './network.ts';

const OPTIONS = { mode: 'optimistic', maxMemoryBytes: 1 << 20 } as const;
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && Buffer.from(bytes).toString();

async function put({ storage }: NetworkedCluster, ...pairs: readonly (readonly [string, string])[]): Promise<void> {
  const txn = storage.begin(await storage.currentTs(), OPTIONS);
  for (const [key, value] of pairs) txn.put(keyOf(key), Buffer.from(value));
  await txn.commit();
}

async function all({ storage }: NetworkedCluster, reverse = false): Promise<string[]> {
  const scanner = storage.snapshot(await storage.currentTs()).scan({ start: keyOf('') as Key }, { reverse });
  const found: string[] = [];
  for (;;) {
    const pairs = await scanner.next(3);
    if (pairs.length === 0) return found;
    for (const { key, value } of pairs) found.push(`${key}=${text(value)}`);
  }
}

test('one store: commits, reads, scans, conflicts and rollbacks', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const { storage } = cluster;
  await put(cluster, ['a', '1'], ['b', '2'], ['c', '3'], ['d', '4'], ['e', '5']);
  assert.deepEqual(await all(cluster), ['a=1', 'b=2', 'c=3', 'd=4', 'e=5']);
  assert.deepEqual(await all(cluster, true), ['e=5', 'd=4', 'c=3', 'b=2', 'a=1']);
  assert.equal(text(await storage.getLatest(keyOf('c'))), '3');
  assert.equal(await storage.getLatest(keyOf('x')), undefined);
  const snapshot = storage.snapshot(await storage.currentTs());
  const early = storage.begin(await storage.currentTs(), OPTIONS);
  await put(cluster, ['c', '33']);
  assert.deepEqual(
    [...(await snapshot.batchGet([keyOf('c'), keyOf('x'), keyOf('a')]))].map(([k, v]) => `${k}=${text(v)}`).sort(),
    ['a=1', 'c=3'],
  );
  early.put(keyOf('c'), Buffer.from('late'));
  await assert.rejects(Promise.resolve(early.commit()), { kind: 'write-conflict' });
  const undone = storage.begin(await storage.currentTs(), OPTIONS);
  undone.delete(keyOf('a'));
  await undone.rollback();
  assert.equal(text(await storage.getLatest(keyOf('a'))), '1');
});

test('one store, many regions: pessimistic locks, waiting, values, a scan across all regions', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const { storage, nodes } = cluster;
  const letters = [...'abcdefghij'];
  await put(cluster, ...letters.map((letter) => [letter, `of ${letter}`] as const));
  const region = nodes[0]!.node.store.regionOf(keyOf('a'))!;
  const ids = await cluster.driver.askBatchSplit(region.region, 2);
  await region.split(ids.map((each, at) => ({ ...each, splitKey: regionKeyOf(keyOf(['c', 'f'][at]!)) })));
  assert.deepEqual(
    await all(cluster),
    letters.map((letter) => `${letter}=of ${letter}`),
  );
  assert.deepEqual(await all(cluster, true), letters.map((letter) => `${letter}=of ${letter}`).reverse());

  const holder = storage.begin(await storage.currentTs(), { ...OPTIONS, mode: 'pessimistic' });
  const { values } = await holder.lockKeys([keyOf('b'), keyOf('g')], {
    forUpdateTs: await storage.currentTs(),
    waitTimeoutMs: 1000,
    returnValues: true,
  });
  assert.equal(text(values.get(keyOf('g'))), 'of g');
  const waiter = storage.begin(await storage.currentTs(), { ...OPTIONS, mode: 'pessimistic' });
  const forUpdateTs = await storage.currentTs();
  await assert.rejects(Promise.resolve(waiter.lockKeys([keyOf('g')], { forUpdateTs, waitTimeoutMs: 0 })), {
    kind: 'lock-not-available',
  });
  const taken = Promise.resolve(
    waiter.lockKeys([keyOf('g')], { forUpdateTs, waitTimeoutMs: 10_000, returnValues: true }),
  );
  holder.put(keyOf('b'), Buffer.from('changed'));
  holder.put(keyOf('g'), Buffer.from('changed'));
  await holder.commit();
  assert.equal(text((await taken).values.get(keyOf('g'))), 'changed');
  await waiter.rollback();
});

test('a store tells who waits for whose lock, and how long', async (context) => {
  const { storage, nodes } = await openNetworkedCluster(context, 1);
  const begin = async () => storage.begin(await storage.currentTs(), { mode: 'pessimistic', maxMemoryBytes: 1 << 20 });
  const [holder, waiter] = [await begin(), await begin()];
  const lock = async (txn: typeof holder, waitMs: number) =>
    await txn.lockKeys([keyOf('k')], { waitTimeoutMs: waitMs, forUpdateTs: await storage.currentTs() });
  await lock(holder, 0);
  const waiting = lock(waiter, 5000);
  const service = nodes[0]!.channel.client(tikvpb.TikvDefinition);
  const ask = () => service.getLockWaitInfo({}, { timeoutMs: 5000 });
  let { entries } = await ask();
  while ((entries[0]?.waitTime ?? 0n) === 0n) ({ entries } = await ask());
  const [entry] = entries;
  assert.deepEqual(
    { txn: entry?.txn, waitForTxn: entry?.waitForTxn, key: text(entry?.key) },
    { txn: waiter.startTs, waitForTxn: holder.startTs, key: 'k' },
  );
  await holder.rollback();
  await waiting;
  assert.deepEqual((await ask()).entries, []);
  await waiter.rollback();
});
