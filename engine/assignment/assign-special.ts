/** Into BIT, YEAR, ENUM and SET. */

import { sqlErrors } from '../errors/sql-errors.ts';
import { textFunction } from '../expression/cast/text-of.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { DateTime, MICROS_PER_SECOND } from '../types/date-time.ts';
import { canonicalInt, type Datum } from '../types/datum.ts';
import { Decimal, parseDecimalPrefix } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import { restIsSpace } from '../types/number-parse.ts';
import { type Assignment, isStrict, report, type Site, shown } from './site.ts';

type Value = Exclude<Datum, null>;

/** Text and bytes are bit strings; numbers are their two's complement. */
export function assignBit(from: FieldType): Assignment {
  const bitsOf = bitsFunction(from);
  return (value, site) => {
    const { length } = site.column.type;
    const bits = bitsOf(value);
    if (bits >> BigInt(length) === 0n) return canonicalInt(bits);
    const { name } = site.column;
    const error = isStrict(site.context) ? sqlErrors.dataTooLong : sqlErrors.warnDataOutOfRange;
    report(site, error(name, site.row));
    return canonicalInt((1n << BigInt(length)) - 1n);
  };
}

function bitsFunction(from: FieldType): (value: Value) => bigint {
  if (from.class === 'string' || from.class === 'bytes' || from.class === 'json') {
    const text = textFunction(from);
    return (value) => {
      const bytes = value instanceof Uint8Array ? value : Buffer.from(text(value), 'utf8');
      let bits = 0n;
      for (const byte of bytes) bits = (bits << 8n) | BigInt(byte);
      return bits;
    };
  }
  return (value) => BigInt.asUintN(64, wholeOf(value));
}

/** A numeric or temporal value as an integer: decimals rounded half away from zero, reals cut. */
function wholeOf(value: Value): bigint {
  return value instanceof Decimal ? value.toBigInt() : cutToWhole(value);
}

/** As `wholeOf`, decimals cut too. */
function cutToWhole(value: Value): bigint {
  if (value instanceof Decimal) return value.truncate(0).toBigInt();
  if (value instanceof DateTime) return BigInt(value.toNumber());
  if (typeof value === 'bigint') return value;
  return typeof value === 'number' ? saturated(Math.trunc(value)) : 0n;
}

function saturated(whole: number): bigint {
  if (whole >= 2 ** 63) return 0x7fff_ffff_ffff_ffffn;
  return whole < -(2 ** 63) ? -(2n ** 63n) : BigInt(whole);
}

const FIRST_YEAR = 1901;
const LAST_YEAR = 2155;

export function assignYear(from: FieldType, isHexLiteral: boolean): Assignment {
  switch (from.class) {
    case 'datetime':
      return (value, site) => yearInRange((value as DateTime).year, false, site) ?? 0;
    case 'time':
      return (_value, site) => statementYear(site.context);
    case 'bytes':
      if (isHexLiteral) return (value, site) => yearInRange(hexYear(value as Uint8Array), false, site) ?? 0;
      break;
    case 'int':
    case 'enum':
    case 'set':
    case 'real':
      return (value, site) => yearInRange(Number(wholeOf(value)), false, site) ?? 0;
    case 'decimal':
      return (value, site) => {
        const number = value as Decimal;
        return yearInRange(number.sign < 0 ? -1 : Number(number.toBigInt()), false, site) ?? 0;
      };
  }
  const text = textFunction(from);
  return (value, site) => yearOfText(text(value), (given) => shown(value, given), site);
}

function hexYear(bytes: Uint8Array): number {
  let value = 0;
  for (const byte of bytes) value = value * 256 + byte;
  return value;
}

function statementYear(context: EvaluationContext): number {
  const offset = context.timeZone.offsetSecondsAt(context.statementMicros) * MICROS_PER_SECOND;
  return DateTime.fromEpochMicros(context.statementMicros + offset)?.year ?? 0;
}

