/** Raft messages and snapshots between the stores of a simulated cluster. */

import type { StoreId } from '../../../base/index.ts';
import type { OutgoingSnapshot, RegionMessage, StoreTransport } from '../../../tikv-lite/index.ts';
import type { Fabric } from './fabric.ts';
import type { Host } from './host.ts';

/** The receiving process of a store, while it is up. */
export interface MessageSink {
  receive(messages: readonly RegionMessage[]): void;
  /** Rejects when it cannot take the snapshot. */
  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void>;
}

export interface TransportOptions {
  readonly fabric: Fabric;
  readonly from: Host;
  hostOf(storeId: StoreId): Host | undefined;
  sinkOf(storeId: StoreId): MessageSink | undefined;
  /** Sees every message before it travels. */
  sent(message: RegionMessage): void;
}

/** A sender waits so long for one chunk to get through. */
const CHUNK_TIMEOUT_MS = 5000;
const SNAPSHOT_TIMEOUT_MS = 60_000;

export class SimulatedStoreTransport implements StoreTransport {
  readonly #options: TransportOptions;

  constructor(options: TransportOptions) {
    this.#options = options;
  }

  send(messages: readonly RegionMessage[]): void {
    const { fabric, from, hostOf, sinkOf, sent } = this.#options;
    const byStore = new Map<StoreId, RegionMessage[]>();
    for (const message of messages) {
      sent(message);
      const { storeId } = message.to;
      const copy = asReceived(message);
      const group = byStore.get(storeId);
      if (group === undefined) byStore.set(storeId, [copy]);
      else group.push(copy);
    }
    for (const [storeId, group] of byStore) {
      const to = hostOf(storeId);
      if (to !== undefined) fabric.sendAll(from, to, group, (arrived) => sinkOf(storeId)?.receive(arrived));
    }
  }

  /** Chunk by chunk; whatever goes wrong on the way ends it, and the receiver is told that no more will come. */
  async sendSnapshot({ header, chunks }: OutgoingSnapshot): Promise<void> {
    const { fabric, from, hostOf, sinkOf } = this.#options;
    const { storeId } = header.to;
    const to = hostOf(storeId);
    if (to === undefined) throw new Error(`store ${storeId} is not known`);
    const inbox = new ChunkInbox();
    const received = fabric.call(from, to, SNAPSHOT_TIMEOUT_MS, async () => {
      const sink = sinkOf(storeId);
      if (sink === undefined) throw new Error(`store ${storeId} is not up`);
      await sink.receiveSnapshot(asReceived(header), inbox);
    });
    received.catch((error: unknown) => inbox.end(error));
    try {
      for await (const chunk of chunks) {
        const copy = chunk.slice();
        await fabric.call(from, to, CHUNK_TIMEOUT_MS, () => inbox.push(copy));
      }
      inbox.end(undefined);
    } catch (error) {
      inbox.end(error);
      throw error;
    }
    await received;
  }
}

/** Nothing that two stores hold is the same object. */
function asReceived(region: RegionMessage): RegionMessage {
  const { message } = region;
  if (message === undefined || message.entries.length === 0) return region;
  const entries = message.entries.map((entry) => ({ ...entry, data: entry.data.slice() }));
  return { ...region, message: { ...message, entries } };
}

/** What arrived of a snapshot and was not read yet. */
class ChunkInbox implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #isEnded = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  push(chunk: Uint8Array): Promise<void> {
    this.#chunks.push(chunk);
    this.#wake?.();
    return Promise.resolve();
  }

  end(failure: unknown): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#failure = failure;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk !== undefined) yield chunk;
      else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
