/** Questions about deadlocks between stores over a real connection. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { keyOf, realEnv, type StoreId, type Ts } from '../../../base/index.ts';
import { GrpcServer } from '../../../base/rpc/index.ts';
import type { StoreDescriptor } from '../../../pd/index.ts';
import { addDeadlockService, type DeadlockHandler, GrpcDeadlockClient } from '../../../tikv-lite/server/index.ts';
import { DeadlockDetector } from '../../../tikv-lite/txn/deadlock.ts';
import { aStore } from '../../pd/support/fixtures.ts';

const DETECTOR = 1 as StoreId;
const edge = (waiter: bigint, holder: bigint) => ({ waiter: waiter as Ts, holder: holder as Ts, key: keyOf('k') });

async function openClient(context: TestContext, handle: DeadlockHandler): Promise<GrpcDeadlockClient> {
  const server = new GrpcServer();
  addDeadlockService(server, handle);
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const getStore = (storeId: StoreId): Promise<StoreDescriptor> =>
    Promise.resolve(aStore(storeId, { address: `127.0.0.1:${port}` }));
  const { clock, timers } = realEnv;
  const client = new GrpcDeadlockClient({ clock, timers, pd: { getStore } });
  context.after(async () => {
    client.close();
    await server.close();
  });
  return client;
}

test('each question has its answer; the one that closes a cycle is told the cycle', async (context) => {
  const detector = new DeadlockDetector();
  const client = await openClient(context, ({ kind, edge: { waiter, holder, key } }) => {
    if (kind === 'detect') return detector.wait(waiter, holder, key);
    detector.done(waiter, key);
    return undefined;
  });
  const [first, second] = await Promise.all([
    client.ask(DETECTOR, { kind: 'detect', edge: edge(1n, 2n) }),
    client.ask(DETECTOR, { kind: 'detect', edge: edge(2n, 3n) }),
  ]);
  assert.deepEqual([first, second], [undefined, undefined]);
  const chain = await client.ask(DETECTOR, { kind: 'detect', edge: edge(3n, 1n) });
  assert.deepEqual(new Set(chain), new Set([1n, 2n, 3n]));
  assert.equal(await client.ask(DETECTOR, { kind: 'done', edge: edge(2n, 3n) }), undefined);
  assert.equal(await client.ask(DETECTOR, { kind: 'detect', edge: edge(3n, 1n) }), undefined);
});

test('a store that is not the detector says so, and may become it', async (context) => {
  let isDetector = false;
  const client = await openClient(context, () => {
    if (!isDetector) throw new Error('this store is not the deadlock detector');
    return [];
  });
  const ask = () => client.ask(DETECTOR, { kind: 'detect', edge: edge(1n, 2n) });
  await assert.rejects(ask(), { code: 'failed-precondition', message: /not the deadlock detector/ });
  isDetector = true;
  assert.equal(await ask(), undefined);
});
