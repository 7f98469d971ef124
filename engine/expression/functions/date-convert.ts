/** Between dates and other things: formats, Unix timestamps, day numbers, seconds, time zones. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { DateTime, MICROS_PER_SECOND } from '../../types/date-time.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { clampTime, MAX_TIME_MICROS } from '../../types/time-value.ts';
import { castTo, fractionOf, numericFractionOf } from '../cast/implicit-cast.ts';
import { localDateTime } from '../cast/temporal-cast.ts';
import { timeText } from '../cast/text-of.ts';
import { lift1, lift2, liftNullary } from '../compiled-node.ts';
import type { FunctionDefinition, ResultRequest } from '../definition.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext, TimeZone } from '../evaluation-context.ts';
import type { Expression } from '../expression.ts';
import {
  bigintType,
  dateType,
  datetimeType,
  decimalType,
  stringType,
  textLength,
  timeType,
  withNullable,
} from '../result-types.ts';
import { scalar } from '../scalar.ts';
import { formatDateTime, formatTime } from '../temporal/format.ts';
import { dateTimeOfFields, formatKind, microsOfFields, parseWithFormat } from '../temporal/str-to-date.ts';

function formattedText({ originals, options }: ResultRequest): FieldType {
  const format = originals.at(-1)!;
  return withNullable(stringType(Math.min(textLength(format.type) * 10, 16_383), options.collationConnection), true);
}

const dateFormat = scalar({
  name: 'date_format',
  args: ['datetime', 'text'],
  result: formattedText,
  evaluate: (_context, value, format) => (format === '' ? null : formatDateTime(value, format)),
});

const timeFormat = scalar({
  name: 'time_format',
  args: ['time', 'text'],
  result: formattedText,
  evaluate: (_context, value, format) => formatTime(value, format),
});

function formatTypeOf(format: Expression | undefined): FieldType {
  if (format?.kind !== 'constant' || typeof format.value !== 'string') return datetimeType(6);
  const { kind, fsp } = formatKind(format.value);
  return kind === 'date' ? dateType() : kind === 'time' ? timeType(fsp) : datetimeType(fsp);
}

const strToDate = scalar({
  name: 'str_to_date',
  args: ['text', 'text'],
  result: ({ originals }) => withNullable(formatTypeOf(originals[1]), true),
  bind: (call) => (context, text, format) => {
    const parsed = parseWithFormat(text, format);
    const fail = (): null => {
      reportDataError(
        context,
        sqlErrors.wrongValueForFunction(call.type.class === 'time' ? 'time' : 'datetime', text, 'str_to_date'),
      );
      return null;
    };
    if (parsed === undefined) return fail();
    if (parsed.rest !== '') reportDataError(context, sqlErrors.truncatedWrongValue(call.type.class, text));
    if (call.type.class === 'time') return microsOfFields(parsed.fields) ?? fail();
    const value = dateTimeOfFields(parsed.fields);
    if (value === undefined || (value.hasZeroPart && context.sqlMode.noZeroInDate)) return fail();
    return value;
  },
});

const MAX_UNIX_SECONDS = 32_536_771_199;

/** FROM_UNIXTIME(seconds [, format]). */
const fromUnixTime: FunctionDefinition = {
  name: 'from_unixtime',
  minArgs: 1,
  maxArgs: 2,
  pure: false,
  sequential: false,
  resolve: ([seconds, format], options) => {
    const args = [castTo(seconds!, 'decimal', options.collationConnection)];
    if (format === undefined) {
      const type = withNullable(datetimeType(numericFractionOf(seconds!)), true);
      return { kind: 'call', name: 'from_unixtime', args, type };
    }
    args.push(castTo(format, 'text', options.collationConnection));
    const type = withNullable(stringType(textLength(format.type) * 10, options.collationConnection), true);
    return { kind: 'call', name: 'from_unixtime', args, type };
  },
  compile: (call, args) => {
    const traits = { type: call.type, pure: true };
    if (args.length === 1) {
      return lift1(traits, args[0]!, (context, seconds: Decimal) => fromSeconds(context, seconds, call.type.scale));
    }
    return lift2(traits, args[0]!, args[1]!, (context, seconds: Decimal, format: string) => {
      const value = fromSeconds(context, seconds, 6);
      return value === null ? null : formatDateTime(value, format);
    });
  },
};

