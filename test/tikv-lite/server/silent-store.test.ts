/** A store that is cut off silently, as when a cable is pulled: connections stand and nothing comes through. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { keyOf, type PeerId, type RegionId, realEnv, type StoreId } from '../../../base/index.ts';
import { GrpcServer, tikvpb } from '../../../base/rpc/index.ts';
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

/** Forwards to a port until it is cut; then it takes connections and bytes and says nothing. */
class Cable {
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  #isCut = false;

  constructor(target: number) {
    this.#target = target;
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(near: Socket): void {
    const far = connect(this.#target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(from);
      from.on('data', (bytes) => {
        if (!this.#isCut) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => to.destroy());
    }
  }
}

/** A store that answers reads, behind a cable; a read of 'slow' is answered only when `release` is called. */
async function openStore(context: TestContext) {
  const server = new GrpcServer();
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const answer = async ({ key }: { readonly key: Uint8Array }) => {
    if (Buffer.from(key).includes('slow')) await released;
    return { value: Buffer.from('value'), notFound: false, commitTs: 0n };
  };
  server.add(tikvpb.TikvDefinition, {
    batchCommands: (stream) =>
      serveBatchCommands(stream, { get: answer, empty: async ({ testId }) => ({ testId }) }, realEnv.timers),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const cable = new Cable(port);
  const address = await cable.listen();
  const { clock, timers } = realEnv;
  const client = new GrpcStoreClient({ clock, timers, pd: { getStore: async (id) => aStore(id, { address }) } });
  context.after(async () => {
    await client.close();
    cable.close();
    await server.close();
  });
  const get = (key: string) => client.call(STORE, CONTEXT, 'getLatest', [keyOf(key)], { timeoutMs: 30_000 });
  return { client, cable, get, release };
}

test('a store that falls silent is given up in seconds and used again when it answers', async (context) => {
  const { client, cable, get } = await openStore(context);
  await get('a');
  assert.equal(client.isReachable(STORE), true);
  cable.cut();
  const beganMs = realEnv.clock.monotonicMs();
  await assert.rejects(get('a'), { name: 'StoreUnreachableError', mayHaveRun: true });
  assert.ok(realEnv.clock.monotonicMs() - beganMs < 3000, 'long before the call is overdue');
  const refusedMs = realEnv.clock.monotonicMs();
  await assert.rejects(get('a'), { name: 'StoreUnreachableError', mayHaveRun: false });
  assert.ok(realEnv.clock.monotonicMs() - refusedMs < 100, 'nobody waits for a store in doubt');
  assert.equal(client.isReachable(STORE), false);
  cable.mend();
  while (!client.isReachable(STORE)) await new Promise((resolve) => setTimeout(resolve, 10));
  await get('a');
});

test('a store that takes its time for one answer gives signs of life', async (context) => {
  const { get, release } = await openStore(context);
  const slow = get('slow');
  const winner = await Promise.race([
    slow.then(
      () => 'answered',
      () => 'failed',
    ),
    new Promise<string>((resolve) => setTimeout(resolve, 2500, 'patient')),
  ]);
  assert.equal(winner, 'patient');
  release();
  await slow;
});
