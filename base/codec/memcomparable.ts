/**
 * Encodings whose byte order is the order of the values, on binary strings (one character per byte), as TiKV and TiDB
 * write them in keys. Nothing here writes TiDB's type flag; that is the business of the key's owner.
 */

import { AssertionError } from '../assert.ts';

const GROUP = 8;
const PADS = ['', '\0', '\0\0', '\0\0\0', '\0\0\0\0', '\0\0\0\0\0', '\0\0\0\0\0\0', '\0\0\0\0\0\0\0'];
const MARKERS = Array.from({ length: GROUP + 1 }, (_, count) => String.fromCharCode(0xff - (GROUP - count)));
const LAST_GROUP = '\0\0\0\0\0\0\0\0\xf7';
const SIGN_BIT = 0x80000000;
const TWO_32 = 0x1_0000_0000;

/**
 * Groups of 8 bytes, the last one padded with zeros, each followed by a marker 0xFF − pad count. Order-preserving, and
 * no encoded value is a prefix of another.
 */
export function encodeBytes(value: string): string {
  let encoded = '';
  let at = 0;
  for (; at + GROUP <= value.length; at += GROUP) encoded += `${value.slice(at, at + GROUP)}\xff`;
  const rest = value.length - at;
  if (rest === 0) return encoded + LAST_GROUP;
  return encoded + value.slice(at) + PADS[GROUP - rest] + MARKERS[rest];
}

/** A decoded value and where the next one starts. */
export interface Decoded<T> {
  readonly value: T;
  readonly end: number;
}

/** Throws AssertionError when the bytes at `at` are no group encoding. */
export function decodeBytes(encoded: string, at = 0): Decoded<string> {
  let value = '';
  for (let group = at; ; group += GROUP + 1) {
    const used = encoded.charCodeAt(group + GROUP) - (0xff - GROUP);
    // A missing marker is NaN, which fails this comparison as well.
    if (!(used >= 0)) throw new AssertionError('malformed group of bytes in a key');
    value += encoded.slice(group, group + used);
    if (used < GROUP) return { value, end: group + GROUP + 1 };
  }
}

/** Where the group encoding that starts at `at` ends, without decoding it. */
export function skipBytes(encoded: string, at: number): number {
  let end = at + GROUP + 1;
  while (encoded.charCodeAt(end - 1) === 0xff) end += GROUP + 1;
  return end;
}

/** For descending order: every byte inverted. */
export function invertBytes(encoded: string): string {
  let inverted = '';
  for (let i = 0; i < encoded.length; i++) inverted += String.fromCharCode(255 - encoded.charCodeAt(i));
  return inverted;
}

function words(high: number, low: number): string {
  return String.fromCharCode(
    high >>> 24,
    (high >>> 16) & 255,
    (high >>> 8) & 255,
    high & 255,
    low >>> 24,
    (low >>> 16) & 255,
    (low >>> 8) & 255,
    low & 255,
  );
}

/** 8 bytes from two unsigned 32-bit halves. */
export function encodeUint64Halves(high: number, low: number): string {
  return words(high, low);
}

function readWord(encoded: string, at: number): number {
  return (
    ((encoded.charCodeAt(at) << 24) |
      (encoded.charCodeAt(at + 1) << 16) |
      (encoded.charCodeAt(at + 2) << 8) |
      encoded.charCodeAt(at + 3)) >>>
    0
  );
}

function checkRoom(encoded: string, at: number): void {
  if (encoded.length < at + 8) throw new AssertionError('truncated 64-bit integer in a key');
}

/** 8 bytes, big-endian; 0 ≤ value < 2^64. */
export function encodeUint64(value: number | bigint): string {
  if (typeof value === 'number') return words(Math.floor(value / TWO_32), value >>> 0);
  return words(Number((value >> 32n) & 0xffff_ffffn), Number(value & 0xffff_ffffn));
}

export function decodeUint64(encoded: string, at = 0): bigint {
  checkRoom(encoded, at);
  return (BigInt(readWord(encoded, at)) << 32n) | BigInt(readWord(encoded, at + 4));
}

/** The canonical int form: a number while it is safe. */
export function decodeUint64Int(encoded: string, at = 0): number | bigint {
  checkRoom(encoded, at);
  const high = readWord(encoded, at);
  if (high < 0x200000) return high * TWO_32 + readWord(encoded, at + 4);
  return decodeUint64(encoded, at);
}

/** Newest first: the encoding of 2^64 − 1 − value. */
export function encodeUint64Desc(value: bigint): string {
  return encodeUint64(0xffff_ffff_ffff_ffffn - value);
}

export function decodeUint64Desc(encoded: string, at = 0): bigint {
  return 0xffff_ffff_ffff_ffffn - decodeUint64(encoded, at);
}

/** 8 bytes big-endian with the sign bit inverted; −2^63 ≤ value < 2^63. */
export function encodeInt64(value: number | bigint): string {
  if (typeof value === 'number') {
    const high = Math.floor(value / TWO_32);
    return words((high ^ SIGN_BIT) >>> 0, value >>> 0);
  }
  const bits = BigInt.asUintN(64, value);
  return words((Number(bits >> 32n) ^ SIGN_BIT) >>> 0, Number(bits & 0xffff_ffffn));
}

/** The canonical int form: a number while it is safe. */
export function decodeInt64(encoded: string, at = 0): number | bigint {
  checkRoom(encoded, at);
  const high = (readWord(encoded, at) ^ SIGN_BIT) | 0;
  const low = readWord(encoded, at + 4);
  if (high >= -0x200000 && high < 0x200000) {
    const value = high * TWO_32 + low;
    if (value >= -Number.MAX_SAFE_INTEGER) return value;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of a double, sign bit set for v ≥ 0, all bits inverted for v < 0; −0 is encoded as 0. */
export function encodeDouble(value: number): string {
  scratch.setFloat64(0, value + 0);
  const high = scratch.getUint32(0);
  const low = scratch.getUint32(4);
  if (high < SIGN_BIT) return words((high | SIGN_BIT) >>> 0, low);
  return words(~high >>> 0, ~low >>> 0);
}

export function decodeDouble(encoded: string, at = 0): number {
  checkRoom(encoded, at);
  const high = readWord(encoded, at);
  const low = readWord(encoded, at + 4);
  const positive = high >= SIGN_BIT;
  scratch.setUint32(0, positive ? high ^ SIGN_BIT : ~high);
  scratch.setUint32(4, positive ? low : ~low);
  return scratch.getFloat64(0);
}