function fromSeconds(context: EvaluationContext, seconds: Decimal, fsp: number): DateTime | null {
  const micros = seconds.round(6).mul(Decimal.fromInt(MICROS_PER_SECOND)).toNumber();
  if (micros < 0 || micros > MAX_UNIX_SECONDS * MICROS_PER_SECOND) return null;
  return localDateTime(context, micros).roundTo(fsp) ?? null;
}

/** UNIX_TIMESTAMP(): now; UNIX_TIMESTAMP(value): an integer, or a decimal with the value's fraction. */
const unixTimestamp: FunctionDefinition = {
  name: 'unix_timestamp',
  minArgs: 0,
  maxArgs: 1,
  pure: false,
  sequential: false,
  resolve: ([value], options) => {
    if (value === undefined) {
      return { kind: 'call', name: 'unix_timestamp', args: [], type: withNullable(bigintType(false, 12), false) };
    }
    const fsp = fractionOf(value);
    const type = fsp === 0 ? bigintType(false, 12) : decimalType(12 + fsp, fsp);
    return {
      kind: 'call',
      name: 'unix_timestamp',
      args: [castTo(value, 'datetime', options.collationConnection)],
      type: withNullable(type, value.type.nullable),
    };
  },
  compile: (call, args) => {
    const traits = { type: call.type, pure: true };
    if (args.length === 0) {
      const node = liftNullary({ ...traits, pure: false }, (context) =>
        Math.floor(context.statementMicros / MICROS_PER_SECOND),
      );
      return { ...node, constant: true };
    }
    return lift1(traits, args[0]!, (context, value: DateTime) => {
      const micros = value.hasZeroPart ? 0 : context.timeZone.toUtcMicros(value.toEpochMicros());
      const isOutside = micros < 0 || micros > MAX_UNIX_SECONDS * MICROS_PER_SECOND;
      if (call.type.class === 'int') return isOutside ? 0 : Math.floor(micros / MICROS_PER_SECOND);
      return new Decimal(isOutside ? 0 : micros, 6).truncate(call.type.scale);
    });
  },
};

const makeDate = scalar({
  name: 'makedate',
  args: ['int', 'int'],
  result: withNullable(dateType(), true),
  evaluate: (_context, yearArgument, days) => {
    let year = Number(yearArgument);
    if (year < 0 || year > 9999 || days <= 0) return null;
    if (year < 100) year += year < 70 ? 2000 : 1900;
    return DateTime.of(year, 1, 1).plus(Number(days) - 1, 0) ?? null;
  },
});

const makeTime = scalar({
  name: 'maketime',
  args: ['int', 'int', 'decimal'],
  result: ({ originals }) => withNullable(timeType(fractionOf(originals[2]!)), true),
  evaluate: (context, hour, minute, second) => {
    const seconds = second.round(6).mul(Decimal.fromInt(MICROS_PER_SECOND)).toNumber();
    if (minute < 0 || minute > 59 || seconds < 0 || seconds >= 60 * MICROS_PER_SECOND) return null;
    const hours = Number(hour);
    const magnitude = (Math.abs(hours) * 3600 + Number(minute) * 60) * MICROS_PER_SECOND + seconds;
    const value = hours < 0 ? 0 - magnitude : magnitude;
    if (magnitude > MAX_TIME_MICROS) {
      reportDataError(context, sqlErrors.truncatedWrongValue('time', timeText(value, 0)));
    }
    return clampTime(value);
  },
});

const fromDays = scalar({
  name: 'from_days',
  args: ['int'],
  result: withNullable(dateType(), true),
  evaluate: (_context, days) => (days <= 365 ? DateTime.zero : (DateTime.fromDayNumber(Number(days)) ?? null)),
});

const secToTime = scalar({
  name: 'sec_to_time',
  args: ['decimal'],
  result: ({ originals }) => withNullable(timeType(numericFractionOf(originals[0]!)), true),
  bind: (call) => (context, seconds) => {
    const micros = seconds.round(call.type.scale).mul(Decimal.fromInt(MICROS_PER_SECOND)).toNumber();
    const value = clampTime(micros);
    if (value !== micros) reportDataError(context, sqlErrors.truncatedWrongValue('time', seconds.toString()));
    return value;
  },
});

