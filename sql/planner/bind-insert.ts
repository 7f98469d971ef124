/** INSERT and REPLACE: which column gets which expression. Expressions see the table's columns by their offsets. */

import { type Expression, sqlErrors, type TableInfo } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { BindContext, PlanEnvironment } from './bind-context.ts';
import { ExpressionBinder, type SpecialReferences } from './bind-expression.ts';
import { newBlock, type PendingApply } from './block.ts';
import { oneRow } from './plan-builders.ts';
import { newBindContext, type PreparedPlan, planLogical } from './prepare-query.ts';
import { FromScope, type ScopeColumn } from './scope.ts';

const VALUES_DEPRECATED =
  "'VALUES function' is deprecated and will be removed in a future release. Please use an alias (INSERT INTO ... VALUES (...) AS alias) and replace VALUES(col) in the ON DUPLICATE KEY UPDATE clause with alias.col instead";

/** Undefined stands for the column's default. */
export type InsertItem = Expression | undefined;

export interface BoundAssignment {
  readonly offset: number;
  /** Over the row that stands in the way, then the row that was to be inserted. */
  readonly value: InsertItem;
}

export interface BoundInsert {
  readonly database: string;
  readonly table: TableInfo;
  readonly replace: boolean;
  readonly ignore: boolean;
  /** Table column offsets that the items of a row stand for. */
  readonly offsets: readonly number[];
  readonly rows: readonly (readonly InsertItem[])[];
  /** INSERT … SELECT: its output columns stand for `offsets`. */
  readonly source: PreparedPlan | undefined;
  readonly sourceTypes: readonly Expression[];
  readonly onDuplicate: readonly BoundAssignment[];
  /** For the initial subqueries of the row expressions. */
  readonly initial: PreparedPlan;
  readonly context: BindContext;
}

export interface WriteTarget {
  readonly database: string;
  readonly table: TableInfo;
}

/** The table that a write names. Throws 1046, 1049, 1146, and 1471/1288 for views. */
function writeTarget(environment: PlanEnvironment, name: ast.TableName, verb: string): WriteTarget {
  const database = name.schema?.name ?? environment.currentDatabase;
  if (database === null) throw sqlErrors.noDb();
  const table = environment.catalog.table(database, name.name.name);
  if (table === undefined) {
    if (environment.catalog.virtualTable(database, name.name.name) !== undefined) {
      throw sqlErrors.nonUpdatableTable(name.name.name, verb);
    }
    if (!environment.catalog.hasDatabase(database)) throw sqlErrors.badDb(database);
    throw sqlErrors.noSuchTable(database, name.name.name);
  }
  if (table.view !== undefined) throw sqlErrors.nonUpdatableTable(table.name, verb);
  return { database, table };
}

export function bindInsert(node: ast.Insert, environment: PlanEnvironment): BoundInsert {
  const { database, table } = writeTarget(environment, node.table, node.replace ? 'REPLACE' : 'INSERT');
  const context = newBindContext(environment);
  const offsets = targetOffsets(node, table);
  const { source } = node;
  let query: PreparedPlan | undefined;
  let sourceTypes: readonly Expression[] = [];
  if (source.kind === 'query') {
    const bound = context.bindQuery(source.query, newBlock(undefined, undefined));
    if (bound.output.length !== offsets.length) throw sqlErrors.wrongValueCountOnRow(1);
    sourceTypes = bound.output.map(({ column }, index) => ({
      kind: 'column',
      index,
      type: column.type,
      name: column.name,
    }));
    query = planLogical(bound.plan, context);
  }
  const rows = source.kind === 'rows' ? bindRows(context, source.rows, table, offsets) : [];
  const onDuplicate = node.onDuplicateKeyUpdate.map((assignment) => bindDuplicate(context, node, table, assignment));
  return {
    database,
    table,
    replace: node.replace,
    ignore: node.ignore,
    offsets: source.kind === 'rows' && node.columns === undefined && rows[0]?.length === 0 ? [] : offsets,
    rows,
    source: query,
    sourceTypes,
    onDuplicate,
    initial: query ?? planLogical(oneRow, context),
    context,
  };
}

function targetOffsets(node: ast.Insert, table: TableInfo): readonly number[] {
  if (node.columns === undefined) {
    return table.columns
      .filter((column) => column.state === 'public' && !column.invisible)
      .map((column) => column.offset);
  }
  const offsets: number[] = [];
  for (const reference of node.columns) {
    const offset = columnOffset(table, reference);
    if (offsets.includes(offset)) throw sqlErrors.fieldSpecifiedTwice(reference.name.name);
    offsets.push(offset);
  }
  return offsets;
}

