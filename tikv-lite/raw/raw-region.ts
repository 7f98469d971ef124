/**
 * Raw commands on one region: single keys and ranges without transactions, linearisable on the leader. A compare-and-swap
 * is atomic against others and against writes that are marked for it (`forCas`).
 */

import { type Clock, type Key, type KeyRange, type KvPair, keyToBytes } from '../../base/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import { RegionError, type RegionKv } from '../raftstore/region-kv.ts';
import type { Latches } from '../txn/latches.ts';
import { crc64 } from './crc64.ts';
import { rawKey, rawRange, userKeyOfRaw } from './raw-keys.ts';
import { decodeRawValue, encodeRawValue, type RawApiVersion, type RawValue } from './raw-value.ts';

export interface RawOptions {
  readonly api: RawApiVersion;
  readonly clock: Clock;
  /** Of the whole store. */
  readonly latches: Latches;
}

export interface RawWrite {
  readonly key: Key;
  readonly value: Uint8Array;
  /** Seconds; 0 for ever. */
  readonly ttlS: number;
}

export interface RawSwap extends Omit<RawWrite, 'value'> {
  /** What has to be there; undefined: nothing. */
  readonly expected: Uint8Array | undefined;
  /** undefined deletes. */
  readonly value: Uint8Array | undefined;
}

export interface RawSum {
  readonly checksum: bigint;
  readonly keys: number;
  readonly bytes: number;
}

const PAGE = 1024;

export class RawRegion {
  readonly #region: RegionKv;
  readonly #options: RawOptions;

  constructor(region: RegionKv, options: RawOptions) {
    this.#region = region;
    this.#options = options;
  }

  /** undefined when there is none. The bytes must not be changed. */
  get(key: Key): RawValue | undefined {
    this.#checkKey(key);
    const found = this.#read(key);
    this.#region.noteRead?.(key, 1, found?.value.length ?? 0, true);
    return found;
  }

  put(writes: readonly RawWrite[], options: { readonly forCas: boolean }): Promise<void> {
    const operations: WriteOperation[] = [];
    for (const { key, value, ttlS } of writes) {
      this.#checkKey(key);
      operations.push({ kind: 'put', key: rawKey(key), value: this.#encode(value, ttlS) });
    }
    return this.#write(
      writes.map(({ key }) => key),
      operations,
      options.forCas,
    );
  }

  delete(keys: readonly Key[], options: { readonly forCas: boolean }): Promise<void> {
    for (const key of keys) this.#checkKey(key);
    const operations = keys.map((key): WriteOperation => ({ kind: 'delete', key: rawKey(key) }));
    return this.#write(keys, operations, options.forCas);
  }

  /** Up to `limit` pairs of the part of `range` that lies in the region. */
  async scan(range: KeyRange, limit: number, reverse: boolean): Promise<readonly KvPair[]> {
    const found: KvPair[] = [];
    let bytes = 0;
    for await (const pair of this.#pairs(range, reverse)) {
      if (found.length >= limit) break;
      found.push(pair);
      bytes += pair.key.length + pair.value.length;
    }
    this.#region.noteRead?.(found[0]?.key ?? range.start, found.length, bytes, true);
    return found;
  }

  deleteRange(range: KeyRange): Promise<void> {
    this.#checkKey(range.start);
    return this.#region.destroyRange(rawRange(this.#clip(range)));
  }

  /** Answers what was there before; nothing is changed unless it was what was expected. */
  swap({ key, expected, value, ttlS }: RawSwap): Promise<{
    readonly succeeded: boolean;
    readonly previous: Uint8Array | undefined;
  }> {
    this.#checkKey(key);
    return this.#latched([key], async () => {
      const previous = this.#read(key)?.value;
      const matches =
        expected === undefined || previous === undefined
          ? expected === previous
          : Buffer.compare(expected, previous) === 0;
      if (!matches) return { succeeded: false, previous };
      const operation: WriteOperation =
        value === undefined
          ? { kind: 'delete', key: rawKey(key) }
          : { kind: 'put', key: rawKey(key), value: this.#encode(value, ttlS) };
      await this.#region.propose([operation]);
      return { succeeded: true, previous };
    });
  }

  /** Exclusive or of the checksums of all pairs. */
  async sum(range: KeyRange): Promise<RawSum> {
    let checksum = 0n;
    let keys = 0;
    let bytes = 0;
    for await (const { key, value } of this.#pairs(range, false)) {
      checksum ^= crc64(keyToBytes(key), value);
      keys++;
      bytes += key.length + value.length;
    }
    return { checksum, keys, bytes };
  }

  get #nowS(): number {
    return Math.floor(this.#options.clock.nowMs() / 1000);
  }

  #read(key: Key): RawValue | undefined {
    return decodeRawValue(this.#options.api, this.#region.read().get(rawKey(key)), this.#nowS);
  }

  #encode(value: Uint8Array, ttlS: number): Uint8Array {
    return encodeRawValue(this.#options.api, value, ttlS === 0 ? 0 : this.#nowS + ttlS);
  }

  async *#pairs(range: KeyRange, reverse: boolean): AsyncGenerator<KvPair> {
    let rest: KeyRange = rawRange(this.#clip(range));
    const { version } = this.#region.epoch;
    while (rest.end === undefined || rest.start < rest.end) {
      const page = await this.#region.read().scan(rest, PAGE, reverse);
      if (this.#region.epoch.version !== version)
        throw this.#error('epoch-not-match', 'the region changed during the scan');
      for (const { key, value } of page) {
        const decoded = decodeRawValue(this.#options.api, value, this.#nowS);
        if (decoded !== undefined) yield { key: userKeyOfRaw(key), value: decoded.value };
      }
      const last = page[PAGE - 1]?.key;
      if (last === undefined) return;
      rest = reverse ? { start: rest.start, end: last } : { start: `${last}\0` as Key, end: rest.end };
    }
  }

  #write(keys: readonly Key[], operations: readonly WriteOperation[], isLatched: boolean): Promise<void> {
    return isLatched ? this.#latched(keys, () => this.#region.propose(operations)) : this.#region.propose(operations);
  }

  async #latched<R>(keys: readonly Key[], work: () => Promise<R>): Promise<R> {
    const ticket = this.#options.latches.acquire([...new Set(keys)]);
    try {
      if (!ticket.isHeld) {
        await ticket.held();
        for (const key of keys) this.#checkKey(key);
      }
      return await work();
    } finally {
      this.#options.latches.release(ticket);
    }
  }

  #clip({ start, end }: KeyRange): KeyRange {
    const region = this.#region.region.range;
    const isBeyond = region.end !== undefined && (end === undefined || end > region.end);
    return { start: start > region.start ? start : region.start, end: isBeyond ? region.end : end };
  }

  #checkKey(key: Key): void {
    const { start, end } = this.#region.region.range;
    if (key < start || (end !== undefined && key >= end))
      throw this.#error('key-not-in-region', 'the region lacks the key');
  }

  #error(kind: 'key-not-in-region' | 'epoch-not-match', message: string): RegionError {
    const { regionId, region } = this.#region;
    return new RegionError(kind, regionId, message, { currentRegions: [region] });
  }
}
