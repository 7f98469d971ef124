/** Counters of the server that SHOW STATUS answers from. */

import type { Clock } from '../../base/index.ts';

export class ServerStatus {
  readonly #clock: Clock;
  readonly #startedMs: number;
  questions = 0;
  queries = 0;
  connections = 0;
  abortedConnects = 0;
  maxUsedConnections = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  uptimeSeconds(): number {
    return Math.floor((this.#clock.monotonicMs() - this.#startedMs) / 1000);
  }
}
