/**
 * TCP in the virtual world: ordered byte streams between hosts with latency, and one-way cuts. A cut stream stalls, as
 * TCP does, and delivers after the cut heals; loss, duplication and reordering of messages belong to the message
 * transports above it.
 */

import type { Address, Connection, Listener, Network } from '../env.ts';
import type { EventQueue } from './event-queue.ts';
import type { SeededRandom } from './seeded-random.ts';

const RETRY_MS = 50;

class Endpoint implements Connection {
  readonly remote: Address;
  readonly host: string;
  peer: Endpoint | undefined;
  isOpen = true;
  readonly #world: SimulatedNetwork;
  readonly #outbox: Uint8Array[] = [];
  #isSending = false;
  #dataListener: ((bytes: Uint8Array) => void) | undefined;
  readonly #pending: Uint8Array[] = [];
  #closeListener: ((error: Error | undefined) => void) | undefined;

  constructor(world: SimulatedNetwork, host: string, remote: Address) {
    this.#world = world;
    this.host = host;
    this.remote = remote;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.isOpen) return false;
    this.#outbox.push(bytes.slice());
    this.#send();
    return true;
  }

  #send(): void {
    if (this.#isSending || this.#outbox.length === 0) return;
    this.#isSending = true;
    const { peer } = this;
    this.#world.schedule(this.host, this.remote.host, (delivered) => {
      this.#isSending = false;
      if (!this.isOpen || peer === undefined || !peer.isOpen) return;
      if (delivered) {
        const bytes = Buffer.concat(this.#outbox.splice(0));
        peer.receive(bytes);
      }
      this.#send();
    });
  }

  receive(bytes: Uint8Array): void {
    if (this.#dataListener === undefined) this.#pending.push(bytes);
    else this.#dataListener(bytes);
  }

  close(): void {
    this.shut(undefined);
    const { peer } = this;
    this.#world.schedule(this.host, this.remote.host, () => peer?.shut(undefined));
  }

  /** Ends this side only; `error` tells why. */
  shut(error: Error | undefined): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.#closeListener?.(error);
  }

  onData(listener: (bytes: Uint8Array) => void): void {
    this.#dataListener = listener;
    for (const bytes of this.#pending.splice(0)) listener(bytes);
  }

  /** Never needed: writes are always accepted. */
  onDrain(): void {}

  onClose(listener: (error: Error | undefined) => void): void {
    this.#closeListener = listener;
  }
}

export class SimulatedNetwork {
  minLatencyMs = 0.2;
  maxLatencyMs = 1;
  readonly #queue: EventQueue;
  readonly #random: SeededRandom;
  readonly #listeners = new Map<string, (connection: Connection) => void>();
  readonly #endpoints = new Map<string, Set<Endpoint>>();
  readonly #cuts = new Set<string>();
  #nextPort = 49_152;

  constructor(queue: EventQueue, random: SeededRandom) {
    this.#queue = queue;
    this.#random = random;
  }

  /** Packets from one host to another no longer arrive; the other direction is untouched. */
  cut(from: string, to: string): void {
    this.#cuts.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cuts.clear();
  }

  isCut(from: string, to: string): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  /** Calls back after a latency: true when the packet arrived, false when the path was cut (after a retry delay). */
  schedule(from: string, to: string, arrive: (delivered: boolean) => void): void {
    const latency = this.minLatencyMs + this.#random.float() * (this.maxLatencyMs - this.minLatencyMs);
    if (this.isCut(from, to)) this.#queue.schedule(RETRY_MS, () => arrive(false));
    else this.#queue.schedule(latency, () => arrive(!this.isCut(from, to)));
  }

  attach(host: string): Network {
    return {
      listen: (address, accept) => this.#listen(host, address.port, accept),
      connect: (address) => this.#connect(host, address),
    };
  }

  /** The machine died: its listeners are gone and its peers see a reset. */
  detach(host: string): void {
    for (const name of [...this.#listeners.keys()]) {
      if (name.startsWith(`${host}:`)) this.#listeners.delete(name);
    }
    for (const endpoint of this.#endpoints.get(host) ?? []) {
      endpoint.isOpen = false;
      const { peer } = endpoint;
      this.#queue.schedule(this.maxLatencyMs, () => peer?.shut(new Error('connection reset by peer')));
    }
    this.#endpoints.delete(host);
  }

  #listen(host: string, wantedPort: number, accept: (connection: Connection) => void): Promise<Listener> {
    const port = wantedPort === 0 ? this.#nextPort++ : wantedPort;
    const name = `${host}:${port}`;
    if (this.#listeners.has(name))
      return Promise.reject(new Error(`listen EADDRINUSE: address already in use ${name}`));
    this.#listeners.set(name, accept);
    return Promise.resolve({
      address: { host, port },
      close: () => {
        this.#listeners.delete(name);
        return Promise.resolve();
      },
    });
  }

  #connect(host: string, address: Address): Promise<Connection> {
    return new Promise((resolve, reject) => {
      this.schedule(host, address.host, (delivered) => {
        const accept = this.#listeners.get(`${address.host}:${address.port}`);
        if (!delivered || accept === undefined) {
          reject(new Error(`connect ECONNREFUSED ${address.host}:${address.port}`));
          return;
        }
        const near = new Endpoint(this, host, address);
        const far = new Endpoint(this, address.host, { host, port: this.#nextPort++ });
        near.peer = far;
        far.peer = near;
        this.#track(near);
        this.#track(far);
        accept(far);
        resolve(near);
      });
    });
  }

  #track(endpoint: Endpoint): void {
    const known = this.#endpoints.get(endpoint.host);
    if (known === undefined) this.#endpoints.set(endpoint.host, new Set([endpoint]));
    else known.add(endpoint);
  }
}
