/**
 * A table while ALTER TABLE changes it. Columns are kept by id, so that actions in one statement see each other's result;
 * offsets in indexes are assigned again at the end.
 */

import type { IndexId } from '../../base/index.ts';
import type { CheckInfo, ColumnInfo, ForeignKeyInfo, IndexInfo, TableInfo } from '../../engine/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import type { ColumnPosition } from '../parser/ast-ddl.ts';
import { handleKind, sortIndexes } from './table-definition.ts';

interface DraftPart {
  readonly columnId: number;
  readonly prefixLength: number;
  readonly descending: boolean;
}

export interface DraftIndex {
  readonly info: IndexInfo;
  readonly parts: readonly DraftPart[];
}

export class TableDraft {
  readonly original: TableInfo;
  columns: ColumnInfo[];
  indexes: DraftIndex[];
  foreignKeys: ForeignKeyInfo[];
  checks: CheckInfo[];
  /** Everything else. */
  table: TableInfo;
  nextColumnId: number;
  nextIndexId: number;

  constructor(table: TableInfo) {
    this.original = table;
    this.table = table;
    this.columns = [...table.columns];
    this.indexes = table.indexes.map((info) => ({ info, parts: partsById(info, table.columns) }));
    this.foreignKeys = [...table.foreignKeys];
    this.checks = [...table.checks];
    this.nextColumnId = table.nextColumnId;
    this.nextIndexId = table.nextIndexId;
  }

  find(name: string): ColumnInfo | undefined {
    return this.columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  }

  /** Throws 1054 naming the table. */
  column(name: string): ColumnInfo {
    const found = this.find(name);
    if (found === undefined) throw sqlErrors.badField(name, this.table.name);
    return found;
  }

  findIndex(name: string): DraftIndex | undefined {
    return this.indexes.find(({ info }) => info.name.toLowerCase() === name.toLowerCase());
  }

  /** The columns with their present offsets: what index parts and expressions are bound to. */
  numbered(): ColumnInfo[] {
    return this.columns.map((column, offset) => (column.offset === offset ? column : { ...column, offset }));
  }

  insert(column: ColumnInfo, position: ColumnPosition): void {
    if (position === undefined) this.columns.push(column);
    else if (position.kind === 'first') this.columns.unshift(column);
    else {
      const after = this.columns.indexOf(this.column(position.column.name));
      this.columns.splice(after + 1, 0, column);
    }
  }

  /** Puts `column` in the place of the one with the same id, moved when `position` says so. */
  replace(column: ColumnInfo, position: ColumnPosition): void {
    const at = this.columns.findIndex((candidate) => candidate.id === column.id);
    if (position === undefined) {
      this.columns[at] = column;
      return;
    }
    this.columns.splice(at, 1);
    this.insert(column, position);
  }

  addIndex(info: IndexInfo): void {
    this.indexes.push({ info, parts: partsById(info, this.numbered()) });
    this.nextIndexId = Math.max(this.nextIndexId, info.id + 1);
  }

  /** The table as it shall be, with ids and offsets in order. */
  finish(): TableInfo {
    const columns = this.numbered();
    const offsets = new Map(columns.map((column) => [column.id as number, column.offset]));
    const indexes = this.indexes.map(
      ({ info, parts }): IndexInfo => ({
        ...info,
        columns: parts.map(({ columnId, prefixLength, descending }) => ({
          columnOffset: offsets.get(columnId) ?? -1,
          prefixLength,
          descending,
        })),
      }),
    );
    return {
      ...this.table,
      columns,
      indexes: sortIndexes(indexes, columns),
      foreignKeys: this.foreignKeys,
      checks: this.checks,
      ...handleKind(columns, indexes),
      nextColumnId: this.nextColumnId,
      nextIndexId: this.nextIndexId,
    };
  }

  takeIndexId(): IndexId {
    return this.nextIndexId++ as IndexId;
  }
}

function partsById(info: IndexInfo, columns: readonly ColumnInfo[]): DraftPart[] {
  return info.columns.map(({ columnOffset, prefixLength, descending }) => ({
    columnId: columns.find((column) => column.offset === columnOffset)?.id ?? -1,
    prefixLength,
    descending,
  }));
}
