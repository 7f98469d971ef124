/** Raft messages and snapshots between two stores over real connections. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { keyFromBytes, type PeerId, type RegionId, realEnv, type StoreId } from '../../../base/index.ts';
import { encodeMessage, GrpcServer, raft_serverpb, tikvpb } from '../../../base/rpc/index.ts';
import type { PeerDescriptor, StoreDescriptor } from '../../../pd/index.ts';
import { type MessageType, newMessage } from '../../../raft/index.ts';
import type { RegionMessage } from '../../../tikv-lite/index.ts';
import {
  GrpcStoreTransport,
  type RaftReceiver,
  raftHandlers,
  regionMessageFromProto,
  regionMessageToProto,
} from '../../../tikv-lite/server/index.ts';
import { aStore } from '../../pd/support/fixtures.ts';

const US = 1 as StoreId;
const THEM = 2 as StoreId;
const peer = (peerId: number, storeId: StoreId): PeerDescriptor => ({
  peerId: peerId as PeerId,
  storeId,
  role: 'voter',
});

function heartbeat(index: number): RegionMessage {
  return {
    regionId: 7 as RegionId,
    epoch: { confVer: 1, version: 2 },
    from: peer(11, US),
    to: peer(12, THEM),
    range: { start: keyFromBytes(Buffer.from('a')), end: undefined },
    message: newMessage('MsgHeartbeat', 12, { from: 11, term: 3, commit: index }),
    signal: undefined,
  };
}

/** A receiver that hands on what comes. */
class Inbox implements RaftReceiver {
  readonly storeId = THEM;
  readonly messages: RegionMessage[] = [];
  snapshot: (header: RegionMessage, chunks: AsyncIterable<Uint8Array>) => Promise<void> = () =>
    Promise.reject(new Error('no room'));
  #waiter: { readonly count: number; readonly resolve: () => void } | undefined;

  receive(messages: readonly RegionMessage[]): void {
    this.messages.push(...messages);
    if (this.#waiter !== undefined && this.messages.length >= this.#waiter.count) this.#waiter.resolve();
  }

  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    return this.snapshot(header, chunks);
  }

  async until(count: number): Promise<void> {
    if (this.messages.length < count) await new Promise<void>((resolve) => (this.#waiter = { count, resolve }));
  }
}

interface Pair {
  readonly inbox: Inbox;
  readonly transport: GrpcStoreTransport;
  /** Stops the receiving server and starts another one at another port. */
  restart(): Promise<void>;
}

async function openPair(context: TestContext): Promise<Pair> {
  const inbox = new Inbox();
  let server: GrpcServer;
  let port = 0;
  const listen = async (): Promise<void> => {
    server = new GrpcServer();
    server.add(tikvpb.TikvDefinition, raftHandlers(inbox));
    ({ port } = await server.listen({ host: '127.0.0.1', port: 0 }));
  };
  await listen();
  const getStore = (storeId: StoreId): Promise<StoreDescriptor | undefined> =>
    Promise.resolve(aStore(storeId, { address: `127.0.0.1:${port}` }));
  const { clock, timers } = realEnv;
  const transport = new GrpcStoreTransport({ clock, timers, pd: { getStore } });
  context.after(async () => {
    transport.close();
    await server.close();
  });
  const restart = async (): Promise<void> => {
    await server.close();
    await listen();
  };
  return { inbox, transport, restart };
}

test('messages arrive in order, those for another store do not', async (context) => {
  const { inbox, transport } = await openPair(context);
  transport.send([heartbeat(1), { ...heartbeat(0), to: peer(12, 9 as StoreId) }, heartbeat(2)]);
  transport.send([heartbeat(3)]);
  await inbox.until(3);
  assert.deepEqual(
    inbox.messages.map(({ message }) => message?.commit),
    [1, 2, 3],
  );
  assert.deepEqual(inbox.messages[0], heartbeat(1));
});

test('a store that comes back at another address is found again', { timeout: 20_000 }, async (context) => {
  const { inbox, transport, restart } = await openPair(context);
  transport.send([heartbeat(1)]);
  await inbox.until(1);
  await restart();
  let isBack = false;
  const beat = (): void => {
    if (isBack) return;
    transport.send([heartbeat(2)]);
    realEnv.timers.after(20, beat);
  };
  beat();
  await inbox.until(2);
  isBack = true;
  assert.equal(inbox.messages[1]?.message?.commit, 2);
});

function snapshotHeader(): RegionMessage {
  const confState = { voters: [11, 12], votersOutgoing: [], learners: [13], learnersNext: [], autoLeave: false };
  const snapshot = { index: 100, term: 3, confState, data: Buffer.from('what the region is') };
  return { ...heartbeat(0), message: newMessage('MsgSnap', 12, { from: 11, term: 3, snapshot }) };
}

test('a snapshot arrives whole, and its sender is told when it is safe', async (context) => {
  const { inbox, transport } = await openPair(context);
  const sent = Array.from({ length: 40 }, (_, at) => Buffer.alloc(256 * 1024, at));
  const received: Uint8Array[] = [];
  let header: RegionMessage | undefined;
  inbox.snapshot = async (given, chunks) => {
    header = given;
    for await (const chunk of chunks) {
      received.push(chunk);
      await new Promise(setImmediate);
    }
  };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* sent;
  }
  await transport.sendSnapshot({ header: snapshotHeader(), chunks: chunks() });
  assert.equal(Buffer.compare(Buffer.concat(received), Buffer.concat(sent)), 0);
  assert.deepEqual(header?.message?.snapshot?.confState, snapshotHeader().message?.snapshot?.confState);
  assert.equal(Buffer.from(header?.message?.snapshot?.data ?? []).toString(), 'what the region is');
});

test('a snapshot that is refused fails at its sender, however much is still to come', async (context) => {
  const { transport } = await openPair(context);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      yield Buffer.alloc(64 * 1024);
      await new Promise(setImmediate);
    }
  }
  await assert.rejects(transport.sendSnapshot({ header: snapshotHeader(), chunks: chunks() }), /no room|answered/);
});

