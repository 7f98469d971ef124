/** TIME values: microseconds between −838:59:59 and 838:59:59 (MySQL's str_to_time and number_to_time). */

import { clockText, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND } from './date-time.ts';
import { dateTimeFromNumber, LENIENT_DATES, parseDateTime } from './date-time-parse.ts';

/** 838:59:59. */
export const MAX_TIME_MICROS = 838 * MICROS_PER_HOUR + 59 * MICROS_PER_MINUTE + 59 * MICROS_PER_SECOND;

export interface ParsedTime {
  /** Within the limits of TIME. */
  readonly value: number;
  /** Something was left over behind the value. */
  readonly truncated: boolean;
  /** The value was cut to the limits. */
  readonly outOfRange: boolean;
}

/** `hh:mm:ss` and `fsp` digits of fraction, with a sign. */
export function timeText(micros: number, fsp = 0): string {
  return micros < 0 ? `-${clockText(-micros, fsp)}` : clockText(micros, fsp);
}

export function clampTime(micros: number): number {
  return Math.max(-MAX_TIME_MICROS, Math.min(MAX_TIME_MICROS, micros));
}

/** hhmmss as a number, fraction left out: what TIME gives in a numeric context. */
export function timeToNumber(micros: number): number {
  const seconds = Math.floor(Math.abs(micros) / MICROS_PER_SECOND);
  const value = Math.floor(seconds / 3600) * 10_000 + (Math.floor(seconds / 60) % 60) * 100 + (seconds % 60);
  return micros < 0 ? 0 - value : value;
}

/** Undefined when the text is no time. */
export function parseTime(text: string): ParsedTime | undefined {
  const trimmed = text.trim();
  const negative = trimmed.startsWith('-');
  const body = (negative ? trimmed.slice(1) : trimmed).trimStart();
  // A full datetime has a space between its halves or no separators at all; otherwise it reads as a time.
  if (body.length >= 12 && !negative && /^\d+(\.|$)|\s/.test(body)) {
    const full = parseDateTime(body, LENIENT_DATES);
    if (full?.hasTime === true && !full.truncated) {
      return { value: full.value.micros, truncated: false, outOfRange: false };
    }
  }
  return parseClock(body, negative);
}

/** `[days ]hh[:mm[:ss]]`, `hhmmss`, with a fraction behind it. */
function parseClock(body: string, negative: boolean): ParsedTime | undefined {
  const match =
    /^(?:(\d+)\s+)?(\d+)\s*:(\d+)(?::(\d+)(?:\.(\d*))?)?/.exec(body) ??
    /^(\d+)\s+(?=..)(\d+)()()()/.exec(body) ??
    /^()()()(\d+)(?:\.(\d*))?/.exec(body) ??
    /^()()()()\.(\d+)/.exec(body);
  if (match === null) return undefined;
  const [whole, days = '', hours = '', minutes = '', seconds = '', fraction = ''] = match;
  const compact = hours === '';
  const number = Number(seconds);
  const clock = compact
    ? [0, Math.floor(number / 10_000), Math.floor(number / 100) % 100, number % 100]
    : [Number(days), Number(hours), Number(minutes), number];
  const [day, hour, minute, second] = clock as [number, number, number, number];
  if (minute > 59 || second > 59) return undefined;
  const magnitude =
    day * MICROS_PER_DAY +
    hour * MICROS_PER_HOUR +
    minute * MICROS_PER_MINUTE +
    second * MICROS_PER_SECOND +
    fractionMicros(fraction);
  return bounded(negative ? 0 - magnitude : magnitude, whole.length < body.length);
}

function bounded(micros: number, truncated: boolean): ParsedTime {
  const value = clampTime(micros);
  return { value, truncated, outOfRange: value !== micros };
}

/** Digits behind the point as microseconds, rounded half up at the seventh. */
export function fractionMicros(digits: string): number {
  if (digits === '') return 0;
  const micros = Number(digits.slice(0, 6).padEnd(6, '0'));
  return digits.charCodeAt(6) >= 53 ? micros + 1 : micros;
}

/** From a number of the form hhmmss, or YYYYMMDDhhmmss whose date is dropped. Undefined when it is no time. */
export function timeFromNumber(value: number): ParsedTime | undefined {
  const magnitude = Math.abs(value);
  if (magnitude > 8_385_959) {
    if (value >= 10_000_000_000) {
      const full = dateTimeFromNumber(value, LENIENT_DATES);
      if (full !== undefined) return { value: full.value.micros, truncated: false, outOfRange: false };
    }
    return { value: value < 0 ? -MAX_TIME_MICROS : MAX_TIME_MICROS, truncated: false, outOfRange: true };
  }
  const whole = Math.floor(magnitude);
  const [hour, minute, second] = [Math.floor(whole / 10_000), Math.floor(whole / 100) % 100, whole % 100];
  if (minute > 59 || second > 59) return undefined;
  const micros = hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND;
  return bounded(value < 0 ? 0 - micros : micros, false);
}
