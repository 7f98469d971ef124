/**
 * CAST and CONVERT as written by the user: the plain conversion (`cast.ts`), then cut, padded, rounded and range-checked to
 * the target, with MySQL's warnings.
 */

import type { Collation } from '../../charset/collation.ts';
import { sqlErrors } from '../../errors/sql-errors.ts';
import { type DateTime, roundMicros } from '../../types/date-time.ts';
import type { Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import type { FunctionDefinition } from '../definition.ts';
import { reportDataError, reportTruncated } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Coercibility, Expression } from '../expression.ts';
import { printExpression } from '../print.ts';
import { stringType, textLength, withNullable } from '../result-types.ts';
import { binaryStringOf } from '../text/binary-string.ts';
import { codePointLength, takeCodePoints } from '../text/code-points.ts';
import { castDefinition, converter } from './cast.ts';

type Finish = (context: EvaluationContext, value: Exclude<Datum, null>) => Datum;

/**
 * CAST(expression AS type). `type` comes from `castTargets`-like constructors: its `length` is what was written in
 * parentheses, −1 where nothing was.
 */
export function resolveCast(expression: Expression, type: FieldType): Expression {
  const target =
    type.length < 0 && (type.class === 'string' || type.class === 'bytes')
      ? stringType(textLength(expression.type), type.collation)
      : type;
  const limit = type.class === 'string' || type.class === 'bytes' ? type.length : -1;
  const coercibility: Coercibility | undefined = type.class === 'string' || type.class === 'bytes' ? 2 : undefined;
  const mayFail = type.class === 'datetime' || type.class === 'time' || type.name === 'year';
  return {
    kind: 'call',
    name: limit >= 0 ? 'cast to length' : 'cast as',
    args: [expression],
    type: withNullable(target, expression.type.nullable || mayFail),
    coercibility,
  };
}

/** `expression COLLATE collation`: the same text, explicit coercibility. Throws 1253 for a collation of another set. */
export function resolveCollate(expression: Expression, collation: Collation): Expression {
  const { type } = expression;
  if (type.class === 'string' || type.class === 'enum' || type.class === 'set') {
    if (type.collation.charset !== collation.charset) {
      throw sqlErrors.collationCharsetMismatch(collation.name, type.collation.charset);
    }
  } else if (type.class === 'bytes' && collation.charset !== 'binary') {
    throw sqlErrors.collationCharsetMismatch(collation.name, 'binary');
  }
  return collated(expression, collation, 0);
}

/** CONVERT(expression USING charset), with the charset's default collation. */
export function resolveConvertUsing(expression: Expression, collation: Collation): Expression {
  return collated(expression, collation, 2);
}

function collated(expression: Expression, collation: Collation, coercibility: Coercibility): Expression {
  const type = withNullable(stringType(textLength(expression.type), collation), expression.type.nullable);
  return { kind: 'call', name: 'cast', args: [expression], type, coercibility };
}

function define(name: string): FunctionDefinition {
  return castDefinition(name, (call) => {
    const convert = converter(call.args[0]!, call.type);
    const finish = finisher(call);
    return (context, value) => {
      const converted = convert(context, value);
      return converted === null ? null : finish(context, converted);
    };
  });
}

function finisher(call: CallExpression): Finish {
  const { type } = call;
  switch (type.class) {
    case 'decimal':
      return decimalFinisher(call);
    case 'string':
      return call.name === 'cast to length' ? cutText(type) : (_context, value) => value;
    case 'bytes':
      return call.name === 'cast to length' ? fitBytes(type) : (_context, value) => value;
    case 'datetime':
      return (context, value) => strictDate(context, value as DateTime)?.roundTo(type.scale) ?? null;
    case 'time':
      return (_context, value) => roundMicros(value as number, type.scale);
    default:
      return (_context, value) => value;
  }
}

/** Zero parts (2020-00-01) do not survive a cast under NO_ZERO_IN_DATE. */
export function strictDate(context: EvaluationContext, value: DateTime): DateTime | null {
  if (!context.sqlMode.noZeroInDate || !value.hasZeroPart || value.isZero) return value;
  reportDataError(context, sqlErrors.incorrectTemporal('datetime', value.toString()));
  return null;
}

function decimalFinisher(call: CallExpression): Finish {
  const { length: precision, scale } = call.type;
  return (context, value) => {
    const rounded = (value as Decimal).round(scale);
    if (rounded.integerDigits <= precision - scale) return rounded;
    reportDataError(context, sqlErrors.warnDataOutOfRange(printCast(call), 1));
    return Decimal.limit(precision, scale, rounded.sign < 0);
  };
}

function printCast(call: CallExpression): string {
  return `cast(${printExpression(call.args[0]!)} as decimal(${call.type.length},${call.type.scale}))`;
}

function cutText(type: FieldType): Finish {
  const { length } = type;
  return (context, value) => {
    const text = value as string;
    if (text.length <= length || codePointLength(text) <= length) return text;
    reportTruncated(context, `CHAR(${length})`, text);
    return takeCodePoints(text, length);
  };
}

function fitBytes(type: FieldType): Finish {
  const { length } = type;
  return (context, value) => {
    const bytes = value as Uint8Array;
    if (bytes.length === length) return bytes;
    if (bytes.length > length) {
      reportTruncated(context, `BINARY(${length})`, binaryStringOf(bytes));
      return bytes.slice(0, length);
    }
    const padded = new Uint8Array(length);
    padded.set(bytes);
    return padded;
  };
}

export const explicitCastFunctions: readonly FunctionDefinition[] = [define('cast as'), define('cast to length')];
