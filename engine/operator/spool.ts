/**
 * Rows computed once and read many times: a CTE referenced more than once, the inner side of a repeated plan. The first
 * reader that is pulled fills the spool; the spool is closed by its owner, not by its readers.
 */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { batchBytes, MAX_BATCH_ROWS, RowStore } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';

export class Spool {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #context: EvaluationContext;
  readonly #store: RowStore;
  #filling: ValueOrPromise<void> | null = null;
  #charged = 0;

  constructor(input: Operator, context: EvaluationContext) {
    this.output = input.output;
    this.#input = input;
    this.#context = context;
    this.#store = new RowStore(input.output);
  }

  /** A fresh reader from the first row on. */
  reader(): Operator {
    return new StoreReader(this.#store, () => this.#fill());
  }

  #fill(): ValueOrPromise<void> {
    if (this.#filling !== null) return this.#filling;
    const filled = chain(this.#input.open(), () =>
      drain(this.#input, this.#context, (batch) => {
        const bytes = batchBytes(batch);
        this.#context.memory.consume(bytes);
        this.#charged += bytes;
        this.#store.append(batch);
      }),
    );
    this.#filling = filled;
    if (isPromise(filled)) {
      return filled.then(() => {
        this.#filling = undefined;
      });
    }
    return filled;
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#store.clear();
    return this.#input.close();
  }
}

/** Reads a row store that others own. */
export class StoreReader implements Operator {
  readonly output: readonly FieldType[];
  readonly #store: RowStore;
  readonly #prepare: () => ValueOrPromise<void>;
  #position = 0;

  constructor(store: RowStore, prepare: () => ValueOrPromise<void> = () => undefined) {
    this.output = store.types;
    this.#store = store;
    this.#prepare = prepare;
  }

  open(): ValueOrPromise<void> {
    this.#position = 0;
    return this.#prepare();
  }

  next(): Batch | null {
    const start = this.#position;
    const end = Math.min(start + MAX_BATCH_ROWS, this.#store.length);
    if (start >= end) return null;
    this.#position = end;
    return this.#store.slice(start, end);
  }

  close(): void {}
}
