/**
 * Bound, typed expressions: what the planner builds and `compile.ts` turns into closures over batches.
 * Every node carries its result type; conversions are explicit nodes (`call` of a cast), put there by
 * `resolveFunction`, so evaluation never guesses.
 */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

export type Expression = ColumnExpression | ConstantExpression | ParameterExpression | CallExpression;

/** Column `index` of the input batch. */
export interface ColumnExpression {
  readonly kind: 'column';
  readonly index: number;
  readonly type: FieldType;
  /** For messages and EXPLAIN, e.g. `db.t.c`. */
  readonly name: string;
}

export interface ConstantExpression {
  readonly kind: 'constant';
  readonly value: Datum;
  readonly type: FieldType;
}

/** A value that changes from execution to execution: `?` markers and literals taken out by the plan cache. */
export interface ParameterExpression {
  readonly kind: 'parameter';
  readonly index: number;
  readonly type: FieldType;
}

/** A scalar function or operator, named as in the function registry (`registry.ts`): '+', 'concat', 'if', 'case', 'cast', 'in' … */
export interface CallExpression {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly type: FieldType;
}
