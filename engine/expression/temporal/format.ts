/** DATE_FORMAT and TIME_FORMAT. */

import { DateTime, fractionText, MICROS_PER_DAY, MICROS_PER_HOUR } from '../../types/date-time.ts';
import { DAYS, MONTHS } from './names.ts';
import { weekFlags, weekOf, yearWeekFlags } from './week.ts';

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function ordinal(day: number): string {
  if (day >= 10 && day <= 19) return `${day}th`;
  return `${day}${['th', 'st', 'nd', 'rd'][day % 10] ?? 'th'}`;
}

function twelveHours(hour: number): number {
  return ((hour + 11) % 12) + 1;
}

function meridiem(hour: number): string {
  return hour % 24 >= 12 ? 'PM' : 'AM';
}

/** The text of one conversion character; undefined where the value lacks what it names (NULL). */
function convert(code: string, value: DateTime, hours: number): string | undefined {
  switch (code) {
    case 'a':
      return value.hasZeroPart ? undefined : DAYS[value.weekday]!.slice(0, 3);
    case 'b':
      return MONTHS[value.month - 1]?.slice(0, 3);
    case 'c':
      return String(value.month);
    case 'D':
      return ordinal(value.day);
    case 'd':
      return two(value.day);
    case 'e':
      return String(value.day);
    case 'f':
      return fractionText(value.microsecond, 6);
    case 'H':
      return two(hours);
    case 'h':
    case 'I':
      return two(twelveHours(hours % 24));
    case 'i':
      return two(value.minute);
    case 'j':
      return value.hasZeroPart ? undefined : String(value.dayOfYear).padStart(3, '0');
    case 'k':
      return String(hours);
    case 'l':
      return String(twelveHours(hours % 24));
    case 'M':
      return MONTHS[value.month - 1];
    case 'm':
      return two(value.month);
    case 'p':
      return meridiem(hours);
    case 'r':
      return `${two(twelveHours(hours % 24))}:${two(value.minute)}:${two(value.second)} ${meridiem(hours)}`;
    case 'S':
    case 's':
      return two(value.second);
    case 'T':
      return `${two(hours)}:${two(value.minute)}:${two(value.second)}`;
    case 'W':
      return value.hasZeroPart ? undefined : DAYS[value.weekday];
    case 'w':
      return value.hasZeroPart ? undefined : String((value.weekday + 1) % 7);
    case 'Y':
      return String(value.year).padStart(4, '0');
    case 'y':
      return two(value.year % 100);
    default:
      return convertWeek(code, value);
  }
}

function convertWeek(code: string, value: DateTime): string | undefined {
  switch (code) {
    case 'U':
      return two(weekOf(value, weekFlags(0)).week);
    case 'u':
      return two(weekOf(value, weekFlags(1)).week);
    case 'V':
      return two(weekOf(value, yearWeekFlags(0)).week);
    case 'v':
      return two(weekOf(value, yearWeekFlags(1)).week);
    case 'X':
      return String(weekOf(value, yearWeekFlags(0)).year).padStart(4, '0');
    case 'x':
      return String(weekOf(value, yearWeekFlags(1)).year).padStart(4, '0');
    default:
      return code;
  }
}

function formatWith(format: string, part: (code: string) => string | undefined): string | null {
  let result = '';
  for (let i = 0; i < format.length; i++) {
    const character = format[i]!;
    if (character !== '%' || i + 1 === format.length) {
      result += character;
      continue;
    }
    const text = part(format[++i]!);
    if (text === undefined) return null;
    result += text;
  }
  return result;
}

/** NULL where the format asks for a name that a zero date does not have. */
export function formatDateTime(value: DateTime, format: string): string | null {
  return formatWith(format, (code) => convert(code, value, value.hour));
}

const TIME_CODES = 'fHhIiklprSsT';

/** Hours may exceed 23. Date conversions answer zeros or NULL. */
export function formatTime(micros: number, format: string): string | null {
  const magnitude = Math.abs(micros);
  const hours = Math.floor(magnitude / MICROS_PER_HOUR);
  const value = new DateTime(0, magnitude % MICROS_PER_DAY);
  const text = formatWith(format, (code) => {
    if (TIME_CODES.includes(code)) return convert(code, value, hours);
    if ('cde'.includes(code)) return code === 'd' ? '00' : '0';
    if (code === 'm' || code === 'y') return '00';
    if (code === 'Y') return '0000';
    return /[a-zA-Z]/.test(code) ? undefined : code;
  });
  return text === null ? null : micros < 0 ? `-${text}` : text;
}
