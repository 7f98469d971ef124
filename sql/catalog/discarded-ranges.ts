/**
 * Ranges of dropped tables and indexes: recorded in the transaction that drops them, destroyed when no reader can want
 * them any more. A record stays until its range is gone, so a crash only delays the work.
 */

import {
  type Clock,
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
  physicalMsOf,
  Rounds,
  type Timers,
} from '../../base/index.ts';
import type { Storage, Transaction } from '../../tikv-lite/index.ts';
import { discardedRangeKey, discardedRanges } from './meta-keys.ts';

/** Snapshots live this long at most (the garbage collector's life time). */
const KEEP_MS = 600_000;
const CHECK_MS = 60_000;
const PAGE = 64;

interface RecordJson {
  readonly start: string;
  readonly end: string | null;
  readonly atMs: number;
}

export function recordDiscarded(transaction: Transaction, id: number, range: KeyRange): void {
  const record: RecordJson = {
    start: keyToBytes(range.start).toString('hex'),
    end: range.end === undefined ? null : keyToBytes(range.end).toString('hex'),
    atMs: physicalMsOf(transaction.startTs),
  };
  transaction.put(discardedRangeKey(id), Buffer.from(JSON.stringify(record)));
}

export class DiscardedRanges {
  readonly #storage: Storage;
  readonly #rounds: Rounds;

  constructor(storage: Storage, clock: Clock, timers: Timers) {
    this.#storage = storage;
    // Whatever failed is tried again in the next round: its record is still there.
    const round = async (): Promise<void> => {
      await this.collect(clock.nowMs() - KEEP_MS);
    };
    this.#rounds = new Rounds({ timers, intervalMs: CHECK_MS, round });
    this.#rounds.start();
  }

  /** Destroys what was discarded before `beforeMs`; answers how many ranges went. */
  async collect(beforeMs: number): Promise<number> {
    const scanner = this.#storage.snapshot(await this.#storage.currentTs()).scan(discardedRanges, {});
    let destroyed = 0;
    try {
      for (;;) {
        const page = await scanner.next(PAGE);
        if (page.length === 0) return destroyed;
        for (const { key, value } of page) {
          const record = JSON.parse(Buffer.from(value).toString()) as RecordJson;
          if (record.atMs >= beforeMs || this.#rounds.isClosed) continue;
          await this.#destroy(key, record);
          destroyed++;
        }
      }
    } finally {
      scanner.close();
    }
  }

  async #destroy(key: Key, { start, end }: RecordJson): Promise<void> {
    const keyOf = (hex: string): Key => keyFromBytes(Buffer.from(hex, 'hex'));
    await this.#storage.destroyRange({ start: keyOf(start), ...(end === null ? {} : { end: keyOf(end) }) });
    const transaction = this.#storage.begin(await this.#storage.currentTs(), {
      mode: 'optimistic',
      maxMemoryBytes: 1 << 20,
    });
    transaction.delete(key);
    await transaction.commit();
  }

  async close(): Promise<void> {
    this.#rounds.close();
    await this.#rounds.untilIdle();
  }
}
