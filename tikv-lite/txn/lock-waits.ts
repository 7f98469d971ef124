/**
 * Requests that wait for a lock to go: one queue per key, the oldest transaction first. A release wakes the head; who is
 * woken tries again, and wakes the next one when it does not take the lock.
 */

import { type Key, NO_TS, type TimerHandle, type Timers, type Ts } from '../../base/index.ts';
import type { DeadlockDetector } from './deadlock.ts';

/** Waiting requests of a store; more are refused as if their time were up. */
export const MAX_WAITING = 65_536;

export type WaitOutcome =
  | { readonly kind: 'woken' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'deadlock'; readonly waitChain: readonly Ts[] };

interface Waiter {
  readonly startTs: Ts;
  readonly finish: (outcome: WaitOutcome) => void;
  timer: TimerHandle | undefined;
}

const WOKEN: WaitOutcome = { kind: 'woken' };
const TIMEOUT: WaitOutcome = { kind: 'timeout' };

export class LockWaits {
  readonly #timers: Timers;
  readonly #deadlocks: DeadlockDetector;
  readonly #queues = new Map<Key, Waiter[]>();
  #waiting = 0;

  constructor(timers: Timers, deadlocks: DeadlockDetector) {
    this.#timers = timers;
    this.#deadlocks = deadlocks;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Waits until the key may be free, for at most `timeoutMs`. `holderTs` 0: no transaction, a command that ends soon. */
  wait(key: Key, startTs: Ts, holderTs: Ts, timeoutMs: number): Promise<WaitOutcome> {
    if (this.#waiting >= MAX_WAITING) return Promise.resolve(TIMEOUT);
    const waitChain = holderTs === NO_TS ? undefined : this.#deadlocks.wait(startTs, holderTs, key);
    if (waitChain !== undefined) return Promise.resolve({ kind: 'deadlock', waitChain });
    return new Promise((resolve) => {
      const waiter: Waiter = { startTs, finish: resolve, timer: undefined };
      this.#enqueue(key, waiter);
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
    for (const waiter of this.#queues.get(key) ?? []) this.#deadlocks.wait(waiter.startTs, holderTs, key);
  }

  /** Ends all waits as if their time were up. */
  close(): void {
    for (const [key, queue] of [...this.#queues]) {
      for (const waiter of [...queue]) this.#leave(key, waiter, TIMEOUT);
    }
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
    this.#deadlocks.done(waiter.startTs, key);
    waiter.finish(outcome);
  }
}
