/**
 * Timestamps inside records: 8 bytes, big-endian. Bigints cost an allocation or a slow operation per row, so hot loops
 * compare the bytes with a timestamp that was split into two unsigned 32-bit halves once.
 */

import { assert, type Ts } from '../../base/index.ts';

const wide = new BigUint64Array(1);
const halves = new Uint32Array(wide.buffer);
wide[0] = 1n;
assert(halves[0] === 1, 'records are written on little-endian machines');

/** Upper 32 bits. */
export function tsHigh(ts: Ts): number {
  wide[0] = ts;
  return halves[1]!;
}

/** Lower 32 bits. */
export function tsLow(ts: Ts): number {
  wide[0] = ts;
  return halves[0]!;
}

/** Writes `ts` big-endian into `bytes[at … at + 8)`. */
export function writeTs(bytes: Uint8Array, at: number, ts: Ts): void {
  wide[0] = ts;
  writeUint32(bytes, at, halves[1]!);
  writeUint32(bytes, at + 4, halves[0]!);
}

/** Reads the 8 big-endian bytes at `at`. */
export function readTs(bytes: Uint8Array, at: number): Ts {
  halves[1] = readUint32(bytes, at);
  halves[0] = readUint32(bytes, at + 4);
  return wide[0]! as Ts;
}

/** Whether the timestamp at `at` is greater than (`high`, `low`). */
export function isTsAbove(bytes: Uint8Array, at: number, high: number, low: number): boolean {
  const recordHigh = readUint32(bytes, at);
  return recordHigh > high || (recordHigh === high && readUint32(bytes, at + 4) > low);
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The 8 bytes of ~ts as a binary string: ascending strings are descending timestamps. */
export function descendingTs(ts: Ts): string {
  wide[0] = ts;
  return complement(halves[1]!) + complement(halves[0]!);
}

/** Like `descendingTs`, of the timestamp that stands in a record. */
export function descendingTsAt(bytes: Uint8Array, at: number): string {
  return complement(readUint32(bytes, at)) + complement(readUint32(bytes, at + 4));
}

/** The timestamp behind the last 8 characters of a versioned key. */
export function tsOfSuffix(text: string): Ts {
  const at = text.length - 8;
  halves[1] = ~charsToUint32(text, at);
  halves[0] = ~charsToUint32(text, at + 4);
  return wide[0]! as Ts;
}

function complement(half: number): string {
  const bits = ~half;
  return String.fromCharCode(bits >>> 24, (bits >>> 16) & 0xff, (bits >>> 8) & 0xff, bits & 0xff);
}

function charsToUint32(text: string, at: number): number {
  return (
    (text.charCodeAt(at) << 24) |
    (text.charCodeAt(at + 1) << 16) |
    (text.charCodeAt(at + 2) << 8) |
    text.charCodeAt(at + 3)
  );
}
