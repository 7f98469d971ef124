/** Pipelined transactions over real sockets: by the methods themselves and as cases of BatchCommands. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, keyToBytes, MAX_TS, type Ts } from '../../../base/index.ts';
import { kvrpcpb, tikvpb } from '../../../base/rpc/index.ts';
import type { FlushRequest } from '../../../tikv-lite/mvcc/commands/flush.ts';
import { contextToProto } from '../../../tikv-lite/server/convert/basics.ts';
import type { RequestContext } from '../../../tikv-lite/txn/kv-service.ts';
import { type NetworkedCluster, openNetworkedCluster } from './network.ts';

const LONG = 'long '.repeat(1000);
const SOON = { timeoutMs: 5000 };

function contextOf({ nodes }: NetworkedCluster, key: string): RequestContext {
  const region = nodes[0]!.node.store.regionOf(keyOf(key))!;
  return { regionId: region.regionId, epoch: region.epoch, peer: region.peer };
}

function mutation(key: string, value: string | undefined): kvrpcpb.Mutation {
  return {
    op: value === undefined ? kvrpcpb.Op.Del : kvrpcpb.Op.Put,
    key: keyToBytes(keyOf(key)),
    value: Buffer.from(value ?? ''),
    assertion: kvrpcpb.Assertion.None,
    statementOrder: 0n,
  };
}

function flushOf(
  context: RequestContext,
  startTs: Ts,
  generation: number,
  values: Readonly<Record<string, string | undefined>>,
): kvrpcpb.FlushRequest {
  return {
    context: contextToProto(context),
    mutations: Object.entries(values).map(([key, value]) => mutation(key, value)),
    primaryKey: keyToBytes(keyOf('p')),
    startTs,
    minCommitTs: startTs + 1n,
    generation: BigInt(generation),
    lockTtl: 20_000n,
    assertionLevel: kvrpcpb.AssertionLevel.Off,
  };
}

function shown(pairs: readonly { readonly key: Uint8Array | string; readonly value: Uint8Array }[]): string[] {
  return pairs.map(({ key, value }) => {
    const name = typeof key === 'string' ? key : Buffer.from(key).toString();
    return `${name}=${Buffer.from(value).toString()}`;
  });
}

test('the methods: flush, read back, resolve the whole region with the commit', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const service = cluster.nodes[0]!.channel.client(tikvpb.TikvDefinition);
  const startTs = await cluster.storage.currentTs();
  const target = contextOf(cluster, 'p');
  const flush = (generation: number, values: Readonly<Record<string, string | undefined>>) =>
    service.kvFlush(flushOf(target, startTs, generation, values), SOON);
  const bufferOf = async (...keys: readonly string[]): Promise<string[]> => {
    const request = { context: contextToProto(target), keys: keys.map((key) => Buffer.from(key)), version: startTs };
    const { pairs, error, regionError } = await service.kvBufferBatchGet(request, SOON);
    assert.deepEqual([error, regionError], [undefined, undefined]);
    return shown(pairs);
  };
  assert.deepEqual((await flush(1, { p: '1', a: '1', b: '1' })).errors, []);
  assert.deepEqual((await flush(2, { a: LONG, b: undefined })).errors, []);
  assert.deepEqual((await flush(1, { a: 'late' })).errors, []);
  assert.deepEqual(await bufferOf('p', 'b', 'a', 'none'), [`a=${LONG}`, 'b=', 'p=1']);

  const refused = await flush(0, { a: 'x' });
  assert.match(refused.errors[0]?.abort ?? '', /generation/);

  const locked = await service.kvGet(
    { context: contextToProto(target), key: Buffer.from('a'), version: MAX_TS, needCommitTs: false },
    SOON,
  );
  assert.equal(locked.error?.locked?.lockVersion, startTs);
  assert.ok(locked.error.locked.txnSize > 1000n, 'its locks are resolved by region');

  const commitVersion = await cluster.storage.currentTs();
  const committed = await service.kvCommit(
    {
      context: contextToProto(target),
      startVersion: startTs,
      keys: [Buffer.from('p')],
      commitVersion,
      commitRole: kvrpcpb.CommitRole.Unknown,
      primaryKey: Buffer.from('p'),
      useAsyncCommit: false,
      isTxnFile: false,
    },
    SOON,
  );
  assert.equal(committed.error, undefined);
  const resolved = await service.kvResolveLock(
    {
      context: contextToProto(target),
      startVersion: startTs,
      commitVersion,
      txnInfos: [],
      keys: [],
      isAsync: false,
      isTxnFile: false,
    },
    SOON,
  );
  assert.equal(resolved.error, undefined);
  assert.deepEqual(await bufferOf('p', 'b', 'a'), []);
  const { storage } = cluster;
  const now = await storage.snapshot(await storage.currentTs()).batchGet(['a', 'b', 'p'].map(keyOf));
  assert.deepEqual(shown([...now].map(([key, value]) => ({ key, value }))).sort(), [`a=${LONG}`, 'p=1']);
});

test('BatchCommands: flushes of our own client, whose other transactions settle what it leaves behind', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const { storage, stores, nodes } = cluster;
  const target = contextOf(cluster, 'p');
  const { storeId } = nodes[0]!.node.store;
  const startTs = await storage.currentTs();
  const flush = (generation: number, values: Readonly<Record<string, string>>, lockTtlMs = 0) => {
    const request: FlushRequest = {
      mutations: Object.entries(values).map(([key, value]) => ({
        op: 'put',
        key: keyOf(key),
        value: Buffer.from(value),
      })),
      primary: keyOf('p'),
      startTs,
      lockTtlMs,
      generation,
      assertionLevel: 'strict',
    };
    return stores.call(storeId, target, 'flush', [request]);
  };
  assert.deepEqual(await flush(1, { p: '1', a: '1' }), { kind: 'ok' });
  assert.deepEqual(await flush(2, { a: LONG }), { kind: 'ok' });
  const pairs = await stores.call(storeId, target, 'bufferBatchGet', [['p', 'a'].map(keyOf), startTs]);
  assert.deepEqual(shown(pairs), [`a=${LONG}`, 'p=1']);

  assert.equal(await storage.snapshot(await storage.currentTs()).get(keyOf('a')), undefined);
  const late = await flush(3, { a: '3' });
  assert.equal(late.kind === 'failed' && late.errors[0]?.kind, 'write-conflict', 'it was rolled back');
});
