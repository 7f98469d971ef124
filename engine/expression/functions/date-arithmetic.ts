/** DATE_ADD and DATE_SUB with all units, differences, ADDTIME, PERIOD_ADD and the like. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { type DateTime, MICROS_PER_DAY, MICROS_PER_SECOND } from '../../types/date-time.ts';
import { LENIENT_DATES, parseDateTime } from '../../types/date-time-parse.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import type { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { clampTime } from '../../types/time-value.ts';
import { castTo, fractionOf, numericFractionOf } from '../cast/implicit-cast.ts';
import { textToDateTime, textToTime } from '../cast/temporal-cast.ts';
import { timeText } from '../cast/text-of.ts';
import { lift2 } from '../compiled-node.ts';
import type { FunctionDefinition, ResolveOptions } from '../definition.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, dateType, datetimeType, stringType, timeType, withNullable } from '../result-types.ts';
import { scalar } from '../scalar.ts';
import {
  addInterval,
  compositeInterval,
  hasMicroseconds,
  type Interval,
  isCompositeUnit,
  isDateUnit,
  secondsInterval,
  simpleInterval,
} from '../temporal/interval.ts';

type Int = number | bigint;

function unitOf(expression: Expression | undefined): string {
  return expression?.kind === 'constant' ? String(expression.value).toLowerCase() : 'day';
}

function castAmount(amount: Expression, unit: string, options: ResolveOptions): Expression {
  if (isCompositeUnit(unit)) return castTo(amount, 'text', options.collationConnection);
  return castTo(amount, unit === 'second' ? 'decimal' : 'int', options.collationConnection);
}

/** Fraction digits of a sum of a temporal value and an interval. */
function sumScale(value: Expression, amount: Expression, unit: string): number {
  const own = value.type.class === 'datetime' || value.type.class === 'time' ? value.type.scale : 0;
  if (hasMicroseconds(unit)) return 6;
  return unit === 'second' ? Math.max(own, numericFractionOf(amount)) : own;
}

function sumType(value: Expression, amount: Expression, unit: string, options: ResolveOptions): FieldType {
  const scale = sumScale(value, amount, unit);
  if (value.type.class === 'datetime') {
    return value.type.name === 'date' && isDateUnit(unit) ? dateType() : datetimeType(scale);
  }
  if (value.type.class === 'time') {
    return isDateUnit(unit) || unit.startsWith('day') ? datetimeType(scale) : timeType(scale);
  }
  return stringType(29, options.collationConnection);
}

/** DATE_ADD(value, INTERVAL amount unit): called with the unit as a constant behind. */
function dateSum(name: string, sign: 1 | -1): FunctionDefinition {
  return {
    name,
    minArgs: 2,
    maxArgs: 3,
    pure: true,
    sequential: false,
    resolve: (args, options) => {
      const [value, amount, unitArgument] = args as [Expression, Expression, Expression | undefined];
      const unit = unitOf(unitArgument);
      const type = withNullable(sumType(value, amount, unit, options), true);
      const operand =
        type.class === 'string'
          ? castTo(value, 'text', options.collationConnection)
          : castTo(value, type.class as 'datetime' | 'time', options.collationConnection);
      const unitConstant: Expression = {
        kind: 'constant',
        value: unit,
        type: stringType(unit.length, options.collationConnection),
      };
      return { kind: 'call', name, args: [operand, castAmount(amount, unit, options), unitConstant], type };
    },
    compile: (call, args) => {
      const body = sumBody(call, sign);
      return lift2({ type: call.type, pure: true }, args[0]!, args[1]!, body);
    },
  };
}

