/**
 * The one type that several expressions are brought to: branches of CASE, IF and COALESCE, members of UNION (manual,
 * "Flow Control Functions"; MySQL's field_type_merge).
 */

import type { FieldType, TypeName } from '../types/field-type.ts';
import { resolveCast } from './cast/explicit-cast.ts';
import { castNode, castTo, castToText } from './cast/implicit-cast.ts';
import { aggregateCollations } from './collation-aggregation.ts';
import type { ResolveOptions } from './definition.ts';
import type { Coercibility, Expression } from './expression.ts';
import { precisionOf } from './functions/arithmetic-types.ts';
import { isNumeric, isTemporal } from './functions/type-groups.ts';
import {
  bigintType,
  datetimeType,
  decimalType,
  doubleType,
  nullType,
  stringType,
  textLength,
  withNullable,
} from './result-types.ts';

export interface AggregatedType {
  readonly type: FieldType;
  readonly coercibility?: Coercibility | undefined;
}

/** The type that holds every one of `expressions`. Throws 1267 and its kin when their collations do not mix. */
export function aggregateTypes(
  expressions: readonly Expression[],
  operation: string,
  options: ResolveOptions,
): AggregatedType {
  const values = expressions.filter((expression) => expression.type.class !== 'null');
  const nullable = expressions.some((expression) => expression.type.nullable || expression.type.class === 'null');
  if (values.length === 0) return { type: nullType() };
  const nonString = aggregateNonStrings(values.map((value) => value.type));
  if (nonString !== undefined) return { type: withNullable(nonString, nullable) };
  const { collation, coercibility } = aggregateCollations(values, operation, options, false);
  const length = values.reduce((longest, value) => Math.max(longest, textLength(value.type)), 0);
  return { type: withNullable(stringType(length, collation), nullable), coercibility };
}

function aggregateNonStrings(types: readonly FieldType[]): FieldType | undefined {
  const [first] = types as [FieldType, ...FieldType[]];
  if (types.every((type) => isNumeric(type.class))) return aggregateNumbers(types);
  if (types.every((type) => isTemporal(type.class))) return aggregateTemporals(types);
  if (types.every((type) => type.class === 'json')) return first;
  return undefined;
}

const INT_WIDTHS: readonly TypeName[] = ['year', 'tinyint', 'smallint', 'mediumint', 'int', 'bigint'];

function aggregateNumbers(types: readonly FieldType[]): FieldType {
  const [first, ...rest] = types as [FieldType, ...FieldType[]];
  if (types.some((type) => type.class === 'real')) {
    return types.every((type) => type.name === 'float') ? first : doubleType(realScale(types));
  }
  if (types.every((type) => type.class === 'int')) return rest.reduce(widerInt, first);
  return widestDecimal(types);
}

function realScale(types: readonly FieldType[]): number {
  return types.reduce((scale, type) => Math.max(scale, type.scale), 0);
}

function widerInt(left: FieldType, right: FieldType): FieldType {
  if (left.class !== 'int') return widestDecimal([left, right]);
  if (left.name === 'bit' && right.name === 'bit') return left.length >= right.length ? left : right;
  const length = Math.max(left.length, right.length);
  if (left.unsigned === right.unsigned) {
    const wider = INT_WIDTHS.indexOf(left.name) >= INT_WIDTHS.indexOf(right.name) ? left : right;
    return wider.name === 'bit' ? bigintType(true) : { ...wider, length, zerofill: false };
  }
  const [unsigned, signed] = left.unsigned ? [left, right] : [right, left];
  const needed = INT_WIDTHS.indexOf(unsigned.name) + 1;
  if (unsigned.name === 'bigint' || unsigned.name === 'bit') return widestDecimal([left, right]);
  const name = INT_WIDTHS[Math.max(needed, INT_WIDTHS.indexOf(signed.name))] ?? 'bigint';
  return { ...signed, name, length: Math.max(length, 11), zerofill: false };
}

function widestDecimal(types: readonly FieldType[]): FieldType {
  let integer = 0;
  let scale = 0;
  for (const type of types) {
    const digits = precisionOf(type);
    integer = Math.max(integer, digits.integer);
    scale = Math.max(scale, digits.scale);
  }
  return decimalType(
    Math.min(integer + scale, 65),
    scale,
    types.every((type) => type.unsigned),
  );
}

function aggregateTemporals(types: readonly FieldType[]): FieldType {
  const [first] = types as [FieldType, ...FieldType[]];
  const scale = types.reduce((most, type) => Math.max(most, type.scale), 0);
  if (types.every((type) => type.name === first.name)) return types.find((type) => type.scale === scale) ?? first;
  return datetimeType(scale);
}

/**
 * Casts an expression to a type made by `aggregateTypes`; values that need no change are left alone. Decimals are padded
 * to the common scale, except in CASE and IF, whose branches keep the digits they have.
 */
export function castToAggregated(
  expression: Expression,
  type: FieldType,
  options: { readonly keepDigits?: boolean } = {},
): Expression {
  const from = expression.type;
  switch (type.class) {
    case 'null':
      return expression;
    case 'string':
    case 'bytes':
      return from.class === 'null' ? expression : castToText(expression, type.collation);
    case 'decimal':
      if (options.keepDigits === true || from.class === 'null') return castTo(expression, 'decimal', type.collation);
      return from.class === 'decimal' && from.scale === type.scale ? expression : resolveCast(expression, type);
    case 'int':
      return from.class === 'int' || from.class === 'null' ? expression : castNode(expression, type);
    case 'enum':
    case 'set':
      return expression;
    case 'real':
    case 'datetime':
    case 'time':
    case 'json':
      return castTo(expression, type.class, type.collation);
  }
}
