/** Into integers, decimals and reals. */

import { sqlErrors } from '../errors/sql-errors.ts';
import { textFunction } from '../expression/cast/text-of.ts';
import { type DateTime, MICROS_PER_SECOND } from '../types/date-time.ts';
import { canonicalInt, type Datum } from '../types/datum.ts';
import { Decimal, parseDecimalPrefix } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import { INTEGER_BYTES, type IntegerName, UNSPECIFIED_SCALE } from '../types/field-types.ts';
import type { Json } from '../types/json.ts';
import { restIsSpace } from '../types/number-parse.ts';
import { timeToNumber } from '../types/time-value.ts';
import { type Assignment, isStrict, note, report, type Site, shown } from './site.ts';

type Value = Exclude<Datum, null>;
const MAX_FLOAT = 3.4028234663852886e38;

/** The smallest and largest value of an integer type. */
export function integerRange(type: FieldType): { readonly min: number | bigint; readonly max: number | bigint } {
  const bits = BigInt(INTEGER_BYTES[type.name as IntegerName] * 8);
  if (type.unsigned) return { min: 0, max: canonicalInt((1n << bits) - 1n) };
  return { min: canonicalInt(-(1n << (bits - 1n))), max: canonicalInt((1n << (bits - 1n)) - 1n) };
}

export function assignInt(from: FieldType, to: FieldType, isHexLiteral: boolean): Assignment {
  const { min, max } = integerRange(to);
  const clamp = (value: number | bigint, site: Site): Datum => {
    if (value >= min && value <= max) return value;
    report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
    return value < min ? min : max;
  };
  if (isHexLiteral) return (value, site) => clamp(hexNumber(value as Uint8Array), site);
  switch (from.class) {
    case 'int':
    case 'enum':
    case 'set':
      return (value, site) => clamp(value as number | bigint, site);
    case 'real':
      return (value, site) => clamp(wholeOfReal(value as number), site);
    case 'string':
    case 'bytes': {
      const text = textFunction(from);
      return (value, site) => {
        const given = text(value);
        const { value: number, length } = parseDecimalPrefix(given);
        if (number === undefined) return noNumber('integer', shown(value, given), site, 0);
        const whole = clamp(number.round(0).coefficient, site);
        if (whole === number.round(0).coefficient && !restIsSpace(given, length)) {
          report(site, sqlErrors.warnDataTruncated(site.column.name, site.row));
        }
        return whole;
      };
    }
    default: {
      const exact = exactNumber(from);
      return (value, site) => {
        const number = exact(value, site);
        const whole = number.round(0).coefficient;
        return clamp(to.unsigned && whole === 0 && number.sign < 0 ? -1 : whole, site);
      };
    }
  }
}

/** Rounded half to even; doubles beyond 64 bits become integers beyond every range. */
function wholeOfReal(value: number): number | bigint {
  const floor = Math.floor(value);
  const rest = value - floor;
  const whole = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return Number.isSafeInteger(whole) ? whole + 0 : BigInt(whole);
}

function hexNumber(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return canonicalInt(value);
}

/** 1366; `zero` is what is stored then. */
function noNumber(kind: string, text: string, site: Site, zero: Datum): Datum {
  report(site, sqlErrors.truncatedWrongValueForField(kind, text, site.column.name, site.row));
  return zero;
}

/** Temporal values, decimals and JSON as exact numbers. */
function exactNumber(from: FieldType): (value: Value, site: Site) => Decimal {
  switch (from.class) {
    case 'decimal':
      return (value) => value as Decimal;
    case 'real':
      return (value) => Decimal.fromDouble(value as number);
    case 'datetime':
      if (from.name === 'date') return (value) => Decimal.fromInt((value as DateTime).toDateNumber());
      return (value) => {
        const time = value as DateTime;
        return withFraction(time.toNumber(), time.microsecond, from.scale);
      };
    case 'time':
      return (value) => {
        const micros = value as number;
        return withFraction(timeToNumber(micros), micros % MICROS_PER_SECOND, from.scale);
      };
    case 'json':
      return jsonNumber;
    default:
      return (value) => Decimal.fromInt(value as number | bigint);
  }
}

function withFraction(whole: number, micros: number, fsp: number): Decimal {
  return Decimal.fromInt(whole).add(new Decimal(micros, 6)).truncate(fsp);
}

