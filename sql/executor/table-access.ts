/** Batches of rows read from a table. */

import type { Key, KvPair } from '../../base/index.ts';
import type { Batch, Datum, FieldType } from '../../engine/index.ts';

export function emptyVectors(count: number): Datum[][] {
  const vectors: Datum[][] = [];
  for (let i = 0; i < count; i++) vectors.push([]);
  return vectors;
}

export function batchOf(vectors: readonly Datum[][], types: readonly FieldType[], length: number): Batch {
  return { length, columns: vectors.map((values, i) => ({ kind: 'plain', type: types[i] as FieldType, values })) };
}

/** The rows of `batch` at `rows`, ascending; the batch itself when all are kept. */
export function gather(batch: Batch, rows: readonly number[]): Batch {
  if (rows.length === batch.length) return batch;
  return {
    length: rows.length,
    columns: batch.columns.map((column) => {
      const values = new Array<Datum>(rows.length);
      for (let i = 0; i < rows.length; i++) values[i] = column.values[rows[i] as number] as Datum;
      return { kind: 'plain', type: column.type, values };
    }),
  };
}

export function keysOf(pairs: readonly KvPair[]): Key[] {
  return pairs.map((pair) => pair.key);
}
