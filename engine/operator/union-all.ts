/** The rows of several inputs with equal column types, one input after the other. */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import type { Operator } from './operator.ts';
import { each } from './pull.ts';

export class UnionAll implements Operator {
  readonly output: readonly FieldType[];
  readonly #inputs: readonly Operator[];
  #current = 0;

  constructor(inputs: readonly Operator[], output: readonly FieldType[]) {
    this.output = output;
    this.#inputs = inputs;
  }

  open(): ValueOrPromise<void> {
    this.#current = 0;
    return each(this.#inputs, (input) => input.open());
  }

  next(): ValueOrPromise<Batch | null> {
    while (this.#current < this.#inputs.length) {
      const batch = this.#inputs[this.#current]!.next();
      if (isPromise(batch)) return batch.then((arrived) => this.#arrived(arrived));
      if (batch !== null) return batch;
      this.#current++;
    }
    return null;
  }

  #arrived(batch: Batch | null): ValueOrPromise<Batch | null> {
    if (batch !== null) return batch;
    this.#current++;
    return this.next();
  }

  close(): ValueOrPromise<void> {
    return chain(
      each(this.#inputs, (input) => input.close()),
      () => undefined,
    );
  }
}
