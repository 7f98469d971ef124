/** Dates and times out of texts and numbers, in all the forms that MySQL reads (manual, "Date and Time Literals"). */

import { DateTime, daysInMonth, MICROS_PER_DAY, MICROS_PER_SECOND } from '../../types/date-time.ts';

export interface ParsedDateTime {
  readonly value: DateTime;
  /** Fraction digits written, up to 6. */
  readonly fsp: number;
  readonly hasTime: boolean;
  /** Text was left over that does not belong to the value: MySQL warns. */
  readonly truncated: boolean;
}

export interface ParsedTime {
  /** Microseconds, clamped to ±838:59:59. */
  readonly value: number;
  readonly fsp: number;
  readonly truncated: boolean;
  readonly clamped: boolean;
}

/** Which impossible dates are let through (NO_ZERO_IN_DATE, NO_ZERO_DATE and ALLOW_INVALID_DATES). */
export interface DateRules {
  readonly allowZeroParts: boolean;
  readonly allowInvalidDays: boolean;
}

export const MAX_TIME_MICROS = (838 * 3600 + 59 * 60 + 59) * MICROS_PER_SECOND;

const PUNCTUATION = '[!-/:-@\\[-`{-~]';
const DELIMITED = new RegExp(
  `^\\s*(\\d{1,4})${PUNCTUATION}+(\\d{1,2})${PUNCTUATION}+(\\d{1,2})` +
    `(?:(?:T|\\s+|${PUNCTUATION}+)(\\d{1,2})(?:${PUNCTUATION}+(\\d{1,2})(?:${PUNCTUATION}+(\\d{1,2})(?:\\.(\\d*))?)?)?)?`,
);
const PACKED = /^\s*(\d{5,})(?:T?(\d{6}))?(?:\.(\d*))?/;
const OFFSET = /^([+-])(\d{2}):(\d{2})$/;

function fullYear(digits: string): number {
  const year = Number(digits);
  return digits.length > 2 ? year : twoDigitYear(year);
}

/** 70–99 are 1970–1999, 0–69 are 2000–2069. */
export function twoDigitYear(year: number): number {
  return year + (year < 70 ? 2000 : 1900);
}

/** Microseconds of a fraction's digits, rounded half up at the seventh. May be 1 000 000. */
function microsOfFraction(digits: string | undefined): number {
  if (digits === undefined || digits === '') return 0;
  const micros = Number(digits.slice(0, 6).padEnd(6, '0'));
  return digits.length > 6 && digits.charCodeAt(6) >= 53 ? micros + 1 : micros;
}

export function isValidDate(year: number, month: number, day: number, rules: DateRules): boolean {
  if (year > 9999 || month > 12 || day > 31) return false;
  if (month === 0 || day === 0) return rules.allowZeroParts || (year === 0 && month === 0 && day === 0);
  return rules.allowInvalidDays || day <= daysInMonth(year, month);
}

/** A DATE or DATETIME text; undefined when it is none. */
export function parseDateTimeText(text: string, rules: DateRules): ParsedDateTime | undefined {
  const delimited = DELIMITED.exec(text);
  const parts = delimited === null ? packedParts(text) : delimitedParts(delimited);
  if (parts === undefined) return undefined;
  const { year, month, day, hour, minute, second, fraction, length, hasTime } = parts;
  if (hour > 23 || minute > 59 || second > 59 || !isValidDate(year, month, day, rules)) return undefined;
  const micros = microsOfFraction(fraction);
  const base = DateTime.of(year, month, day, hour, minute, second);
  let value = micros === 0 ? base : addMicros(base, micros);
  const rest = text.slice(length).trimEnd();
  const offset = hasTime ? OFFSET.exec(rest) : null;
  if (value === undefined) return undefined;
  if (offset !== null) {
    const minutes = (Number(offset[2]) * 60 + Number(offset[3])) * (offset[1] === '-' ? -1 : 1);
    value = value.plus(0, -minutes * 60 * MICROS_PER_SECOND);
    if (value === undefined) return undefined;
  }
  return { value, fsp: Math.min(fraction?.length ?? 0, 6), hasTime, truncated: rest !== '' && offset === null };
}

function addMicros(base: DateTime, micros: number): DateTime | undefined {
  const total = base.micros + micros;
  return total < MICROS_PER_DAY ? base.withMicros(total) : base.plus(0, micros);
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly fraction: string | undefined;
  readonly length: number;
  readonly hasTime: boolean;
}

function delimitedParts(match: RegExpExecArray): Parts {
  const [whole, year, month, day, hour, minute, second, fraction] = match;
  const isZero = Number(year) === 0 && Number(month) === 0 && Number(day) === 0;
  return {
    year: isZero ? 0 : fullYear(year!),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    fraction,
    length: whole.length,
    hasTime: hour !== undefined,
  };
}

function packedParts(text: string): Parts | undefined {
  const match = PACKED.exec(text);
  if (match === null) return undefined;
  const [whole, first, second, fraction] = match;
  const digits = first! + (second ?? '');
  const yearLength = digits.length === 8 || digits.length >= 14 ? 4 : 2;
  const at = (index: number) => Number(digits.slice(yearLength + index, yearLength + index + 2) || 0);
  const hasTime = digits.length > yearLength + 4;
  const used = Math.min(digits.length, yearLength + 10);
  const yearDigits = digits.slice(0, yearLength);
  const isZero = /^0*$/.test(digits.slice(0, yearLength + 4));
  return {
    year: isZero ? 0 : fullYear(yearDigits),
    month: at(0),
    day: at(2),
    hour: at(4),
    minute: at(6),
    second: at(8),
    fraction,
    length: whole.length - (digits.length - used),
    hasTime,
  };
}

