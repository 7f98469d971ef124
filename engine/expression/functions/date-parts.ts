/** The clock functions, and functions that take parts out of dates and times. */

import {
  DateTime,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  MICROS_PER_SECOND,
  truncateMicros,
} from '../../types/date-time.ts';
import type { Datum } from '../../types/datum.ts';
import type { FieldType } from '../../types/field-type.ts';
import { strictDate } from '../cast/explicit-cast.ts';
import { castTo, fractionOf } from '../cast/implicit-cast.ts';
import { localDateTime, statementDateTime } from '../cast/temporal-cast.ts';
import { liftNullary } from '../compiled-node.ts';
import type { FunctionDefinition, ResultRule } from '../definition.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Expression } from '../expression.ts';
import { bigintType, dateType, datetimeType, stringType, timeType, withNullable, yearType } from '../result-types.ts';
import { scalar } from '../scalar.ts';
import { hasMicroseconds } from '../temporal/interval.ts';
import { DAYS, MONTHS } from '../temporal/names.ts';
import { weekFlags, weekOf, yearWeekFlags } from '../temporal/week.ts';

type Int = number | bigint;

/** A function of the statement's clock; its only argument is the number of fraction digits. */
function clock(
  name: string,
  typeOf: (fsp: number) => FieldType,
  evaluate: (context: EvaluationContext, fsp: number) => Datum,
  isFixed = true,
): FunctionDefinition {
  return {
    name,
    minArgs: 0,
    maxArgs: 1,
    pure: false,
    sequential: false,
    resolve: ([digits]) => {
      const fsp = digits?.kind === 'constant' ? Number(digits.value ?? 0) : 0;
      return { kind: 'call', name, args: [], type: withNullable(typeOf(fsp), false) };
    },
    compile: (call) => {
      const { scale } = call.type;
      const node = liftNullary({ type: call.type, pure: false, quiet: true }, (context) => evaluate(context, scale));
      return isFixed ? { ...node, constant: true } : node;
    },
  };
}

function utcDateTime(context: EvaluationContext): DateTime {
  return DateTime.fromEpochMicros(context.statementMicros) ?? DateTime.zero;
}

const now = (context: EvaluationContext, fsp: number) => statementDateTime(context).truncateTo(fsp);
const date = () => dateType();

/** A number taken from a date or datetime; NULL where `evaluate` answers null. */
function datePart(name: string, result: ResultRule, evaluate: (value: DateTime) => Datum): FunctionDefinition {
  return scalar({
    name,
    args: ['datetime'],
    result: typeof result === 'function' ? result : withNullable(result, true),
    evaluate: (_context, value) => evaluate(value),
  });
}

function timePart(name: string, length: number, evaluate: (magnitude: number) => number): FunctionDefinition {
  return scalar({
    name,
    args: ['time'],
    result: withNullable(bigintType(false, length), true),
    evaluate: (_context, micros) => evaluate(Math.abs(micros)),
  });
}

/** NULL for dates with zero parts. */
function realDate(evaluate: (value: DateTime) => Datum): (value: DateTime) => Datum {
  return (value) => (value.hasZeroPart ? null : evaluate(value));
}

const int = (length: number) => bigintType(false, length);

const week = scalar({
  name: 'week',
  args: ['datetime', 'int'],
  optional: 1,
  result: withNullable(int(3), true),
  evaluate: (context: EvaluationContext, value: DateTime, mode?: Int) =>
    value.hasZeroPart
      ? null
      : weekOf(value, weekFlags(mode === undefined ? defaultWeek(context) : Number(mode) & 7)).week,
});

function defaultWeek(context: EvaluationContext): number {
  return Number(context.session.systemVariable(undefined, 'default_week_format').value ?? 0);
}

const yearWeek = scalar({
  name: 'yearweek',
  args: ['datetime', 'int'],
  optional: 1,
  result: withNullable(int(7), true),
  evaluate: (_context: EvaluationContext, value: DateTime, mode: Int = 0) => {
    if (value.hasZeroPart) return null;
    const { year, week: number } = weekOf(value, yearWeekFlags(Number(mode) & 7));
    return year * 100 + number;
  },
});

/** EXTRACT(unit FROM value): called with the unit as a constant in front. */
const extract: FunctionDefinition = {
  ...scalar({
    name: 'extract',
    args: ['any', 'any'],
    result: withNullable(int(21), true),
    bind: (call) => {
      const [unit, value] = call.args as [Expression, Expression];
      const name = unit.kind === 'constant' ? String(unit.value) : '';
      if (value.type.class === 'time') {
        return (_context, _unit, micros) => {
          const magnitude = extractClock(name, Math.abs(micros as number));
          return (micros as number) < 0 ? 0 - magnitude : magnitude;
        };
      }
      return (_context, _unit, at) => extractDate(name, at as DateTime);
    },
  }),
  resolve: ([unit, value], options) => {
    const name = unit!.kind === 'constant' ? String(unit!.value) : '';
    const isClock = /^(hour|minute|second|microsecond)/.test(name);
    const isDay = name.startsWith('day');
    const { class: typeClass } = value!.type;
    const asTime = isClock || (isDay && name !== 'day' && typeClass === 'time');
    const converted = castTo(
      value!,
      asTime && typeClass !== 'datetime' ? 'time' : 'datetime',
      options.collationConnection,
    );
    return { kind: 'call', name: 'extract', args: [unit!, converted], type: withNullable(int(21), true) };
  },
};

