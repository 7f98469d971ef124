/**
 * What talking to a store costs: CPU of both sides, in one process over a loopback connection, per command and per raft
 * message. The store behind answers at once. `npm run bench -- rpc`
 */
import { keyOf, type PeerId, type RegionId, realEnv, type StoreId, type Ts } from '../../base/index.ts';
import { GrpcServer, kvrpcpb, tikvpb } from '../../base/rpc/index.ts';
import type { PeerDescriptor } from '../../pd/index.ts';
import { newMessage } from '../../raft/index.ts';
import { aStore } from '../../test/pd/support/fixtures.ts';
import type { RegionMessage, RequestContext } from '../../tikv-lite/index.ts';
import { readTsOf } from '../../tikv-lite/mvcc/read.ts';
import { serveBatchCommands } from '../../tikv-lite/server/batch-commands.ts';
import { GrpcStoreClient, GrpcStoreTransport, raftHandlers } from '../../tikv-lite/server/index.ts';

const STORE = 1 as StoreId;
const PEER: PeerDescriptor = { peerId: 4 as PeerId, storeId: STORE, role: 'voter' };
const CONTEXT: RequestContext = { regionId: 2 as RegionId, epoch: { confVer: 1, version: 3 }, peer: PEER };
const VALUE = Buffer.alloc(100, 'v');
const ROUNDS = 5;

interface Measured {
  readonly name: string;
  readonly count: number;
  run(count: number): Promise<void>;
}

/** The best of several rounds, in microseconds of CPU (user and system) per operation. */
async function cpuPerOperation({ count, run }: Measured): Promise<number> {
  await run(count);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    await run(count);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / count);
  }
  return best;
}

/** Keeps `width` calls under way. */
async function withWidth(width: number, count: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: width }, worker));
}

function append(index: number): RegionMessage {
  const entries = [{ type: 'EntryNormal' as const, term: 7, index, data: VALUE }];
  const message = newMessage('MsgApp', 4, {
    from: 5,
    term: 7,
    logTerm: 7,
    index: index - 1,
    commit: index - 1,
    entries,
  });
  const { regionId, epoch } = CONTEXT;
  return { regionId, epoch, from: PEER, to: PEER, range: { start: keyOf('a'), end: keyOf('b') }, message };
}

export async function runRpc(argv: readonly string[]): Promise<number> {
  const { clock, timers } = realEnv;
  const server = new GrpcServer();
  let received = 0;
  let arrived = (): void => undefined;
  const receive = (messages: readonly RegionMessage[]): void => {
    received += messages.length;
    arrived();
  };
  server.add(tikvpb.TikvDefinition, {
    ...raftHandlers({ storeId: STORE, receive, receiveSnapshot: () => Promise.reject(new Error('no snapshots')) }),
    kvGet: () => kvrpcpb.GetResponse.create({ value: VALUE }),
    batchCommands: (stream) =>
      serveBatchCommands(
        stream,
        {
          get: () => Promise.resolve({ value: VALUE, notFound: false, commitTs: 0n }),
          prewrite: () => Promise.resolve({ errors: [], minCommitTs: 0n, onePcCommitTs: 5n }),
        },
        timers,
      ),
  });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const pd = { getStore: () => Promise.resolve(aStore(STORE, { address: `127.0.0.1:${port}` })) };
  const client = new GrpcStoreClient({ pd, clock, timers });
  const transport = new GrpcStoreTransport({ pd, clock, timers });

  const key = keyOf('t\x00\x00\x00\x64_r\x00\x00\x00\x01');
  const at = readTsOf(451_234_567_890_123_456n as Ts);
  const get = () => client.call(STORE, CONTEXT, 'get', [key, at, undefined]);
  const mutations = Array.from({ length: 4 }, (_, i) => ({ op: 'put' as const, key: keyOf(`key ${i}`), value: VALUE }));
  const prewrite = () =>
    client.call(STORE, CONTEXT, 'prewrite', [
      {
        mutations,
        primary: key,
        startTs: at.ts,
        lockTtlMs: 3000,
        forUpdateTs: 0n as Ts,
        txnSize: 4,
        minCommitTs: at.ts,
        maxCommitTs: 0n as Ts,
        secondaries: [],
        tryOnePc: true,
      },
    ]);
  const sendRaft = async (count: number, batch: number): Promise<void> => {
    const target = received + count;
    for (let i = 0; i < count; i += batch) {
      const round = received + batch;
      transport.send(Array.from({ length: batch }, (_, j) => append(i + j + 1)));
      if (received < round) {
        await new Promise<void>((resolve) => {
          arrived = () => {
            if (received >= round) resolve();
          };
        });
      }
    }
    if (received < target) throw new Error('raft messages were lost');
  };

  const measured: readonly Measured[] = [
    { name: 'Get, one at a time', count: 4000, run: (count) => withWidth(1, count, get) },
    { name: 'Get, 8 at a time', count: 20_000, run: (count) => withWidth(8, count, get) },
    { name: 'Get, 64 at a time', count: 40_000, run: (count) => withWidth(64, count, get) },
    { name: 'Prewrite of 4 keys, 64 at a time', count: 20_000, run: (count) => withWidth(64, count, prewrite) },
    { name: 'raft message, one in a frame', count: 4000, run: (count) => sendRaft(count, 1) },
    { name: 'raft message, 32 in a frame', count: 40_000, run: (count) => sendRaft(count, 32) },
  ];
  const results: Record<string, number> = {};
  try {
    for (const each of measured) results[each.name] = await cpuPerOperation(each);
  } finally {
    transport.close();
    await client.close();
    await server.close();
  }
  if (argv.includes('--json')) console.log(JSON.stringify(results));
  else for (const [name, micros] of Object.entries(results)) console.log(`${name.padEnd(40)}${micros.toFixed(2)} µs`);
  return 0;
}
