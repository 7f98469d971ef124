/** Foreign keys as the schema records them. */

import type { IndexId } from '../../base/index.ts';
import {
  type ForeignKeyInfo,
  type IndexInfo,
  type ReferentialAction,
  sqlErrors,
  type TableInfo,
} from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';

const actions: Readonly<Record<ddl.ReferenceAction, ReferentialAction>> = {
  restrict: 'RESTRICT',
  cascade: 'CASCADE',
  'set null': 'SET NULL',
  'no action': 'NO ACTION',
  'set default': 'SET DEFAULT',
};

export function buildForeignKey(
  name: string | undefined,
  columns: readonly string[],
  reference: ddl.ForeignKeyReference,
  table: { readonly name: string; readonly database: string },
  existing: readonly ForeignKeyInfo[],
): ForeignKeyInfo {
  const referencedColumns = reference.columns.length > 0 ? reference.columns.map((column) => column.name) : columns;
  const shown = name ?? freeName(table.name, existing);
  if (referencedColumns.length !== columns.length) {
    throw sqlErrors.wrongFkDef(shown, "Key reference and table reference don't match");
  }
  if (existing.some((key) => key.name.toLowerCase() === shown.toLowerCase())) throw sqlErrors.fkDupName(shown);
  return {
    name: shown,
    columns,
    referencedDatabase: reference.table.schema?.name ?? table.database,
    referencedTable: reference.table.name.name,
    referencedColumns,
    onDelete: actions[reference.onDelete ?? 'no action'],
    onUpdate: actions[reference.onUpdate ?? 'no action'],
  };
}

function freeName(table: string, existing: readonly ForeignKeyInfo[]): string {
  for (let number = 1; ; number++) {
    const name = `${table}_ibfk_${number}`;
    if (!existing.some((key) => key.name === name)) return name;
  }
}

/** The index that must be added for the key; undefined when one starts with its columns already. */
export function foreignKeyIndex(table: TableInfo, key: ForeignKeyInfo): IndexInfo | undefined {
  const offsets = key.columns.map((name) => {
    const column = table.columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw sqlErrors.keyColumnDoesNotExist(name);
    return column.offset;
  });
  if (findIndex(table, offsets) !== undefined) return undefined;
  return {
    id: table.nextIndexId as IndexId,
    name: key.name,
    columns: offsets.map((columnOffset) => ({ columnOffset, prefixLength: -1, descending: false })),
    unique: false,
    primary: false,
    invisible: false,
    kind: 'btree',
    comment: '',
    state: 'public',
  };
}

/** An index whose leading columns are `offsets`, in that order. */
export function findIndex(table: TableInfo, offsets: readonly number[]): IndexInfo | undefined {
  return table.indexes.find((index) => offsets.every((offset, i) => index.columns[i]?.columnOffset === offset));
}
