/**
 * The way to one other store: one long-lived stream of raft messages, many in a frame, and a connection of its own for
 * snapshots, so that a slow snapshot never holds up a heartbeat. The address is asked for with every new connection.
 */

import type { StoreId } from '../../base/index.ts';
import { GrpcChannel, type MessageStream, type raft_serverpb, tikvpb } from '../../base/rpc/index.ts';
import { entriesSize } from '../../raft/index.ts';
import type { OutgoingSnapshot, RegionMessage } from '../raftstore/transport.ts';
import { regionMessageToProto } from './convert/raft-message.ts';
import {
  CONNECT_TIMEOUT_MS,
  MAX_QUEUED_RAFT_BYTES,
  MAX_RAFT_FRAME_BYTES,
  MAX_RAFT_FRAME_MESSAGES,
  RAFT_RECONNECT_MS,
  SNAPSHOT_TIMEOUT_MS,
} from './limits.ts';
import { addressOfStore, type StoreConnections } from './store-addresses.ts';

type RaftStream = MessageStream<never, tikvpb.BatchRaftMessage>;

const NO_BYTES = new Uint8Array(0);

export class StoreLink {
  readonly #storeId: StoreId;
  readonly #options: StoreConnections;
  #queue: RegionMessage[] = [];
  #queuedBytes = 0;
  #channel: GrpcChannel | undefined;
  #stream: RaftStream | undefined;
  /** 'waiting': a connection broke a moment ago. */
  #state: 'idle' | 'connecting' | 'connected' | 'waiting' | 'closed' = 'idle';
  #isBlocked = false;

  constructor(storeId: StoreId, options: StoreConnections) {
    this.#storeId = storeId;
    this.#options = options;
  }

  /** Takes as much as there is room for. */
  send(messages: readonly RegionMessage[]): void {
    if (this.#state === 'closed' || this.#state === 'waiting') return;
    for (const message of messages) {
      if (this.#queuedBytes >= MAX_QUEUED_RAFT_BYTES) break;
      this.#queue.push(message);
      this.#queuedBytes += sizeOf(message);
    }
    if (this.#state === 'idle') void this.#connect();
    else this.#flush();
  }

  async sendSnapshot({ header, chunks }: OutgoingSnapshot): Promise<void> {
    const channel = await this.#openChannel();
    try {
      const { stream, response } = channel.client(tikvpb.TikvDefinition).snapshot({ timeoutMs: SNAPSHOT_TIMEOUT_MS });
      const answered = response.then(() => true);
      answered.catch(() => undefined);
      let drained = (): void => undefined;
      stream.onDrain(() => drained());
      const send = async (chunk: raft_serverpb.SnapshotChunk): Promise<void> => {
        if (stream.send(chunk)) return;
        const isDrained = new Promise<false>((resolve) => (drained = () => resolve(false)));
        if (await Promise.race([isDrained, answered])) throw new Error('answered before the snapshot was complete');
      };
      await send({ message: regionMessageToProto(header), data: NO_BYTES });
      for await (const data of chunks) await send({ message: undefined, data });
      stream.end();
      await answered;
    } finally {
      channel.close();
    }
  }

  close(): void {
    this.#state = 'closed';
    this.#disconnect();
  }

  async #openChannel(): Promise<GrpcChannel> {
    const { clock, security } = this.#options;
    const address = await addressOfStore(this.#options, this.#storeId);
    return new GrpcChannel({ address, clock, security });
  }

  async #connect(): Promise<void> {
    this.#state = 'connecting';
    try {
      const channel = await this.#openChannel();
      this.#channel = channel;
      await channel.ready({ timeoutMs: CONNECT_TIMEOUT_MS });
      if (this.#isClosed()) return channel.close();
      const { stream, response } = channel.client(tikvpb.TikvDefinition).batchRaft();
      response.catch(() => undefined);
      stream.onClose((error) => this.#broke(stream, error?.message ?? 'closed by the other store'));
      stream.onDrain(() => {
        this.#isBlocked = false;
        this.#flush();
      });
      this.#stream = stream;
      this.#state = 'connected';
      this.#flush();
    } catch (error) {
      this.#broke(undefined, error instanceof Error ? error.message : String(error));
    }
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }

  #broke(stream: RaftStream | undefined, reason: string): void {
    if (this.#isClosed() || stream !== this.#stream) return;
    this.#options.logger?.debug({ store: this.#storeId, reason }, 'raft connection broke');
    this.#disconnect();
    this.#state = 'waiting';
    this.#options.timers.after(RAFT_RECONNECT_MS, () => {
      if (this.#state === 'waiting') this.#state = 'idle';
    });
  }

  #disconnect(): void {
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#isBlocked = false;
    const stream = this.#stream;
    this.#stream = undefined;
    stream?.cancel();
    this.#channel?.close();
    this.#channel = undefined;
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    while (this.#queue.length > 0 && !this.#isBlocked) {
      this.#isBlocked = !stream.send({ msgs: this.#takeFrame() });
      if (this.#stream !== stream) return;
    }
  }

  #takeFrame(): raft_serverpb.RaftMessage[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < MAX_RAFT_FRAME_MESSAGES) {
      const size = sizeOf(this.#queue[count]!);
      if (count > 0 && bytes + size > MAX_RAFT_FRAME_BYTES) break;
      bytes += size;
      count++;
    }
    const taken = count === this.#queue.length ? this.#queue : this.#queue.slice(0, count);
    this.#queue = taken === this.#queue ? [] : this.#queue.slice(count);
    this.#queuedBytes -= bytes;
    return taken.map(regionMessageToProto);
  }
}

/** What a message takes beside its entries, roughly. */
const ENVELOPE_BYTES = 128;

function sizeOf({ message }: RegionMessage): number {
  if (message === undefined) return ENVELOPE_BYTES;
  return ENVELOPE_BYTES + (message.entries.length === 0 ? 0 : entriesSize(message.entries));
}
