/**
 * Waits for a time, or until a time at the latest. Nothing ends a pause early: who may be closed meanwhile looks around
 * when it is over, or keeps the timer itself.
 */

import type { TimerHandle, Timers } from './env.ts';

/** Resolves `delayMs` from now. */
export function pause(timers: Timers, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}

/** Settles like `awaited`, or resolves to undefined `limitMs` from now if it has not by then. No timer is left behind. */
export async function within<T>(timers: Timers, limitMs: number, awaited: Promise<T>): Promise<T | undefined> {
  let timer: TimerHandle | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = timers.after(limitMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([awaited, late]);
  } finally {
    timer?.cancel();
  }
}

/** Resolves in a later turn of the event loop: other work gets its turn. */
export function untilNextTurn(timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    timers.nextTurn(resolve);
  });
}
