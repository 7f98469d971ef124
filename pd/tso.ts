/**
 * The timestamp oracle: strictly increasing timestamps of physical milliseconds and an 18-bit logical counter.
 *
 * A pure state machine. Every physical value handed out lies below `bound`, which its host has made durable before;
 * after a restart (or a change of leader) the next life starts at the durable bound, so no timestamp is ever handed out
 * twice, whatever the clocks do. As TiKV's PD: the clock may stand still or run back, the oracle then counts on.
 */

import { assert, composeTs, LOGICALS_PER_MS, type Ts } from '../base/index.ts';

/** How far ahead of use the durable bound is kept (PD's tso-save-interval). */
export const SAVE_AHEAD_MS = 3000;
/** Logical values above which the physical part is pushed on although the clock stands still. */
const LOGICAL_PUSH = LOGICALS_PER_MS - 1;

export class TimestampState {
  #physicalMs: number;
  #logical = 0;
  #boundMs: number;

  /** `durableBoundMs` as read back from disk, 0 for a new cluster. */
  constructor(durableBoundMs: number, nowMs: number) {
    this.#physicalMs = Math.max(durableBoundMs, nowMs);
    this.#boundMs = durableBoundMs;
  }

  /** The bound that should be made durable next, or undefined while there is enough room ahead. */
  wantedBoundMs(nowMs: number): number | undefined {
    const needMs = Math.max(this.#physicalMs, nowMs);
    return this.#boundMs - needMs < SAVE_AHEAD_MS / 2 ? needMs + SAVE_AHEAD_MS : undefined;
  }

  /** The host made `boundMs` durable. */
  boundSaved(boundMs: number): void {
    assert(boundMs >= this.#boundMs, 'the durable bound never goes back');
    this.#boundMs = boundMs;
  }

  /** `count` consecutive timestamps ending with the returned one; undefined when the bound must be saved first. */
  take(nowMs: number, count = 1): Ts | undefined {
    assert(count > 0 && count < LOGICALS_PER_MS, 'a batch fits the logical counter');
    let physicalMs = this.#physicalMs;
    let logical = this.#logical;
    if (nowMs > physicalMs) {
      physicalMs = nowMs;
      logical = 0;
    } else if (logical + count > LOGICAL_PUSH) {
      physicalMs += 1;
      logical = 0;
    }
    if (physicalMs >= this.#boundMs) return undefined;
    this.#physicalMs = physicalMs;
    this.#logical = logical + count;
    return composeTs(physicalMs, this.#logical);
  }
}
