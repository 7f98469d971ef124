/**
 * AUTO_INCREMENT values and hidden row ids. The KV holds, per table, the highest value that may have been handed out; a
 * node reserves ranges of it, so ids are consecutive while one node runs and never repeat after a crash. A clean close
 * gives the unused rest back.
 */

import type { Key, ValueOrPromise } from '../../base/index.ts';
import { chain } from '../../base/index.ts';
import type { Storage, Transaction } from '../../tikv-lite/index.ts';
import { TransactionError } from '../../tikv-lite/index.ts';

const FIRST_STEP = 1_000;
const MAX_STEP = 1_000_000;
const RESERVATION_ATTEMPTS = 64;
const TRANSACTION_BYTES = 1 << 20;

interface Range {
  /** The next value to hand out and the last one reserved. */
  next: bigint;
  last: bigint;
  step: bigint;
  reserving: Promise<void> | undefined;
}

async function settled<T>(value: ValueOrPromise<T>): Promise<T> {
  return value;
}

export class IdAllocator {
  readonly #storage: Storage;
  readonly #ranges = new Map<Key, Range>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** The first of `count` consecutive values; synchronous while the reserved range lasts. Values start at 1. */
  allocate(key: Key, count = 1): ValueOrPromise<bigint> {
    const range = this.#rangeOf(key);
    const needed = BigInt(count);
    if (range.next + needed - 1n <= range.last) {
      const first = range.next;
      range.next += needed;
      return first;
    }
    return this.#reserve(key, range, needed).then(() => this.allocate(key, count));
  }

  /** Makes later values larger than `used`, which a statement gave explicitly. */
  rebase(key: Key, used: bigint): ValueOrPromise<void> {
    const range = this.#rangeOf(key);
    if (used < range.next) return;
    if (used <= range.last) {
      range.next = used + 1n;
      return;
    }
    return this.#change(key, (stored) => (used > stored ? used : stored)).then((stored) => {
      if (used >= range.next) {
        range.next = stored > used ? stored + 1n : used + 1n;
        range.last = range.next - 1n;
      }
    });
  }

  /** The next value as SHOW CREATE TABLE and information_schema show it. */
  peek(key: Key): ValueOrPromise<bigint> {
    const range = this.#ranges.get(key);
    if (range !== undefined && range.next <= range.last) return range.next;
    return chain(this.#storage.getLatest(key), (value) => parseCounter(value) + 1n);
  }

  /** Forgets cached ranges (the table was dropped, truncated or rebased by DDL). */
  forget(key: Key): void {
    this.#ranges.delete(key);
  }

  /** Gives unused values back. */
  async close(): Promise<void> {
    for (const [key, range] of this.#ranges) {
      if (range.next > range.last) continue;
      await this.#change(key, (stored) => (stored === range.last ? range.next - 1n : stored));
    }
    this.#ranges.clear();
  }

  #rangeOf(key: Key): Range {
    let range = this.#ranges.get(key);
    if (range === undefined) {
      range = { next: 1n, last: 0n, step: BigInt(FIRST_STEP), reserving: undefined };
      this.#ranges.set(key, range);
    }
    return range;
  }

  #reserve(key: Key, range: Range, needed: bigint): Promise<void> {
    range.reserving ??= this.#reserveNow(key, range, needed).finally(() => {
      range.reserving = undefined;
    });
    return range.reserving;
  }

  async #reserveNow(key: Key, range: Range, needed: bigint): Promise<void> {
    const step = range.step > needed ? range.step : needed;
    let before = 0n;
    const last = await this.#change(key, (stored) => {
      before = stored;
      return stored + step;
    });
    if (before !== range.last || range.next > range.last) range.next = before + 1n;
    range.last = last;
    range.step = range.step * 2n > BigInt(MAX_STEP) ? BigInt(MAX_STEP) : range.step * 2n;
  }

  async #change(key: Key, update: (stored: bigint) => bigint): Promise<bigint> {
    for (let attempt = 1; ; attempt++) {
      const ts = await this.#storage.currentTs();
      const transaction = this.#storage.begin(ts, { mode: 'optimistic', maxMemoryBytes: TRANSACTION_BYTES });
      try {
        return await changeCounter(transaction, key, update);
      } catch (error) {
        await settled(transaction.rollback());
        const isConflict = error instanceof TransactionError && error.kind === 'write-conflict';
        if (!isConflict || attempt >= RESERVATION_ATTEMPTS) throw error;
      }
    }
  }
}

async function changeCounter(transaction: Transaction, key: Key, update: (stored: bigint) => bigint): Promise<bigint> {
  const stored = parseCounter(await transaction.get(key));
  const next = update(stored);
  if (next !== stored) transaction.put(key, encodeCounter(next));
  await settled(transaction.commit());
  return next;
}

export function parseCounter(value: Uint8Array | undefined): bigint {
  return value === undefined ? 0n : BigInt(Buffer.from(value).toString('latin1'));
}

export function encodeCounter(value: bigint): Buffer {
  return Buffer.from(value.toString(), 'latin1');
}
