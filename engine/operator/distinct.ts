/** Removes duplicate rows (in the sense of `=` of each column's type, NULLs being equal). Answers rows as they first appear. */

import type { ValueOrPromise } from '../../base/index.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { gatherBatch } from '../vector/row-store.ts';
import { columnExpressions } from './columns.ts';
import { Grouping } from './grouping.ts';
import type { Operator } from './operator.ts';
import { pull } from './pull.ts';

export class Distinct implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #columns: readonly CompiledExpression[];
  readonly #context: EvaluationContext;
  #seen: Grouping;
  #charged = 0;

  constructor(input: Operator, context: EvaluationContext) {
    this.output = input.output;
    this.#input = input;
    this.#columns = columnExpressions(input.output);
    this.#context = context;
    this.#seen = new Grouping(this.#columns);
  }

  open(): ValueOrPromise<void> {
    this.#seen = new Grouping(this.#columns);
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return pull(this.#input, this.#context, (batch) => (batch === null ? null : this.#fresh(batch)));
  }

  #fresh(batch: Batch): Batch | undefined {
    const rows = this.#seen.newRows(batch, this.#context);
    this.#context.memory.consume(this.#seen.bytes - this.#charged);
    this.#charged = this.#seen.bytes;
    if (rows.length === 0) return undefined;
    return rows.length === batch.length ? batch : gatherBatch(batch, rows);
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#seen = new Grouping(this.#columns);
    return this.#input.close();
  }
}
