/** How many peers a store may get, and may lose, per minute: token buckets that fill with time. */

import type { StoreId } from '../../base/index.ts';
import { LARGE_COST } from './operator.ts';

export type LimitKind = 'add' | 'remove';

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

const MINUTE_MS = 60_000;
/** A store that got nothing for a while may get so many large regions at once. */
const MIN_BURST = 2;
const BURST_MS = 10_000;

export class StoreLimits {
  readonly #buckets: Readonly<Record<LimitKind, Map<StoreId, Bucket>>> = { add: new Map(), remove: new Map() };

  /** Whether a charge of `cost` would be admitted. */
  admits(kind: LimitKind, storeId: StoreId, perMinute: number, nowMs: number): boolean {
    return this.#filled(kind, storeId, perMinute, nowMs).tokens > 0;
  }

  /** May overdraw once: a large region must get through a small limit, and the next waits longer. */
  charge(kind: LimitKind, storeId: StoreId, cost: number, perMinute: number, nowMs: number): void {
    this.#filled(kind, storeId, perMinute, nowMs).tokens -= cost;
  }

  #filled(kind: LimitKind, storeId: StoreId, perMinute: number, nowMs: number): Bucket {
    const perMs = (perMinute * LARGE_COST) / MINUTE_MS;
    const capacity = Math.max(MIN_BURST * LARGE_COST, perMs * BURST_MS);
    const buckets = this.#buckets[kind];
    let bucket = buckets.get(storeId);
    if (bucket === undefined) {
      bucket = { tokens: capacity, filledAtMs: nowMs };
      buckets.set(storeId, bucket);
    }
    bucket.tokens = Math.min(capacity, bucket.tokens + Math.max(0, nowMs - bucket.filledAtMs) * perMs);
    bucket.filledAtMs = nowMs;
    return bucket;
  }
}
