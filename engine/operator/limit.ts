/** LIMIT and OFFSET. Stops pulling as soon as it has enough. */

import type { ValueOrPromise } from '../../base/index.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { sliceBatch } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { pull } from './pull.ts';

export class Limit implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #context: EvaluationContext;
  readonly #count: number;
  readonly #offset: number;
  #skip = 0;
  #left = 0;

  /** `count` may be Infinity. */
  constructor(
    input: Operator,
    options: { readonly count: number; readonly offset: number },
    context: EvaluationContext,
  ) {
    this.output = input.output;
    this.#input = input;
    this.#context = context;
    this.#count = options.count;
    this.#offset = options.offset;
  }

  open(): ValueOrPromise<void> {
    this.#skip = this.#offset;
    this.#left = this.#count;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#left <= 0) return null;
    return pull(this.#input, this.#context, (batch) => {
      if (batch === null) return null;
      if (this.#skip >= batch.length) {
        this.#skip -= batch.length;
        return undefined;
      }
      const start = this.#skip;
      const end = Math.min(batch.length, start + this.#left);
      this.#skip = 0;
      this.#left -= end - start;
      return start === 0 && end === batch.length ? batch : sliceBatch(batch, start, end);
    });
  }

  close(): ValueOrPromise<void> {
    return this.#input.close();
  }
}
