/** To DATE, DATETIME, TIME and YEAR from every class; what is no date becomes NULL with warning 1292. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { DateTime, MICROS_PER_SECOND } from '../../types/date-time.ts';
import { type DateRules, dateTimeFromNumber, LENIENT_DATES, parseDateTime } from '../../types/date-time-parse.ts';
import type { Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import type { Json, JsonTemporal } from '../../types/json.ts';
import { parseTime, timeFromNumber } from '../../types/time-value.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { cannotConvert } from './json-cast.ts';
import { intOfDecimal, intOfReal, intOfText } from './number-text.ts';
import { textFunction } from './text-of.ts';

type Value = Exclude<Datum, null>;
type Converter = (context: EvaluationContext, value: Value) => Datum;

/** How strictly dates are read from texts and numbers under the session's sql_mode. */
function dateRules(context: EvaluationContext): DateRules {
  return {
    zeroDate: !context.sqlMode.noZeroDate,
    zeroInDate: !context.sqlMode.noZeroInDate,
    invalidDates: context.sqlMode.allowInvalidDates,
  };
}

/** Texts that are only looked at: zero parts are fine, the zero date is not under NO_ZERO_DATE. */
function partRules(context: EvaluationContext): DateRules {
  return { ...dateRules(context), zeroInDate: true };
}

function incorrect(context: EvaluationContext, kind: 'datetime' | 'time', text: string): null {
  reportDataError(context, sqlErrors.incorrectTemporal(kind, text));
  return null;
}

/** The session's wall clock at the start of the statement. */
export function statementDateTime(context: EvaluationContext): DateTime {
  return localDateTime(context, context.statementMicros);
}

/** A UTC instant (microseconds since the epoch) in the session's time zone. */
export function localDateTime(context: EvaluationContext, utcMicros: number): DateTime {
  const offset = context.timeZone.offsetSecondsAt(utcMicros);
  return DateTime.fromEpochMicros(utcMicros + offset * MICROS_PER_SECOND) ?? DateTime.zero;
}

export function datetimeConverter(from: FieldType, to: FieldType): Converter {
  const convert = toDateTime(from, to);
  if (to.name !== 'date') return convert;
  return (context, value) => {
    const full = convert(context, value) as DateTime | null;
    return full === null ? null : full.dateOnly();
  };
}

function toDateTime(from: FieldType, to: FieldType): Converter {
  switch (from.class) {
    case 'datetime':
      return (_context, value) => value;
    case 'time':
      return (context, value) => {
        const today = statementDateTime(context).dateOnly();
        return today.plus(0, value as number) ?? null;
      };
    case 'int':
      return (context, value) => numberToDateTime(context, Number(value), 0, String(value));
    case 'real':
      return (context, value) => decimalToDateTime(context, Decimal.fromDouble(value as number));
    case 'decimal':
      return (context, value) => decimalToDateTime(context, value as Decimal);
    case 'json':
      return (context, value) => {
        const { root } = value as Json;
        const temporal = root as JsonTemporal;
        if (root !== null && typeof root === 'object' && 'kind' in root && temporal.value instanceof DateTime) {
          return temporal.value;
        }
        if (typeof root === 'string' && parseDateTime(root, LENIENT_DATES) !== undefined) {
          return textToDateTime(context, root);
        }
        cannotConvert(context, to.name.toUpperCase());
        return null;
      };
    default: {
      const text = textFunction(from);
      return (context, value) => textToDateTime(context, text(value));
    }
  }
}

function numberToDateTime(context: EvaluationContext, number: number, micros: number, text: string): DateTime | null {
  const parsed = dateTimeFromNumber(number, dateRules(context))?.value;
  if (parsed === undefined) return incorrect(context, 'datetime', text);
  return micros === 0 ? parsed : (parsed.plus(0, micros) ?? null);
}

/** Splits off the fraction as microseconds, rounded half up. */
function splitDecimal(value: Decimal): { readonly whole: number; readonly micros: number } {
  const rounded = value.round(6);
  const whole = rounded.truncate(0);
  return { whole: whole.toNumber(), micros: Math.abs(Number(rounded.sub(whole).coefficient)) };
}

