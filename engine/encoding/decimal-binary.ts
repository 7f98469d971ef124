/**
 * MySQL's binary decimal (decimal2bin): the integer digits from the right in groups of nine, the fraction digits from
 * the left in groups of nine, four bytes each; a shorter outer group takes as few bytes as its digits need. The top bit
 * is inverted, negative values are inverted altogether, so that values of one DECIMAL(p,s) order like their bytes.
 */

import { canonicalInt } from '../types/datum.ts';
import { Decimal } from '../types/decimal.ts';

const GROUP = 9;
/** Bytes of a group of 0–9 digits. */
export const DECIMAL_GROUP_BYTES = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4] as const;
const POWERS = Array.from({ length: 10 }, (_, i) => 10 ** i);

export function decimalBinarySize(precision: number, scale: number): number {
  const integer = precision - scale;
  return (
    Math.floor(integer / GROUP) * 4 +
    (DECIMAL_GROUP_BYTES[integer % GROUP] as number) +
    Math.floor(scale / GROUP) * 4 +
    (DECIMAL_GROUP_BYTES[scale % GROUP] as number)
  );
}

/** The value is rounded to `scale` first; its integer part must fit `precision − scale` digits. */
export function encodeDecimalBinary(value: Decimal, precision: number, scale: number): string {
  const { coefficient } = value.round(scale);
  const negative = coefficient < 0;
  const digits = (negative ? String(coefficient).slice(1) : String(coefficient)).padStart(precision, '0');
  const start = digits.length - precision;
  const mask = negative ? 0xff : 0;
  let encoded = '';
  let at = start;
  const put = (count: number): void => {
    const group = Number(digits.slice(at, at + count));
    at += count;
    for (let shift = ((DECIMAL_GROUP_BYTES[count] as number) - 1) * 8; shift >= 0; shift -= 8) {
      const flip = encoded.length === 0 ? mask ^ 0x80 : mask;
      encoded += String.fromCharCode(((group >>> shift) & 255) ^ flip);
    }
  };
  const integer = precision - scale;
  if (integer % GROUP > 0) put(integer % GROUP);
  for (let i = 0; i < Math.floor(integer / GROUP); i++) put(GROUP);
  for (let i = 0; i < Math.floor(scale / GROUP); i++) put(GROUP);
  if (scale % GROUP > 0) put(scale % GROUP);
  return encoded;
}

/** Anything that answers the byte at an index: a Uint8Array or a binary string behind a function. */
export type ByteAt = (index: number) => number;

/** Reads a value of DECIMAL(precision, scale) at `at`; it takes `decimalBinarySize(precision, scale)` bytes. */
export function decodeDecimalBinary(byteAt: ByteAt, at: number, precision: number, scale: number): Decimal {
  const negative = (byteAt(at) & 0x80) === 0;
  const small = precision <= 15;
  let low = 0;
  let wide = 0n;
  let position = at;
  const take = (count: number): void => {
    let group = 0;
    for (let i = DECIMAL_GROUP_BYTES[count] as number; i > 0; i--) {
      const flip = (negative ? 0xff : 0) ^ (position === at ? 0x80 : 0);
      group = group * 256 + (byteAt(position++) ^ flip);
    }
    if (small) low = low * (POWERS[count] as number) + group;
    else wide = wide * BigInt(POWERS[count] as number) + BigInt(group);
  };
  const integer = precision - scale;
  if (integer % GROUP > 0) take(integer % GROUP);
  for (let i = 0; i < Math.floor(integer / GROUP); i++) take(GROUP);
  for (let i = 0; i < Math.floor(scale / GROUP); i++) take(GROUP);
  if (scale % GROUP > 0) take(scale % GROUP);
  if (small) return new Decimal(negative ? 0 - low : low, scale);
  return new Decimal(canonicalInt(negative ? -wide : wide), scale);
}
