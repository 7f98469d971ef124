/**
 * Exact decimals: coefficient × 10^−scale. MySQL's DECIMAL holds 65 digits, 30 of them behind the point.
 *
 * The coefficient is a number while it is safe (|c| ≤ 2^53 − 1), else a bigint, so money-sized values never touch
 * bigint arithmetic. The scale is part of the value's text (1.50 is not 1.5) but not of its order: `compare` and
 * `equals` ignore it. Arithmetic is exact and never rounds unless it says so; whether a result still fits
 * DECIMAL(65,30) is asked with `isOutOfRange`.
 */

import { canonicalInt } from './datum.ts';

/** Digits of the longest DECIMAL, and of its longest fraction. */
export const MAX_DECIMAL_PRECISION = 65;
export const MAX_DECIMAL_SCALE = 30;

const DIGITS_PER_WORD = 9;
/** MySQL computes in nine words of nine digits. */
const WORDS = 9;

const SMALL_POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);
const POWERS = Array.from({ length: 160 }, (_, i) => 10n ** BigInt(i));

function power(exponent: number): bigint {
  return POWERS[exponent] ?? 10n ** BigInt(exponent);
}

export class Decimal {
  /** The digits as one integer, in canonical int form. */
  readonly coefficient: number | bigint;
  /** Digits behind the point, ≥ 0. */
  readonly scale: number;

  constructor(coefficient: number | bigint, scale: number) {
    this.coefficient = coefficient;
    this.scale = scale;
  }

  static readonly zero = new Decimal(0, 0);
  static readonly one = new Decimal(1, 0);

  static fromInt(value: number | bigint): Decimal {
    return new Decimal(value, 0);
  }

  /** Reads a whole text like `-12.50` or `1.5e3`; undefined when it is not a number from end to end. */
  static parse(text: string): Decimal | undefined {
    const prefix = parseDecimalPrefix(text);
    return prefix.length === text.length && prefix.value !== undefined ? prefix.value : undefined;
  }

  /** The shortest decimal that reads as `value` (MySQL's conversion of a double); `value` is finite. */
  static fromDouble(value: number): Decimal {
    return Decimal.parse(String(value)) ?? Decimal.zero;
  }

  /** −1, 0 or 1. */
  get sign(): number {
    return this.coefficient > 0 ? 1 : this.coefficient < 0 ? -1 : 0;
  }

  /** Digits in front of the point, without leading zeros. */
  get integerDigits(): number {
    const digits = digitCount(this.coefficient) - this.scale;
    return digits > 0 ? digits : 0;
  }

  /** True when DECIMAL(65,30) cannot hold the integer part next to its fraction. */
  get isOutOfRange(): boolean {
    if (typeof this.coefficient === 'number') return false;
    return this.integerDigits > MAX_DECIMAL_PRECISION || this.integerDigits + this.scale > WORDS * DIGITS_PER_WORD;
  }

  negate(): Decimal {
    return this.coefficient === 0 ? this : new Decimal(-this.coefficient, this.scale);
  }

  abs(): Decimal {
    return this.coefficient < 0 ? this.negate() : this;
  }

  add(other: Decimal): Decimal {
    if (this.scale === other.scale) return new Decimal(addInts(this.coefficient, other.coefficient), this.scale);
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(addInts(scaled(this, scale), scaled(other, scale)), scale);
  }

  sub(other: Decimal): Decimal {
    const scale = Math.max(this.scale, other.scale);
    return new Decimal(subtractInts(scaled(this, scale), scaled(other, scale)), scale);
  }

  /** Exact up to 30 digits behind the point, rounded there. */
  mul(other: Decimal): Decimal {
    const product = new Decimal(multiplyInts(this.coefficient, other.coefficient), this.scale + other.scale);
    return product.scale > MAX_DECIMAL_SCALE ? product.round(MAX_DECIMAL_SCALE) : product;
  }