function sumBody(
  call: CallExpression,
  sign: 1 | -1,
): (context: EvaluationContext, value: Datum, amount: Datum) => Datum {
  const unit = unitOf(call.args[2]);
  const intervalOf = (amount: Datum): Interval | undefined => {
    if (isCompositeUnit(unit)) return compositeInterval(unit, amount as string);
    if (unit === 'second') return secondsInterval(amount as Decimal);
    return simpleInterval(unit, Number(amount));
  };
  const add = (context: EvaluationContext, value: DateTime, interval: Interval): DateTime | null => {
    const sum = addInterval(value, interval, sign);
    if (sum !== undefined) return sum;
    if (!value.hasZeroPart) reportDataError(context, sqlErrors.datetimeFunctionOverflow('datetime'));
    return null;
  };
  switch (call.type.class) {
    case 'datetime':
      return (context, value, amount) => {
        const interval = intervalOf(amount);
        return interval === undefined ? null : add(context, value as DateTime, interval);
      };
    case 'time':
      return (context, value, amount) => {
        const interval = intervalOf(amount);
        if (interval === undefined) return null;
        const sum = (value as number) + sign * (interval.days * MICROS_PER_DAY + interval.micros);
        if (clampTime(sum) === sum) return sum;
        reportDataError(context, sqlErrors.datetimeFunctionOverflow('time'));
        return null;
      };
    default:
      return (context, value, amount) => {
        const interval = intervalOf(amount);
        const parsed = interval === undefined ? null : textToDateTime(context, value as string);
        if (interval === undefined || parsed === null) return null;
        const sum = add(context, parsed, interval);
        if (sum === null) return null;
        const isDate = isDateUnit(unit) && parseDateTime(value as string, LENIENT_DATES)?.hasTime === false;
        return isDate ? sum.toDateString() : dateTimeText(sum);
      };
  }
}

/** The fraction shows only when there is one, and then with six digits. */
function dateTimeText(value: DateTime): string {
  return value.toString(value.microsecond === 0 ? 0 : 6);
}

function dayDifference(left: DateTime, right: DateTime): number | null {
  return left.hasZeroPart || right.hasZeroPart ? null : left.dayNumber - right.dayNumber;
}

/** Whole months between two datetimes, towards zero. */
function monthDifference(from: DateTime, to: DateTime): number {
  const isForward = from.compare(to) <= 0;
  const [start, end] = isForward ? [from, to] : [to, from];
  let months = (end.year - start.year) * 12 + end.month - start.month;
  if (end.day < start.day || (end.day === start.day && end.micros < start.micros)) months--;
  return isForward ? months : 0 - months;
}

/** TIMESTAMPDIFF(unit, from, to): called with the unit as a constant in front. */
const timestampDiff = scalar({
  name: 'timestampdiff',
  args: ['any', 'datetime', 'datetime'],
  result: withNullable(bigintType(false, 21), true),
  bind: (call) => {
    const unit = unitOf(call.args[0]);
    return (_context, _unit, from, to) => {
      if (from.hasZeroPart || to.hasZeroPart) return null;
      if (unit === 'month' || unit === 'quarter' || unit === 'year') {
        const months = monthDifference(from, to);
        return Math.trunc(months / (unit === 'month' ? 1 : unit === 'quarter' ? 3 : 12)) + 0;
      }
      const days = to.dayNumber - from.dayNumber;
      if (unit === 'microsecond') {
        return canonicalInt(BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(to.micros - from.micros));
      }
      const micros = BigInt(days) * BigInt(MICROS_PER_DAY) + BigInt(to.micros - from.micros);
      const seconds = Number(micros / BigInt(MICROS_PER_SECOND));
      return Math.trunc(seconds / SECONDS_OF[unit]!) + 0;
    };
  },
});

const SECONDS_OF: Readonly<Record<string, number>> = { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800 };

/** TIMESTAMPADD(unit, amount, value) is DATE_ADD in another order. */
const timestampAdd: FunctionDefinition = {
  ...dateSum('date_add', 1),
  name: 'timestampadd',
  minArgs: 3,
  resolve: ([unit, amount, value], options) => dateSum('date_add', 1).resolve([value!, amount!, unit!], options),
};

/** A value of TIMEDIFF and ADDTIME: a datetime or a time, by its type, texts by their look. */
function temporalOf(context: EvaluationContext, value: Datum): DateTime | number | null {
  if (typeof value !== 'string') return value as DateTime | number;
  if (/^\s*\d{2,4}[-/.]\d{1,2}[-/.]\d{1,2}/.test(value)) return textToDateTime(context, value);
  return textToTime(context, value);
}

function temporalArgument(arg: Expression, options: ResolveOptions): Expression {
  const { class: typeClass } = arg.type;
  if (typeClass === 'datetime' || typeClass === 'time') return arg;
  if (typeClass === 'string' || typeClass === 'bytes') return castTo(arg, 'text', options.collationConnection);
  return castTo(arg, 'time', options.collationConnection);
}

