/** WITH ROLLUP's input: each row once per prefix of the groups, with the groups behind the prefix NULL. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { Batch, CompiledExpression, Datum, EvaluationContext, FieldType, Operator } from '../../engine/index.ts';

export class Expand implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #groups: readonly CompiledExpression[];
  readonly #context: EvaluationContext;
  #pending: Batch[] = [];

  constructor(
    input: Operator,
    groups: readonly CompiledExpression[],
    output: readonly FieldType[],
    context: EvaluationContext,
  ) {
    this.output = output;
    this.#input = input;
    this.#groups = groups;
    this.#context = context;
  }

  open(): ValueOrPromise<void> {
    this.#pending = [];
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    const ready = this.#pending.shift();
    if (ready !== undefined) return ready;
    return chain(this.#input.next(), (batch) => {
      if (batch === null) return null;
      const groups = this.#groups.map((group) => group.evaluate(batch, this.#context).values);
      for (let level = 0; level <= groups.length; level++) this.#pending.push(this.#copy(batch, groups, level));
      return this.#pending.shift() ?? null;
    });
  }

  /** The batch with the last `level` groups rolled up. */
  #copy(batch: Batch, groups: readonly (readonly Datum[])[], level: number): Batch {
    const { length } = batch;
    const kept = groups.length - level;
    const columns: Datum[][] = batch.columns.map((column) => column.values);
    groups.forEach((values, i) => {
      columns.push(i < kept ? values.slice() : new Array<Datum>(length).fill(null));
    });
    columns.push(new Array<Datum>(length).fill(level));
    return {
      length,
      columns: columns.map((values, i) => ({ kind: 'plain', type: this.output[i] as FieldType, values })),
    };
  }

  close(): ValueOrPromise<void> {
    this.#pending = [];
    return this.#input.close();
  }
}
