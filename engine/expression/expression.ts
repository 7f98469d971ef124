/**
 * Bound, typed expressions: what the planner builds and `compile.ts` turns into closures over batches.
 * Every node carries its result type; conversions are explicit nodes (`call` of a cast), put there by
 * `resolveFunction`, so evaluation never guesses.
 */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

export type Expression = ColumnExpression | ConstantExpression | ParameterExpression | CallExpression;

/** Column `index` of the input batch. */
/**
 * How strongly a character expression insists on its collation, MySQL's COERCIBILITY(): 0 explicit COLLATE, 1 no
 * collation, 2 columns and variables, 3 system constants, 4 literals, 5 numbers, 6 NULL. The lower one wins.
 */
export type Coercibility = 0 | 1 | 2 | 3 | 4 | 5 | 6;

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
  /** x'41', 0x41, b'01': a byte string that is an unsigned integer in numeric context. */
  readonly isHexLiteral?: boolean | undefined;
  /** TRUE and FALSE: integers that become JSON booleans. */
  readonly isBooleanLiteral?: boolean | undefined;
  /** Absent: that of a literal (see `coercibilityOf`). */
  readonly coercibility?: Coercibility | undefined;
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
  /** Of string results; set by `resolveFunction`. */
  readonly coercibility?: Coercibility | undefined;
}
