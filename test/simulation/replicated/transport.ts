/**
 * Messages between simulated stores: each one travels alone, so it may be lost, come twice, or come after younger ones;
 * links can be cut in one direction. What is sent is shown to a listener, for checks.
 */

import type { SeededRandom, SimulatedWorld, StoreId } from '../../../base/index.ts';
import type { OutgoingSnapshot, RegionMessage, StoreTransport } from '../../../tikv-lite/index.ts';

export type Deliver = (to: StoreId, message: RegionMessage) => void;
export type DeliverSnapshot = (
  to: StoreId,
  header: RegionMessage,
  chunks: AsyncIterable<Uint8Array>,
) => Promise<void> | undefined;

export class SimulatedTransport {
  /** Probabilities. */
  loss = 0;
  duplication = 0;
  maxLatencyMs = 2;
  readonly #world: SimulatedWorld;
  readonly #random: SeededRandom;
  readonly #deliver: Deliver;
  readonly #deliverSnapshot: DeliverSnapshot;
  readonly #sent: (message: RegionMessage) => void;
  readonly #cuts = new Set<string>();

  constructor(
    world: SimulatedWorld,
    deliver: Deliver,
    sent: (message: RegionMessage) => void,
    deliverSnapshot: DeliverSnapshot = () => Promise.reject(new Error('no snapshots arrive here')),
  ) {
    this.#world = world;
    this.#random = world.random.fork();
    this.#deliver = deliver;
    this.#deliverSnapshot = deliverSnapshot;
    this.#sent = sent;
  }

  /** Nothing sent from one store to the other arrives; the opposite direction is untouched. */
  cut(from: StoreId, to: StoreId): void {
    this.#cuts.add(`${from}>${to}`);
  }

  mend(from: StoreId, to: StoreId): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  heal(): void {
    this.#cuts.clear();
    this.loss = 0;
    this.duplication = 0;
    this.maxLatencyMs = 2;
  }

  /** For one store. */
  readonly port: StoreTransport = {
    send: (messages) => {
      for (const message of messages) {
        this.#sent(message);
        this.#dispatch(message);
        if (this.#random.float() < this.duplication) this.#dispatch(message);
      }
    },
    sendSnapshot: (snapshot) => this.#sendSnapshot(snapshot),
  };

  async #sendSnapshot({ header, chunks }: OutgoingSnapshot): Promise<void> {
    await this.#deliverSnapshot(header.to.storeId, header, this.#travelling(header, chunks));
  }

  /** A cut, or a chunk that is lost, ends it. */
  async *#travelling(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await new Promise<void>((resolve) => {
        this.#world.queue.schedule(0.2 + this.#random.float() * this.maxLatencyMs, resolve);
      });
      const isCut = this.#cuts.has(`${header.from.storeId}>${header.to.storeId}`);
      if (isCut || this.#random.float() < this.loss) throw new Error('the connection was lost');
      yield chunk.slice();
    }
  }

  #dispatch(message: RegionMessage): void {
    const fromStore = message.from.storeId;
    const toStore = message.to.storeId;
    const isLost = this.#random.float() < this.loss;
    const latencyMs = 0.2 + this.#random.float() * this.maxLatencyMs;
    if (isLost) return;
    this.#world.queue.schedule(latencyMs, () => {
      if (!this.#cuts.has(`${fromStore}>${toStore}`)) this.#deliver(toStore, message);
    });
  }
}
