/** Week numbers by MySQL's eight modes (manual, WEEK()). */

import type { DateTime } from '../../types/date-time.ts';
import { dayNumberOf, isLeapYear } from '../../types/date-time.ts';

const MONDAY_FIRST = 1;
const WEEK_YEAR = 2;
const FIRST_WEEKDAY = 4;

/** The bits of mode 0–7 as the calculation wants them. */
export function weekFlags(mode: number): number {
  const flags = mode & 7;
  return flags & MONDAY_FIRST ? flags : flags ^ FIRST_WEEKDAY;
}

/** The flags with weeks of the year before and after counted in those years (YEARWEEK, %V, %v). */
export function yearWeekFlags(mode: number): number {
  return weekFlags(mode) | WEEK_YEAR;
}

function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365;
}

export function weekOf(date: DateTime, flags: number): { readonly year: number; readonly week: number } {
  const firstWeekday = (flags & FIRST_WEEKDAY) !== 0;
  let countsInYears = (flags & WEEK_YEAR) !== 0;
  let { year } = date;
  let firstDay = dayNumberOf(year, 1, 1);
  let weekday = (firstDay + 5 + (flags & MONDAY_FIRST ? 0 : 1)) % 7;
  const startsLate = () => (firstWeekday ? weekday !== 0 : weekday >= 4);
  if (date.month === 1 && date.day <= 7 - weekday) {
    if (!countsInYears && startsLate()) return { year, week: 0 };
    countsInYears = true;
    year--;
    const days = daysInYear(year);
    firstDay -= days;
    weekday = (weekday + 53 * 7 - days) % 7;
  }
  const days = date.dayNumber - (startsLate() ? firstDay + (7 - weekday) : firstDay - weekday);
  if (countsInYears && days >= 52 * 7) {
    weekday = (weekday + daysInYear(year)) % 7;
    if (!startsLate()) return { year: year + 1, week: 1 };
  }
  return { year, week: Math.floor(days / 7) + 1 };
}