/** Two-digit years turn at 70. As a text, zero is 2000 unless written 0000; as a number it is 0000. Undefined: no year. */
function yearInRange(year: number, zeroIs2000: boolean, site: Site): number | undefined {
  if (year < 0 || (year >= 100 && year < FIRST_YEAR) || year > LAST_YEAR) {
    report(site, sqlErrors.warnDataOutOfRange(site.column.name, site.row));
    return undefined;
  }
  if (year >= 100 || (year === 0 && !zeroIs2000)) return year;
  return year < 70 ? year + 2000 : year + 1900;
}

function yearOfText(text: string, show: (text: string) => string, site: Site): Datum {
  const { value, length } = parseDecimalPrefix(text);
  const { name } = site.column;
  if (value === undefined) {
    report(site, sqlErrors.truncatedWrongValueForField('integer', show(text), name, site.row));
    return 0;
  }
  const year = yearInRange(value.round(0).toNumber(), text.trim().length !== 4, site);
  if (year !== undefined && !restIsSpace(text, length)) truncated(site);
  return year ?? 0;
}

/** Members are found under the column's collation, trailing spaces ignored; a text that is a number is an index. */
export function assignEnum(from: FieldType, to: FieldType): Assignment {
  const byText = from.class === 'string' || from.class === 'bytes' || from.class === 'enum' || from.class === 'set';
  if (!byText && from.class !== 'json' && from.class !== 'datetime' && from.class !== 'time') {
    return (value, site) => memberIndex(cutToWhole(value), to, site);
  }
  const text = memberText(from, to);
  return (value, site) => {
    const given = text(value).replace(/ +$/, '');
    const index = findMember(given, to);
    if (index > 0) return index;
    if (/^\d+$/.test(given)) return /^0+$/.test(given) ? 0 : memberIndex(BigInt(given), to, site);
    truncated(site);
    return 0;
  };
}

/** Equal to no member. */
const UNDECODABLE = '\ufffd';

/** Bytes are taken for text of the column's character set. */
function memberText(from: FieldType, to: FieldType): (value: Value) => string {
  if (from.class !== 'bytes') return textFunction(from);
  return (value) => to.charset.decode(value as Uint8Array) ?? UNDECODABLE;
}

function memberIndex(index: bigint, to: FieldType, site: Site): Datum {
  if (index > 0n && index <= BigInt(to.elements.length)) return Number(index);
  truncated(site);
  return 0;
}

function truncated(site: Site): void {
  report(site, sqlErrors.warnDataTruncated(site.column.name, site.row));
}

/** 1-based; 0 when `text` is no member. */
function findMember(text: string, type: FieldType): number {
  const exact = type.elements.indexOf(text);
  if (exact >= 0) return exact + 1;
  return type.elements.findIndex((element) => type.collation.compare(element, text) === 0) + 1;
}

export function assignSet(from: FieldType, to: FieldType): Assignment {
  const all = (1n << BigInt(to.elements.length)) - 1n;
  const fit = (mask: bigint, site: Site): Datum => {
    if (mask <= all) return canonicalInt(mask);
    truncated(site);
    return canonicalInt(mask & all);
  };
  if (from.class === 'int' || from.class === 'decimal' || from.class === 'real') {
    return (value, site) => fit(BigInt.asUintN(64, cutToWhole(value)), site);
  }
  const text = memberText(from, to);
  return (value, site) => {
    const given = text(value);
    if (given === '') return 0;
    const { mask, unknown } = maskOf(given.replace(/ +$/, ''), to);
    if (mask === 0n && /^\d{1,20}$/.test(given) && BigInt(given) <= all) return canonicalInt(BigInt(given));
    if (unknown) truncated(site);
    return canonicalInt(mask);
  };
}

function maskOf(text: string, type: FieldType): { readonly mask: bigint; readonly unknown: boolean } {
  let mask = 0n;
  let unknown = false;
  for (const part of text.split(',')) {
    const index = findMember(part, type);
    if (index > 0) mask |= 1n << BigInt(index - 1);
    else unknown = true;
  }
  return { mask, unknown };
}