function decimalToDateTime(context: EvaluationContext, value: Decimal): DateTime | null {
  const { whole, micros } = splitDecimal(value);
  return numberToDateTime(context, whole, micros, value.toString());
}

export function textToDateTime(
  context: EvaluationContext,
  text: string,
  rules: DateRules = partRules(context),
): DateTime | null {
  const parsed = parseDateTime(text, rules);
  if (parsed === undefined) return incorrect(context, 'datetime', text);
  if (parsed.truncated) reportDataError(context, sqlErrors.truncatedWrongValue('datetime', text));
  if (parsed.offsetSeconds === undefined) return parsed.value;
  return localDateTime(context, parsed.value.toEpochMicros() - parsed.offsetSeconds * MICROS_PER_SECOND);
}

export function timeConverter(from: FieldType, _to: FieldType): Converter {
  switch (from.class) {
    case 'time':
      return (_context, value) => value;
    case 'datetime':
      return (_context, value) => (value as DateTime).micros;
    case 'int':
      return (context, value) => numberToTime(context, Number(value), 0, String(value));
    case 'real':
      return (context, value) => decimalToTime(context, Decimal.fromDouble(value as number));
    case 'decimal':
      return (context, value) => decimalToTime(context, value as Decimal);
    case 'json':
      return (context, value) => {
        const { root } = value as Json;
        const temporal = root as JsonTemporal;
        if (root !== null && typeof root === 'object' && 'kind' in root && 'value' in root) {
          return typeof temporal.value === 'number' ? temporal.value : temporal.value.micros;
        }
        if (typeof root === 'string' && parseTime(root) !== undefined) return textToTime(context, root);
        cannotConvert(context, 'TIME');
        return null;
      };
    default: {
      const text = textFunction(from);
      return (context, value) => textToTime(context, text(value));
    }
  }
}

function decimalToTime(context: EvaluationContext, value: Decimal): number | null {
  const { whole, micros } = splitDecimal(value);
  return numberToTime(context, whole, micros, value.toString());
}

function numberToTime(context: EvaluationContext, number: number, micros: number, text: string): number | null {
  const parsed = timeFromNumber(number);
  if (parsed === undefined || parsed.outOfRange) return incorrect(context, 'time', text);
  return number < 0 ? parsed.value - micros : parsed.value + micros;
}

export function textToTime(context: EvaluationContext, text: string): number | null {
  const parsed = parseTime(text);
  if (parsed === undefined || (parsed.outOfRange && /^\s*-?\d+\s*$/.test(text)))
    return incorrect(context, 'time', text);
  if (parsed.truncated || parsed.outOfRange) reportDataError(context, sqlErrors.truncatedWrongValue('time', text));
  return parsed.value;
}

/** CAST(… AS YEAR). */
export function yearConverter(from: FieldType): Converter {
  switch (from.class) {
    case 'datetime':
      return (_context, value) => (value as DateTime).year;
    case 'time':
      return (context) => statementDateTime(context).year;
    case 'int':
      return (context, value) => yearOf(context, value as number);
    case 'real':
      return (context, value) => yearOf(context, intOfReal(value as number, false));
    case 'decimal':
      return (context, value) => yearOf(context, intOfDecimal(context, value as Decimal, false));
    default: {
      const text = textFunction(from);
      return (context, value) => {
        const digits = text(value);
        const year = intOfText(context, digits, false);
        return year === 0 && /^\s*0{1,3}\s*$/.test(digits) ? 2000 : yearOf(context, year);
      };
    }
  }
}

function yearOf(context: EvaluationContext, value: number | bigint): number | null {
  const year = Number(value);
  if (year === 0 || (year >= 1901 && year <= 2155)) return year;
  if (year > 0 && year < 100) return year + (year < 70 ? 2000 : 1900);
  reportDataError(context, sqlErrors.truncatedWrongValue('YEAR', String(value)));
  return null;
}