function jsonNumber(value: Value, site: Site): Decimal {
  const { root } = value as Json;
  if (root instanceof Decimal) return root;
  switch (typeof root) {
    case 'bigint':
      return Decimal.fromInt(canonicalInt(root));
    case 'number':
      return Decimal.fromDouble(root);
    case 'boolean':
      return root ? Decimal.one : Decimal.zero;
    case 'string': {
      const number = Decimal.parse(root);
      if (number !== undefined) return number;
    }
  }
  const { name, type } = site.column;
  const target = type.class === 'int' ? 'INTEGER' : type.class === 'decimal' ? 'DECIMAL' : 'DOUBLE';
  report(site, sqlErrors.invalidJsonValueForCast(target, name, site.row));
  return Decimal.zero;
}

export function assignDecimal(from: FieldType, to: FieldType, isHexLiteral: boolean): Assignment {
  const precision = to.length;
  const { scale } = to;
  const fit = (value: Decimal, site: Site): Datum => {
    const rounded = value.round(scale);
    if (to.unsigned && value.sign < 0) {
      report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
      return Decimal.zero.round(scale);
    }
    if (rounded.integerDigits > precision - scale) {
      report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
      return Decimal.limit(precision, scale, value.sign < 0);
    }
    if (value.scale > scale && rounded.compare(value) !== 0) {
      note(site, sqlErrors.warnDataTruncated(site.column.name, site.row));
    }
    return rounded;
  };
  if (isHexLiteral) return (value, site) => fit(Decimal.fromInt(hexNumber(value as Uint8Array)), site);
  if (from.class === 'string' || from.class === 'bytes') {
    const text = textFunction(from);
    return (value, site) => {
      const given = text(value);
      const { value: number, length } = parseDecimalPrefix(given);
      if (number === undefined) return noNumber('decimal', shown(value, given), site, Decimal.zero.round(scale));
      if (!restIsSpace(given, length)) {
        if (isStrict(site.context)) noNumber('decimal', shown(value, given), site, null);
        note(site, sqlErrors.warnDataTruncated(site.column.name, site.row));
      }
      return fit(number, site);
    };
  }
  const exact = exactNumber(from);
  return (value, site) => fit(exact(value, site), site);
}

export function assignReal(from: FieldType, to: FieldType, isHexLiteral: boolean): Assignment {
  const limit = realLimit(to);
  const scaled = to.scale < UNSPECIFIED_SCALE;
  const fit = (value: number, site: Site): Datum => {
    const rounded = scaled ? roundReal(value, to.scale) : value;
    if ((to.unsigned && rounded < 0) || Math.abs(rounded) > limit) {
      report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
      if (rounded < 0) return to.unsigned ? 0 : -limit;
      return limit;
    }
    return to.name === 'float' ? Math.fround(rounded) : rounded;
  };
  if (isHexLiteral) return (value, site) => fit(Number(hexNumber(value as Uint8Array)), site);
  switch (from.class) {
    case 'int':
    case 'enum':
    case 'set':
      return (value, site) => fit(Number(value), site);
    case 'real':
      return (value, site) => fit(value as number, site);
    case 'string':
    case 'bytes': {
      const text = textFunction(from);
      return (value, site) =>
        fit(
          realOfText(text(value), (given) => shown(value, given), site),
          site,
        );
    }
    default: {
      const exact = exactNumber(from);
      return (value, site) => fit(exact(value, site).toNumber(), site);
    }
  }
}

function realLimit(type: FieldType): number {
  const widest = type.name === 'float' ? MAX_FLOAT : Number.MAX_VALUE;
  if (type.scale >= UNSPECIFIED_SCALE) return widest;
  return Math.min(widest, Decimal.limit(type.length, type.scale, false).toNumber());
}

function roundReal(value: number, scale: number): number {
  const factor = 10 ** scale;
  const shifted = value * factor;
  if (!Number.isFinite(shifted)) return value;
  const floor = Math.floor(shifted);
  const rest = shifted - floor;
  return (rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor) / factor;
}

const REAL_PREFIX = /^[ \t\n\v\f\r]*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/;

function realOfText(text: string, show: (text: string) => string, site: Site): number {
  const match = REAL_PREFIX.exec(text);
  const value = match === null ? 0 : Number(match[0]);
  if (!Number.isFinite(value)) {
    report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
    return value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;
  }
  if (match === null || !restIsSpace(text, match[0].length)) {
    noNumber(site.column.type.name.toUpperCase(), show(text), site, 0);
  }
  return value + 0;
}
