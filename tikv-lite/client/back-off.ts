/**
 * Waiting between attempts: exponential per class of trouble, with jitter, and one bound on the sum of all waits of an
 * operation. Classes and their order of magnitude are client-go's; times are shorter, as our stores answer in
 * milliseconds and elections take about two seconds.
 *
 * Waits that a busy store asked for have a bound of their own, as in client-go: a store that is overloaded makes its
 * clients slow, and fails nobody who has the patience.
 */

import { pause, type Random, type Timers } from '../../base/index.ts';
import { TransactionError } from './storage.ts';

/** Sums of waits after which an operation gives up. */
const MAX_TOTAL_BACK_OFF_MS = 20_000;
export const MAX_PREWRITE_BACK_OFF_MS = 40_000;
export const MAX_COMMIT_BACK_OFF_MS = 41_000;
export const MAX_CLEAN_UP_BACK_OFF_MS = 5_000;
/** Sum of the waits that busy stores asked for. */
const MAX_BUSY_BACK_OFF_MS = 600_000;

/** Locks of dead transactions settled one after the other before whoever meets them pauses between them. */
export const MAX_EAGER_ATTEMPTS = 16;

export type BackOffClass =
  /** The region moved, split or has no leader. */
  | 'region-miss'
  /** The store does not answer. */
  | 'store-unreachable'
  | 'server-busy'
  /** Somebody's lock is in the way. */
  | 'lock'
  /** A new leader does not know yet which reads its predecessor served. */
  | 'max-timestamp'
  | 'stale-command'
  | 'placement-driver';

const WAITS: Readonly<Record<BackOffClass, { readonly firstMs: number; readonly longestMs: number }>> = {
  'region-miss': { firstMs: 2, longestMs: 250 },
  'store-unreachable': { firstMs: 20, longestMs: 500 },
  'server-busy': { firstMs: 20, longestMs: 2000 },
  lock: { firstMs: 1, longestMs: 100 },
  'max-timestamp': { firstMs: 2, longestMs: 200 },
  'stale-command': { firstMs: 2, longestMs: 250 },
  'placement-driver': { firstMs: 20, longestMs: 1000 },
};

export interface BackOffOptions {
  readonly timers: Timers;
  /** Without it waits have no jitter. */
  readonly random?: Random | undefined;
  readonly limitMs?: number;
}

export class BackOff {
  readonly #timers: Timers;
  readonly #random: Random | undefined;
  readonly #limitMs: number;
  readonly #nextMs = new Map<BackOffClass, number>();
  #totalMs = 0;
  /** Asked for by busy stores. */
  #askedMs = 0;

  constructor(options: BackOffOptions) {
    this.#timers = options.timers;
    this.#random = options.random;
    this.#limitMs = options.limitMs ?? MAX_TOTAL_BACK_OFF_MS;
  }

  /**
   * Waits a little longer than last time, or at least as long as a busy server asked for. Throws TransactionError 'unavailable'
   * when the limit is reached.
   */
  async wait(kind: BackOffClass, reason: string, askedMs = 0): Promise<void> {
    const isAsked = askedMs > 0;
    const [waitedMs, limitMs] = isAsked ? [this.#askedMs, MAX_BUSY_BACK_OFF_MS] : [this.#totalMs, this.#limitMs];
    if (waitedMs >= limitMs)
      throw new TransactionError('unavailable', `gave up after waiting ${Math.round(waitedMs)} ms for ${reason}`);
    const { firstMs, longestMs } = WAITS[kind];
    const baseMs = this.#nextMs.get(kind) ?? firstMs;
    this.#nextMs.set(kind, Math.min(longestMs, baseMs * 2));
    const chance = this.#random?.float() ?? 1;
    const jitteredMs = baseMs / 2 + chance * (baseMs / 2);
    const delayMs = Math.max(isAsked ? askedMs + (chance * askedMs) / 2 : 0, jitteredMs);
    if (isAsked) this.#askedMs += delayMs;
    else this.#totalMs += delayMs;
    await pause(this.#timers, delayMs);
  }
}
