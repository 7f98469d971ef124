/** STR_TO_DATE: reads a text by a DATE_FORMAT format. */

import { DateTime, daysInMonth, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_SECOND } from '../../types/date-time.ts';
import { DAYS, MONTHS } from './names.ts';

/** What a format reads, which decides the result type. */
export function formatKind(format: string): { readonly kind: 'date' | 'time' | 'datetime'; readonly fsp: number } {
  const codes = [...format.matchAll(/%(.)/gs)].map((match) => match[1]!);
  const hasTime = codes.some((code) => 'fHhIiklprSsT'.includes(code));
  const hasDate = codes.some((code) => 'abcDdejMmUuVvWwXxYy'.includes(code));
  const kind = hasTime && !hasDate ? 'time' : hasTime ? 'datetime' : 'date';
  return { kind, fsp: codes.includes('f') ? 6 : 0 };
}

interface Fields {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  microsecond: number;
  /** 0 AM, 12 PM, −1 not given. */
  meridiem: number;
  dayOfYear: number;
  weekday: number;
  week: number;
  weekYear: number;
  weekCode: string;
}

/** Reads digits, at most `width` of them. */
function digits(text: string, at: number, width: number): string {
  let end = at;
  while (end < text.length && end - at < width && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++;
  return text.slice(at, end);
}

function nameIndex(names: readonly string[], text: string, at: number, short: boolean): readonly [number, number] {
  for (let i = 0; i < names.length; i++) {
    const name = short ? names[i]!.slice(0, 3) : names[i]!;
    if (text.slice(at, at + name.length).toLowerCase() === name.toLowerCase()) return [i, name.length];
  }
  return [-1, 0];
}

const NUMBERS: Readonly<Record<string, readonly [keyof Fields, number, number]>> = {
  c: ['month', 2, 12],
  m: ['month', 2, 12],
  d: ['day', 2, 31],
  e: ['day', 2, 31],
  H: ['hour', 2, 23],
  k: ['hour', 2, 23],
  h: ['hour', 2, 12],
  I: ['hour', 2, 12],
  l: ['hour', 2, 12],
  i: ['minute', 2, 59],
  S: ['second', 2, 59],
  s: ['second', 2, 59],
  j: ['dayOfYear', 3, 366],
  U: ['week', 2, 53],
  u: ['week', 2, 53],
  V: ['week', 2, 53],
  v: ['week', 2, 53],
  X: ['weekYear', 4, 9999],
  x: ['weekYear', 4, 9999],
};

/** The value and whether text was left over; undefined when the text does not follow the format. */
export function parseWithFormat(
  text: string,
  format: string,
): { readonly fields: Fields; readonly rest: string } | undefined {
  const fields: Fields = {
    year: 0,
    month: 0,
    day: 0,
    hour: 0,
    minute: 0,
    second: 0,
    microsecond: 0,
    meridiem: -1,
    dayOfYear: 0,
    weekday: -1,
    week: -1,
    weekYear: -1,
    weekCode: '',
  };
  let at = 0;
  for (let i = 0; i < format.length; i++) {
    while (at < text.length && /\s/.test(text[at]!)) at++;
    const character = format[i]!;
    if (character === '%' && i + 1 < format.length) {
      if (at >= text.length) break;
      const next = readField(format[++i]!, text, at, fields);
      if (next === undefined) return undefined;
      at = next;
    } else if (!/\s/.test(character)) {
      if (at >= text.length) break;
      if (text[at] !== character) return undefined;
      at++;
    }
  }
  return { fields, rest: text.slice(at).trim() };
}

/** The position behind the field. */
function readField(code: string, text: string, at: number, fields: Fields): number | undefined {
  const number = NUMBERS[code];
  if (number !== undefined) {
    const [field, width, max] = number;
    const read = digits(text, at, width);
    const value = Number(read);
    if (read === '' || value > max || ('hIl'.includes(code) && value === 0)) return undefined;
    fields[field] = value as never;
    if ('UuVvXx'.includes(code)) fields.weekCode += code;
    return at + read.length;
  }
  switch (code) {
    case 'Y':
    case 'y':
      return readYear(code, text, at, fields);
    case 'M':
    case 'b': {
      const [index, length] = nameIndex(MONTHS, text, at, code === 'b');
      fields.month = index + 1;
      return index < 0 ? undefined : at + length;
    }
    case 'W':
    case 'a': {
      const [index, length] = nameIndex(DAYS, text, at, code === 'a');
      fields.weekday = index;
      return index < 0 ? undefined : at + length;
    }
    case 'D': {
      const read = digits(text, at, 2);
      if (read === '') return undefined;
      fields.day = Number(read);
      return Math.min(text.length, at + read.length + 2);
    }
    case 'w': {
      const read = digits(text, at, 1);
      if (read === '' || Number(read) > 6) return undefined;
      fields.weekday = (Number(read) + 6) % 7;
      return at + 1;
    }
    case 'f': {
      const read = digits(text, at, 6);
      if (read === '') return undefined;
      fields.microsecond = Number(read.padEnd(6, '0'));
      return at + read.length;
    }
    case 'p': {
      const mark = text.slice(at, at + 2).toUpperCase();
      if (mark !== 'AM' && mark !== 'PM') return undefined;
      fields.meridiem = mark === 'PM' ? 12 : 0;
      return at + 2;
    }
    case 'r':
    case 'T':
      return readClock(code, text, at, fields);
    case '.':
    case '@':
    case '#':
      return skipClass(code, text, at);
    case '%':
      return text[at] === '%' ? at + 1 : undefined;
    default:
      return undefined;
  }
}

function readYear(code: string, text: string, at: number, fields: Fields): number | undefined {
  const read = digits(text, at, code === 'Y' ? 4 : 2);
  if (read === '') return undefined;
  const value = Number(read);
  fields.year = read.length > 2 ? value : value + (value < 70 ? 2000 : 1900);
  return at + read.length;
}

/** %T is %H:%i:%S, %r is %I:%i:%S %p. */
function readClock(code: string, text: string, at: number, fields: Fields): number | undefined {
  const inner = parseWithFormat(text.slice(at), code === 'T' ? '%H:%i:%S' : '%I:%i:%S %p');
  if (inner === undefined) return undefined;
  const { hour, minute, second, meridiem } = inner.fields;
  Object.assign(fields, { hour, minute, second, meridiem });
  return text.length - inner.rest.length;
}

/** %. skips punctuation, %@ letters, %# digits. */
function skipClass(code: string, text: string, at: number): number {
  const pattern = code === '.' ? /[!-/:-@[-`{-~]/ : code === '@' ? /[a-z]/i : /\d/;
  let end = at;
  while (end < text.length && pattern.test(text[end]!)) end++;
  return end;
}

/** The value of the fields read, as a datetime; undefined where they contradict the calendar. */
export function dateTimeOfFields(fields: Fields): DateTime | undefined {
  const micros = microsOfFields(fields);
  if (micros === undefined || micros >= MICROS_PER_DAY) return undefined;
  const { year, month, day } = fields;
  if (fields.dayOfYear > 0) return DateTime.of(year, 1, 1).plus(fields.dayOfYear - 1, micros);
  if (fields.week >= 0 && fields.weekday >= 0) return dateOfWeek(fields)?.plus(0, micros);
  if (month > 0 && day > daysInMonth(year, month)) return undefined;
  return DateTime.of(year, month, day).withMicros(micros);
}

export function microsOfFields(fields: Fields): number | undefined {
  let { hour } = fields;
  if (fields.meridiem >= 0) {
    if (hour > 12) return undefined;
    hour = (hour % 12) + fields.meridiem;
  }
  return hour * MICROS_PER_HOUR + (fields.minute * 60 + fields.second) * MICROS_PER_SECOND + fields.microsecond;
}

/** %X %V %W and its kin: a weekday of a numbered week. */
function dateOfWeek(fields: Fields): DateTime | undefined {
  const sundayFirst = /[UVX]/.test(fields.weekCode);
  const year = fields.weekYear >= 0 ? fields.weekYear : fields.year;
  const start = DateTime.of(year, 1, 1);
  const first = (start.dayNumber + 5 + (sundayFirst ? 1 : 0)) % 7;
  const offset = sundayFirst
    ? (first === 0 ? 0 : 7) - first + (fields.week - 1) * 7 + ((fields.weekday + 1) % 7)
    : (first <= 3 ? 0 : 7) - first + (fields.week - 1) * 7 + fields.weekday;
  return start.plus(offset, 0);
}
