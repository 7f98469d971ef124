/** Into DATE, DATETIME, TIMESTAMP and TIME. */

import { timestampToUtc } from '../encoding/time-zone-shift.ts';
import type { SqlError } from '../errors/sql-error.ts';
import { sqlErrors } from '../errors/sql-errors.ts';
import { textFunction } from '../expression/cast/text-of.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import { DateTime, MICROS_PER_SECOND, roundMicros, truncateMicros } from '../types/date-time.ts';
import { dateFollowsRules, dateTimeFromNumber, LENIENT_DATES, parseDateTime } from '../types/date-time-parse.ts';
import type { Datum } from '../types/datum.ts';
import { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Json, JsonTemporal } from '../types/json.ts';
import { clampTime, parseTime, timeFromNumber } from '../types/time-value.ts';
import { type Assignment, isStrict, note, report, type Site, shown, storableDates } from './site.ts';

type Value = Exclude<Datum, null>;

const MICRO_DIGITS = 6;
/** Numbers from here on are a date with a time. */
const FIRST_DATETIME_NUMBER = 10_000_000_000;
const MAX_DATETIME_NUMBER = 99_991_231_235_959;
/** TIMESTAMP's range in UTC: 1970-01-01 00:00:01 … 2038-01-19 03:14:07.999999. */
const MIN_TIMESTAMP = MICROS_PER_SECOND;
const MAX_TIMESTAMP = (2 ** 31 - 1) * MICROS_PER_SECOND + 999_999;

type Fault = 'truncated' | 'out of range';

/** In strict mode every fault reads `Incorrect … value`, otherwise the warning tells what happened. */
function faultError(fault: Fault, text: string, site: Site): SqlError {
  const { name, type } = site.column;
  const kind = type.name === 'timestamp' ? 'datetime' : type.name;
  if (isStrict(site.context)) return sqlErrors.incorrectTemporalForColumn(kind, text, name, site.row);
  return fault === 'truncated'
    ? sqlErrors.warnDataTruncated(name, site.row)
    : sqlErrors.warnDataOutOfRange(name, site.row);
}

function reportFault(fault: Fault, text: string, site: Site): void {
  report(site, faultError(fault, text, site));
}

export function assignDateTime(from: FieldType, to: FieldType): Assignment {
  const finish = (value: DateTime, text: () => string, site: Site): Datum => fitDateTime(value, to, text, site);
  switch (from.class) {
    case 'datetime':
      return (value, site) => finish(value as DateTime, () => textFunction(from)(value), site);
    case 'time':
      return (value, site) => {
        const today = localDay(site.context);
        return finish(today.plus(0, value as number) ?? today, () => textFunction(from)(value), site);
      };
    case 'int':
    case 'enum':
    case 'set':
    case 'real':
    case 'decimal': {
      const text = textFunction(from);
      return (value, site) => fromNumber(decimalOf(value, from), text(value), finish, site);
    }
    case 'json':
      return (value, site) => {
        const temporal = temporalOf(value as Json);
        if (temporal?.value instanceof DateTime) return finish(temporal.value, () => String(value), site);
        const { root } = value as Json;
        if (typeof root === 'string' && parseDateTime(root, LENIENT_DATES) !== undefined) {
          return fromText(root, finish, site);
        }
        report(site, sqlErrors.invalidJsonValueForCast(to.name.toUpperCase(), site.column.name, site.row));
        return DateTime.zero;
      };
    default: {
      const text = textFunction(from);
      return (value, site) => fromText(shown(value, text(value)), finish, site);
    }
  }
}

type Finish = (value: DateTime, text: () => string, site: Site) => Datum;

function fromText(text: string, finish: Finish, site: Site): Datum {
  const parsed = parseDateTime(text, { ...LENIENT_DATES, invalidDates: site.context.sqlMode.allowInvalidDates });
  if (parsed === undefined) {
    reportFault(isNearlyDate(text) ? 'out of range' : 'truncated', text, site);
    return DateTime.zero;
  }
  let { value } = parsed;
  if (parsed.offsetSeconds !== undefined) value = shiftToSession(value, parsed.offsetSeconds, site.context);
  if (parsed.truncated) reportFault('truncated', text, site);
  return finish(value, () => text, site);
}

/** Well formed, but no day of the calendar. */
function isNearlyDate(text: string): boolean {
  return /^0+$/.test(text) || parseDateTime(text, { ...LENIENT_DATES, invalidDates: true }) !== undefined;
}

function shiftToSession(value: DateTime, offsetSeconds: number, context: EvaluationContext): DateTime {
  const utcMicros = value.toEpochMicros() - offsetSeconds * MICROS_PER_SECOND;
  const local = utcMicros + context.timeZone.offsetSecondsAt(utcMicros) * MICROS_PER_SECOND;
  return DateTime.fromEpochMicros(local) ?? value;
}

function fromNumber(number: Decimal, text: string, finish: Finish, site: Site): Datum {
  const { whole, micros } = splitNumber(number);
  const rules = { ...LENIENT_DATES, invalidDates: site.context.sqlMode.allowInvalidDates };
  const parsed = number.sign < 0 ? undefined : dateTimeFromNumber(whole, rules);
  if (parsed === undefined) {
    reportFault(number.sign < 0 || whole > MAX_DATETIME_NUMBER ? 'out of range' : 'truncated', text, site);
    return DateTime.zero;
  }
  if (micros > 0 && !parsed.hasTime && whole > 0) reportFault('truncated', text, site);
  const value = micros === 0 || !parsed.hasTime ? parsed.value : parsed.value.plus(0, micros);
  return finish(value ?? parsed.value, () => text, site);
}

