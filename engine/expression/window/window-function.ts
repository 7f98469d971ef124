/** Binding of window functions: ROW_NUMBER, RANK …, and aggregates with OVER. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import type { FieldType } from '../../types/field-type.ts';
import {
  type AggregateDescriptor,
  type AggregateOptions,
  isAggregateName,
  resolveAggregate,
} from '../aggregate/descriptor.ts';
import type { CompiledExpression } from '../compile.ts';
import type { ResolveOptions } from '../definition.ts';
import type { Expression } from '../expression.ts';
import { resolveFunction } from '../resolve.ts';
import { bigintType, doubleType, withNullable } from '../result-types.ts';
import { aggregateTypes, castToAggregated } from '../type-aggregation.ts';

export interface WindowDescriptor {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly type: FieldType;
  /** Present for aggregates over the frame. */
  readonly aggregate: AggregateDescriptor | undefined;
}

const ARGUMENT_COUNTS: Readonly<Record<string, readonly [number, number]>> = {
  row_number: [0, 0],
  rank: [0, 0],
  dense_rank: [0, 0],
  percent_rank: [0, 0],
  cume_dist: [0, 0],
  ntile: [1, 1],
  lag: [1, 3],
  lead: [1, 3],
  first_value: [1, 1],
  last_value: [1, 1],
  nth_value: [2, 2],
};

export function isWindowFunctionName(name: string): boolean {
  return name in ARGUMENT_COUNTS;
}

export function resolveWindowFunction(
  name: string,
  args: readonly Expression[],
  aggregateOptions: AggregateOptions,
  options: ResolveOptions,
): WindowDescriptor {
  if (isAggregateName(name)) {
    const aggregate = resolveAggregate(name, args, aggregateOptions, options);
    return { name: aggregate.name, args: aggregate.args, type: aggregate.type, aggregate };
  }
  const counts = ARGUMENT_COUNTS[name];
  if (counts === undefined) throw sqlErrors.spDoesNotExist('FUNCTION', name);
  if (args.length < counts[0] || args.length > counts[1]) throw sqlErrors.wrongParamcountToNativeFct(name);
  return { name, ...shapeOf(name, args, options), aggregate: undefined };
}

function shapeOf(
  name: string,
  args: readonly Expression[],
  options: ResolveOptions,
): { readonly args: readonly Expression[]; readonly type: FieldType } {
  switch (name) {
    case 'percent_rank':
    case 'cume_dist':
      return { args, type: withNullable(doubleType(), false) };
    case 'lag':
    case 'lead': {
      const [value, offset, otherwise] = args;
      if (otherwise === undefined) return { args, type: withNullable(value!.type, true) };
      const { type } = aggregateTypes([value!, otherwise], name, options);
      return { args: [castToAggregated(value!, type), offset!, castToAggregated(otherwise, type)], type };
    }
    case 'first_value':
    case 'last_value':
    case 'nth_value':
      return { args, type: withNullable(args[0]!.type, true) };
    default:
      return { args, type: withNullable(bigintType(true, 21), name === 'ntile') };
  }
}

/** One end of a frame, ready for evaluation. */
export type FrameBound =
  | { readonly kind: 'unbounded-preceding' }
  | { readonly kind: 'unbounded-following' }
  | { readonly kind: 'current-row' }
  /** ROWS n PRECEDING (negative) or FOLLOWING (positive). */
  | { readonly kind: 'rows'; readonly sign: 1 | -1; readonly count: CompiledExpression }
  /** RANGE: the order key's value at the bound, computed from the current row. */
  | { readonly kind: 'range'; readonly target: CompiledExpression };

export interface Frame {
  readonly unit: 'rows' | 'range';
  readonly start: FrameBound;
  readonly end: FrameBound;
}

/**
 * The order key's value at a RANGE bound: `key ± amount`, or date arithmetic when `unit` (day, hour_minute …) is given.
 * Compile the result and use it as `target`.
 */
export function resolveRangeBound(
  key: Expression,
  bound: { readonly direction: 'preceding' | 'following'; readonly amount: Expression; readonly unit?: string },
  descending: boolean,
  options: ResolveOptions,
): Expression {
  const adds = (bound.direction === 'following') !== descending;
  if (bound.unit === undefined) return resolveFunction(adds ? '+' : '-', [key, bound.amount], options);
  const unit: Expression = { kind: 'constant', value: bound.unit, type: key.type };
  return resolveFunction(adds ? 'date_add' : 'date_sub', [key, bound.amount, unit], options);
}
