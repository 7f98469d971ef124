/**
 * How slow a store's disk is, as TiKV tells the placement driver: from 1 (fine) to 100. In each round the score grows by
 * the share of log writes that took too long, at most twofold; without one it falls, from 100 to 1 in five minutes.
 */

/** A log write that takes longer is slow. TiKV's inspect-interval, as its time limit. */
export const SLOW_WRITE_MS = 500;
/** A share of slow writes that counts fully. */
const FULL_SHARE = 0.1;
const RECOVERY_MS = 5 * 60_000;
const LEAST = 1;
const MOST = 100;

export class SlowScore {
  #value = LEAST;
  #writes = 0;
  #slowWrites = 0;
  #roundBeganMs: number;

  constructor(nowMs: number) {
    this.#roundBeganMs = nowMs;
  }

  get value(): number {
    return this.#value;
  }

  /** A log write has ended. */
  note(ms: number): void {
    this.#writes++;
    if (ms >= SLOW_WRITE_MS) this.#slowWrites++;
  }

  /** Ends a round; a write under way for `currentMs` counts when that is too long already. Answers the score. */
  endRound(nowMs: number, currentMs: number): number {
    const isStuck = currentMs >= SLOW_WRITE_MS;
    const slow = this.#slowWrites + (isStuck ? 1 : 0);
    const writes = this.#writes + (isStuck ? 1 : 0);
    const passedMs = nowMs - this.#roundBeganMs;
    if (slow === 0) this.#value -= (passedMs * MOST) / RECOVERY_MS;
    else this.#value *= 1 + Math.min(1, slow / writes / FULL_SHARE);
    this.#value = Math.min(MOST, Math.max(LEAST, this.#value));
    this.#writes = 0;
    this.#slowWrites = 0;
    this.#roundBeganMs = nowMs;
    return this.#value;
  }
}
