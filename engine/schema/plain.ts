/** Columns and tables that have nothing but what everyone has: those of views, of computed tables and of tests. */

import type { ColumnId } from '../../base/index.ts';
import type { FieldType } from '../types/field-type.ts';
import type { ColumnInfo, TableInfo } from './schema.ts';

/** Without a default of its own; ids follow the offsets. */
export function plainColumn(offset: number, name: string, type: FieldType): ColumnInfo {
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
  };
}

type Named = Pick<TableInfo, 'id' | 'databaseId' | 'name' | 'charset' | 'collation' | 'columns'>;

/** Without keys and constraints, rows having handles of their own. */
export function plainTable(named: Named): TableInfo {
  return {
    ...named,
    comment: '',
    indexes: [],
    foreignKeys: [],
    checks: [],
    pkIsHandle: false,
    isCommonHandle: false,
    autoIncrementStart: 1,
    nextColumnId: named.columns.length + 1,
    nextIndexId: 1,
    createTime: 0,
    updateTs: '0',
    state: 'public',
    options: {},
  };
}