const timeToSec = scalar({
  name: 'time_to_sec',
  args: ['time'],
  result: withNullable(bigintType(false, 10), true),
  evaluate: (_context, micros) => Math.trunc(micros / MICROS_PER_SECOND) + 0,
});

/** TIMESTAMP(value [, time]). */
const timestamp = scalar({
  name: 'timestamp',
  args: ['datetime', 'time'],
  optional: 1,
  result: ({ originals }) => withNullable(datetimeType(Math.max(...originals.map(fractionOf))), true),
  evaluate: (_context: EvaluationContext, value: DateTime, micros?: number) =>
    micros === undefined ? value : (value.plus(0, micros) ?? null),
});

const OFFSET = /^([+-])(\d{1,2}):(\d{2})$/;

/** A fixed displacement, the session's own zone, or one that the host knows by name. */
function zoneNamed(context: EvaluationContext, name: string): TimeZone | undefined {
  const offset = OFFSET.exec(name);
  if (offset !== null) {
    const seconds = (Number(offset[2]) * 3600 + Number(offset[3]) * 60) * (offset[1] === '-' ? -1 : 1);
    if (Math.abs(seconds) > 14 * 3600) return undefined;
    return {
      name,
      offsetSecondsAt: () => seconds,
      toUtcMicros: (localMicros) => localMicros - seconds * MICROS_PER_SECOND,
    };
  }
  if (name.toUpperCase() === 'SYSTEM') return context.findTimeZone?.(name) ?? context.timeZone;
  return context.findTimeZone?.(name) ?? (/^utc$/i.test(name) ? zoneNamed(context, '+00:00') : undefined);
}

const convertTz = scalar({
  name: 'convert_tz',
  args: ['datetime', 'text', 'text'],
  pure: false,
  result: ({ originals }) => withNullable(datetimeType(fractionOf(originals[0]!)), true),
  evaluate: (context, value, fromName, toName) => {
    const from = zoneNamed(context, fromName);
    const to = zoneNamed(context, toName);
    if (from === undefined || to === undefined || value.hasZeroPart) return null;
    const utc = from.toUtcMicros(value.toEpochMicros());
    if (utc < 0 || utc > MAX_UNIX_SECONDS * MICROS_PER_SECOND) return value;
    return DateTime.fromEpochMicros(utc + to.offsetSecondsAt(utc) * MICROS_PER_SECOND) ?? null;
  },
});

const FORMATS: Readonly<Record<string, readonly [string, string, string]>> = {
  usa: ['%m.%d.%Y', '%h:%i:%s %p', '%Y-%m-%d %H.%i.%s'],
  jis: ['%Y-%m-%d', '%H:%i:%s', '%Y-%m-%d %H:%i:%s'],
  iso: ['%Y-%m-%d', '%H:%i:%s', '%Y-%m-%d %H:%i:%s'],
  eur: ['%d.%m.%Y', '%H.%i.%s', '%Y-%m-%d %H.%i.%s'],
  internal: ['%Y%m%d', '%H%i%s', '%Y%m%d%H%i%s'],
};

/** GET_FORMAT(DATE | TIME | DATETIME, 'EUR' …): the first argument is the word as a string. */
const getFormat = scalar({
  name: 'get_format',
  args: ['text', 'text'],
  result: ({ options }) => withNullable(stringType(17, options.collationConnection), true),
  evaluate: (_context, kind, region) => {
    const formats = FORMATS[region.toLowerCase()];
    if (formats === undefined) return null;
    return formats[kind.toLowerCase() === 'date' ? 0 : kind.toLowerCase() === 'time' ? 1 : 2];
  },
});

export const dateConvertFunctions: readonly FunctionDefinition[] = [
  dateFormat,
  timeFormat,
  strToDate,
  fromUnixTime,
  unixTimestamp,
  makeDate,
  makeTime,
  fromDays,
  secToTime,
  timeToSec,
  timestamp,
  convertTz,
  getFormat,
];