function extractDate(unit: string, value: DateTime): number | null {
  switch (unit) {
    case 'year':
      return value.year;
    case 'year_month':
      return value.year * 100 + value.month;
    case 'quarter':
      return Math.ceil(value.month / 3);
    case 'month':
      return value.month;
    case 'week':
      return value.hasZeroPart ? null : weekOf(value, weekFlags(0)).week;
    case 'day':
      return value.day;
    default: {
      const clockValue = extractClock(unit, value.micros);
      return unit.startsWith('day_') ? value.day * clockUnit(unit) + clockValue : clockValue;
    }
  }
}

/** What one day counts in the digits of a DAY_… unit. */
function clockUnit(unit: string): number {
  switch (unit) {
    case 'day_hour':
      return 100;
    case 'day_minute':
      return 10_000;
    case 'day_second':
      return 1_000_000;
    default:
      return 1_000_000_000_000;
  }
}

function extractClock(unit: string, micros: number): number {
  const hour = Math.floor(micros / MICROS_PER_HOUR);
  const minute = Math.floor(micros / MICROS_PER_MINUTE) % 60;
  const second = Math.floor(micros / MICROS_PER_SECOND) % 60;
  const fraction = micros % MICROS_PER_SECOND;
  const seconds = hour * 10_000 + minute * 100 + second;
  switch (unit) {
    case 'hour':
    case 'day_hour':
      return hour;
    case 'minute':
      return minute;
    case 'second':
      return second;
    case 'microsecond':
      return fraction;
    case 'hour_minute':
    case 'day_minute':
      return hour * 100 + minute;
    case 'hour_second':
    case 'day_second':
      return seconds;
    case 'minute_second':
      return minute * 100 + second;
    case 'minute_microsecond':
      return (minute * 100 + second) * MICROS_PER_SECOND + fraction;
    case 'second_microsecond':
      return second * MICROS_PER_SECOND + fraction;
    default:
      return hasMicroseconds(unit) ? seconds * MICROS_PER_SECOND + fraction : 0;
  }
}

export const datePartFunctions: readonly FunctionDefinition[] = [
  clock('now', datetimeType, now),
  clock('current_timestamp', datetimeType, now),
  clock('localtime', datetimeType, now),
  clock('localtimestamp', datetimeType, now),
  clock(
    'sysdate',
    datetimeType,
    (context, fsp) => localDateTime(context, context.currentMicros()).truncateTo(fsp),
    false,
  ),
  clock('curdate', date, (context) => statementDateTime(context).dateOnly()),
  clock('current_date', date, (context) => statementDateTime(context).dateOnly()),
  clock('curtime', timeType, (context, fsp) => truncateMicros(statementDateTime(context).micros, fsp)),
  clock('current_time', timeType, (context, fsp) => truncateMicros(statementDateTime(context).micros, fsp)),
  clock('utc_timestamp', datetimeType, (context, fsp) => utcDateTime(context).truncateTo(fsp)),
  clock('utc_date', date, (context) => utcDateTime(context).dateOnly()),
  clock('utc_time', timeType, (context, fsp) => truncateMicros(utcDateTime(context).micros, fsp)),
  scalar({
    name: 'date',
    args: ['datetime'],
    result: withNullable(dateType(), true),
    evaluate: (context, value) => strictDate(context, value)?.dateOnly() ?? null,
  }),
  scalar({
    name: 'time',
    args: ['time'],
    result: ({ originals }) => withNullable(timeType(fractionOf(originals[0]!)), true),
    evaluate: (_context, value) => value,
  }),
  datePart('year', yearType(), (value) => value.year),
  datePart('quarter', int(2), (value) => Math.ceil(value.month / 3)),
  datePart('month', int(3), (value) => value.month),
  datePart('day', int(3), (value) => value.day),
  datePart('dayofmonth', int(3), (value) => value.day),
  datePart(
    'dayofweek',
    int(2),
    realDate((value) => ((value.weekday + 1) % 7) + 1),
  ),
  datePart(
    'weekday',
    int(2),
    realDate((value) => value.weekday),
  ),
  datePart(
    'dayofyear',
    int(4),
    realDate((value) => value.dayOfYear),
  ),
  datePart(
    'dayname',
    ({ options }) => withNullable(stringType(9, options.collationConnection), true),
    realDate((value) => DAYS[value.weekday]!),
  ),
  datePart(
    'monthname',
    ({ options }) => withNullable(stringType(9, options.collationConnection), true),
    (value) => MONTHS[value.month - 1] ?? null,
  ),
  datePart(
    'to_days',
    int(8),
    realDate((value) => value.dayNumber),
  ),
  datePart(
    'to_seconds',
    int(21),
    realDate((value) => value.dayNumber * 86_400 + Math.floor(value.micros / MICROS_PER_SECOND)),
  ),
  datePart('last_day', dateType(), (value) => {
    if (value.month === 0) return null;
    const first = DateTime.of(value.year, value.month, 1);
    return first.plusMonths(1)?.plus(-1, 0) ?? null;
  }),
  week,
  scalar({
    name: 'weekofyear',
    args: ['datetime'],
    result: withNullable(int(3), true),
    evaluate: (_context, value) => (value.hasZeroPart ? null : weekOf(value, weekFlags(3)).week),
  }),
  yearWeek,
  timePart('hour', 4, (micros) => Math.floor(micros / MICROS_PER_HOUR)),
  timePart('minute', 3, (micros) => Math.floor(micros / MICROS_PER_MINUTE) % 60),
  timePart('second', 3, (micros) => Math.floor(micros / MICROS_PER_SECOND) % 60),
  timePart('microsecond', 21, (micros) => micros % MICROS_PER_SECOND),
  extract,
];
