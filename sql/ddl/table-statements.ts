/** CREATE, DROP, RENAME and TRUNCATE TABLE, and views' DROP. */

import type { Key, TableId } from '../../base/index.ts';
import { defaultCollation, findCollation, sqlErrors, type TableInfo, tableRange } from '../../engine/index.ts';
import type { SchemaEdit } from '../catalog/catalog.ts';
import { encodeCounter } from '../catalog/id-allocator.ts';
import { autoIncrementKey, rowIdKey, tableKey } from '../catalog/meta-keys.ts';
import type * as ast from '../parser/ast.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { type DefinitionContext, databaseFor, nowSeconds, qualify } from './definition-context.ts';
import { buildTable, checkTableName } from './table-definition.ts';

export async function createTable(context: DefinitionContext, node: ddl.CreateTable): Promise<TableInfo | undefined> {
  const { database, name } = qualify(context, node.table);
  return context.catalog.change((schema) => {
    const { info, tables } = databaseFor(schema, context, database);
    if (tables.has(name)) {
      const error = sqlErrors.tableExists(name);
      if (!node.ifNotExists) throw error;
      context.statement.warn({ level: 'Note', errno: error.errno, message: error.message });
      return undefined;
    }
    const collation = findCollation(info.collation) ?? defaultCollation;
    const place = { id: schema.allocateId(), databaseId: info.id, database, name, collation };
    const table = buildTable(context, node, place);
    checkReferences(context, schema, table);
    putNewTable(schema, database, table);
    return table;
  });
}

/** Stores a new table and starts its allocators. */
function putNewTable(schema: SchemaEdit, database: string, table: TableInfo): void {
  const found = schema.snapshot.database(database);
  if (found === undefined) throw sqlErrors.badDb(database);
  schema.putTable(found.info, table);
  if (table.autoIncrementStart > 1) {
    const key = autoIncrementKey(table.databaseId, table.id);
    schema.transaction.put(key, encodeCounter(BigInt(table.autoIncrementStart - 1)));
  }
}

/** 1824 for a parent that is not there (unless foreign_key_checks is off), 1822 where it has no key on the columns. */
export function checkReferences(context: DefinitionContext, schema: SchemaEdit, table: TableInfo): void {
  if (!foreignKeyChecks(context)) return;
  for (const key of table.foreignKeys) {
    const isSelf = key.referencedTable === table.name && key.referencedDatabase === databaseName(schema, table);
    const parent = isSelf ? table : schema.table(key.referencedDatabase, key.referencedTable);
    if (parent === undefined) throw sqlErrors.fkCannotOpenParent(key.referencedTable);
    const offsets = key.referencedColumns.map((name) => {
      const column = parent.columns.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
      if (column === undefined) throw sqlErrors.fkNoColumnParent(name, key.name, key.referencedTable);
      return column.offset;
    });
    const hasIndex = parent.indexes.some((index) =>
      offsets.every((offset, i) => index.columns[i]?.columnOffset === offset),
    );
    if (!hasIndex) throw sqlErrors.fkNoIndexParent(key.name, key.referencedTable);
  }
}

function databaseName(schema: SchemaEdit, table: TableInfo): string | undefined {
  return schema.snapshot.databaseOf(table)?.info.name;
}

function foreignKeyChecks(context: DefinitionContext): boolean {
  const { value } = context.statement.variable('foreign_key_checks');
  return value !== 0 && value !== 'OFF';
}

export async function createTableLike(context: DefinitionContext, node: ddl.CreateTableLike): Promise<void> {
  const { database, name } = qualify(context, node.table);
  const source = qualify(context, node.like);
  await context.catalog.change((schema) => {
    const { info, tables } = databaseFor(schema, context, database);
    if (tables.has(name)) {
      const error = sqlErrors.tableExists(name);
      if (!node.ifNotExists) throw error;
      context.statement.warn({ level: 'Note', errno: error.errno, message: error.message });
      return;
    }
    checkTableName(name);
    const like = schema.table(source.database, source.name);
    if (like === undefined) throw sqlErrors.noSuchTable(source.database, source.name);
    if (like.view !== undefined) throw sqlErrors.wrongObject(source.database, source.name, 'BASE TABLE');
    const table: TableInfo = {
      ...like,
      id: schema.allocateId() as TableId,
      databaseId: info.id,
      name,
      foreignKeys: [],
      autoIncrementStart: 0,
      createTime: nowSeconds(context),
      checks: like.checks.map((check, i) => ({ ...check, name: `${name}_chk_${i + 1}` })),
    };
    putNewTable(schema, database, table);
  });
}

/* ------------------------------------------------------------------ DROP */

export async function dropTables(context: DefinitionContext, node: ddl.DropTable | ddl.DropView): Promise<void> {
  const isView = node.kind === 'drop-view';
  const names = (isView ? node.views : node.tables).map((table) => qualify(context, table));
  const dropped = await context.catalog.change((schema) => {
    const found: TableInfo[] = [];
    const missing: string[] = [];
    for (const { database, name } of names) {
      const table = schema.table(database, name);
      if (table === undefined || (table.view !== undefined) !== isView) {
        if (table !== undefined && isView) throw sqlErrors.wrongObject(database, name, 'VIEW');
        if (!schema.snapshot.hasDatabase(database) && !node.ifExists) throw sqlErrors.badDb(database);
        missing.push(`${database}.${name}`);
      } else {
        found.push(table);
      }
    }
    if (missing.length > 0 && !node.ifExists) throw sqlErrors.badTable(missing.join(','));
    for (const name of missing) {
      const { errno, message } = sqlErrors.badTable(name);
      context.statement.warn({ level: 'Note', errno, message });
    }
    for (const table of found) dropOne(context, schema, table, found);
    return found;
  });
  for (const table of dropped) {
    if (table.view !== undefined) continue;
    forgetAllocators(context, table);
    await context.catalog.discardRange(tableRange(table.id));
  }
}

