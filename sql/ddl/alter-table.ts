/**
 * ALTER TABLE. Rows name their columns by id, so adding, dropping, moving and renaming columns changes the schema only; new
 * indexes are written beside the rows while DML already maintains them; what changes the form of rows or their keys copies
 * the table under a new id.
 */

import type { KeyRange, TableId } from '../../base/index.ts';
import {
  type ColumnInfo,
  columnAssigner,
  DateTime,
  type Datum,
  type EvaluationContext,
  type FieldType,
  type IndexInfo,
  implicitDefault,
  indexRange,
  recordRange,
  sqlErrors,
  type TableInfo,
  tableRange,
  timestampToUtc,
} from '../../engine/index.ts';
import type { SchemaEdit } from '../catalog/catalog.ts';
import { encodeCounter } from '../catalog/id-allocator.ts';
import { autoIncrementKey, rowIdKey, tableKey } from '../catalog/meta-keys.ts';
import { deriveEvaluation } from '../executor/derived-evaluation.ts';
import { finishRow, type RowValue, tableRules } from '../executor/table-rules.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { applyAction } from './alter-actions.ts';
import { backfillIndexes, copyTable, type RowMapping } from './backfill.ts';
import { type DefinitionContext, databaseFor, qualify } from './definition-context.ts';
import { checkAutoIncrement, checkColumns, checkGenerated } from './table-definition.ts';
import { TableDraft } from './table-draft.ts';
import { checkReferences, forgetAllocators, renameTables } from './table-statements.ts';

export async function alterTable(context: DefinitionContext, node: ddl.AlterTable): Promise<number> {
  const { database, name } = qualify(context, node.table);
  const before = currentTable(context, database, name);
  const draft = new TableDraft(before);
  for (const action of node.actions) applyAction({ context, database }, draft, action);
  const after = withOriginDefaults(context, before, draft.finish());
  checkColumns(after.columns);
  checkAutoIncrement(after);
  checkGenerated(context, after);
  await checkZeroDates(context, before, after);
  let rows = 0;
  if (needsCopy(before, after)) rows = await copyAltered(context, database, before, after);
  else await alterInPlace(context, database, before, after);
  if (node.actions.some((action) => action.kind === 'options' && startsAutoIncrement(action))) {
    await rebaseAutoIncrement(context, currentTable(context, database, name));
  }
  const rename = node.actions.findLast((action) => action.kind === 'rename-table');
  if (rename !== undefined) await renameTables(context, [{ from: node.table, to: rename.to }]);
  return rows;
}

/** New NOT NULL dates without a default would fill rows with 0000-00-00: error 1292 where sql_mode refuses that. */
async function checkZeroDates(context: DefinitionContext, before: TableInfo, after: TableInfo): Promise<void> {
  const { sqlMode } = context.statement.evaluation;
  if (!sqlMode.strict || !sqlMode.noZeroDate) return;
  const column = after.columns.find(
    ({ originDefault, name }) =>
      originDefault instanceof DateTime && originDefault.isZero && before.columns.every((old) => old.name !== name),
  );
  if (column === undefined || (await isEmpty(context, before))) return;
  const { type, name } = column;
  const shown = type.name === 'date' ? DateTime.zero.toDateString() : DateTime.zero.toString(type.scale);
  throw sqlErrors.incorrectTemporalForColumn(type.name === 'date' ? 'date' : 'datetime', shown, name, 1);
}

async function isEmpty(context: DefinitionContext, table: TableInfo): Promise<boolean> {
  const { storage } = context.catalog;
  const scanner = storage.snapshot(await storage.currentTs()).scan(recordRange(table.id), { limit: 1 });
  const pairs = await scanner.next(1);
  scanner.close();
  return pairs.length === 0;
}

function startsAutoIncrement(action: Extract<ddl.AlterTableAction, { kind: 'options' }>): boolean {
  return action.options.some((option) => option.kind === 'auto-increment');
}

function currentTable(context: DefinitionContext, database: string, name: string): TableInfo {
  const snapshot = context.catalog.snapshot();
  const table = snapshot.table(database, name);
  if (table === undefined) {
    if (!snapshot.hasDatabase(database)) throw sqlErrors.badDb(database);
    throw sqlErrors.noSuchTable(database, name);
  }
  if (table.view !== undefined) throw sqlErrors.wrongObject(database, name, 'BASE TABLE');
  return table;
}

