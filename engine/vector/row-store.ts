/** Rows kept by an operator (build side of a join, sort input, materialised results), as growing columns. */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Batch, Vector } from './batch.ts';

/** Batches start small so that LIMIT and point reads stay cheap, and grow while the consumer keeps pulling. */
export const MIN_BATCH_ROWS = 32;
export const MAX_BATCH_ROWS = 1024;

export function nextBatchSize(current: number): number {
  return Math.min(current * 2, MAX_BATCH_ROWS);
}

export class RowStore {
  readonly types: readonly FieldType[];
  readonly columns: Datum[][];
  #length = 0;

  constructor(types: readonly FieldType[]) {
    this.types = types;
    this.columns = types.map(() => []);
  }

  get length(): number {
    return this.#length;
  }

  /** Copies all rows of the batch. */
  append(batch: Batch): void {
    for (let c = 0; c < this.columns.length; c++) {
      const target = this.columns[c]!;
      const { values } = batch.columns[c]!;
      for (let i = 0; i < batch.length; i++) target.push(values[i]!);
    }
    this.#length += batch.length;
  }

  appendRow(row: readonly Datum[]): void {
    for (let c = 0; c < this.columns.length; c++) this.columns[c]!.push(row[c]!);
    this.#length++;
  }

  /** Rows `start` … `end` − 1 as a batch of their own. */
  slice(start: number, end: number): Batch {
    const last = Math.min(end, this.#length);
    return {
      length: Math.max(0, last - start),
      columns: this.columns.map((values, c) => plainVector(this.types[c]!, values.slice(start, last))),
    };
  }

  /** The given rows in the given order. */
  gather(rows: readonly number[]): Batch {
    return {
      length: rows.length,
      columns: this.columns.map((values, c) => plainVector(this.types[c]!, gatherValues(values, rows))),
    };
  }

  /** All rows as one batch that shares the store's arrays: valid until the next append. */
  view(): Batch {
    return { length: this.#length, columns: this.columns.map((values, c) => plainVector(this.types[c]!, values)) };
  }

  clear(): void {
    for (const column of this.columns) column.length = 0;
    this.#length = 0;
  }
}

export function plainVector(type: FieldType, values: Datum[]): Vector {
  return { kind: 'plain', type, values };
}

export function gatherValues(values: readonly Datum[], rows: readonly number[]): Datum[] {
  const result = new Array<Datum>(rows.length);
  for (let i = 0; i < rows.length; i++) result[i] = values[rows[i]!]!;
  return result;
}

export function gatherBatch(batch: Batch, rows: readonly number[]): Batch {
  return {
    length: rows.length,
    columns: batch.columns.map((column) => plainVector(column.type, gatherValues(column.values, rows))),
  };
}

export function sliceBatch(batch: Batch, start: number, end: number): Batch {
  return {
    length: end - start,
    columns: batch.columns.map((column) => plainVector(column.type, column.values.slice(start, end))),
  };
}

export function nullVector(type: FieldType, length: number): Vector {
  return plainVector(type, new Array<Datum>(length).fill(null));
}

export function rowAt(batch: Batch, index: number): Datum[] {
  return batch.columns.map((column) => column.values[index]!);
}

/** Values looked at to guess the size of a column. */
const SAMPLED_VALUES = 16;

/** Heap bytes of a column's values, judged by a sample. */
export function valuesBytes(values: readonly Datum[]): number {
  const stride = Math.max(1, Math.floor(values.length / SAMPLED_VALUES));
  let bytes = 0;
  let sampled = 0;
  for (let i = 0; i < values.length; i += stride) {
    bytes += datumBytes(values[i]!);
    sampled++;
  }
  return sampled === 0 ? 0 : Math.ceil((bytes * values.length) / sampled);
}

/** Rough heap bytes of a batch, from its first row. */
export function batchBytes(batch: Batch): number {
  let bytes = 16 * batch.length;
  for (const column of batch.columns) bytes += valuesBytes(column.values);
  return bytes;
}

export function datumBytes(value: Datum): number {
  switch (typeof value) {
    case 'string':
      return 24 + value.length;
    case 'number':
      return 8;
    case 'bigint':
      return 24;
    default:
      if (value === null) return 8;
      return value instanceof Uint8Array ? 96 + value.length : 56;
  }
}
