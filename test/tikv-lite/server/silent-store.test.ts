/** A store that is cut off silently, as when a cable is pulled: connections stand and nothing comes through. */
import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  keyOf,
  type PeerId,
  type RegionId,
  realEnv,
  type StoreId,
  type Timers,
  untilNextTurn,
} from '../../../base/index.ts';
import { GrpcServer, tikvpb } from '../../../base/rpc/index.ts';
import type { RequestContext } from '../../../tikv-lite/index.ts';
import { serveBatchCommands } from '../../../tikv-lite/server/batch-commands.ts';
import { GrpcStoreClient } from '../../../tikv-lite/server/index.ts';
import { QUIET_CHECKS_BEFORE_GIVING_UP } from '../../../tikv-lite/server/limits.ts';
import { aStore } from '../../pd/support/fixtures.ts';
import { HandTimers } from '../../support/hand-timers.ts';

const STORE = 1 as StoreId;
const SILENT = /no sign of life/;
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

/**
 * A store that answers reads, behind a cable; a read of 'slow' is answered only when `release` is called. `asked` resolves
 * when it was asked for signs of life `count` times.
 */
async function openStore(context: TestContext, timers: Timers) {
  const server = new GrpcServer();
  const questions = new EventEmitter();
  let asks = 0;
  const asked = async (count: number): Promise<void> => {
    while (asks < count) await once(questions, 'asked');
  };
  const empty = async ({ testId }: { readonly testId: bigint }) => {
    asks++;
    questions.emit('asked');
    return { testId };
  };
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  const answer = async ({ key }: { readonly key: Uint8Array }) => {
    if (Buffer.from(key).includes('slow')) await released;
    return { value: Buffer.from('value'), notFound: false, commitTs: 0n };
  };
  server.add(tikvpb.TikvDefinition, {
    batchCommands: (stream) => serveBatchCommands(stream, { get: answer, empty }, realEnv.timers),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const cable = new Cable(port);
  const address = await cable.listen();
  const { clock } = realEnv;
  const client = new GrpcStoreClient({ clock, timers, pd: { getStore: async (id) => aStore(id, { address }) } });
  context.after(async () => {
    await client.close();
    cable.close();
    await server.close();
  });
  const get = (key: string) => client.call(STORE, CONTEXT, 'getLatest', [keyOf(key)], { timeoutMs: 30_000 });
  return { client, cable, get, release, asked };
}

test('a store that falls silent is given up long before a call is overdue, and used again when it answers', async (context) => {
  const timers = new HandTimers();
  const { client, cable, get } = await openStore(context, timers);
  await get('a');
  assert.equal(client.isReachable(STORE), true);
  cable.cut();
  const lost = assert.rejects(get('a'), { name: 'StoreUnreachableError', mayHaveRun: true, message: SILENT });
  // The call leaves at the end of the turn.
  await untilNextTurn(timers);
  for (let check = 0; check < QUIET_CHECKS_BEFORE_GIVING_UP; check++) {
    assert.equal(client.isReachable(STORE), true);
    timers.ring();
  }
  await lost;
  await assert.rejects(get('a'), { name: 'StoreUnreachableError', mayHaveRun: false, message: SILENT });
  assert.equal(client.isReachable(STORE), false);
  cable.mend();
  timers.ring();
  while (!client.isReachable(STORE)) await untilNextTurn(timers);
  await get('a');
});

test('a store that takes its time for one answer gives signs of life', async (context) => {
  const { get, release, asked } = await openStore(context, realEnv.timers);
  const slow = get('slow');
  const failure = slow.then(
    () => undefined,
    (error: unknown) => error,
  );
  // If its answers did not count, it would be asked once and then given up.
  assert.equal(await Promise.race([failure, asked(3)]), undefined);
  release();
  assert.equal(await failure, undefined);
});
