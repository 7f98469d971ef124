/** Dates and times out of texts and numbers, as expressions read them: `engine/types` parses, here fractions are added. */

import type { DateTime } from '../../types/date-time.ts';
import { MICROS_PER_SECOND } from '../../types/date-time.ts';
import { dateTimeFromNumber, parseDateTime } from '../../types/date-time-parse.ts';
import { clampTime, MAX_TIME_MICROS, parseTime, timeFromNumber } from '../../types/time-value.ts';

export { MAX_TIME_MICROS };

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

/** 70–99 are 1970–1999, 0–69 are 2000–2069. */
export function twoDigitYear(year: number): number {
  return year + (year < 70 ? 2000 : 1900);
}

/** A DATE or DATETIME text; undefined when it is none. A displacement is applied: the value is then in UTC. */
export function parseDateTimeText(text: string, rules: DateRules): ParsedDateTime | undefined {
  const parsed = parseDateTime(text, {
    zeroDate: true,
    zeroInDate: rules.allowZeroParts,
    invalidDates: rules.allowInvalidDays,
  });
  if (parsed?.offsetSeconds === undefined) return parsed;
  const value = parsed.value.plus(0, -parsed.offsetSeconds * MICROS_PER_SECOND);
  return value === undefined ? undefined : { ...parsed, value };
}

/** YYYYMMDD, YYMMDD, YYYYMMDDhhmmss or YYMMDDhhmmss as a number; undefined when it is no date. */
export function dateTimeOfNumber(number: number, micros: number, rules: DateRules): DateTime | undefined {
  const { value } =
    dateTimeFromNumber(number, {
      zeroDate: rules.allowZeroParts,
      zeroInDate: rules.allowZeroParts,
      invalidDates: rules.allowInvalidDays,
    }) ?? {};
  return micros === 0 ? value : value?.plus(0, micros);
}

/** A TIME text: `[-][D ]hh:mm:ss[.ffffff]`, hhmmss, or a datetime whose time of day counts. */
export function parseTimeText(text: string): ParsedTime | undefined {
  const parsed = parseTime(text);
  if (parsed === undefined) return undefined;
  const digits = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  return { value: parsed.value, fsp: Math.min(digits, 6), truncated: parsed.truncated, clamped: parsed.outOfRange };
}

/** hhmmss as a number; beyond 8385959 it clamps, beyond ten digits it is a datetime. */
export function timeOfNumber(number: number, micros: number): ParsedTime | undefined {
  const parsed = timeFromNumber(number);
  if (parsed === undefined) return undefined;
  const value = clampTime(parsed.value < 0 || number < 0 ? parsed.value - micros : parsed.value + micros);
  return { value, fsp: micros === 0 ? 0 : 6, truncated: false, clamped: parsed.outOfRange };
}
