/** One value that INSERT or UPDATE gives to a column: how it is computed, and how it becomes a value of the column. */

import {
  type ColumnAssigner,
  type ColumnInfo,
  type CompiledExpression,
  columnAssigner,
  compileExpression,
  type Expression,
  type FieldType,
  type TableInfo,
} from '../../engine/index.ts';

export interface AssignedValue {
  /** Undefined: the column's default. */
  readonly value: CompiledExpression['evaluateRow'] | undefined;
  readonly assign: ColumnAssigner;
}

/** A column and, for messages, its table. */
type AssignedColumn = ColumnInfo & { readonly table: string };

export function assignedColumn(table: TableInfo, offset: number): AssignedColumn {
  const column = table.columns[offset];
  if (column === undefined) throw new Error(`table ${table.name} has no column ${offset}`);
  return { ...column, table: table.name };
}

/** Rows of one INSERT mostly have the same types, so assigners are shared through `assigners`, filled here. */
export function assignedValue(
  item: Expression | undefined,
  column: AssignedColumn,
  assigners: Map<string, ColumnAssigner>,
): AssignedValue {
  if (item === undefined) return { value: undefined, assign: (_context, value) => value };
  const isHexLiteral = item.kind === 'constant' && item.isHexLiteral === true;
  const key = `${column.offset}/${typeKey(item.type, isHexLiteral)}`;
  let assign = assigners.get(key);
  if (assign === undefined) {
    assign = columnAssigner(item.type, column, { isHexLiteral });
    assigners.set(key, assign);
  }
  return { value: compileValue(item), assign };
}

function typeKey(type: FieldType, isHex: boolean): string {
  return `${type.name}/${type.unsigned}/${type.length}/${type.scale}/${type.collation.name}/${isHex}`;
}

function compileValue(item: Expression): CompiledExpression['evaluateRow'] {
  if (item.kind !== 'constant') return compileExpression(item).evaluateRow;
  const { value } = item;
  return () => value;
}
