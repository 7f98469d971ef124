/** Computes a list of expressions over each row. Order is kept. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { plainVector, rowAt } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';

export class Projection implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #project: (batch: Batch | null) => Batch | null;

  constructor(input: Operator, expressions: readonly CompiledExpression[], context: EvaluationContext) {
    this.output = expressions.map((expression) => expression.type);
    this.#input = input;
    const project = expressions.some((expression) => expression.sequential) ? projectRows : projectColumns;
    this.#project = (batch) => {
      if (batch === null) return null;
      context.checkInterrupted();
      return project(batch, expressions, context);
    };
  }

  open(): ValueOrPromise<void> {
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return chain(this.#input.next(), this.#project);
  }

  close(): ValueOrPromise<void> {
    return this.#input.close();
  }
}

function projectColumns(batch: Batch, expressions: readonly CompiledExpression[], context: EvaluationContext): Batch {
  return { length: batch.length, columns: expressions.map((expression) => expression.evaluate(batch, context)) };
}

/** With user variables the select list is evaluated row by row, from left to right. */
function projectRows(batch: Batch, expressions: readonly CompiledExpression[], context: EvaluationContext): Batch {
  const columns = expressions.map(() => new Array<Datum>(batch.length));
  for (let i = 0; i < batch.length; i++) {
    const row = rowAt(batch, i);
    for (let c = 0; c < expressions.length; c++) columns[c]![i] = expressions[c]!.evaluateRow(row, context);
  }
  return { length: batch.length, columns: columns.map((values, c) => plainVector(expressions[c]!.type, values)) };
}
