/** Waiting between attempts: exponential, with a bound on the sum, on the injected timers. */

import type { Timers } from '../../base/index.ts';
import { TransactionError } from './storage.ts';

/** Sum of waits after which an operation gives up (TiDB: tens of seconds). */
export const MAX_TOTAL_BACK_OFF_MS = 20_000;
const FIRST_MS = 1;
const LONGEST_MS = 100;

export class BackOff {
  readonly #timers: Timers;
  readonly #limitMs: number;
  #nextMs = FIRST_MS;
  #totalMs = 0;

  constructor(timers: Timers, limitMs = MAX_TOTAL_BACK_OFF_MS) {
    this.#timers = timers;
    this.#limitMs = limitMs;
  }

  /** Waits a little longer than last time. Throws TransactionError 'unavailable' when the limit is reached. */
  async wait(reason: string): Promise<void> {
    if (this.#totalMs >= this.#limitMs)
      throw new TransactionError('unavailable', `gave up after waiting for ${reason}`);
    const delayMs = this.#nextMs;
    this.#totalMs += delayMs;
    this.#nextMs = Math.min(LONGEST_MS, delayMs * 2);
    await new Promise<void>((resolve) => {
      this.#timers.after(delayMs, resolve);
    });
  }
}
