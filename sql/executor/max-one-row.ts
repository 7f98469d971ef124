/** Passes one row on; a second one is error 1242. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { type Batch, type FieldType, type Operator, sqlErrors } from '../../engine/index.ts';

export class MaxOneRow implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  #rows = 0;

  constructor(input: Operator) {
    this.output = input.output;
    this.#input = input;
  }

  open(): ValueOrPromise<void> {
    this.#rows = 0;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    return chain(this.#input.next(), (batch) => {
      this.#rows += batch?.length ?? 0;
      if (this.#rows > 1) throw sqlErrors.subqueryNo1Row();
      return batch;
    });
  }

  close(): ValueOrPromise<void> {
    return this.#input.close();
  }
}
