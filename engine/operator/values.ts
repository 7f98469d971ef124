/** A fixed list of rows: VALUES, SELECT without FROM (one row of no columns), an empty relation. */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch } from '../vector/batch.ts';
import { MAX_BATCH_ROWS, RowStore } from '../vector/row-store.ts';
import type { Operator } from './operator.ts';

export class Values implements Operator {
  readonly output: readonly FieldType[];
  readonly #rows: readonly (readonly Datum[])[];
  #position = 0;

  constructor(output: readonly FieldType[], rows: readonly (readonly Datum[])[]) {
    this.output = output;
    this.#rows = rows;
  }

  open(): void {
    this.#position = 0;
  }

  next(): Batch | null {
    const end = Math.min(this.#position + MAX_BATCH_ROWS, this.#rows.length);
    const count = end - this.#position;
    if (count === 0) return null;
    if (this.output.length === 0) {
      this.#position = end;
      return { length: count, columns: [] };
    }
    const store = new RowStore(this.output);
    while (this.#position < end) store.appendRow(this.#rows[this.#position++]!);
    return store.view();
  }

  close(): void {}
}
