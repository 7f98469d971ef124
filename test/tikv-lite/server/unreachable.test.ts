/** Stores that cannot be reached, or go away: calls fail soon, and say whether they may have run. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keyOf, type PeerId, type RegionId, realEnv, type StoreId } from '../../../base/index.ts';
import { GrpcServer, tikvpb } from '../../../base/rpc/index.ts';
import type { StoreDescriptor } from '../../../pd/index.ts';
import type { RequestContext } from '../../../tikv-lite/index.ts';
import { serveBatchCommands } from '../../../tikv-lite/server/batch-commands.ts';
import { GrpcStoreClient } from '../../../tikv-lite/server/index.ts';
import { aStore } from '../../pd/support/fixtures.ts';

const STORE = 1 as StoreId;
const CONTEXT: RequestContext = {
  regionId: 2 as RegionId,
  epoch: { confVer: 1, version: 1 },
  peer: { peerId: 3 as PeerId, storeId: STORE, role: 'voter' },
};

/** A client of one store, which is where `address` says at the moment; nowhere when undefined. */
function openClient(context: TestContext, address: () => string | undefined): GrpcStoreClient {
  const { clock, timers } = realEnv;
  const getStore = (storeId: StoreId): Promise<StoreDescriptor | undefined> => {
    const at = address();
    if (at === undefined) return Promise.resolve(undefined);
    return Promise.resolve(aStore(storeId, { address: at }));
  };
  const client = new GrpcStoreClient({ clock, timers, pd: { getStore } });
  context.after(() => client.close());
  return client;
}

/** A store that answers with nothing but what `get` says. */
async function openStore(get: () => Promise<Uint8Array>): Promise<{ address: string; server: GrpcServer }> {
  const server = new GrpcServer();
  const command = async () => ({ value: await get(), notFound: false, commitTs: 0n });
  server.add(tikvpb.TikvDefinition, {
    batchCommands: (stream) => serveBatchCommands(stream, { get: command }, realEnv.timers),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  return { address: `127.0.0.1:${port}`, server };
}

const get = (client: GrpcStoreClient, timeoutMs = 10_000) =>
  client.call(STORE, CONTEXT, 'getLatest', [keyOf('k')], { timeoutMs });

test('a store nobody knows, or that refuses connections, was certainly not reached', async (context) => {
  await assert.rejects(get(openClient(context, () => undefined)), { name: 'StoreUnreachableError', mayHaveRun: false });
  const { address, server } = await openStore(() => Promise.resolve(new Uint8Array(1)));
  await server.close();
  await assert.rejects(get(openClient(context, () => address)), {
    name: 'StoreUnreachableError',
    mayHaveRun: false,
    message: /it refuses/,
  });
});

test('a call that was sent may have run when the store goes away or does not answer', async (context) => {
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const { address, server } = await openStore(() => {
    asked();
    return new Promise(() => undefined);
  });
  const client = openClient(context, () => address);
  const late = get(client, 50);
  await assert.rejects(late, { name: 'StoreUnreachableError', mayHaveRun: true });
  const lost = get(client);
  await isAsked;
  await server.close();
  await assert.rejects(lost, { name: 'StoreUnreachableError' });
});

test('the next calls find the store at its new address', { timeout: 20_000 }, async (context) => {
  const first = await openStore(() => Promise.resolve(Buffer.from('first')));
  let { address } = first;
  const client = openClient(context, () => address);
  assert.equal(Buffer.from((await get(client)) as Uint8Array).toString(), 'first');
  await first.server.close();
  const second = await openStore(() => Promise.resolve(Buffer.from('second')));
  context.after(() => second.server.close());
  ({ address } = second);
  for (;;) {
    await new Promise(setImmediate);
    const found = await get(client).catch(() => undefined);
    if (found === undefined) continue;
    assert.equal(Buffer.from(found as Uint8Array).toString(), 'second');
    return;
  }
});
