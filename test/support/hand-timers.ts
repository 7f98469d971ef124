/** Timers whose time comes when the test says so; turns of the event loop come by themselves. */

import { realEnv, type TimerHandle, type Timers } from '../../base/index.ts';

export class HandTimers implements Timers {
  #waiting = new Set<() => void>();

  after(_delayMs: number, callback: () => void): TimerHandle {
    const ring = (): void => callback();
    this.#waiting.add(ring);
    return { cancel: () => this.#waiting.delete(ring) };
  }

  nextTurn(callback: () => void): void {
    realEnv.timers.nextTurn(callback);
  }

  /** Rings everything that was set before the call. */
  ring(): void {
    const due = this.#waiting;
    this.#waiting = new Set();
    for (const ring of due) ring();
  }
}