function dropOne(
  context: DefinitionContext,
  schema: SchemaEdit,
  table: TableInfo,
  together: readonly TableInfo[],
): void {
  const database = schema.snapshot.databaseOf(table);
  if (database === undefined) return;
  if (foreignKeyChecks(context)) {
    const users = schema.snapshot.referencing(database.info.name, table.name);
    const user = users.find((candidate) => !together.some((other) => other.id === candidate.table.id));
    if (user !== undefined) throw sqlErrors.fkCannotDropParent(table.name, user.foreignKey.name, user.table.name);
  }
  schema.dropTable(database.info, table);
  for (const key of allocatorKeys(table)) schema.transaction.delete(key);
}

function allocatorKeys(table: TableInfo): Key[] {
  return [rowIdKey(table.databaseId, table.id), autoIncrementKey(table.databaseId, table.id)];
}

export function forgetAllocators(context: DefinitionContext, table: TableInfo): void {
  for (const key of allocatorKeys(table)) context.catalog.ids.forget(key);
}

/* ------------------------------------------------------------------ RENAME and TRUNCATE */

export async function renameTables(
  context: DefinitionContext,
  renames: readonly { readonly from: ast.TableName; readonly to: ast.TableName }[],
): Promise<void> {
  const pairs = renames.map(({ from, to }) => ({ from: qualify(context, from), to: qualify(context, to) }));
  await context.catalog.change(async (schema) => {
    for (const { from, to } of pairs) {
      const table = schema.table(from.database, from.name);
      if (table === undefined) throw sqlErrors.noSuchTable(from.database, from.name);
      const target = databaseFor(schema, context, to.database);
      if (schema.table(to.database, to.name) !== undefined) throw sqlErrors.tableExists(to.name);
      checkTableName(to.name);
      const source = databaseFor(schema, context, from.database);
      schema.dropTable(source.info, table);
      schema.putTable(target.info, { ...table, name: to.name, databaseId: target.info.id });
      renameReferences(schema, from, to);
      if (source.info.id !== target.info.id) await moveAllocators(context, schema, table, target.info.id);
    }
  });
}

/** Children keep pointing at the table under its new name. */
function renameReferences(
  schema: SchemaEdit,
  from: { readonly database: string; readonly name: string },
  to: { readonly database: string; readonly name: string },
): void {
  for (const { table } of schema.snapshot.referencing(from.database, from.name)) {
    const database = schema.snapshot.databaseOf(table);
    if (database === undefined) continue;
    const isSelf = table.name === from.name && database.info.name === from.database;
    const current = schema.table(database.info.name, isSelf ? to.name : table.name);
    if (current === undefined) continue;
    const foreignKeys = current.foreignKeys.map((key) =>
      key.referencedTable === from.name && key.referencedDatabase === from.database
        ? { ...key, referencedTable: to.name, referencedDatabase: to.database }
        : key,
    );
    schema.putTable(database.info, { ...current, foreignKeys });
  }
}

async function moveAllocators(
  context: DefinitionContext,
  schema: SchemaEdit,
  table: TableInfo,
  databaseId: number,
): Promise<void> {
  forgetAllocators(context, table);
  const pairs = [
    [rowIdKey(table.databaseId, table.id), rowIdKey(databaseId, table.id)],
    [autoIncrementKey(table.databaseId, table.id), autoIncrementKey(databaseId, table.id)],
  ] as const;
  for (const [from, to] of pairs) {
    const value = await schema.transaction.get(from);
    if (value === undefined) continue;
    schema.transaction.put(to, value);
    schema.transaction.delete(from);
  }
}

/** A new table id makes all rows unreachable at once; the old range is destroyed afterwards. */
export async function truncateTable(context: DefinitionContext, node: ddl.TruncateTable): Promise<void> {
  const { database, name } = qualify(context, node.table);
  const old = await context.catalog.change((schema) => {
    const { info } = databaseFor(schema, context, database);
    const table = schema.table(database, name);
    if (table === undefined || table.view !== undefined) throw sqlErrors.noSuchTable(database, name);
    const users = schema.snapshot.referencing(database, name).filter((user) => user.table.id !== table.id);
    const [user] = users;
    if (user !== undefined && foreignKeyChecks(context)) {
      throw sqlErrors.truncateIllegalFk(
        `\`${user.database}\`.\`${user.table.name}\`, CONSTRAINT \`${user.foreignKey.name}\``,
      );
    }
    schema.putTable(info, { ...table, id: schema.allocateId() as TableId, autoIncrementStart: 0 });
    schema.transaction.delete(tableKey(table.databaseId, table.id));
    for (const key of allocatorKeys(table)) schema.transaction.delete(key);
    return table;
  });
  forgetAllocators(context, old);
  await context.catalog.discardRange(tableRange(old.id));
}
