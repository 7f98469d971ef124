/** Between JSON and the other classes. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { DateTime } from '../../types/date-time.ts';
import type { Datum } from '../../types/datum.ts';
import { Decimal, parseDecimalPrefix } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { Json, type JsonNode } from '../../types/json.ts';
import { parseDoublePrefix } from '../../types/number-parse.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { Expression } from '../expression.ts';
import { parseJsonText } from '../json/parse-json.ts';
import { textFunction } from './text-of.ts';

type Value = Exclude<Datum, null>;
type Converter = (context: EvaluationContext, value: Value) => Datum;

/** CAST(value AS JSON): texts are parsed, everything else becomes a scalar. */
export function jsonConverter(source: Expression): Converter {
  const from = source.type;
  if (from.class === 'json') return (_context, value) => value;
  if (from.class === 'string') {
    return (_context, value) => new Json(parseJsonText(value as string, 1, 'cast_as_json'));
  }
  const toNode = jsonNodeOf(source);
  return (_context, value) => new Json(toNode(value));
}

/** Values as JSON scalars: what JSON_ARRAY, JSON_OBJECT and comparisons with JSON make of an argument. */
export function jsonNodeOf(source: Expression): (value: Value) => JsonNode {
  const from = source.type;
  switch (from.class) {
    case 'json':
      return (value) => (value as Json).root;
    case 'int':
      if (isBooleanCall(source)) return (value) => value !== 0;
      return (value) => BigInt(value as number | bigint);
    case 'real':
      return (value) => value as number;
    case 'decimal':
      return (value) => value as Decimal;
    case 'datetime':
      return (value) => ({ kind: from.name as 'date' | 'datetime' | 'timestamp', value: value as DateTime });
    case 'time':
      return (value) => ({ kind: 'time', value: value as number });
    case 'bytes':
      return (value) => ({ kind: 'opaque', fieldType: opaqueType(from), bytes: value as Uint8Array });
    case 'null':
      return () => null;
    default: {
      const text = textFunction(from);
      return (value) => text(value);
    }
  }
}

const BOOLEAN_CALLS = new Set([
  '=',
  '<=>',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  'xor',
  'not',
  'in',
  'like',
  'regexp',
  'is null',
  'is not null',
  'is true',
  'is not true',
  'is false',
  'is not false',
  'isnull',
  'json_valid',
  'json_contains',
]);

/** TRUE, FALSE and predicates become JSON booleans. */
function isBooleanCall(source: Expression): boolean {
  if (source.kind === 'call') return BOOLEAN_CALLS.has(source.name);
  return source.kind === 'constant' && source.isBooleanLiteral === true;
}

function opaqueType(type: FieldType): number {
  switch (type.name) {
    case 'binary':
      return 254;
    case 'varbinary':
      return 15;
    case 'tinyblob':
      return 249;
    case 'mediumblob':
      return 250;
    case 'longblob':
      return 251;
    default:
      return 252;
  }
}

/** Warning 3156; `to` names the target. */
export function cannotConvert(context: EvaluationContext, to: string): void {
  reportDataError(context, sqlErrors.invalidJsonValueForCast(to, '', 1));
}

/** The number of a JSON scalar; `to` names the target in the warning. */
export function jsonToDecimal(context: EvaluationContext, value: Json, to: string): Decimal {
  const { root } = value;
  if (root instanceof Decimal) return root;
  switch (typeof root) {
    case 'bigint':
      return Decimal.fromInt(Number.isSafeInteger(Number(root)) ? Number(root) : root);
    case 'number':
      return Decimal.fromDouble(root);
    case 'boolean':
      return Decimal.fromInt(root ? 1 : 0);
    case 'string': {
      const { value: number, length } = parseDecimalPrefix(root);
      if (number === undefined || length < root.length) cannotConvert(context, to);
      return number ?? Decimal.zero;
    }
    default:
      cannotConvert(context, to);
      return Decimal.zero;
  }
}

export function jsonToReal(context: EvaluationContext, value: Json): number {
  const { root } = value;
  switch (typeof root) {
    case 'bigint':
    case 'boolean':
      return Number(root);
    case 'number':
      return root;
    case 'string': {
      const { value: number, truncated } = parseDoublePrefix(root);
      if (truncated) cannotConvert(context, 'DOUBLE');
      return number;
    }
    default:
      if (root instanceof Decimal) return root.toNumber();
      cannotConvert(context, 'DOUBLE');
      return 0;
  }
}
