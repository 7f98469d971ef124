/**
 * Binding of aggregate functions: result type, converted arguments, and how an aggregate is split into a partial half
 * (near the data) and a final half.
 */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { FieldType } from '../../types/field-type.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { aggregateCollations } from '../collation-aggregation.ts';
import type { ResolveOptions } from '../definition.ts';
import type { Expression } from '../expression.ts';
import { numericClassOf, precisionOf } from '../functions/arithmetic-types.ts';
import {
  bigintType,
  binaryCollation,
  charsetOf,
  decimalType,
  doubleType,
  jsonType,
  stringType,
  withNullable,
} from '../result-types.ts';

export interface AggregateOrder {
  readonly expression: Expression;
  readonly descending: boolean;
}

export interface AggregateOptions {
  readonly distinct?: boolean;
  /** GROUP_CONCAT only. */
  readonly separator?: string;
  readonly orderBy?: readonly AggregateOrder[];
}

export interface AggregateDescriptor {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly distinct: boolean;
  readonly separator: string;
  readonly orderBy: readonly AggregateOrder[];
  readonly type: FieldType;
}

/** Declared length of GROUP_CONCAT's result; what it may hold is group_concat_max_len's business. */
const GROUP_CONCAT_BYTES = 65_536;

const ALIASES: Readonly<Record<string, string>> = {
  std: 'stddev_pop',
  stddev: 'stddev_pop',
  variance: 'var_pop',
  approx_count_distinct: 'count',
};

const ARGUMENT_COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  count: [0, Number.POSITIVE_INFINITY],
  sum: [1, 1],
  avg: [1, 1],
  min: [1, 1],
  max: [1, 1],
  bit_and: [1, 1],
  bit_or: [1, 1],
  bit_xor: [1, 1],
  stddev_pop: [1, 1],
  stddev_samp: [1, 1],
  var_pop: [1, 1],
  var_samp: [1, 1],
  group_concat: [1, Number.POSITIVE_INFINITY],
  json_arrayagg: [1, 1],
  json_objectagg: [2, 2],
  any_value: [1, 1],
  'count merge': [1, 1],
  'avg merge': [2, 2],
};

export function isAggregateName(name: string): boolean {
  return (ALIASES[name] ?? name) in ARGUMENT_COUNTS;
}

/** COUNT(*) is `count` without arguments. Throws SqlError 1305, 1582, 1267. */
export function resolveAggregate(
  name: string,
  args: readonly Expression[],
  options: AggregateOptions,
  resolve: ResolveOptions,
): AggregateDescriptor {
  const canonical = ALIASES[name] ?? name;
  const counts = ARGUMENT_COUNTS[canonical];
  if (counts === undefined) throw sqlErrors.spDoesNotExist('FUNCTION', name);
  if (args.length < counts[0] || args.length > counts[1]) throw sqlErrors.wrongParamcountToNativeFct(name);
  const { args: converted, type } = shapeOf(canonical, args, resolve);
  const minMax = canonical === 'min' || canonical === 'max' || canonical === 'any_value';
  return {
    name: canonical,
    args: converted,
    distinct: (options.distinct === true || name === 'approx_count_distinct') && !minMax,
    separator: options.separator ?? ',',
    orderBy: options.orderBy ?? [],
    type,
  };
}

interface Shape {
  readonly args: readonly Expression[];
  readonly type: FieldType;
}

function shapeOf(name: string, args: readonly Expression[], resolve: ResolveOptions): Shape {
  const arg = args[0];
  switch (name) {
    case 'count':
    case 'count merge':
      return { args, type: withNullable(bigintType(false, 21), false) };
    case 'sum':
    case 'avg':
      return sumShape(name, arg!, resolve);
    case 'avg merge':
      return { args, type: averageType(arg!.type, resolve) };
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return { args: [castTo(arg!, 'int', binaryCollation)], type: withNullable(bigintType(true, 21), false) };
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
      return { args: [castTo(arg!, 'real', binaryCollation)], type: doubleType() };
    case 'group_concat': {
      const { collation } = aggregateCollations(args, 'group_concat', resolve, false);
      return {
        args: args.map((each) => castTo(each, 'text', collation)),
        type: stringType(GROUP_CONCAT_BYTES / charsetOf(collation).maxBytes, collation),
      };
    }
    case 'json_arrayagg':
    case 'json_objectagg':
      return { args, type: jsonType() };
    default:
      return { args, type: withNullable(arg!.type, true) };
  }
}

function sumShape(name: 'sum' | 'avg', arg: Expression, resolve: ResolveOptions): Shape {
  const numeric = arg.type.class === 'enum' || arg.type.class === 'set' ? 'real' : numericClassOf(arg);
  if (numeric === 'real') return { args: [castTo(arg, 'real', binaryCollation)], type: doubleType() };
  const { integer, scale } = precisionOf(arg.type);
  const converted = castTo(arg, numeric, binaryCollation);
  if (name === 'avg') return { args: [converted], type: averageType(decimalType(integer + scale, scale), resolve) };
  return { args: [converted], type: decimalType(Math.min(integer + scale + 22, 65), scale) };
}

function averageType(type: FieldType, resolve: ResolveOptions): FieldType {
  if (type.class === 'real') return doubleType();
  const { integer, scale } = precisionOf(type);
  const increment = resolve.divPrecisionIncrement;
  return decimalType(Math.min(integer + scale + increment, 65), Math.min(scale + increment, 30));
}

/** The two halves of an aggregate; undefined for those that need all rows in one place. */
export interface SplitAggregate {
  /** Computed near the data; their results are columns of the final half's input. */
  readonly partial: readonly AggregateDescriptor[];
  /** `columns` refer to the partial results, in order. */
  final(columns: readonly Expression[]): AggregateDescriptor;
}

export function splitAggregate(whole: AggregateDescriptor, resolve: ResolveOptions): SplitAggregate | undefined {
  if (whole.distinct) return undefined;
  const merge = (name: string, columns: readonly Expression[]): AggregateDescriptor => ({
    ...whole,
    name,
    args: columns,
  });
  switch (whole.name) {
    case 'count':
      return { partial: [whole], final: (columns) => merge('count merge', columns) };
    case 'sum':
    case 'min':
    case 'max':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
    case 'any_value':
      return { partial: [whole], final: (columns) => merge(whole.name, columns) };
    case 'avg':
      return {
        partial: [resolveAggregate('sum', whole.args, {}, resolve), resolveAggregate('count', whole.args, {}, resolve)],
        final: (columns) => merge('avg merge', columns),
      };
    default:
      return undefined;
  }
}