const TYPES: readonly MessageType[] = [
  'MsgProp',
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgPreVote',
  'MsgPreVoteResp',
  'MsgSnap',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgTransferLeader',
  'MsgTimeoutNow',
  'MsgReadIndex',
  'MsgReadIndexResp',
];

test('every message survives the wire', () => {
  const id = fc.maxSafeNat();
  const bytes = fc.uint8Array({ maxLength: 40 });
  const key = fc.uint8Array({ minLength: 1, maxLength: 12 }).map(keyFromBytes);
  const ids = fc.array(id, { maxLength: 4 });
  const entry = fc.record({
    type: fc.constantFrom('EntryNormal' as const, 'EntryConfChange' as const, 'EntryConfChangeV2' as const),
    term: id,
    index: id,
    data: bytes,
  });
  const confState = fc.record({
    voters: ids,
    votersOutgoing: ids,
    learners: ids,
    learnersNext: ids,
    autoLeave: fc.boolean(),
  });
  const message = fc
    .record({
      type: fc.constantFrom(...TYPES),
      from: id,
      to: id,
      term: id,
      logTerm: id,
      index: id,
      entries: fc.array(entry, { maxLength: 3 }),
      commit: id,
      snapshot: fc.option(fc.record({ index: id, term: id, confState, data: bytes }), { nil: undefined }),
      reject: fc.boolean(),
      rejectHint: id,
      context: fc.option(fc.uint8Array({ minLength: 1, maxLength: 30 }), { nil: undefined }),
    })
    .map(({ type, to, ...rest }) => newMessage(type, to, rest));
  const descriptor = fc.record({
    peerId: id.map((each) => each as PeerId),
    storeId: id.map((each) => each as StoreId),
    role: fc.constantFrom('voter' as const, 'learner' as const, 'incoming-voter' as const, 'demoting-voter' as const),
  });
  const signal = fc.constantFrom(
    'check-stale-peer' as const,
    'hibernate-request' as const,
    'hibernate-response' as const,
    'wake-up' as const,
    'want-rollback-merge' as const,
  );
  const region = fc.record({
    regionId: id.map((each) => each as RegionId),
    range: fc.record({ start: key, end: fc.option(key, { nil: undefined }) }),
    epoch: fc.record({ confVer: id, version: id }),
    peers: fc.array(descriptor, { maxLength: 4 }),
  });
  const spoken = fc.oneof(
    fc.record({ signal: fc.option(signal, { nil: undefined }) }),
    fc.record({ signal: fc.constant('merged' as const), mergeTarget: region }),
    fc.record({
      signal: fc.constant('tombstone' as const),
      committed: fc.option(fc.record({ index: id, term: id }), { nil: undefined }),
    }),
    fc.record({
      signal: fc.constant('check-stale-peer-response' as const),
      members: fc.array(descriptor, { maxLength: 4 }),
      committed: fc.option(fc.record({ index: id, term: id }), { nil: undefined }),
    }),
  );
  const carried = fc.record({
    regionId: id.map((each) => each as RegionId),
    epoch: fc.record({ confVer: id, version: id }),
    from: descriptor,
    to: descriptor,
    range: fc.record({ start: key, end: fc.option(key, { nil: undefined }) }),
    message: fc.option(message, { nil: undefined }),
  });
  fc.assert(
    fc.property(carried, spoken, (message, words) => {
      const sent: RegionMessage = { ...message, ...words };
      const encoded = encodeMessage(raft_serverpb.RaftMessage, regionMessageToProto(sent));
      const received = regionMessageFromProto(raft_serverpb.RaftMessage.decode(new Uint8Array(encoded)));
      const isEmpty = sent.message === undefined && sent.signal === undefined;
      assert.deepEqual(received, isEmpty ? undefined : structuredClone(sent));
    }),
  );
});
