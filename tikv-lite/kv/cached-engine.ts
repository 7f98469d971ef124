/**
 * A KvEngine with a RangeCache in front of one family of keys. Reads that the cache answers are synchronous and never
 * enter the engine below; writes update the cache in the same call.
 */

import type { Key, KeyRange, KvPair, ValueOrPromise } from '../../base/index.ts';
import { rangeContains } from './key-tree.ts';
import type { KvEngine, KvEngineState, KvSnapshot, WriteOperation, WriteOptions } from './kv-engine.ts';
import { mergePage } from './merge-scan.ts';
import { type PendingPair, TOMBSTONE } from './pending-writes.ts';
import { RangeCache, UNKNOWN } from './range-cache.ts';

export interface CachedEngineOptions {
  /** Only keys in here are cached. */
  readonly cachedRange: KeyRange;
  readonly quotaBytes: number;
}

/** A scan of the engine below that will fill the cache, and the keys written in its range meanwhile. */
interface Fill {
  readonly range: KeyRange;
  readonly dirtyKeys: Set<Key>;
  isCancelled: boolean;
}

/** Pages larger than this fill the cache only while it has room to spare. */
const BULK_PAGE_PAIRS = 256;
const MAX_DIRTY_KEYS = 256;

export class CachedEngine implements KvEngine {
  readonly #inner: KvEngine;
  readonly #cache: RangeCache;
  readonly #range: KeyRange;
  readonly #fills = new Set<Fill>();
  #hits = 0;
  #misses = 0;

  constructor(inner: KvEngine, options: CachedEngineOptions) {
    this.#inner = inner;
    this.#range = options.cachedRange;
    this.#cache = new RangeCache(options.quotaBytes);
  }

  get state(): KvEngineState {
    return this.#inner.state;
  }

  get pendingBytes(): number {
    return this.#inner.pendingBytes;
  }

  /** For the status port. */
  get cacheStatistics(): { readonly hits: number; readonly misses: number; readonly sizeBytes: number } {
    return { hits: this.#hits, misses: this.#misses, sizeBytes: this.#cache.sizeBytes };
  }

  get(key: Key): Uint8Array | undefined {
    if (!rangeContains(this.#range, key)) return this.#inner.get(key);
    const cached = this.#cache.lookup(key);
    if (cached !== UNKNOWN) {
      this.#hits++;
      return cached;
    }
    this.#misses++;
    const value = this.#inner.get(key);
    this.#cache.fillPoint(key, value);
    return value;
  }

  scan(range: KeyRange, limit: number, reverse: boolean): ValueOrPromise<readonly KvPair[]> {
    if (range.end !== undefined && range.end <= range.start) return [];
    if (!this.#isCacheable(range)) return this.#inner.scan(range, limit, reverse);
    const cached = this.#cache.scan(range, limit, reverse);
    if (cached !== undefined) {
      this.#hits++;
      return cached;
    }
    this.#misses++;
    const answer = this.#inner.scan(range, limit, reverse);
    if (!(answer instanceof Promise)) {
      this.#fill(range, answer, limit, reverse, []);
      return answer;
    }
    const fill: Fill = { range, dirtyKeys: new Set(), isCancelled: false };
    this.#fills.add(fill);
    return answer.then(
      (pairs) => {
        this.#fills.delete(fill);
        if (!fill.isCancelled) this.#fill(range, pairs, limit, reverse, this.#dirtyPairs(fill));
        return pairs;
      },
      (error: unknown) => {
        this.#fills.delete(fill);
        throw error;
      },
    );
  }

  snapshot(): KvSnapshot {
    return this.#inner.snapshot();
  }

  write(operations: readonly WriteOperation[], options: WriteOptions): Promise<void> {
    const { state } = this.#inner;
    if (state === 'open' || (options.keep === true && state !== 'closed')) {
      for (const operation of operations) {
        if (rangeContains(this.#range, operation.key)) this.#cache.apply(operation);
      }
      if (this.#fills.size > 0) this.#markDirty(operations);
    }
    return this.#inner.write(operations, options);
  }

  flush(): Promise<void> {
    return this.#inner.flush();
  }

  recover(): Promise<boolean> {
    return this.#inner.recover();
  }

  async destroyRange(range: KeyRange): Promise<void> {
    this.#forget(range);
    try {
      await this.#inner.destroyRange(range);
    } finally {
      this.#forget(range);
    }
  }

  approximateSizeBytes(range: KeyRange): ValueOrPromise<number> {
    return this.#inner.approximateSizeBytes(range);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #isCacheable(range: KeyRange): boolean {
    const { start, end } = this.#range;
    return range.start >= start && (end === undefined || (range.end !== undefined && range.end <= end));
  }

  #forget(range: KeyRange): void {
    for (const fill of this.#fills) fill.isCancelled = true;
    this.#cache.forget(range);
  }

  #markDirty(operations: readonly WriteOperation[]): void {
    for (const fill of this.#fills) {
      if (fill.isCancelled) continue;
      for (const { key } of operations) if (rangeContains(fill.range, key)) fill.dirtyKeys.add(key);
      if (fill.dirtyKeys.size > MAX_DIRTY_KEYS) fill.isCancelled = true;
    }
  }

  /** What the written keys hold now. */
  #dirtyPairs(fill: Fill): PendingPair[] {
    const pairs: PendingPair[] = [];
    for (const key of fill.dirtyKeys) pairs.push({ key, value: this.#inner.get(key) ?? TOMBSTONE });
    return pairs.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #fill(
    range: KeyRange,
    page: readonly KvPair[],
    limit: number,
    reverse: boolean,
    dirty: readonly PendingPair[],
  ): void {
    const isFull = page.length >= limit;
    if (page.length > BULK_PAGE_PAIRS && this.#cache.sizeBytes > this.#cache.quotaBytes / 2) return;
    const edge = page.at(-1)?.key;
    if (edge === undefined && isFull) return;
    const pairs = reverse ? [...page].reverse() : page;
    const upToLast = isFull && !reverse;
    const known: KeyRange = isFull && reverse && edge !== undefined ? { ...range, start: edge } : range;
    const inKnown = dirty.filter(({ key }) => key >= known.start && !(upToLast && edge !== undefined && key > edge));
    const current = mergePage(pairs, inKnown, Number.POSITIVE_INFINITY, false);
    if (upToLast && edge !== undefined && current.at(-1)?.key !== edge) return;
    this.#cache.fillRange(known, current, upToLast);
  }
}
