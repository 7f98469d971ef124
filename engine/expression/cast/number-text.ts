/** Numbers out of texts, the way MySQL reads strings in numeric context: the longest prefix counts, the rest warns. */

import { canonicalInt } from '../../types/datum.ts';
import { Decimal, parseDecimalPrefix } from '../../types/decimal.ts';
import { reportTruncated } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';

const INT_PREFIX = /^[ \t\n\v\f\r]*([+-]?\d+)/;
const REAL_PREFIX = /^[ \t\n\v\f\r]*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/;
const REST_IS_SPACE = /^[ \t\n\v\f\r]*$/;
export const INT64_MAX = 9223372036854775807n;
export const INT64_MIN = -9223372036854775808n;
export const UINT64_MAX = 18446744073709551615n;
const TWO_64 = 1n << 64n;

/** The bits of a signed integer read as unsigned. */
export function asUnsigned(value: number | bigint): number | bigint {
  return value >= 0 ? value : canonicalInt(BigInt(value) + TWO_64);
}

/** The bits of an unsigned integer read as signed. */
export function asSigned(value: number | bigint): number | bigint {
  return value > INT64_MAX ? canonicalInt(BigInt(value) - TWO_64) : value;
}

/** CAST(text AS SIGNED | UNSIGNED). */
export function intOfText(context: EvaluationContext, text: string, unsigned: boolean): number | bigint {
  const match = INT_PREFIX.exec(text);
  if (match === null) {
    reportTruncated(context, 'INTEGER', text);
    return 0;
  }
  if (match[0].length !== text.length && !REST_IS_SPACE.test(text.slice(match[0].length))) {
    reportTruncated(context, 'INTEGER', text);
  }
  const digits = match[1]!;
  if (digits.length <= 15) {
    const value = Number(digits) + 0;
    if (!unsigned || value >= 0) return value;
    context.warn({
      level: 'Warning',
      errno: 1105,
      message: 'Cast to unsigned converted negative integer to its positive complement',
    });
    return asUnsigned(value);
  }
  const value = BigInt(digits);
  if (!unsigned && value > INT64_MAX && value <= UINT64_MAX) {
    context.warn({
      level: 'Warning',
      errno: 1105,
      message: 'Cast to signed converted positive out-of-range integer to its negative complement',
    });
  }
  if (value > UINT64_MAX || value < INT64_MIN) {
    reportTruncated(context, 'INTEGER', text);
    if (value > 0n) return unsigned ? UINT64_MAX : -1;
    return unsigned ? asUnsigned(INT64_MIN) : INT64_MIN;
  }
  return canonicalInt(unsigned ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value));
}

/** A text in a DOUBLE context. */
export function realOfText(context: EvaluationContext, text: string): number {
  const match = REAL_PREFIX.exec(text);
  if (match === null) {
    if (!REST_IS_SPACE.test(text)) reportTruncated(context, 'DOUBLE', text);
    return 0;
  }
  if (match[0].length !== text.length && !REST_IS_SPACE.test(text.slice(match[0].length))) {
    reportTruncated(context, 'DOUBLE', text);
  }
  const value = Number(match[0]);
  if (Number.isFinite(value)) return value;
  reportTruncated(context, 'DOUBLE', text);
  return value > 0 ? Number.MAX_VALUE : -Number.MAX_VALUE;
}

export function decimalOfText(context: EvaluationContext, text: string): Decimal {
  const { value, length } = parseDecimalPrefix(text);
  if (value === undefined || !REST_IS_SPACE.test(text.slice(length))) reportTruncated(context, 'DECIMAL', text);
  return value ?? Decimal.zero;
}

/** Rounds half to even, as rint() does for doubles in integer context; clamps. */
export function intOfReal(value: number, unsigned: boolean): number | bigint {
  const rounded = roundHalfEven(value);
  if (Number.isSafeInteger(rounded)) return unsigned ? asUnsigned(rounded + 0) : rounded + 0;
  const exact = BigInt(rounded);
  if (exact <= INT64_MAX && exact >= INT64_MIN) return unsigned ? asUnsigned(canonicalInt(exact)) : canonicalInt(exact);
  if (exact > INT64_MAX) return INT64_MAX;
  return unsigned ? asUnsigned(INT64_MIN) : INT64_MIN;
}

export function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** Rounds half away from zero; negative numbers wrap when unsigned is wanted; clamps with a warning. */
export function intOfDecimal(context: EvaluationContext, value: Decimal, unsigned: boolean): number | bigint {
  const whole = value.scale === 0 ? value.coefficient : value.round(0).coefficient;
  if (typeof whole === 'number') return unsigned ? asUnsigned(whole) : whole;
  const max = unsigned ? UINT64_MAX : INT64_MAX;
  if (whole >= INT64_MIN && whole <= max) return unsigned ? asUnsigned(whole) : whole;
  reportTruncated(context, 'DECIMAL', value.toString());
  return whole > max ? max : unsigned ? 0 : INT64_MIN;
}
