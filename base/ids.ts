/** Branded identifiers: what must not be mixed cannot be mixed. */

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/**
 * A key of the key-value layer: a binary string with one character (0–255) per byte.
 *
 * Strings of that kind compare like bytes with `<`, hash in maps and B-trees without a copy (V8 stores them one byte
 * per character) and cannot be changed by a callee. They become bytes at the disk and network edges only.
 */
export type Key = Brand<string, 'Key'>;

/** A timestamp of the placement driver: physical milliseconds << 18 | logical counter. 0 means none. */
export type Ts = Brand<bigint, 'Ts'>;

export type RegionId = Brand<number, 'RegionId'>;
export type StoreId = Brand<number, 'StoreId'>;
export type PeerId = Brand<number, 'PeerId'>;
export type TableId = Brand<number, 'TableId'>;
export type IndexId = Brand<number, 'IndexId'>;
export type ColumnId = Brand<number, 'ColumnId'>;
export type DatabaseId = Brand<number, 'DatabaseId'>;

/** No key is smaller: the lower end of the key space. */
export const MIN_KEY = '' as Key;

export const NO_TS = 0n as Ts;
export const MAX_TS = 0xffff_ffff_ffff_ffffn as Ts;

const LOGICAL_BITS = 18n;
const LOGICAL_MASK = (1n << LOGICAL_BITS) - 1n;
/** Timestamps of one physical millisecond. */
export const LOGICALS_PER_MS = Number(1n << LOGICAL_BITS);

/** `physicalMs` whole, `logical` below LOGICALS_PER_MS. */
export function composeTs(physicalMs: number, logical: number): Ts {
  return ((BigInt(physicalMs) << LOGICAL_BITS) | BigInt(logical)) as Ts;
}

export function physicalMsOf(ts: Ts): number {
  return Number(ts >> LOGICAL_BITS);
}

export function logicalOf(ts: Ts): number {
  return Number(ts & LOGICAL_MASK);
}

/** `byMs` before `ts`; NO_TS when there was nothing so early. */
export function earlierTs(ts: Ts, byMs: number): Ts {
  const by = composeTs(byMs, 0);
  return ts > by ? ((ts - by) as Ts) : NO_TS;
}

/** Half-open: `start` belongs to the range, `end` does not. An absent end means the end of the key space. */
export interface KeyRange {
  readonly start: Key;
  readonly end?: Key | undefined;
}

export interface KvPair {
  readonly key: Key;
  readonly value: Uint8Array;
}
