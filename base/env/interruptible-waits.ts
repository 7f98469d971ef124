/**
 * Waits that may be called off. Whoever waits says how to find out; one timer looks for all who wait in one place, and
 * runs only while somebody does.
 */

import { isPromise, type ValueOrPromise } from '../value-or-promise.ts';
import type { Timers } from './env.ts';

/** How often is looked. */
const LOOK_MS = 100;

interface Wait {
  readonly check: () => void;
  readonly callOff: (reason: unknown) => void;
}

export class InterruptibleWaits {
  readonly #timers: Timers;
  readonly #waits = new Set<Wait>();
  #isLooking = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /**
   * What `work` comes to, or what `check` throws before that; then the rest of the work, and its failure, are nobody's.
   * Without `check`, and for what is here already, the work itself.
   */
  until<T>(work: ValueOrPromise<T>, check: (() => void) | undefined): ValueOrPromise<T> {
    if (check === undefined || !isPromise(work)) return work;
    return new Promise((resolve, reject) => {
      const wait: Wait = { check, callOff: reject };
      this.#waits.add(wait);
      this.#lookLater();
      work.then(
        (value) => {
          this.#waits.delete(wait);
          resolve(value);
        },
        (error: unknown) => {
          this.#waits.delete(wait);
          reject(error);
        },
      );
    });
  }

  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#timers.after(LOOK_MS, () => {
      this.#isLooking = false;
      this.#look();
    });
  }

  #look(): void {
    for (const wait of this.#waits) {
      try {
        wait.check();
      } catch (reason) {
        this.#waits.delete(wait);
        wait.callOff(reason);
      }
    }
    if (this.#waits.size > 0) this.#lookLater();
  }
}
