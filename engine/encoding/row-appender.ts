/** Decoding rows of a table straight into vectors: a wanted set of columns, the hidden row id among them. */

import type { Key } from '../../base/index.ts';
import type { TimeZone } from '../expression/evaluation-context.ts';
import type { ColumnInfo, IndexInfo, TableInfo } from '../schema/schema.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import { IndexCodec } from './index-codec.ts';
import { decodeHandle, handleLayoutOf, RowDecoder } from './row-decoder.ts';
import { decodeIntHandle, handleOfRecordKey } from './table-keys.ts';

/** Appends one row to `vectors`, one array per wanted column. */
export type RowAppender = (vectors: readonly Datum[][], key: Key, value: Uint8Array, zone: TimeZone) => void;

/** Decodes records. `offsets` are table columns; −1 is the hidden row id. */
export function recordAppender(table: TableInfo, offsets: readonly number[]): RowAppender {
  const rowIdAt = offsets.indexOf(-1);
  const columns = offsets.filter((offset) => offset >= 0).map((offset) => table.columns[offset] as ColumnInfo);
  const decoder = new RowDecoder(table, columns);
  if (offsets.length === 0) return () => undefined;
  if (rowIdAt < 0) return (vectors, key, value, zone) => decoder.appendTo(vectors, handleOfRecordKey(key), value, zone);
  return (vectors, key, value, zone) => {
    const handle = handleOfRecordKey(key);
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
  const codec = new IndexCodec(table, index);
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