/** Fails when somebody else changed the table since the draft was made. */
function replaceTable(
  context: DefinitionContext,
  schema: SchemaEdit,
  database: string,
  before: TableInfo,
  after: TableInfo,
): void {
  const { info } = databaseFor(schema, context, database);
  const current = schema.table(database, before.name);
  if (current === undefined || current.id !== before.id) throw sqlErrors.noSuchTable(database, before.name);
  checkReferences(context, schema, after);
  schema.putTable(info, after);
  if (before.id !== after.id) schema.transaction.delete(tableKey(before.databaseId, before.id));
}

/* ------------------------------------------------------------------ in place */

async function alterInPlace(
  context: DefinitionContext,
  database: string,
  before: TableInfo,
  after: TableInfo,
): Promise<void> {
  const added = after.indexes.filter((index) => !before.indexes.some((old) => old.id === index.id));
  const dropped = before.indexes.filter((index) => !after.indexes.some((next) => next.id === index.id));
  if (added.length === 0) {
    await context.catalog.change((schema) => replaceTable(context, schema, database, before, after));
  } else {
    await addIndexes(context, database, before, after, added);
  }
  for (const index of dropped) {
    const range: KeyRange = indexRange(before.id, index.id);
    await context.catalog.discardRange(range);
  }
}

/** write-only while the rows are indexed, then public; taken back when a duplicate is found. */
async function addIndexes(
  context: DefinitionContext,
  database: string,
  before: TableInfo,
  after: TableInfo,
  added: readonly IndexInfo[],
): Promise<void> {
  const ids = new Set(added.map((index) => index.id));
  const writeOnly: TableInfo = {
    ...after,
    indexes: after.indexes.map((index) => (ids.has(index.id) ? { ...index, state: 'write-only' } : index)),
  };
  await context.catalog.change((schema) => replaceTable(context, schema, database, before, writeOnly));
  const zone = context.statement.evaluation.timeZone;
  const stored = added.filter((index) => index.kind === 'btree' || index.kind === 'hash');
  try {
    await backfillIndexes(context.catalog.storage, writeOnly, stored, zone);
  } catch (error) {
    await context.catalog.change((schema) => replaceTable(context, schema, database, writeOnly, before));
    for (const index of added) await context.catalog.storage.destroyRange(indexRange(before.id, index.id));
    throw error;
  }
  await context.catalog.change((schema) => replaceTable(context, schema, database, writeOnly, after));
}

/* ------------------------------------------------------------------ copy */

async function copyAltered(
  context: DefinitionContext,
  database: string,
  before: TableInfo,
  draft: TableInfo,
): Promise<number> {
  const { storage } = context.catalog;
  const id = await context.catalog.change((schema) => schema.reserveId());
  const after: TableInfo = {
    ...draft,
    id: id as TableId,
    columns: draft.columns.map((column) => ({ ...column, originDefault: undefined })),
  };
  const evaluation = strictInsert(context.statement.evaluation);
  try {
    const map = rowMapping(context, before, after, evaluation);
    const rows = await copyTable(storage, before, after, map, evaluation.timeZone);
    await context.catalog.change(async (schema) => {
      replaceTable(context, schema, database, before, after);
      const used = (await context.catalog.ids.peek(autoIncrementKey(before.databaseId, before.id))) - 1n;
      if (used > 0n) schema.transaction.put(autoIncrementKey(after.databaseId, after.id), encodeCounter(used));
    });
    await bumpRowIds(context, before, after, rows);
    forgetAllocators(context, before);
    await context.catalog.discardRange(tableRange(before.id));
    return rows;
  } catch (error) {
    await storage.destroyRange(tableRange(after.id));
    throw error;
  }
}

/** The new table's allocators go on behind what the copy used. */
async function bumpRowIds(
  context: DefinitionContext,
  before: TableInfo,
  after: TableInfo,
  rows: number,
): Promise<void> {
  const { ids } = context.catalog;
  const last = (await ids.peek(rowIdKey(before.databaseId, before.id))) - 1n;
  const used = last > BigInt(rows) ? last : BigInt(rows);
  if (used > 0n) await ids.rebase(rowIdKey(after.databaseId, after.id), used);
  const automatic = after.columns.find((column) => column.autoIncrement);
  const had = before.columns.find((column) => column.autoIncrement);
  if (automatic !== undefined && had === undefined) {
    await ids.rebase(autoIncrementKey(after.databaseId, after.id), BigInt(rows));
  }
}

function strictInsert(evaluation: EvaluationContext): EvaluationContext {
  return deriveEvaluation(evaluation, { statementKind: 'insert' });
}

