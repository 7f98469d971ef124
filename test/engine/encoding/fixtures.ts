/** Tables for the encoding tests. */

import type { DatabaseId, IndexId, TableId } from '../../../base/index.ts';
import {
  type ColumnInfo,
  type FieldType,
  type IndexColumn,
  type IndexInfo,
  plainColumn,
  plainTable,
  type TableInfo,
  type TimeZone,
} from '../../../engine/index.ts';

export const utc: TimeZone = { name: 'UTC', offsetSecondsAt: () => 0, toUtcMicros: (micros) => micros };
export const plusTwo: TimeZone = {
  name: '+02:00',
  offsetSecondsAt: () => 7200,
  toUtcMicros: (micros) => micros - 7_200_000_000,
};

export function column(offset: number, name: string, type: FieldType, parts: Partial<ColumnInfo> = {}): ColumnInfo {
  return { ...plainColumn(offset, name, type), ...parts };
}

export function index(id: number, offsets: readonly number[], parts: Partial<IndexInfo> = {}): IndexInfo {
  const columns: IndexColumn[] = offsets.map((columnOffset) => ({ columnOffset, prefixLength: -1, descending: false }));
  return {
    id: id as IndexId,
    name: `i${id}`,
    columns,
    unique: false,
    primary: false,
    invisible: false,
    kind: 'btree',
    comment: '',
    state: 'public',
    ...parts,
  };
}

export function table(
  columns: readonly ColumnInfo[],
  indexes: readonly IndexInfo[],
  parts: Partial<TableInfo> = {},
): TableInfo {
  const named = { id: 42 as TableId, databaseId: 1 as DatabaseId, name: 't', columns };
  return {
    ...plainTable({ ...named, charset: 'utf8mb4', collation: 'utf8mb4_0900_ai_ci' }),
    indexes,
    nextIndexId: indexes.length + 1,
    ...parts,
  };
}
