/** Orders of the `_bin` collations and of `binary`: code points or encoded bytes, without weights. */

import { trimEndSpaces, type WeightedOrder } from './weighted-order.ts';

const SURROGATES = /[\ud800-\udfff]/;

function compareUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** By code point: UTF-16 order is the same unless a surrogate meets a character above it. */
function compareCodePoints(left: string, right: string): number {
  if (!SURROGATES.test(left) && !SURROGATES.test(right)) return compareUnits(left, right);
  let at = 0;
  while (at < left.length && at < right.length) {
    const a = left.codePointAt(at) ?? 0;
    const b = right.codePointAt(at) ?? 0;
    if (a !== b) return a - b;
    at += a > 0xffff ? 2 : 1;
  }
  return left.length - right.length;
}

/** The text that continues with spaces for ever, against another. */
function comparePadded(left: string, right: string, compare: (a: string, b: string) => number): number {
  if (left.length === right.length) return compare(left, right);
  const length = Math.max(left.length, right.length);
  return compare(left.padEnd(length, ' '), right.padEnd(length, ' '));
}

const ASCII_ONLY = /^[\x00-\x7f]*$/;

function utf8Key(text: string): string {
  return ASCII_ONLY.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** Unicode character sets: code point order; sort keys are UTF-8, which keeps it. */
export function codePointOrder(padSpace: boolean): WeightedOrder {
  if (!padSpace) return { compare: compareCodePoints, sortKey: utf8Key };
  return {
    compare: (left, right) => comparePadded(left, right, compareCodePoints),
    sortKey: (text) => utf8Key(trimEndSpaces(text)),
  };
}

/** `binary`: texts are binary strings already. */
export const byteOrder: WeightedOrder = { compare: compareUnits, sortKey: (text) => text };

/** Other character sets: order of the encoded bytes. */
export function encodedOrder(encode: (text: string) => Uint8Array, padSpace: boolean, fold: boolean): WeightedOrder {
  const key = (text: string): string => {
    const folded = fold ? text.toUpperCase() : text;
    return Buffer.from(encode(padSpace ? trimEndSpaces(folded) : folded)).toString('latin1');
  };
  return {
    compare: (left, right) =>
      padSpace ? comparePadded(key(left), key(right), compareUnits) : compareUnits(key(left), key(right)),
    sortKey: key,
  };
}
