/**
 * Requests that wait for a lock to go: one queue per key, the oldest transaction first. A release wakes the head; who is
 * woken tries again, and wakes the next one when it does not take the lock.
 */

import { type Key, type KeyRange, NO_TS, type TimerHandle, type Timers, type Ts } from '../../base/index.ts';
import { rangeContains } from '../kv/key-tree.ts';
import type { RegionError } from '../raftstore/region-kv.ts';
import type { ConcurrencyManager } from './concurrency-manager.ts';
import type { WaitForEdge } from './deadlock-service.ts';

/** Waiting requests of a region; more are refused. */
const MAX_WAITING = 65_536;

export type WaitOutcome =
  | { readonly kind: 'woken' }
  | { readonly kind: 'timeout' }
  /** The key is no longer this region's, or the region no longer this store's: ask elsewhere. */
  | { readonly kind: 'gone'; readonly error: RegionError }
  /** Too many wait already. */
  | { readonly kind: 'full' }
  | { readonly kind: 'deadlock'; readonly waitChain: readonly Ts[] };

/** A request that waits; its client comes again and again, so it is younger than the wait of its transaction. */
export interface LockWait extends WaitForEdge {
  readonly waitedMs: number;
}

interface Waiter {
  readonly startTs: Ts;
  /** Monotonic. */
  readonly sinceMs: number;
  /** Whom it waits for; 0 for nobody in particular. */
  holderTs: Ts;
  readonly finish: (outcome: WaitOutcome) => void;
  timer: TimerHandle | undefined;
}

const WOKEN: WaitOutcome = { kind: 'woken' };
const TIMEOUT: WaitOutcome = { kind: 'timeout' };
const FULL: WaitOutcome = { kind: 'full' };

export class LockWaits {
  readonly #timers: Timers;
  readonly #concurrency: ConcurrencyManager;
  readonly #maxWaiting: number;
  readonly #queues = new Map<Key, Waiter[]>();
  #waiting = 0;

  constructor(timers: Timers, concurrency: ConcurrencyManager, maxWaiting = MAX_WAITING) {
    this.#maxWaiting = maxWaiting;
    this.#timers = timers;
    this.#concurrency = concurrency;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Who waits for whom; without those who wait for a command that ends soon. */
  present(): LockWait[] {
    const nowMs = this.#nowMs();
    const waits: LockWait[] = [];
    for (const [key, queue] of this.#queues) {
      for (const { startTs, holderTs, sinceMs } of queue) {
        if (holderTs !== NO_TS) waits.push({ waiter: startTs, holder: holderTs, key, waitedMs: nowMs - sinceMs });
      }
    }
    return waits;
  }

  #nowMs(): number {
    return this.#concurrency.clock?.monotonicMs() ?? 0;
  }

  /** Waits until the key may be free, for at most `timeoutMs`. `holderTs` 0: no transaction, a command that ends soon. */
  wait(key: Key, startTs: Ts, holderTs: Ts, timeoutMs: number): Promise<WaitOutcome> {
    if (this.#waiting >= this.#maxWaiting) return Promise.resolve(FULL);
    const waitChain = holderTs === NO_TS ? undefined : this.#concurrency.deadlocks.wait(startTs, holderTs, key);
    if (waitChain !== undefined) return Promise.resolve({ kind: 'deadlock', waitChain });
    return new Promise((resolve) => {
      const waiter: Waiter = { startTs, holderTs, sinceMs: this.#nowMs(), finish: resolve, timer: undefined };
      this.#enqueue(key, waiter);
      this.#report(key, waiter);
      waiter.timer = this.#timers.after(timeoutMs, () => this.#leave(key, waiter, TIMEOUT));
    });
  }

  /** The key was unlocked. */
  wake(key: Key): void {
    const head = this.#queues.size === 0 ? undefined : this.#queues.get(key)?.[0];
    if (head !== undefined) this.#leave(key, head, WOKEN);
  }

  /** Somebody took the lock that others go on waiting for. */
  holderChanged(key: Key, holderTs: Ts): void {
    if (this.#queues.size === 0) return;
    for (const waiter of this.#queues.get(key) ?? []) {
      this.#concurrency.deadlocks.wait(waiter.startTs, holderTs, key);
      if (waiter.holderTs === holderTs) continue;
      waiter.holderTs = holderTs;
      this.#report(key, waiter);
    }
  }

  /** The detector of the cluster may see a cycle over several stores. */
  #report(key: Key, waiter: Waiter): void {
    const { startTs, holderTs } = waiter;
    if (holderTs === NO_TS) return;
    this.#concurrency.deadlockService?.waits({ waiter: startTs, holder: holderTs, key }, (waitChain) => {
      if (waiter.holderTs === holderTs) this.#leave(key, waiter, { kind: 'deadlock', waitChain });
    });
  }

  /** Ends all waits with an error, or as if their time were up. */
  close(error?: RegionError): void {
    const outcome: WaitOutcome = error === undefined ? TIMEOUT : { kind: 'gone', error };
    for (const key of [...this.#queues.keys()]) this.#endAll(key, outcome);
  }

  /** Ends the waits for keys outside of `range`. */
  closeOutside(range: KeyRange, error: RegionError): void {
    for (const key of [...this.#queues.keys()])
      if (!rangeContains(range, key)) this.#endAll(key, { kind: 'gone', error });
  }

  #endAll(key: Key, outcome: WaitOutcome): void {
    for (const waiter of [...(this.#queues.get(key) ?? [])]) this.#leave(key, waiter, outcome);
  }

  #enqueue(key: Key, waiter: Waiter): void {
    const queue = this.#queues.get(key);
    this.#waiting++;
    if (queue === undefined) {
      this.#queues.set(key, [waiter]);
      return;
    }
    let at = queue.length;
    while (at > 0 && queue[at - 1]!.startTs > waiter.startTs) at--;
    queue.splice(at, 0, waiter);
  }

  #leave(key: Key, waiter: Waiter, outcome: WaitOutcome): void {
    const queue = this.#queues.get(key);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    if (queue.length === 0) this.#queues.delete(key);
    this.#waiting--;
    waiter.timer?.cancel();
    const { startTs, holderTs } = waiter;
    this.#concurrency.deadlocks.done(startTs, key);
    if (holderTs !== NO_TS) this.#concurrency.deadlockService?.done({ waiter: startTs, holder: holderTs, key });
    waiter.finish(outcome);
  }
}
