/** Full sort, stable. Holds the whole input in memory, charged to the statement's account, and answers it in order. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { batchBytes, MAX_BATCH_ROWS, RowStore } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';
import { appendSortKeys, rowOrder, type SortItem } from './sort-key.ts';

export class Sort implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #items: readonly SortItem[];
  readonly #context: EvaluationContext;
  #store: RowStore;
  #order: number[] | undefined;
  #position = 0;
  #charged = 0;

  constructor(input: Operator, items: readonly SortItem[], context: EvaluationContext) {
    this.output = input.output;
    this.#input = input;
    this.#items = items;
    this.#context = context;
    this.#store = new RowStore(input.output);
  }

  open(): ValueOrPromise<void> {
    this.#order = undefined;
    this.#position = 0;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#order !== undefined) return this.#emit(this.#order);
    return chain(this.#sorted(), (order) => this.#emit(order));
  }

  #sorted(): ValueOrPromise<number[]> {
    const keys: Datum[][] = this.#items.map(() => []);
    const collected = drain(this.#input, this.#context, (batch) => {
      const bytes = batchBytes(batch) + appendSortKeys(this.#items, keys, batch, this.#context);
      this.#context.memory.consume(bytes);
      this.#charged += bytes;
      this.#store.append(batch);
    });
    return chain(collected, () => {
      const order = Array.from({ length: this.#store.length }, (_, i) => i);
      order.sort(rowOrder(this.#items, keys));
      this.#order = order;
      return order;
    });
  }

  #emit(order: readonly number[]): Batch | null {
    if (this.#position >= order.length) return null;
    const end = Math.min(this.#position + MAX_BATCH_ROWS, order.length);
    const rows = order.slice(this.#position, end);
    this.#position = end;
    return this.#store.gather(rows);
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#store = new RowStore(this.output);
    this.#order = undefined;
    return this.#input.close();
  }
}
