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
    const inbox = new ChunkInbox(to);
    const received = fabric.call(from, to, SNAPSHOT_TIMEOUT_MS, async () => {
      const sink = sinkOf(storeId);
      if (sink === undefined) throw new Error(`store ${storeId} is not up`);
      inbox.open();
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

/**
 * What arrived of a snapshot and was not read yet. It belongs to the process that began to read it: whatever the sender does
 * later, a process that has ended goes on with nothing, and a frozen one not before it thaws.
 */
class ChunkInbox implements AsyncIterable<Uint8Array> {
  readonly #host: Host;
  readonly #chunks: Uint8Array[] = [];
  /** Of the reading process. */
  #life: number | undefined;
  #isEnded = false;
  #failure: unknown;
  #wake: (() => void) | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Called in the process that is going to read. Throws when another one has begun to. */
  open(): void {
    this.#life ??= this.#host.life;
    if (!this.#isOfReader) throw this.#gone();
  }

  /** Called in the receiving process. Rejects when it is not the one that reads. */
  push(chunk: Uint8Array): Promise<void> {
    if (!this.#isOfReader) return Promise.reject(this.#gone());
    this.#chunks.push(chunk);
    this.#wake?.();
    return Promise.resolve();
  }

  /** Called anywhere; the reader hears of it as of anything else that reaches its process. */
  end(failure: unknown): void {
    this.#host.machine.events.schedule(0, () => {
      if (this.#isEnded || !this.#isOfReader) return;
      this.#isEnded = true;
      this.#failure = failure;
      this.#wake?.();
    });
  }

  get #isOfReader(): boolean {
    return this.#life === undefined || this.#life === this.#host.life;
  }

  #gone(): Error {
    return new Error(`${this.#host.name}: the process that read the snapshot has ended`);
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