  /** The quotient rounded half away from zero at `scale` digits. Undefined when the divisor is zero. */
  div(other: Decimal, scale: number): Decimal | undefined {
    if (other.coefficient === 0) return undefined;
    const shift = scale - this.scale + other.scale;
    const dividend = BigInt(this.coefficient) * power(Math.max(shift, 0));
    const divisor = BigInt(other.coefficient) * power(Math.max(-shift, 0));
    return new Decimal(roundedQuotient(dividend, divisor), scale);
  }

  /** Remainder with the sign of the dividend. Undefined when the divisor is zero. */
  mod(other: Decimal): Decimal | undefined {
    if (other.coefficient === 0) return undefined;
    const scale = Math.max(this.scale, other.scale);
    const dividend = scaled(this, scale);
    const divisor = scaled(other, scale);
    if (typeof dividend === 'number' && typeof divisor === 'number') {
      return new Decimal((dividend % divisor) + 0, scale);
    }
    return new Decimal(canonicalInt(BigInt(dividend) % BigInt(divisor)), scale);
  }

  /** The integer part of the quotient (DIV). Undefined when the divisor is zero. */
  intDiv(other: Decimal): bigint | undefined {
    if (other.coefficient === 0) return undefined;
    const scale = Math.max(this.scale, other.scale);
    return BigInt(scaled(this, scale)) / BigInt(scaled(other, scale));
  }

  /** Half away from zero at `scale` digits behind the point (negative: in front of it); pads with zeros when longer. */
  round(scale: number): Decimal {
    return rescale(this, scale, 'half-up');
  }

  /** Towards zero. */
  truncate(scale: number): Decimal {
    return rescale(this, scale, 'truncate');
  }

  ceil(): Decimal {
    const whole = this.truncate(0);
    return this.sign > 0 && whole.compare(this) !== 0 ? whole.add(Decimal.one) : whole;
  }

  floor(): Decimal {
    const whole = this.truncate(0);
    return this.sign < 0 && whole.compare(this) !== 0 ? whole.sub(Decimal.one) : whole;
  }

