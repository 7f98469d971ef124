/** Lets through the rows for which a predicate is true. Order is kept. */

import type { ValueOrPromise } from '../../base/index.ts';
import type { CompiledPredicate } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { gatherBatch } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { pull } from './pull.ts';

export class Filter implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #context: EvaluationContext;
  readonly #process: (batch: Batch | null) => Batch | null | undefined;

  constructor(input: Operator, predicate: CompiledPredicate, context: EvaluationContext) {
    this.output = input.output;
    this.#input = input;
    this.#context = context;
    this.#process = (batch) => {
      if (batch === null) return null;
      const rows = predicate.select(batch, context);
      if (rows.length === 0) return undefined;
      return rows.length === batch.length ? batch : gatherBatch(batch, rows);
    };
  }

  open(): ValueOrPromise<void> {
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return pull(this.#input, this.#context, this.#process);
  }

  close(): ValueOrPromise<void> {
    return this.#input.close();
  }
}