export function columnOffset(table: TableInfo, reference: ast.ColumnReference): number {
  const name = reference.name.name.toLowerCase();
  const column = table.columns.find((candidate) => candidate.name.toLowerCase() === name);
  if (column === undefined || column.state !== 'public') throw sqlErrors.badField(reference.name.name, 'field list');
  return column.offset;
}

function bindRows(
  context: BindContext,
  rows: readonly (readonly ast.Expression[])[],
  table: TableInfo,
  offsets: readonly number[],
): InsertItem[][] {
  const applies: PendingApply[] = [];
  const binder = rowBinder(context, tableScope(table, table.name, 0), applies, defaultsOf(context, table));
  const bound = rows.map((row, i) => {
    const isEmpty = row.length === 0;
    if (!isEmpty && row.length !== offsets.length) throw sqlErrors.wrongValueCountOnRow(i + 1);
    return row.map((item, k) => bindItem(binder, item, table, offsets[k] ?? -1));
  });
  if (applies.length > 0) throw sqlErrors.notSupportedYet('correlated subquery in VALUES');
  return bound;
}

function bindItem(binder: ExpressionBinder, item: ast.Expression, table: TableInfo, offset: number): InsertItem {
  const column = table.columns[offset];
  const isDefault = item.kind === 'default' && item.column === undefined;
  if (column?.generated !== undefined && !isDefault) {
    throw sqlErrors.nonDefaultValueForGeneratedColumn(column.name, table.name);
  }
  return isDefault ? undefined : binder.bind(item);
}

function rowBinder(
  context: BindContext,
  scope: FromScope,
  applies: PendingApply[],
  special: SpecialReferences,
): ExpressionBinder {
  const block = newBlock(undefined, undefined, scope);
  return new ExpressionBinder({ context, block, clause: 'field list', applies, special });
}

/** The table's columns under `alias`, column i as uid `base + i`. */
function tableScope(table: TableInfo, alias: string, base: number, names?: readonly string[]): FromScope {
  const relation = { alias, database: '' };
  return FromScope.of(
    table.columns.map(
      (column, i): ScopeColumn => ({
        uid: base + column.offset,
        type: column.type,
        name: names?.[i] ?? column.name,
        relation,
        origin: undefined,
        hidden: column.invisible,
      }),
    ),
    relation,
  );
}

/** DEFAULT(c) as a constant or expression; VALUES(c) only in ON DUPLICATE KEY UPDATE. */
export function defaultsOf(context: BindContext, table: TableInfo, insertedBase?: number): SpecialReferences {
  return {
    defaultOf: (reference) => {
      if (reference === undefined) throw sqlErrors.badField('DEFAULT', 'field list');
      const column = table.columns[columnOffset(table, reference)];
      if (column?.default.kind === 'value') {
        return { kind: 'constant', value: column.default.value, type: column.type };
      }
      if (column?.default.kind === 'none' && column.type.nullable) {
        return { kind: 'constant', value: null, type: column.type };
      }
      throw sqlErrors.noDefaultForField(reference.name.name);
    },
    insertedValue: (reference) => {
      const offset = columnOffset(table, reference);
      const type = table.columns[offset]?.type ?? context.rowIdType;
      if (insertedBase === undefined) return { kind: 'constant', value: null, type: { ...type, nullable: true } };
      context.warnings.push({ level: 'Warning', errno: 1287, message: VALUES_DEPRECATED });
      return { kind: 'column', index: insertedBase + offset, type, name: reference.name.name };
    },
  };
}

function bindDuplicate(
  context: BindContext,
  node: ast.Insert,
  table: TableInfo,
  assignment: ast.Assignment,
): BoundAssignment {
  const base = table.columns.length;
  let scope = tableScope(table, table.name, 0);
  if (node.rowAlias !== undefined) {
    const names = aliasNames(node, table, node.rowAlias.columns);
    const inserted = tableScope(table, node.rowAlias.name.name, base, names);
    scope = scope.join(names === undefined ? new FromScope(inserted.columns, [], inserted.relations) : inserted);
  }
  const applies: PendingApply[] = [];
  const binder = rowBinder(context, scope, applies, defaultsOf(context, table, base));
  const offset = columnOffset(table, assignment.column);
  const value = bindItem(binder, assignment.value, table, offset);
  if (applies.length > 0) throw sqlErrors.notSupportedYet('correlated subquery in ON DUPLICATE KEY UPDATE');
  return { offset, value };
}

function aliasNames(
  node: ast.Insert,
  table: TableInfo,
  columns: readonly ast.Identifier[],
): readonly string[] | undefined {
  if (columns.length === 0) return undefined;
  const names = table.columns.map((column) => column.name);
  targetOffsets(node, table).forEach((offset, i) => {
    const alias = columns[i];
    if (alias !== undefined) names[offset] = alias.name;
  });
  return names;
}