  /** Negative, zero or positive; the scale does not matter. */
  compare(other: Decimal): number {
    const left = this.coefficient;
    const right = other.coefficient;
    if (this.scale === other.scale) return left < right ? -1 : left > right ? 1 : 0;
    const scale = Math.max(this.scale, other.scale);
    const a = scaled(this, scale);
    const b = scaled(other, scale);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  equals(other: Decimal): boolean {
    return this.compare(other) === 0;
  }

  /** The nearest double. */
  toNumber(): number {
    if (typeof this.coefficient === 'number' && this.scale < 16) {
      return this.coefficient / (SMALL_POWERS[this.scale] as number);
    }
    return Number(this.toString());
  }

  /** Rounded half away from zero to an integer. */
  toBigInt(): bigint {
    return BigInt(this.scale === 0 ? this.coefficient : this.round(0).coefficient);
  }

  /** MySQL's text: all digits of the scale, a zero in front of a bare point. */
  toString(): string {
    const { scale } = this;
    const digits = String(this.coefficient);
    if (scale === 0) return digits;
    const sign = digits.charCodeAt(0) === 45 ? '-' : '';
    const magnitude = (sign === '' ? digits : digits.slice(1)).padStart(scale + 1, '0');
    const point = magnitude.length - scale;
    return `${sign}${magnitude.slice(0, point)}.${magnitude.slice(point)}`;
  }

  /** The value without trailing zeros behind the point: one form per number, for hashing and grouping. */
  normalized(): Decimal {
    if (this.scale === 0) return this;
    let { scale } = this;
    let coefficient = this.coefficient;
    while (scale > 0) {
      if (typeof coefficient === 'number') {
        if (coefficient % 10 !== 0) break;
        coefficient /= 10;
      } else {
        if (coefficient % 10n !== 0n) break;
        coefficient = canonicalInt(coefficient / 10n);
      }
      scale--;
    }
    return scale === this.scale ? this : new Decimal(coefficient, scale);
  }

  /** The largest value of DECIMAL(precision, scale), with the given sign. */
  static limit(precision: number, scale: number, negative: boolean): Decimal {
    const magnitude = power(precision) - 1n;
    return new Decimal(canonicalInt(negative ? -magnitude : magnitude), scale);
  }
}

/** Decimal digits of an integer, 0 for zero. */
export function digitCount(value: number | bigint): number {
  if (value === 0) return 0;
  const length = String(value).length;
  return value < 0 ? length - 1 : length;
}

/**
 * The longest prefix of `text` that is a number: value and its length, leading spaces included. The value is undefined
 * when there is none; exponents beyond what DECIMAL can hold saturate.
 */
export function parseDecimalPrefix(text: string): { readonly value: Decimal | undefined; readonly length: number } {
  const match = /^[ \t\n\v\f\r]*([+-]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?/.exec(text);
  if (match === null) return { value: undefined, length: 0 };
  const [whole, sign, integer = '', afterInteger = '', bare = '', exponentText] = match;
  const fraction = afterInteger === '' ? bare : afterInteger;
  const exponent = exponentText === undefined ? 0 : Math.max(-1000, Math.min(1000, Number(exponentText)));
  const digits = integer + fraction;
  let coefficient = digits.length <= 15 ? Number(digits) : canonicalInt(BigInt(digits));
  if (sign === '-') coefficient = coefficient === 0 ? 0 : -coefficient;
  const value = applyExponent(coefficient, fraction.length - exponent);
  return { value, length: whole.length };
}

function applyExponent(coefficient: number | bigint, scale: number): Decimal {
  if (scale >= 0) {
    const value = new Decimal(coefficient, scale);
    return scale > MAX_DECIMAL_SCALE ? value.round(MAX_DECIMAL_SCALE) : value;
  }
  return new Decimal(multiplyInts(coefficient, canonicalInt(power(Math.min(-scale, 200)))), 0);
}

function addInts(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return canonicalInt(BigInt(left) + BigInt(right));
}

function subtractInts(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const difference = left - right;
    if (Number.isSafeInteger(difference)) return difference;
  }
  return canonicalInt(BigInt(left) - BigInt(right));
}

function multiplyInts(left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const product = left * right;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return canonicalInt(BigInt(left) * BigInt(right));
}

/** The coefficient at a scale that is not smaller than the value's own. */
function scaled(value: Decimal, scale: number): number | bigint {
  const shift = scale - value.scale;
  if (shift === 0) return value.coefficient;
  if (shift < 16 && typeof value.coefficient === 'number') {
    return multiplyInts(value.coefficient, SMALL_POWERS[shift] as number);
  }
  return canonicalInt(BigInt(value.coefficient) * power(shift));
}

function rescale(value: Decimal, scale: number, mode: 'half-up' | 'truncate'): Decimal {
  const target = scale > 0 ? scale : 0;
  if (scale >= value.scale) return scale === value.scale ? value : new Decimal(scaled(value, scale), scale);
  const drop = value.scale - scale;
  const quotient = divideByPower(value.coefficient, drop, mode);
  return scale >= 0
    ? new Decimal(quotient, target)
    : new Decimal(multiplyInts(quotient, canonicalInt(power(-scale))), 0);
}

function divideByPower(coefficient: number | bigint, exponent: number, mode: 'half-up' | 'truncate'): number | bigint {
  if (typeof coefficient === 'number') {
    if (exponent >= 17) return 0;
    if (exponent < 16) {
      const divisor = SMALL_POWERS[exponent] as number;
      const rest = coefficient % divisor;
      const quotient = (coefficient - rest) / divisor + 0;
      if (mode === 'truncate' || Math.abs(rest) * 2 < divisor) return quotient;
      return coefficient < 0 ? quotient - 1 : quotient + 1;
    }
  }
  const divisor = power(exponent);
  const dividend = BigInt(coefficient);
  return mode === 'truncate' ? canonicalInt(dividend / divisor) : roundedQuotient(dividend, divisor);
}

function roundedQuotient(dividend: bigint, divisor: bigint): number | bigint {
  const quotient = dividend / divisor;
  const rest = dividend % divisor;
  const doubled = (rest < 0n ? -rest : rest) * 2n;
  if (doubled < (divisor < 0n ? -divisor : divisor)) return canonicalInt(quotient);
  return canonicalInt(dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n);
}
