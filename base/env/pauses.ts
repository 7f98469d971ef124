/** Waits that nothing ends early. Who may be closed meanwhile looks around when they are over, or keeps the timer itself. */

import type { Timers } from './env.ts';

/** Resolves `delayMs` from now. */
export function pause(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}

/** Resolves in a later turn of the event loop: other work gets its turn. */
export function untilNextTurn(timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    timers.nextTurn(resolve);
  });
}