/** YYYYMMDD, YYMMDD, YYYYMMDDhhmmss or YYMMDDhhmmss as a number; undefined when it is no date. */
export function dateTimeOfNumber(number: number, micros: number, rules: DateRules): DateTime | undefined {
  let value = number;
  if (value === 0) return rules.allowZeroParts ? DateTime.zero : undefined;
  if (value < 101 || value > 99_991_231_235_959) return undefined;
  if (value <= 691_231) value = (value + 20_000_000) * 1_000_000;
  else if (value < 700_101) return undefined;
  else if (value <= 991_231) value = (value + 19_000_000) * 1_000_000;
  else if (value < 10_000_101 && !rules.allowZeroParts) return undefined;
  else if (value <= 99_991_231) value *= 1_000_000;
  else if (value < 101_000_000) return undefined;
  else if (value <= 691_231_235_959) value += 20_000_000_000_000;
  else if (value >= 700_101_000_000 && value <= 991_231_235_959) value += 19_000_000_000_000;
  const date = Math.floor(value / 1_000_000);
  const clock = value % 1_000_000;
  const [hour, minute, second] = [Math.floor(clock / 10_000), Math.floor(clock / 100) % 100, clock % 100];
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  if (hour > 23 || minute > 59 || second > 59 || !isValidDate(year, month, day, rules)) return undefined;
  return addMicros(DateTime.of(year, month, day, hour, minute, second), micros);
}

const TIME_TEXT = /^\s*(-?)(?:(\d+)\s+(?=\d))?(\d+)(?::(\d{1,2})(?::(\d{1,2}))?)?(?:\.(\d*))?/;

/** A TIME text: `[-][D ]hh:mm:ss[.ffffff]`, hhmmss, or a datetime whose time of day counts. */
export function parseTimeText(text: string): ParsedTime | undefined {
  if (DELIMITED.test(text) || /^\s*\d{12,}/.test(text)) {
    const full = parseDateTimeText(text, { allowZeroParts: true, allowInvalidDays: true });
    if (full?.hasTime) return { value: full.value.micros, fsp: full.fsp, truncated: full.truncated, clamped: false };
    if (full !== undefined && !/^\s*\d+:\d+/.test(text) && /^\s*\d{1,4}-/.test(text)) {
      return { value: 0, fsp: 0, truncated: true, clamped: false };
    }
  }
  const match = TIME_TEXT.exec(text);
  if (match === null) return undefined;
  const [whole, sign, days, first, second, third, fraction] = match;
  const clock = clockParts(days, first!, second, third);
  if (clock === undefined) return undefined;
  const magnitude = clock * MICROS_PER_SECOND + microsOfFraction(fraction);
  const clamped = magnitude > MAX_TIME_MICROS;
  const value = clamped ? MAX_TIME_MICROS : magnitude;
  return {
    value: sign === '-' ? 0 - value : value,
    fsp: Math.min(fraction?.length ?? 0, 6),
    truncated: text.slice(whole.length).trimEnd() !== '',
    clamped,
  };
}

/** Seconds of the parts of a TIME text; undefined where minutes or seconds exceed 59. */
function clockParts(
  days: string | undefined,
  first: string,
  second: string | undefined,
  third: string | undefined,
): number | undefined {
  if (days !== undefined || second !== undefined) {
    const [hour, minute, seconds] = [Number(first), Number(second ?? 0), Number(third ?? 0)];
    if (minute > 59 || seconds > 59) return undefined;
    return (Number(days ?? 0) * 24 + hour) * 3600 + minute * 60 + seconds;
  }
  return clockOfNumber(Number(first));
}

function clockOfNumber(packed: number): number | undefined {
  const [hour, minute, seconds] = [Math.floor(packed / 10_000), Math.floor(packed / 100) % 100, packed % 100];
  if (minute > 59 || seconds > 59) return undefined;
  return hour * 3600 + minute * 60 + seconds;
}

/** hhmmss as a number; beyond 8385959 it clamps, beyond ten digits it is a datetime. */
export function timeOfNumber(number: number, micros: number): ParsedTime | undefined {
  const magnitude = Math.abs(number);
  if (magnitude > 9_999_999_999) {
    const full = dateTimeOfNumber(magnitude, micros, { allowZeroParts: true, allowInvalidDays: true });
    return full === undefined ? undefined : { value: full.micros, fsp: 6, truncated: false, clamped: false };
  }
  const clock = clockOfNumber(magnitude);
  if (magnitude > 8_385_959) {
    const value = number < 0 ? -MAX_TIME_MICROS : MAX_TIME_MICROS;
    return { value, fsp: 0, truncated: false, clamped: true };
  }
  if (clock === undefined) return undefined;
  const value = clock * MICROS_PER_SECOND + micros;
  return { value: number < 0 ? 0 - value : value, fsp: micros === 0 ? 0 : 6, truncated: false, clamped: false };
}