function decimalOf(value: Value, from: FieldType): Decimal {
  if (value instanceof Decimal) return value;
  return from.class === 'real' ? Decimal.fromDouble(value as number) : Decimal.fromInt(value as number | bigint);
}

function splitNumber(number: Decimal): { readonly whole: number; readonly micros: number } {
  const rounded = number.round(MICRO_DIGITS);
  const whole = rounded.truncate(0);
  return { whole: whole.toNumber(), micros: Math.abs(Number(rounded.sub(whole).round(MICRO_DIGITS).coefficient)) };
}

function temporalOf(value: Json): JsonTemporal | undefined {
  const { root } = value;
  return root !== null && typeof root === 'object' && 'kind' in root && 'value' in root
    ? (root as JsonTemporal)
    : undefined;
}

function localDay(context: EvaluationContext): DateTime {
  const offset = context.timeZone.offsetSecondsAt(context.statementMicros) * MICROS_PER_SECOND;
  return (DateTime.fromEpochMicros(context.statementMicros + offset) ?? DateTime.zero).dateOnly();
}

/** Rounds to the column's fraction, checks sql_mode's rules and the range of TIMESTAMP. */
function fitDateTime(value: DateTime, to: FieldType, text: () => string, site: Site): Datum {
  const { context } = site;
  const { sqlMode } = context;
  const rounded = sqlMode.timeTruncateFractional ? value.truncateTo(to.scale) : value.roundTo(to.scale);
  if (rounded === undefined) {
    report(site, sqlErrors.datetimeFunctionOverflow('datetime'));
    return DateTime.zero;
  }
  const fitted = to.name === 'date' ? rounded.dateOnly() : rounded;
  if (!dateFollowsRules(fitted, storableDates(context))) {
    reportFault('out of range', text(), site);
    return DateTime.zero;
  }
  if (to.name === 'timestamp') return fitTimestamp(fitted, text, site);
  if (fitted.hasZeroPart && (fitted.isZero ? sqlMode.noZeroDate : sqlMode.noZeroInDate)) {
    reportFault('out of range', text(), site);
  }
  if (fitted.micros !== rounded.micros) note(site, faultError('truncated', text(), site));
  return fitted;
}

function fitTimestamp(value: DateTime, text: () => string, site: Site): Datum {
  if (value.isZero) return value;
  const utc = value.hasZeroPart ? 0 : timestampToUtc(value, site.context.timeZone).toEpochMicros();
  if (utc >= MIN_TIMESTAMP && utc <= MAX_TIMESTAMP) return value;
  reportFault('out of range', text(), site);
  return DateTime.zero;
}

export function assignTime(from: FieldType, to: FieldType): Assignment {
  const finish = (micros: number, site: Site): Datum =>
    clampTime(
      site.context.sqlMode.timeTruncateFractional ? truncateMicros(micros, to.scale) : roundMicros(micros, to.scale),
    );
  switch (from.class) {
    case 'time':
      return (value, site) => finish(value as number, site);
    case 'datetime':
      return (value, site) => finish((value as DateTime).micros, site);
    case 'int':
    case 'enum':
    case 'set':
    case 'real':
    case 'decimal': {
      const text = textFunction(from);
      return (value, site) => {
        const { whole, micros } = splitNumber(decimalOf(value, from));
        const parsed = timeFromNumber(whole);
        if (whole >= FIRST_DATETIME_NUMBER && parsed?.outOfRange === false) {
          note(site, faultError('truncated', text(value), site));
        }
        const signed = decimalOf(value, from).sign < 0 ? -micros : micros;
        return storeTime(parsed && withMicros(parsed, signed), text(value), finish, site);
      };
    }
    case 'json':
      return (value, site) => {
        const temporal = temporalOf(value as Json);
        if (temporal !== undefined) {
          return finish(typeof temporal.value === 'number' ? temporal.value : temporal.value.micros, site);
        }
        const { root } = value as Json;
        const text = typeof root === 'string' ? root : String(value);
        return storeTime(parseTime(text), text, finish, site);
      };
    default: {
      const text = textFunction(from);
      return (value, site) => {
        const given = text(value);
        if (given.trim() === '') return 0;
        if (/^\s*\d+-\d+-\d+\s+\d+:/.test(given)) note(site, faultError('truncated', given, site));
        return storeTime(parseTime(given), shown(value, given), finish, site);
      };
    }
  }
}

type ParsedTime = NonNullable<ReturnType<typeof parseTime>>;

function withMicros(parsed: ParsedTime, micros: number): ParsedTime {
  return parsed.outOfRange ? parsed : { ...parsed, value: parsed.value + micros };
}

function storeTime(
  parsed: ParsedTime | undefined,
  text: string,
  finish: (micros: number, site: Site) => Datum,
  site: Site,
): Datum {
  if (parsed === undefined) {
    reportFault(/^\s*-?\d/.test(text) ? 'out of range' : 'truncated', text, site);
    return 0;
  }
  if (parsed.outOfRange) reportFault('out of range', text, site);
  else if (parsed.truncated) reportFault('truncated', text, site);
  return finish(parsed.value, site);
}
