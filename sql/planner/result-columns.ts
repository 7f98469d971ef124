/** What the protocol says about result columns: names, origins and key flags. */

import type { ColumnInfo, TableInfo } from '../../engine/index.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { OutputColumn } from './block.ts';
import type { ColumnOrigin } from './scope.ts';

/** MySQL's column flags that come from the schema. */
const columnFlag = {
  primaryKey: 2,
  uniqueKey: 4,
  multipleKey: 8,
  autoIncrement: 512,
  noDefaultValue: 4096,
  onUpdateNow: 8192,
  partOfKey: 16384,
} as const;

export function originOf(database: string, table: TableInfo, column: ColumnInfo): ColumnOrigin {
  return { database, table: table.name, column: column.name, flags: flagsOf(table, column) };
}

function flagsOf(table: TableInfo, column: ColumnInfo): number {
  let flags = 0;
  if (column.autoIncrement) flags |= columnFlag.autoIncrement;
  if (column.onUpdateNow) flags |= columnFlag.onUpdateNow;
  if (column.default.kind === 'none' && !column.type.nullable && !column.autoIncrement) {
    flags |= columnFlag.noDefaultValue;
  }
  for (const index of table.indexes) {
    const position = index.columns.findIndex((part) => part.columnOffset === column.offset);
    if (position < 0) continue;
    flags |= columnFlag.partOfKey;
    if (index.primary) flags |= columnFlag.primaryKey;
    else if (position === 0) {
      flags |= index.unique && index.columns.length === 1 ? columnFlag.uniqueKey : columnFlag.multipleKey;
    }
  }
  return flags;
}

export function resultColumn(output: OutputColumn): ResultColumn {
  const { column, name, table, origin } = output;
  return {
    database: origin?.database ?? '',
    table,
    originalTable: origin?.table ?? '',
    name,
    originalName: origin?.column ?? '',
    type: column.type,
    flags: origin?.flags ?? 0,
  };
}
