/** ORDER BY … LIMIT: keeps only the best `count + offset` rows, cutting back whenever the buffer has doubled. Stable. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { batchBytes, MAX_BATCH_ROWS, RowStore } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';
import { appendSortKeys, rowOrder, type SortItem } from './sort-key.ts';

export class TopN implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #items: readonly SortItem[];
  readonly #context: EvaluationContext;
  readonly #keep: number;
  readonly #offset: number;
  #store: RowStore;
  #keys: Datum[][];
  #position: number | undefined;
  #charged = 0;

  constructor(
    input: Operator,
    items: readonly SortItem[],
    options: { readonly count: number; readonly offset: number },
    context: EvaluationContext,
  ) {
    this.output = input.output;
    this.#input = input;
    this.#items = items;
    this.#context = context;
    this.#keep = options.count + options.offset;
    this.#offset = options.offset;
    this.#store = new RowStore(input.output);
    this.#keys = items.map(() => []);
  }

  open(): ValueOrPromise<void> {
    this.#position = undefined;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#keep === this.#offset) return null;
    if (this.#position !== undefined) return this.#emit(this.#position);
    const threshold = Math.max(2 * this.#keep, MAX_BATCH_ROWS);
    const collected = drain(this.#input, this.#context, (batch) => {
      const bytes = batchBytes(batch) + appendSortKeys(this.#items, this.#keys, batch, this.#context);
      this.#context.memory.consume(bytes);
      this.#charged += bytes;
      this.#store.append(batch);
      if (this.#store.length > threshold) this.#cut();
    });
    return chain(collected, () => {
      this.#cut();
      return this.#emit(this.#offset);
    });
  }

  /** Sorts what is there and forgets all but the best. */
  #cut(): void {
    const total = this.#store.length;
    const order = Array.from({ length: total }, (_, i) => i);
    order.sort(rowOrder(this.#items, this.#keys));
    if (order.length > this.#keep) order.length = this.#keep;
    if (total > 0) this.#release(Math.floor(this.#charged * (1 - order.length / total)));
    const kept = new RowStore(this.output);
    kept.append(this.#store.gather(order));
    this.#store = kept;
    this.#keys = this.#keys.map((keys) => order.map((row) => keys[row]!));
  }

  #release(bytes: number): void {
    this.#context.memory.release(bytes);
    this.#charged -= bytes;
  }

  #emit(start: number): Batch | null {
    const end = Math.min(start + MAX_BATCH_ROWS, this.#store.length);
    this.#position = end;
    return start >= end ? null : this.#store.slice(start, end);
  }

  close(): ValueOrPromise<void> {
    this.#release(this.#charged);
    this.#store = new RowStore(this.output);
    this.#keys = this.#items.map(() => []);
    return this.#input.close();
  }
}
