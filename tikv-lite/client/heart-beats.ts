/** Keeps the locks of long pessimistic transactions alive: one timer for all of them. */

import type { TimerHandle, Timers } from '../../base/index.ts';

/** Half of the lock TTL, so that one late beat does no harm. */
const INTERVAL_MS = 10_000;

export interface Beating {
  heartBeat(): Promise<void>;
}

export class HeartBeats {
  readonly #timers: Timers;
  readonly #members = new Set<Beating>();
  #timer: TimerHandle | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  add(member: Beating): void {
    this.#members.add(member);
    this.#timer ??= this.#timers.after(INTERVAL_MS, () => this.#beat());
  }

  delete(member: Beating): void {
    this.#members.delete(member);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#members.clear();
  }

  #beat(): void {
    this.#timer = undefined;
    for (const member of this.#members) member.heartBeat().catch(() => undefined);
    if (this.#members.size > 0) this.#timer = this.#timers.after(INTERVAL_MS, () => this.#beat());
  }
}
