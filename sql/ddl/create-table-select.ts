/** CREATE TABLE … SELECT: the table's own columns first, then those of the query that are not among them. */

import { type FieldType, sqlErrors, type TableInfo } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import type { OutputColumn } from '../planner/block.ts';
import { prepareQuery } from '../planner/prepare-query.ts';
import type { DefinitionContext } from './definition-context.ts';
import { createTable } from './table-statements.ts';

/** Fills the new table: `INSERT [IGNORE | REPLACE] INTO table (columns) query`, in its own transaction. */
export type RowCopier = (
  table: { readonly database: string; readonly info: TableInfo },
  columns: readonly string[],
  select: ddl.CreateTableSelect,
) => Promise<number>;

export async function createTableAsSelect(
  context: DefinitionContext,
  node: ddl.CreateTable,
  select: ddl.CreateTableSelect,
  copy: RowCopier,
): Promise<number> {
  const { output } = prepareQuery(select.query, context.environment);
  const own = new Set(node.columns.map((column) => column.name.name.toLowerCase()));
  const added = output.filter((item) => !own.has(item.name.toLowerCase())).map(columnDefinition);
  const table = await createTable(context, { ...node, columns: [...node.columns, ...added], as: undefined });
  if (table === undefined) return 0;
  const database = node.table.schema?.name ?? context.statement.currentDatabase();
  if (database === null || database === undefined) throw sqlErrors.noDb();
  return copy(
    { database, info: table },
    output.map((item) => item.name),
    select,
  );
}

function identifier(name: string): ast.Identifier {
  return { name, quoted: true };
}

/** A column that holds what the query answers. */
function columnDefinition(item: OutputColumn): ddl.ColumnDefinition {
  const { type } = item.column;
  return {
    name: identifier(item.name),
    type: dataType(type),
    options: type.nullable || type.class === 'null' ? [] : [{ kind: 'not-null' }],
  };
}

function dataType(type: FieldType): ast.DataType {
  const isText = type.class === 'string' || type.class === 'enum' || type.class === 'set';
  const isSized = ['char', 'varchar', 'binary', 'varbinary', 'decimal', 'bit'].includes(type.name);
  const isTimed = ['datetime', 'timestamp', 'time'].includes(type.name);
  const isNumber = type.class === 'int' || type.class === 'decimal' || type.class === 'real';
  return {
    name: type.name === 'null' ? 'binary' : type.name,
    length: isSized ? Math.max(type.length, 0) : isTimed && type.scale > 0 ? type.scale : undefined,
    scale: type.name === 'decimal' ? type.scale : undefined,
    unsigned: isNumber && type.unsigned && type.name !== 'year' && type.name !== 'bit',
    zerofill: type.zerofill && type.name !== 'year',
    charset: isText ? type.charset.name : undefined,
    collation: isText ? type.collation.name : undefined,
    binaryCollation: false,
    elements: type.elements,
  };
}
