/**
 * What a gateway knows of the safe point: nothing below it may be read, since versions there may be gone.
 *
 * In a cluster somebody else moves it. A gateway asks the placement driver now and then, and what it hears holds for a
 * while (a lease): whoever moves the safe point of transactions waits longer than that, and than any read under way,
 * before versions go. A gateway whose lease is over cannot know what is still there, and reads nothing.
 */

import { type Clock, NO_TS, type Ts } from '../../base/index.ts';
import { TransactionError } from './storage.ts';

export class GarbageBound {
  #safePoint: Ts = NO_TS;
  readonly #clock: Clock | undefined;
  /** Monotonic. */
  #validUntilMs = Number.POSITIVE_INFINITY;

  /** With a clock it is leased, and knows nothing yet. */
  constructor(clock?: Clock) {
    this.#clock = clock;
    if (clock !== undefined) this.#validUntilMs = Number.NEGATIVE_INFINITY;
  }

  get safePoint(): Ts {
    return this.#safePoint;
  }

  /** Whether reads above the safe point are possible now. */
  get isKnown(): boolean {
    return this.#clock === undefined || this.#clock.monotonicMs() < this.#validUntilMs;
  }

  /** It never goes back. */
  advance(safePoint: Ts): void {
    if (safePoint > this.#safePoint) this.#safePoint = safePoint;
  }

  /** Nothing above the safe point goes before this instant of the monotonic clock. */
  renew(validUntilMs: number): void {
    this.#validUntilMs = Math.max(this.#validUntilMs, validUntilMs);
  }

  /** Throws TransactionError 'snapshot-too-old' or 'unavailable' unless everything at `ts` is still there. */
  require(ts: Ts): void {
    if (ts < this.#safePoint) {
      throw new TransactionError(
        'snapshot-too-old',
        `transaction starts at ${ts}, GC safe point is ${this.#safePoint}`,
      );
    }
    if (!this.isKnown) throw new TransactionError('unavailable', 'the safe point of garbage collection is not known');
  }
}
