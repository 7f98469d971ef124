/** Tables for the encoding tests. */

import type { ColumnId, DatabaseId, IndexId, TableId } from '../../../base/index.ts';
import type { ColumnInfo, FieldType, IndexColumn, IndexInfo, TableInfo, TimeZone } from '../../../engine/index.ts';

export const utc: TimeZone = { name: 'UTC', offsetSecondsAt: () => 0, toUtcMicros: (micros) => micros };
export const plusTwo: TimeZone = {
  name: '+02:00',
  offsetSecondsAt: () => 7200,
  toUtcMicros: (micros) => micros - 7_200_000_000,
};

export function column(offset: number, name: string, type: FieldType, parts: Partial<ColumnInfo> = {}): ColumnInfo {
  return {
    id: (offset + 1) as ColumnId,
    name,
    offset,
    type,
    default: { kind: 'none' },
    originDefault: undefined,
    autoIncrement: false,
    onUpdateNow: false,
    comment: '',
    invisible: false,
    state: 'public',
    ...parts,
  };
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
  return {
    id: 42 as TableId,
    databaseId: 1 as DatabaseId,
    name: 't',
    charset: 'utf8mb4',
    collation: 'utf8mb4_0900_ai_ci',
    comment: '',
    columns,
    indexes,
    foreignKeys: [],
    checks: [],
    pkIsHandle: false,
    isCommonHandle: false,
    autoIncrementStart: 1,
    nextColumnId: columns.length + 1,
    nextIndexId: indexes.length + 1,
    createTime: 0,
    updateTs: '0',
    state: 'public',
    options: {},
    ...parts,
  };
}