const timeDiff: FunctionDefinition = {
  name: 'timediff',
  minArgs: 2,
  maxArgs: 2,
  pure: true,
  sequential: false,
  resolve: (args, options) => ({
    kind: 'call',
    name: 'timediff',
    args: args.map((arg) => temporalArgument(arg, options)),
    type: withNullable(timeType(Math.max(...args.map(fractionOf))), true),
  }),
  compile: (call, args) =>
    lift2({ type: call.type, pure: true }, args[0]!, args[1]!, (context, x: Datum, y: Datum) => {
      const left = temporalOf(context, x);
      const right = temporalOf(context, y);
      if (left === null || right === null) return null;
      if (typeof left === 'number' && typeof right === 'number') return clamped(context, left - right);
      if (typeof left === 'number' || typeof right === 'number') return null;
      return clamped(context, (left.dayNumber - right.dayNumber) * MICROS_PER_DAY + left.micros - right.micros);
    }),
};

function clamped(context: EvaluationContext, micros: number): number {
  const value = clampTime(micros);
  if (value !== micros) reportDataError(context, sqlErrors.truncatedWrongValue('time', timeText(micros, 0)));
  return value;
}

/** ADDTIME and SUBTIME. */
function timeSum(name: string, sign: 1 | -1): FunctionDefinition {
  return {
    name,
    minArgs: 2,
    maxArgs: 2,
    pure: true,
    sequential: false,
    resolve: ([value, amount], options) => {
      const operand = temporalArgument(value!, options);
      const scale = Math.max(fractionOf(value!), fractionOf(amount!));
      const type =
        operand.type.class === 'string'
          ? stringType(29, options.collationConnection)
          : operand.type.class === 'time'
            ? timeType(scale)
            : datetimeType(scale);
      return {
        kind: 'call',
        name,
        args: [operand, castTo(amount!, 'time', options.collationConnection)],
        type: withNullable(type, true),
      };
    },
    compile: (call, args) =>
      lift2({ type: call.type, pure: true }, args[0]!, args[1]!, (context, x: Datum, micros: number) => {
        const value = temporalOf(context, x);
        if (value === null) return null;
        const sum =
          typeof value === 'number' ? clamped(context, value + sign * micros) : (value.plus(0, sign * micros) ?? null);
        if (sum === null || call.type.class !== 'string') return sum;
        if (typeof sum !== 'number') return dateTimeText(sum);
        return timeText(sum, sum % MICROS_PER_SECOND === 0 ? 0 : 6);
      }),
  };
}

function monthsOfPeriod(period: number): number {
  const year = Math.floor(period / 100);
  const full = year < 100 ? year + (year < 70 ? 2000 : 1900) : year;
  return full * 12 + (period % 100) - 1;
}

function checkedPeriod(name: string, period: Int): number {
  const value = Number(period);
  if (value < 0 || value % 100 === 0 || value % 100 > 12) throw sqlErrors.wrongArguments(name);
  return monthsOfPeriod(value);
}

export const dateArithmeticFunctions: readonly FunctionDefinition[] = [
  dateSum('date_add', 1),
  dateSum('adddate', 1),
  dateSum('date_sub', -1),
  dateSum('subdate', -1),
  timestampAdd,
  timestampDiff,
  scalar({
    name: 'datediff',
    args: ['datetime', 'datetime'],
    result: withNullable(bigintType(false, 9), true),
    evaluate: (_context, left, right) => dayDifference(left, right),
  }),
  timeDiff,
  timeSum('addtime', 1),
  timeSum('subtime', -1),
  scalar({
    name: 'period_add',
    args: ['int', 'int'],
    result: bigintType(false, 6),
    evaluate: (_context, period, months) => {
      if (period === 0) return 0;
      const total = checkedPeriod('period_add', period) + Number(months);
      return Math.floor(total / 12) * 100 + (total % 12) + 1;
    },
  }),
  scalar({
    name: 'period_diff',
    args: ['int', 'int'],
    result: bigintType(false, 6),
    evaluate: (_context, left, right) => checkedPeriod('period_diff', left) - checkedPeriod('period_diff', right),
  }),
];