function rowMapping(
  context: DefinitionContext,
  before: TableInfo,
  after: TableInfo,
  evaluation: EvaluationContext,
): RowMapping {
  const rules = tableRules(after, context.environment);
  const sources = after.columns.map((column) => {
    const old = before.columns.find((candidate) => candidate.id === column.id);
    if (old === undefined) return undefined;
    const assign = columnAssigner(old.type, column);
    return { offset: old.offset, assign: sameForm(old.type, column.type) && column.type.nullable ? undefined : assign };
  });
  return (row, number) => {
    const values: Datum[] = [];
    after.columns.forEach((column, i) => {
      const source = sources[i];
      if (column.generated !== undefined) values[i] = null;
      else if (source === undefined)
        values[i] = newValue(column, rules.defaults[i] as RowValue, values, evaluation, number);
      else {
        const value = row[source.offset] ?? null;
        if (value === null && !column.type.nullable) throw sqlErrors.invalidUseOfNull();
        values[i] = source.assign === undefined ? value : source.assign(evaluation, value, number);
      }
    });
    finishRow(rules, values, evaluation, number);
    return values;
  };
}

function newValue(
  column: ColumnInfo,
  value: RowValue,
  row: readonly Datum[],
  evaluation: EvaluationContext,
  number: number,
): Datum {
  if (column.autoIncrement) return number;
  if (column.default.kind === 'none') return column.type.nullable ? null : implicitDefault(column.type);
  return value(row, evaluation, number);
}

/* ------------------------------------------------------------------ what a change demands */

/** Values of both types are stored alike, in rows and in keys. */
function sameForm(old: FieldType, next: FieldType): boolean {
  if (old.class !== next.class || old.collation.name !== next.collation.name) return false;
  if (old.name === 'varchar' && next.name === 'char') return false;
  if (old.name === next.name && old.length === next.length && old.scale === next.scale) {
    return old.unsigned === next.unsigned && old.elements.every((element, i) => next.elements[i] === element);
  }
  switch (next.class) {
    case 'int':
      return old.unsigned === next.unsigned && integerWidth(old) <= integerWidth(next) && old.name !== 'year';
    case 'string':
    case 'bytes':
      return old.length <= next.length && old.name !== 'binary' && next.name !== 'binary';
    case 'enum':
    case 'set':
      return old.elements.every((element, i) => next.elements[i] === element);
    default:
      return old.name === next.name && old.length === next.length && old.scale === next.scale;
  }
}

function integerWidth(type: FieldType): number {
  return ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'].indexOf(type.name);
}

function needsCopy(before: TableInfo, after: TableInfo): boolean {
  const oldPrimary = before.indexes.find((index) => index.primary)?.id;
  const newPrimary = after.indexes.find((index) => index.primary);
  if (oldPrimary !== newPrimary?.id || before.pkIsHandle !== after.pkIsHandle) return true;
  return after.columns.some((column) => {
    const old = before.columns.find((candidate) => candidate.id === column.id);
    if (old === undefined) return column.autoIncrement || column.generated !== undefined || isVolatileDefault(column);
    if (old.type.nullable && !column.type.nullable) return true;
    if ((old.generated?.text ?? '') !== (column.generated?.text ?? '')) return true;
    return !sameForm(old.type, column.type);
  });
}

/** An expression other than the current time has a value per row. */
function isVolatileDefault(column: ColumnInfo): boolean {
  return column.default.kind === 'expression' && column.default.text.startsWith('(');
}

/** Rows from before a new column show its default as of now; that of a TIMESTAMP is kept in UTC, like stored values. */
function withOriginDefaults(context: DefinitionContext, before: TableInfo, after: TableInfo): TableInfo {
  const old = new Set(before.columns.map((column) => column.id));
  if (after.columns.every((column) => old.has(column.id))) return after;
  const evaluation = strictInsert(context.statement.evaluation);
  const columns = after.columns.map((column): ColumnInfo => {
    if (old.has(column.id) || column.generated !== undefined || isVolatileDefault(column)) return column;
    return { ...column, originDefault: originDefault(context, after, column, evaluation) ?? undefined };
  });
  return { ...after, columns };
}

function originDefault(
  context: DefinitionContext,
  table: TableInfo,
  column: ColumnInfo,
  evaluation: EvaluationContext,
): Datum {
  if (column.default.kind === 'none') return column.type.nullable ? null : implicitDefault(column.type);
  const rule = tableRules(table, context.environment).defaults[column.offset] as RowValue;
  const value = rule([], evaluation, 1);
  return column.type.name === 'timestamp' && value instanceof DateTime
    ? timestampToUtc(value, evaluation.timeZone)
    : value;
}

async function rebaseAutoIncrement(context: DefinitionContext, table: TableInfo): Promise<void> {
  if (table.autoIncrementStart <= 1) return;
  const key = autoIncrementKey(table.databaseId, table.id);
  await context.catalog.ids.rebase(key, BigInt(table.autoIncrementStart - 1));
}
