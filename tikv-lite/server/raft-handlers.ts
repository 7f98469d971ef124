/** The receiving end of what other stores send: raft messages, one by one or in frames, and snapshots. */

import type { Logger, StoreId } from '../../base/index.ts';
import { type Handlers, messagesOf, RpcError, type raft_serverpb, type tikvpb } from '../../base/rpc/index.ts';
import type { RegionMessage } from '../raftstore/transport.ts';
import { regionMessageFromProto } from './convert/raft-message.ts';

/** What a store takes from others. */
export interface RaftReceiver {
  readonly storeId: StoreId;
  receive(messages: readonly RegionMessage[]): void;
  /** Resolves when the snapshot is safely here; rejects when it is refused. Chunks are read as fast as they are asked for. */
  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

type RaftHandlers = Pick<Handlers<typeof tikvpb.TikvDefinition>, 'raft' | 'batchRaft' | 'snapshot'>;

export function raftHandlers(store: RaftReceiver, logger?: Logger): RaftHandlers {
  const receive = (messages: readonly raft_serverpb.RaftMessage[]): void => {
    const ours: RegionMessage[] = [];
    for (const message of messages) {
      const decoded = regionMessageFromProto(message);
      if (decoded?.to.storeId === store.storeId) ours.push(decoded);
    }
    if (ours.length > 0) store.receive(ours);
  };
  return {
    raft(stream, reply) {
      stream.onMessage((message) => receive([message]));
      stream.onEnd(() => reply({}));
    },
    batchRaft(stream, reply) {
      stream.onMessage(({ msgs }) => receive(msgs));
      stream.onEnd(() => reply({}));
    },
    snapshot(stream, reply) {
      const arriving = messagesOf(stream);
      takeSnapshot(store, arriving).then(
        () => reply({}),
        (error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          logger?.warn({ from: stream.peer, reason: message }, 'a snapshot did not arrive');
          stream.cancel(error instanceof RpcError ? error : new RpcError('aborted', message));
        },
      );
    },
  };
}

async function takeSnapshot(
  store: RaftReceiver,
  arriving: AsyncIterableIterator<raft_serverpb.SnapshotChunk>,
): Promise<void> {
  const first = await arriving.next();
  const message = first.done === true ? undefined : first.value.message;
  const header = message === undefined ? undefined : regionMessageFromProto(message);
  if (header === undefined) throw new RpcError('invalid-argument', 'a snapshot begins with its raft message');
  if (header.to.storeId !== store.storeId) throw new RpcError('not-found', `this is store ${store.storeId}`);
  await store.receiveSnapshot(header, dataOf(arriving));
}

async function* dataOf(arriving: AsyncIterable<raft_serverpb.SnapshotChunk>): AsyncGenerator<Uint8Array> {
  for await (const chunk of arriving) yield chunk.data;
}
