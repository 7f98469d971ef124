/** A limit on bytes per second: whoever wants to send asks first and waits its turn. */

import { type Clock, pause, type Timers } from '../../../base/index.ts';

export class Pacer {
  readonly #clock: Clock;
  readonly #timers: Timers;
  readonly #bytesPerSecond: number;
  /** When everything granted so far will have been sent at the given rate. */
  #busyUntilMs = 0;

  constructor(clock: Clock, timers: Timers, bytesPerSecond: number) {
    this.#clock = clock;
    this.#timers = timers;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Resolves when `bytes` may be sent. */
  async take(bytes: number): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const startMs = Math.max(nowMs, this.#busyUntilMs);
    this.#busyUntilMs = startMs + (bytes * 1000) / this.#bytesPerSecond;
    if (startMs <= nowMs) return;
    await pause(this.#timers, startMs - nowMs);
  }
}
