/**
 * DATE and DATETIME from text and numbers, by the rules of MySQL's str_to_datetime and number_to_datetime: any
 * punctuation separates the parts, or there is none (YYYYMMDDhhmmss and its shorter forms), two-digit years turn at 70.
 */

import { DateTime, daysInMonth } from './date-time.ts';

/** Which dates that are none are accepted all the same. */
export interface DateRules {
  /** 0000-00-00. */
  readonly zeroDate: boolean;
  /** Zero month or day beside other parts: 2020-00-01. */
  readonly zeroInDate: boolean;
  /** Any day up to 31 in any month: 2020-02-31. */
  readonly invalidDates: boolean;
}

/** What functions and comparisons accept. */
export const LENIENT_DATES: DateRules = { zeroDate: true, zeroInDate: true, invalidDates: false };

export interface ParsedDateTime {
  readonly value: DateTime;
  /** False when only a date was given. */
  readonly hasTime: boolean;
  /** Something was left over behind the value: 1292 'Truncated incorrect …'. */
  readonly truncated: boolean;
  /** Time zone displacement given behind the value, seconds east of UTC. */
  readonly offsetSeconds: number | undefined;
  /** Digits of fraction given, at most 6. */
  readonly fsp: number;
}

const DAY_FIELD = 2;
const SECOND_FIELD = 5;
const MAX_PART = 999_999;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

function isPunctuation(code: number): boolean {
  return (
    (code >= 33 && code <= 47) ||
    (code >= 58 && code <= 64) ||
    (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126)
  );
}

/** Undefined when the text is no date at all or breaks the rules. */
export function parseDateTime(text: string, rules: DateRules): ParsedDateTime | undefined {
  return parseUsual(text) ?? new DateTimeScanner(text).parse(rules);
}

