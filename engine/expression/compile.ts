/** From bound expressions to closures. Compiling costs microseconds: done once per plan, never per execution. */

import { assertNever, defined } from '../../base/index.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch, Vector } from '../vector/batch.ts';
import {
  type CompiledNode,
  columnNode,
  constantNode,
  NO_ROW,
  parameterNode,
  type RowFunction,
} from './compiled-node.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { Expression } from './expression.ts';
import { findFunction } from './registry.ts';
import { asTruthValue, truthOf } from './truth.ts';

export interface CompiledExpression {
  readonly type: FieldType;
  /** The same value for all rows of one execution: `evaluateRow` may be called with an empty row. */
  readonly constant: boolean;
  /** True when rows must be evaluated one by one in order, across all expressions of a select list (`@a := @a + 1`). */
  readonly sequential: boolean;
  /** A new vector, or a column of the batch itself when the expression is a plain column: never write to it. */
  evaluate(batch: Batch, context: EvaluationContext): Vector;
  /** One row without a batch: point paths, constants. */
  readonly evaluateRow: RowFunction;
}

/** Row numbers, ascending. */
export type Selection = readonly number[];

export interface CompiledPredicate {
  /** Rows for which the predicate is true (neither false nor NULL). */
  select(batch: Batch, context: EvaluationContext): Selection;
  test(row: readonly Datum[], context: EvaluationContext): boolean;
}

function compileNode(expression: Expression): CompiledNode {
  switch (expression.kind) {
    case 'column':
      return columnNode(expression.type, expression.index);
    case 'constant':
      return constantNode(expression.type, expression.value);
    case 'parameter':
      return parameterNode(expression.type, expression.index);
    case 'call': {
      const definition = defined(findFunction(expression.name), `function ${expression.name} is not registered`);
      return definition.compile(expression, expression.args.map(compileNode));
    }
    default:
      return assertNever(expression);
  }
}

export function compileExpression(expression: Expression): CompiledExpression {
  return present(compileNode(expression));
}

function present(node: CompiledNode): CompiledExpression {
  const { type } = node;
  return {
    type,
    constant: node.constant,
    sequential: node.sequential,
    evaluate: (batch, context) => ({ kind: 'plain', type, values: node.values(batch, context) }),
    evaluateRow: node.row,
  };
}

export function compilePredicate(expression: Expression): CompiledPredicate {
  const node = compileNode(asTruthValue(expression));
  const truth = truthOf(node.type);
  return {
    select: (batch, context) => {
      if (node.constant) return truth(node.row(NO_ROW, context)) === 1 ? allRows(batch.length) : [];
      return selectTrue(node.values(batch, context), truth);
    },
    test: (row, context) => truth(node.row(row, context)) === 1,
  };
}

function allRows(length: number): number[] {
  const selection = new Array<number>(length);
  for (let i = 0; i < length; i++) selection[i] = i;
  return selection;
}

function selectTrue(values: readonly Datum[], truth: (value: Datum) => number | null): number[] {
  const selection: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value === 1 || (value !== 0 && value !== null && truth(value) === 1)) selection.push(i);
  }
  return selection;
}
