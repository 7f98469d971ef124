import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import type { PrewriteRequest } from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { RegionError, type RegionErrorKind } from '../../../tikv-lite/raftstore/region-kv.ts';
import { type RegionMethod, StoreUnreachableError } from '../../../tikv-lite/txn/kv-service.ts';
import { bytes } from './cluster.ts';
import { type Client, Stores } from './stores.ts';

/** Two regions, 'a' and 'n' in different ones, led by different stores. */
async function open(seed: number): Promise<{ stores: Stores; client: Client }> {
  const stores = await Stores.open({ seed, stores: 3 });
  await stores.split('m');
  await stores.moveLeader('a', 1);
  await stores.moveLeader('n', 2);
  const client = stores.client();
  await stores.write(client.storage, { a: '0', n: '0' });
  await stores.world.run(1000);
  return { stores, client };
}

/** Answers of these calls get lost, `count` times in all. */
function loseReplies(client: Client, methods: readonly RegionMethod[], count: number): void {
  let left = count;
  client.wire.beforeReply = (method, storeId) => {
    if (!methods.includes(method) || left-- <= 0) return;
    throw new StoreUnreachableError(storeId, 'the answer was lost', true);
  };
}

async function commit(stores: Stores, client: Client, keys: readonly string[]): Promise<void> {
  const txn = await stores.begin(client.storage, 'optimistic');
  for (const key of keys) txn.put(keyOf(key), bytes('1'));
  await stores.world.settle(Promise.resolve(txn.commit()), 600_000);
}

for (const [what, keys, methods] of [
  ['one phase', ['a', 'b'], ['prewrite']],
  ['async commit', ['a', 'n'], ['prewrite']],
  ['the background commit', ['a', 'n'], ['commit']],
] as const) {
  test(`${what}: a lost answer is found out by asking again`, async () => {
    const { stores, client } = await open(31);
    loseReplies(client, methods, 2);
    await commit(stores, client, keys);
    for (const key of keys) assert.equal(await stores.read(client.storage, key), '1');
  });
}

test('one phase: when no answer ever comes, not even about the rollback, the outcome is undetermined', async () => {
  const { stores, client } = await open(32);
  loseReplies(client, ['prewrite', 'batchRollback'], Number.POSITIVE_INFINITY);
  await assert.rejects(commit(stores, client, ['a', 'b']), { kind: 'undetermined' });
  client.wire.beforeReply = undefined;
  assert.equal(await stores.read(client.storage, 'a'), '1');
  assert.equal(await stores.read(client.storage, 'b'), '1');
});

test('one phase: answers lost for long, and the rollback finds the commit: success', async () => {
  const { stores, client } = await open(33);
  loseReplies(client, ['prewrite'], Number.POSITIVE_INFINITY);
  await commit(stores, client, ['a', 'b']);
  client.wire.beforeReply = undefined;
  assert.equal(await stores.read(client.storage, 'a'), '1');
});

test('one phase: requests that never arrive fail for certain, and a late one does nothing', async () => {
  const { stores, client } = await open(34);
  client.wire.beforeCall = (method, storeId) => {
    if (method === 'prewrite') throw new StoreUnreachableError(storeId, 'lost on its way', true);
  };
  const txn = await stores.begin(client.storage, 'optimistic');
  txn.put(keyOf('a'), bytes('1'));
  await assert.rejects(stores.world.settle(Promise.resolve(txn.commit()), 600_000), { kind: 'unavailable' });
  client.wire.beforeCall = undefined;
  const late = await stores.leaderAt('a');
  const reply = await stores.world.settle(
    stores
      .service(late.peer.storeId)!
      .handle({ regionId: late.regionId, epoch: late.epoch, peer: late.peer }, 'prewrite', [
        {
          mutations: [{ op: 'put', key: keyOf('a'), value: bytes('1') }],
          primary: keyOf('a'),
          startTs: txn.startTs,
          lockTtlMs: 3000,
          forUpdateTs: 0n as never,
          txnSize: 1,
          minCommitTs: 0n as never,
          maxCommitTs: 0n as never,
          tryOnePc: true,
        },
      ]),
  );
  assert.equal(reply.kind, 'failed');
  assert.equal(await stores.read(client.storage, 'a'), '0');
});

test('two phases: the answer about the primary is lost for good: undetermined, or committed when the rollback says so', async () => {
  const { stores, client } = await open(35);
  const many = Array.from({ length: 300 }, (_, i) => `${i % 2 === 0 ? 'a' : 'n'}${i}`);
  loseReplies(client, ['commit'], Number.POSITIVE_INFINITY);
  await commit(stores, client, many);
  loseReplies(client, ['commit', 'batchRollback'], Number.POSITIVE_INFINITY);
  await assert.rejects(
    commit(
      stores,
      client,
      many.map((key) => `${key}x`),
    ),
    { kind: 'undetermined' },
  );
  client.wire.beforeReply = undefined;
  for (const key of many) assert.equal(await stores.read(client.storage, key), '1');
});

test('stale-command without end: the outcome is closed or undetermined, never unavailable with data behind it', async () => {
  const { stores, client } = await open(36);
  const stale = (kind: RegionErrorKind) => new RegionError(kind, 1 as never, 'leadership was lost');
  client.wire.beforeReply = (method) => {
    if (method === 'prewrite' || method === 'batchRollback') throw stale('stale-command');
  };
  await assert.rejects(commit(stores, client, ['a', 'b']), { kind: 'undetermined' });
});

test('a prewrite that comes again says so, whatever became of the first: a network may have delivered that twice', async () => {
  const { stores, client } = await open(37);
  const retries: unknown[] = [];
  client.wire.beforeCall = (method, _storeId, [request]) => {
    if (method === 'prewrite') retries.push((request as PrewriteRequest).isRetryRequest);
  };
  let left = 2;
  client.wire.beforeReply = (method) => {
    if (method === 'prewrite' && left-- > 0) throw new RegionError('not-leader', 1 as never, 'it leads no more');
  };
  await commit(stores, client, ['a', 'b']);
  assert.ok(retries.length > 2);
  assert.deepEqual([...new Set(retries)], [false, true]);
  assert.equal(await stores.read(client.storage, 'b'), '1');
});
