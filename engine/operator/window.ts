/**
 * Window functions. The input arrives sorted by partition, then by the window's order (a Sort below sees to that); one
 * partition is held at a time. Output: the input's columns, then one column per function. Order is kept.
 */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { type Comparator, nullsFirst } from '../expression/compare.ts';
import type { CompiledExpression } from '../expression/compile.ts';
import type { EvaluationContext } from '../expression/evaluation-context.ts';
import type { Frame } from '../expression/window/window-function.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { batchBytes, MAX_BATCH_ROWS, plainVector, RowStore, sliceBatch } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';
import { drain } from './pull.ts';
import { keyComparator, type SortItem, sortKeys } from './sort-key.ts';
import { type CompiledWindowFunction, computeWindow, Partition } from './window-partition.ts';

export interface WindowOptions {
  readonly partitionBy: readonly CompiledExpression[];
  readonly orderBy: readonly SortItem[];
  /** Absent: RANGE UNBOUNDED PRECEDING to the current row with an order, the whole partition without. */
  readonly frame?: Frame | undefined;
  readonly functions: readonly CompiledWindowFunction[];
}

export class Window implements Operator {
  readonly output: readonly FieldType[];
  readonly #input: Operator;
  readonly #options: WindowOptions;
  readonly #context: EvaluationContext;
  readonly #partitionItems: readonly SortItem[];
  readonly #partitionComparators: readonly Comparator[];
  #results: Batch[] | undefined;
  #current = 0;
  #offset = 0;
  #charged = 0;

  constructor(input: Operator, options: WindowOptions, context: EvaluationContext) {
    this.output = [...input.output, ...options.functions.map((each) => each.type)];
    this.#input = input;
    this.#options = options;
    this.#context = context;
    this.#partitionItems = options.partitionBy.map((expression) => ({ expression, descending: false }));
    this.#partitionComparators = options.partitionBy.map((each) => nullsFirst(keyComparator(each.type)));
  }

  open(): ValueOrPromise<void> {
    this.#results = undefined;
    this.#current = 0;
    this.#offset = 0;
    return this.#input.open();
  }

  next(): ValueOrPromise<Batch | null> {
    if (this.#results !== undefined) return this.#emit(this.#results);
    return chain(this.#compute(), (results) => this.#emit(results));
  }

  #compute(): ValueOrPromise<Batch[]> {
    const results: Batch[] = [];
    let store = new RowStore(this.#input.output);
    let keys: readonly Datum[] | undefined;
    const flush = (): void => {
      if (store.length > 0) results.push(this.#finish(store));
      store = new RowStore(this.#input.output);
    };
    const collected = drain(this.#input, this.#context, (batch) => {
      const bytes = batchBytes(batch);
      this.#context.memory.consume(bytes);
      this.#charged += bytes;
      const columns = this.#partitionItems.map((item) => sortKeys(item, batch, this.#context));
      let start = 0;
      for (let i = 0; i < batch.length; i++) {
        const row = columns.map((values) => values[i]!);
        if (keys !== undefined && !this.#same(keys, row)) {
          if (i > start) store.append(sliceBatch(batch, start, i));
          flush();
          start = i;
        }
        keys = row;
      }
      store.append(start === 0 ? batch : sliceBatch(batch, start, batch.length));
    });
    return chain(collected, () => {
      flush();
      this.#results = results;
      return results;
    });
  }

  #same(left: readonly Datum[], right: readonly Datum[]): boolean {
    return this.#partitionComparators.every((compare, c) => compare(left[c]!, right[c]!) === 0);
  }

  #finish(store: RowStore): Batch {
    const rows = store.view();
    const partition = new Partition(rows, this.#options.orderBy, this.#options.frame, this.#context);
    const columns = this.#options.functions.map((each) =>
      plainVector(each.type, computeWindow(each, partition, this.#context)),
    );
    return { length: rows.length, columns: [...rows.columns, ...columns] };
  }

  #emit(results: readonly Batch[]): Batch | null {
    const batch = results[this.#current];
    if (batch === undefined) return null;
    const start = this.#offset;
    const end = Math.min(start + MAX_BATCH_ROWS, batch.length);
    this.#offset = end;
    if (end === batch.length) {
      this.#current++;
      this.#offset = 0;
    }
    return start === 0 && end === batch.length ? batch : sliceBatch(batch, start, end);
  }

  close(): ValueOrPromise<void> {
    this.#context.memory.release(this.#charged);
    this.#charged = 0;
    this.#results = undefined;
    return this.#input.close();
  }
}
