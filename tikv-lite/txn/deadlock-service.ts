/**
 * Deadlocks among transactions that wait on several stores. The leader of the first region of the cluster (the one that
 * holds the empty key) is the detector: it knows the waits of all stores and tells the one whose wait closes a cycle.
 *
 * Waits are short (a store answers a waiting request within a second and the client asks again), so what a store reports
 * lives briefly: a lost message, a crashed store or a detector that begins anew cost a second of detection, and an
 * outdated wait can at worst fail a transaction that would have gone on.
 */

import type { Key, StoreId, TimerHandle, Timers, Ts } from '../../base/index.ts';
import type { DeadlockDetector } from './deadlock.ts';

/** A transaction waits for another on a key. */
export interface WaitForEdge {
  readonly waiter: Ts;
  readonly holder: Ts;
  readonly key: Key;
}

export type DeadlockRequest = { readonly kind: 'detect' | 'done'; readonly edge: WaitForEdge };

/** What stores ask each other (deadlock.Deadlock/Detect). */
export interface DeadlockClient {
  /**
   * Answers the transactions of the cycle, from the waiter on, or undefined. Rejects when the store cannot be reached, or
   * is not the detector.
   */
  ask(storeId: StoreId, request: DeadlockRequest): Promise<readonly Ts[] | undefined>;
}

export interface DeadlockServiceOptions {
  readonly storeId: StoreId;
  readonly timers: Timers;
  /** The waits of this store, and of all others while it is the detector. */
  readonly detector: DeadlockDetector;
  readonly client: DeadlockClient;
  /** Which store leads the first region, as the placement driver knows. */
  readonly findDetector: () => Promise<StoreId | undefined>;
  /** Whether this store leads the first region. */
  readonly isDetector: () => boolean;
}

/** Longer than a store lets a request wait. */
const REMOTE_EDGE_LIFE_MS = 3000;
const SWEEP_MS = 1000;
const MAX_REMOTE_EDGES = 65_536;
/** Requests to the detector under way; more are not sent, and tried again with the next wait. */
const MAX_ASKING = 4096;

interface RemoteEdge {
  readonly edge: WaitForEdge;
  sweepsLeft: number;
}

export class DeadlockService {
  readonly #options: DeadlockServiceOptions;
  /** Waits on other stores, by waiter and key. */
  readonly #remote = new Map<string, RemoteEdge>();
  #detectorId: StoreId | undefined;
  #searching: Promise<StoreId | undefined> | undefined;
  #sweep: TimerHandle | undefined;
  #asking = 0;
  #isClosed = false;

  constructor(options: DeadlockServiceOptions) {
    this.#options = options;
  }

  /** The detector's side. Throws when this store does not lead the first region. */
  handle(request: DeadlockRequest): readonly Ts[] | undefined {
    const { detector, isDetector } = this.#options;
    const { waiter, holder, key } = request.edge;
    const name = `${waiter} ${key}`;
    if (!isDetector()) throw new Error('this store is not the deadlock detector');
    if (request.kind === 'done') {
      if (this.#remote.delete(name)) detector.done(waiter, key);
      return undefined;
    }
    if (this.#remote.size >= MAX_REMOTE_EDGES) return undefined;
    const waitChain = detector.wait(waiter, holder, key);
    if (waitChain !== undefined) return waitChain;
    this.#remote.set(name, { edge: request.edge, sweepsLeft: REMOTE_EDGE_LIFE_MS / SWEEP_MS });
    this.#sweepLater();
    return undefined;
  }

  /** A wait began here; `found` hears of a cycle over other stores. */
  waits(edge: WaitForEdge, found: (waitChain: readonly Ts[]) => void): void {
    this.#ask({ kind: 'detect', edge }).then(
      (waitChain) => {
        if (waitChain !== undefined) found(waitChain);
      },
      () => undefined,
    );
  }

  done(edge: WaitForEdge): void {
    this.#ask({ kind: 'done', edge }).catch(() => undefined);
  }

  close(): void {
    this.#isClosed = true;
    this.#sweep?.cancel();
  }

  async #ask(request: DeadlockRequest): Promise<readonly Ts[] | undefined> {
    const { client, isDetector, storeId } = this.#options;
    if (this.#isClosed || isDetector() || this.#asking >= MAX_ASKING) return undefined;
    this.#asking++;
    try {
      const detectorId = this.#detectorId ?? (await this.#search());
      if (detectorId === undefined || detectorId === storeId) {
        this.#detectorId = undefined;
        return undefined;
      }
      return await client.ask(detectorId, request);
    } catch (error) {
      this.#detectorId = undefined;
      throw error;
    } finally {
      this.#asking--;
    }
  }

  async #search(): Promise<StoreId | undefined> {
    this.#searching ??= this.#options.findDetector().finally(() => {
      this.#searching = undefined;
    });
    this.#detectorId = await this.#searching;
    return this.#detectorId;
  }

  #sweepLater(): void {
    if (this.#sweep !== undefined || this.#isClosed) return;
    this.#sweep = this.#options.timers.after(SWEEP_MS, () => {
      this.#sweep = undefined;
      for (const [name, remote] of this.#remote) {
        if (--remote.sweepsLeft > 0) continue;
        this.#remote.delete(name);
        this.#options.detector.done(remote.edge.waiter, remote.edge.key);
      }
      if (this.#remote.size > 0) this.#sweepLater();
    });
  }
}
