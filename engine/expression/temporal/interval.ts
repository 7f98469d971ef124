/** INTERVAL values: an amount in one of MySQL's units, taken apart into months, days and microseconds. */

import {
  type DateTime,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
} from '../../types/date-time.ts';
import { Decimal } from '../../types/decimal.ts';

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly micros: number;
}

const MONTHS_OF: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };
const DAYS_OF: Readonly<Record<string, number>> = { day: 1, week: 7 };
const MICROS_OF: Readonly<Record<string, number>> = {
  microsecond: 1,
  second: MICROS_PER_SECOND,
  minute: MICROS_PER_MINUTE,
  hour: MICROS_PER_HOUR,
};

/** Fields of the composite units, from the largest on, in microseconds (or months for year_month). */
const COMPOSITE: Readonly<Record<string, readonly number[]>> = {
  year_month: [12, 1],
  day_hour: [MICROS_PER_DAY, MICROS_PER_HOUR],
  day_minute: [MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE],
  day_second: [MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND],
  day_microsecond: [MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, 1],
  hour_minute: [MICROS_PER_HOUR, MICROS_PER_MINUTE],
  hour_second: [MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND],
  hour_microsecond: [MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, 1],
  minute_second: [MICROS_PER_MINUTE, MICROS_PER_SECOND],
  minute_microsecond: [MICROS_PER_MINUTE, MICROS_PER_SECOND, 1],
  second_microsecond: [MICROS_PER_SECOND, 1],
};

export function isCompositeUnit(unit: string): boolean {
  return unit in COMPOSITE;
}

/** Units that leave the time of day alone. */
export function isDateUnit(unit: string): boolean {
  return unit in MONTHS_OF || unit in DAYS_OF || unit === 'year_month';
}

export function hasMicroseconds(unit: string): boolean {
  return unit.endsWith('microsecond');
}

/** `amount` whole units. */
export function simpleInterval(unit: string, amount: number): Interval {
  if (unit in MONTHS_OF) return { months: amount * MONTHS_OF[unit]!, days: 0, micros: 0 };
  if (unit in DAYS_OF) return { months: 0, days: amount * DAYS_OF[unit]!, micros: 0 };
  return { months: 0, days: 0, micros: amount * (MICROS_OF[unit] ?? 0) };
}

/** Seconds with a fraction, cut at microseconds. */
export function secondsInterval(amount: Decimal): Interval {
  const micros = amount.mul(Decimal.fromInt(MICROS_PER_SECOND)).truncate(0).toNumber();
  return { months: 0, days: 0, micros };
}

/** A text like '1 2:03:04.5'; undefined with more parts than the unit has. Missing parts are the leading ones. */
export function compositeInterval(unit: string, text: string): Interval | undefined {
  const factors = COMPOSITE[unit]!;
  const numbers = text.match(/\d+/g) ?? [];
  if (numbers.length > factors.length) return undefined;
  const sign = /^\s*-/.test(text) ? -1 : 1;
  const missing = factors.length - numbers.length;
  let total = 0;
  numbers.forEach((digits, i) => {
    const factor = factors[missing + i]!;
    const isFraction = hasMicroseconds(unit) && missing + i === factors.length - 1;
    total += factor * Number(isFraction ? digits.padEnd(6, '0').slice(0, 6) : digits);
  });
  total = sign * total + 0;
  if (unit === 'year_month') return { months: total, days: 0, micros: 0 };
  const days = Math.trunc(total / MICROS_PER_DAY);
  return { months: 0, days, micros: total - days * MICROS_PER_DAY };
}

/** `value` plus `sign` times the interval; undefined outside the calendar. */
export function addInterval(value: DateTime, interval: Interval, sign: 1 | -1): DateTime | undefined {
  if (interval.months !== 0) return value.plusMonths(sign * interval.months);
  const total = interval.days * sign;
  const micros = interval.micros * sign;
  if (!Number.isSafeInteger(total) || !Number.isFinite(micros)) return undefined;
  const extraDays = Math.floor(micros / MICROS_PER_DAY);
  return value.plus(total + extraDays, micros - extraDays * MICROS_PER_DAY);
}
