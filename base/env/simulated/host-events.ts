/**
 * The events of one machine: everything that enters its process comes through here. While the process is frozen (SIGSTOP,
 * a stalled virtual machine) they are held back, and run late, in their order, when it goes on. Time does not stop for it.
 */

import type { EventQueue } from './event-queue.ts';

interface HostEvent {
  run: (() => void) | undefined;
}

export class HostEvents {
  readonly #queue: EventQueue;
  readonly #held: HostEvent[] = [];
  #isFrozen = false;

  constructor(queue: EventQueue) {
    this.#queue = queue;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** Runs `run` in the process `delayMs` from now, or later when it is frozen then. */
  schedule(delayMs: number, run: () => void): { cancel(): void } {
    const event: HostEvent = { run };
    const arrival = this.#queue.schedule(delayMs, () => this.#arrive(event));
    return {
      cancel: () => {
        event.run = undefined;
        arrival.cancel();
      },
    };
  }

  /** The process stops where it is. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** The process goes on: what was held back reaches it now. */
  thaw(): void {
    this.#isFrozen = false;
    for (const event of this.#held.splice(0)) this.#queue.schedule(0, () => this.#arrive(event));
  }

  /** The process is gone; what was held back is nobody's any more. */
  reset(): void {
    this.#isFrozen = false;
    this.#held.length = 0;
  }

  #arrive(event: HostEvent): void {
    if (event.run === undefined) return;
    if (this.#isFrozen) this.#held.push(event);
    else event.run();
  }
}
