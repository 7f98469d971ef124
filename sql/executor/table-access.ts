/** Reading rows of a table: decoding a wanted set of columns, the hidden row id among them, from records or an index. */

import type { Key, KvPair } from '../../base/index.ts';
import {
  type Batch,
  type Datum,
  decodeHandle,
  decodeIntHandle,
  type FieldType,
  handleLayoutOf,
  type IndexInfo,
  type TableInfo,
  type TimeZone,
} from '../../engine/index.ts';
import { tableCodec } from './table-codec.ts';

/** Appends one row to `vectors`, one array per wanted column. */
export type RowAppender = (vectors: readonly Datum[][], key: Key, value: Uint8Array, zone: TimeZone) => void;

/** Decodes records. */
export function recordAppender(table: TableInfo, offsets: readonly number[]): RowAppender {
  const codec = tableCodec(table);
  const start = codec.recordPrefix.length;
  const rowIdAt = offsets.indexOf(-1);
  const decoder = codec.decoder(offsets.filter((offset) => offset >= 0));
  if (offsets.length === 0) return () => undefined;
  if (rowIdAt < 0) return (vectors, key, value, zone) => decoder.appendTo(vectors, key.slice(start), value, zone);
  return (vectors, key, value, zone) => {
    const handle = key.slice(start);
    (vectors[rowIdAt] as Datum[]).push(decodeIntHandle(handle));
    decoder.appendTo(
      vectors.filter((_, i) => i !== rowIdAt),
      handle,
      value,
      zone,
    );
  };
}

/** Decodes entries of an index that holds all wanted columns. */
export function indexAppender(table: TableInfo, index: IndexInfo, offsets: readonly number[]): RowAppender {
  const codec = tableCodec(table).indexCodec(index);
  const layout = handleLayoutOf(table);
  const handleTypes = layout.columnOffsets.map((offset) => table.columns[offset]?.type as FieldType);
  /** Per wanted column: its position in the index, or behind it in the handle; −1 is the row id. */
  const positions = offsets.map((offset) => {
    if (offset < 0) return -1;
    const inIndex = index.columns.findIndex((part) => part.columnOffset === offset && part.prefixLength < 0);
    return inIndex >= 0 ? inIndex : index.columns.length + layout.columnOffsets.indexOf(offset);
  });
  const needsHandle = positions.some((position) => position < 0 || position >= index.columns.length);
  return (vectors, key, value, zone) => {
    const values = codec.decode(key, value, zone);
    const handle = needsHandle ? codec.decodeHandle(key, value) : '';
    if (needsHandle && handleTypes.length > 0) values.push(...decodeHandle(handle, handleTypes, layout.isInt, zone));
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      (vectors[i] as Datum[]).push(position < 0 ? decodeIntHandle(handle) : (values[position] as Datum));
    }
  };
}

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