/** `YYYY-MM-DD` and `YYYY-MM-DD hh:mm:ss` without surprises: nearly all texts there are. */
function parseUsual(text: string): ParsedDateTime | undefined {
  const { length } = text;
  if ((length !== 10 && length !== 19) || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined;
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (!(year > 0 && month > 0 && month <= 12 && day > 0 && day <= 28)) return undefined;
  if (length === 10) return usual(DateTime.of(year, month, day), false);
  const separator = text.charCodeAt(10);
  if ((separator !== 32 && separator !== 84) || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58)
    return undefined;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  if (!(hour < 24 && minute < 60 && second < 60)) return undefined;
  return usual(DateTime.of(year, month, day, hour, minute, second), true);
}

function usual(value: DateTime, hasTime: boolean): ParsedDateTime {
  return { value, hasTime, truncated: false, offsetSeconds: undefined, fsp: 0 };
}

/** NaN when they are no digits. */
function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

class DateTimeScanner {
  readonly #text: string;
  #at = 0;
  readonly #parts = [0, 0, 0, 0, 0, 0];
  #fields = 0;
  #yearDigits = 4;
  #microsecond = 0;
  #roundUp = false;
  #fsp = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(rules: DateRules): ParsedDateTime | undefined {
    this.#skipSpaces();
    if (!isDigit(this.#code())) return undefined;
    if (!this.#readFields()) return undefined;
    const offsetSeconds = this.#readOffset();
    if (offsetSeconds === 'invalid') return undefined;
    const value = this.#value(rules);
    if (value === undefined) return undefined;
    this.#skipSpaces();
    const truncated = this.#at < this.#text.length;
    return { value, hasTime: this.#fields > 3, truncated, offsetSeconds, fsp: this.#fsp };
  }

  #code(): number {
    return this.#at < this.#text.length ? this.#text.charCodeAt(this.#at) : -1;
  }

  #skipSpaces(): void {
    while (isSpace(this.#code())) this.#at++;
  }

  /** Length of the run of digits (and `T`) at the start decides between the two families of forms. */
  #isCompact(): boolean {
    let end = this.#at;
    while (isDigit(this.#text.charCodeAt(end)) || this.#text[end] === 'T') end++;
    const digits = end - this.#at;
    const compact = end >= this.#text.length || this.#text[end] === '.';
    if (compact) this.#yearDigits = digits === 4 || digits === 8 || digits >= 14 ? 4 : 2;
    return compact;
  }

  #readFields(): boolean {
    const compact = this.#isCompact();
    for (let field = 0; field <= SECOND_FIELD && isDigit(this.#code()); field++) {
      const start = this.#at;
      const limit = compact ? (field === 0 ? this.#yearDigits : 2) : Number.POSITIVE_INFINITY;
      let value = 0;
      while (isDigit(this.#code()) && this.#at - start < limit && value <= MAX_PART) {
        value = value * 10 + this.#code() - 48;
        this.#at++;
      }
      if (value > MAX_PART) return false;
      if (field === 0 && !compact) this.#yearDigits = this.#at - start;
      this.#parts[field] = value;
      this.#fields = field + 1;
      if (!this.#betweenFields(field, compact)) break;
    }
    return true;
  }

  /** Moves over what separates two fields; false when the value ends here. */
  #betweenFields(field: number, compact: boolean): boolean {
    if (this.#at >= this.#text.length) return false;
    if (field === DAY_FIELD && this.#text[this.#at] === 'T' && isDigit(this.#text.charCodeAt(this.#at + 1))) {
      this.#at++;
      return true;
    }
    if (field === SECOND_FIELD) {
      this.#readFraction();
      return false;
    }
    if (compact && this.#code() === 46 && field < DAY_FIELD + 1 && this.#fields < 6) return this.#separator(field);
    if (compact && isDigit(this.#code())) return true;
    return this.#separator(field);
  }

  #separator(field: number): boolean {
    const start = this.#at;
    while (isPunctuation(this.#code()) || isSpace(this.#code())) {
      if (isSpace(this.#code()) && field !== DAY_FIELD) break;
      this.#at++;
    }
    if (this.#at > start && isDigit(this.#code())) return true;
    this.#at = start;
    return false;
  }

  #readFraction(): void {
    if (this.#code() !== 46) return;
    this.#at++;
    let digits = 0;
    for (; isDigit(this.#code()); this.#at++, digits++) {
      if (digits < 6) this.#microsecond = this.#microsecond * 10 + this.#code() - 48;
      else if (digits === 6) this.#roundUp = this.#code() >= 53;
    }
    this.#fsp = Math.min(digits, 6);
    this.#microsecond *= 10 ** (6 - this.#fsp);
  }

  /** `+hh:mm` directly behind the seconds or fraction. */
  #readOffset(): number | undefined | 'invalid' {
    if (this.#fields < 6) return undefined;
    const match = /^([+-])(\d\d):(\d\d)$/.exec(this.#text.slice(this.#at).trimEnd());
    if (match === null) return undefined;
    const [hours, minutes] = [Number(match[2]), Number(match[3])];
    const seconds = (hours * 60 + minutes) * 60;
    if (minutes > 59 || seconds > 14 * 3600 || (match[1] === '-' && seconds === 0)) return 'invalid';
    this.#at = this.#text.length;
    return match[1] === '-' ? -seconds : seconds;
  }

  #value(rules: DateRules): DateTime | undefined {
    const [givenYear, month, day, hour, minute, second] = this.#parts as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const isZero = this.#parts.every((part) => part === 0) && this.#microsecond === 0;
    let year = givenYear;
    if (this.#yearDigits === 2 && !isZero) year += year < 70 ? 2000 : 1900;
    if (this.#fields < 3) return undefined;
    if (year > 9999 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
    if (!followsDateRules(year, month, day, rules, isZero)) return undefined;
    const value = DateTime.of(year, month, day, hour, minute, second, this.#microsecond);
    return this.#roundUp ? value.plus(0, 1) : value;
  }
}

/** `isZero`: the time is zero too, so that the value is the zero date and not a date with zero parts. */
export function followsDateRules(year: number, month: number, day: number, rules: DateRules, isZero: boolean): boolean {
  if (isZero) return rules.zeroDate;
  if (month === 0 || day === 0) return rules.zeroInDate;
  return rules.invalidDates || day <= daysInMonth(year, month);
}

/** Whether a value that exists already may be stored under the rules. */
export function dateFollowsRules(value: DateTime, rules: DateRules): boolean {
  return followsDateRules(value.year, value.month, value.day, rules, value.isZero);
}

/** YYYYMMDD[hhmmss] or with two-digit years; the fraction of a non-integer is the caller's business. */
export function dateTimeFromNumber(
  value: number,
  rules: DateRules,
): { readonly value: DateTime; readonly hasTime: boolean } | undefined {
  const number = expandNumber(value);
  if (number === undefined) return undefined;
  const hasTime = number > 99_991_231;
  const date = hasTime ? Math.floor(number / 1_000_000) : number;
  const clock = hasTime ? number % 1_000_000 : 0;
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  const [hour, minute, second] = [Math.floor(clock / 10_000), Math.floor(clock / 100) % 100, clock % 100];
  if (year > 9999 || month > 12 || day > 31 || hour > 23 || minute > 59 || second > 59) return undefined;
  if (!followsDateRules(year, month, day, rules, number === 0)) return undefined;
  return { value: DateTime.of(year, month, day, hour, minute, second), hasTime };
}

/** Completes two-digit years; undefined for numbers that are no date. */
function expandNumber(value: number): number | undefined {
  if (value === 0) return 0;
  if (value < 101) return undefined;
  if (value <= 691_231) return value + 20_000_000;
  if (value < 700_101) return undefined;
  if (value <= 991_231) return value + 19_000_000;
  if (value <= 99_991_231) return value;
  if (value < 101_000_000) return undefined;
  if (value <= 691_231_235_959) return value + 20_000_000_000_000;
  if (value < 700_101_000_000) return undefined;
  if (value <= 991_231_235_959) return value + 19_000_000_000_000;
  return value <= 99_991_231_235_959 ? value : undefined;
}
