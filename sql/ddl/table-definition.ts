/** CREATE TABLE: from syntax to a TableInfo. The record key is the primary key: an integer one is the handle itself. */

import type { DatabaseId, TableId } from '../../base/index.ts';
import {
  type CheckInfo,
  type Collation,
  type ColumnInfo,
  type ForeignKeyInfo,
  type IndexInfo,
  sqlErrors,
  type TableInfo,
} from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { bindRowExpression, bindRowText } from '../planner/table-expression.ts';
import { type BuiltColumn, buildColumn, checkName } from './column-definition.ts';
import { checkedCollation, collationForCharset } from './column-type.ts';
import { type DefinitionContext, nowSeconds } from './definition-context.ts';
import { expressionText } from './expression-text.ts';
import { buildForeignKey, foreignKeyIndex } from './foreign-key.ts';
import { buildIndex, type IndexRequest } from './index-definition.ts';

export interface TablePlace {
  readonly id: number;
  readonly databaseId: DatabaseId;
  readonly database: string;
  readonly name: string;
  /** The database's collation. */
  readonly collation: Collation;
}

const MAX_COLUMNS = 4096;
const MAX_INDEXES = 64;

export function buildTable(
  context: DefinitionContext,
  definition: Pick<ddl.CreateTable, 'columns' | 'constraints' | 'options'>,
  place: TablePlace,
): TableInfo {
  checkTableName(place.name);
  const options = readOptions(definition.options, place.collation);
  const built = definition.columns.map((column, offset) =>
    buildColumn(context, column, { collation: options.collation }, { id: offset + 1, offset }),
  );
  const primaryParts = primaryColumns(definition, built);
  const columns = built.map(({ column }) =>
    primaryParts.has(column.name.toLowerCase()) ? withNotNull(column, definition) : column,
  );
  checkColumns(columns);
  const indexes = sortIndexes(buildIndexes(definition, built, columns), columns);
  const named: Pick<TableInfo, 'name'> & { readonly database: string } = { name: place.name, database: place.database };
  const checks = buildChecks(context, definition, built, columns, place.name);
  const foreignKeys = buildForeignKeys(definition, built, named);
  const table = withForeignKeyIndexes(
    {
      id: place.id as TableId,
      databaseId: place.databaseId,
      name: place.name,
      charset: options.collation.charset,
      collation: options.collation.name,
      comment: options.comment,
      columns,
      indexes,
      foreignKeys,
      checks,
      ...handleKind(columns, indexes),
      autoIncrementStart: options.autoIncrement,
      nextColumnId: columns.length + 1,
      nextIndexId: indexes.length + 1,
      createTime: nowSeconds(context),
      updateTs: '0',
      state: 'public',
      options: options.others,
    },
    foreignKeys,
  );
  checkAutoIncrement(table);
  checkGenerated(context, table);
  return table;
}

export function checkTableName(name: string): void {
  if (name === '' || name.endsWith(' ')) throw sqlErrors.wrongTableName(name);
  if (name.length > 64) throw sqlErrors.tooLongIdent(name);
}

function withNotNull(column: ColumnInfo, definition: Pick<ddl.CreateTable, 'columns'>): ColumnInfo {
  const options = definition.columns[column.offset]?.options ?? [];
  if (options.some((option) => option.kind === 'null')) throw sqlErrors.primaryCantHaveNull();
  return { ...column, type: { ...column.type, nullable: false } };
}

function primaryColumns(
  definition: Pick<ddl.CreateTable, 'constraints'>,
  built: readonly BuiltColumn[],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { column, primaryKey } of built) if (primaryKey) names.add(column.name.toLowerCase());
  for (const constraint of definition.constraints) {
    if (constraint.kind !== 'index' || constraint.type !== 'primary') continue;
    for (const part of constraint.parts) if (part.kind === 'column') names.add(part.name.name.toLowerCase());
  }
  return names;
}

export function checkColumns(columns: readonly ColumnInfo[]): void {
  if (columns.length === 0) throw sqlErrors.tableMustHaveColumns();
  if (columns.length > MAX_COLUMNS) throw sqlErrors.tooManyFields();
  const seen = new Set<string>();
  for (const column of columns) {
    checkName(column.name);
    if (seen.has(column.name.toLowerCase())) throw sqlErrors.dupFieldName(column.name);
    seen.add(column.name.toLowerCase());
  }
}

/* ------------------------------------------------------------------ indexes */

function buildIndexes(
  definition: Pick<ddl.CreateTable, 'constraints'>,
  built: readonly BuiltColumn[],
  columns: readonly ColumnInfo[],
): IndexInfo[] {
  const requests: IndexRequest[] = [];
  for (const { column, primaryKey, unique } of built) {
    const parts = [ownPart(column)];
    if (primaryKey) requests.push({ type: 'primary', name: undefined, parts, options: undefined });
    if (unique) requests.push({ type: 'unique', name: undefined, parts, options: undefined });
  }
  for (const constraint of definition.constraints) {
    if (constraint.kind === 'index') requests.push({ ...constraint, name: constraint.name?.name });
  }
  if (requests.length > MAX_INDEXES) throw sqlErrors.tooManyKeys(MAX_INDEXES);
  const indexes: IndexInfo[] = [];
  for (const request of requests) indexes.push(buildIndex(request, columns, indexes, indexes.length + 1));
  return indexes;
}

export function ownPart(column: ColumnInfo): ddl.KeyPart {
  return { kind: 'column', name: { name: column.name, quoted: false }, length: undefined, descending: false };
}

/** MySQL's order: the primary key, unique keys without NULL columns, other unique keys, the rest, full-text ones last. */
export function sortIndexes(indexes: readonly IndexInfo[], columns: readonly ColumnInfo[]): IndexInfo[] {
  const rank = (index: IndexInfo): number => {
    if (index.primary) return 0;
    if (index.kind === 'fulltext' || index.kind === 'spatial') return 4;
    if (!index.unique) return 3;
    return index.columns.some((part) => columns[part.columnOffset]?.type.nullable === true) ? 2 : 1;
  };
  return indexes.toSorted((left, right) => rank(left) - rank(right));
}

export function handleKind(
  columns: readonly ColumnInfo[],
  indexes: readonly IndexInfo[],
): Pick<TableInfo, 'pkIsHandle' | 'isCommonHandle'> {
  const primary = indexes.find((index) => index.primary);
  if (primary === undefined) return { pkIsHandle: false, isCommonHandle: false };
  const [only] = primary.columns;
  const type = only === undefined ? undefined : columns[only.columnOffset]?.type;
  const isInt = type?.class === 'int' && type.name !== 'bit' && type.name !== 'year';
  const pkIsHandle = primary.columns.length === 1 && isInt;
  return { pkIsHandle, isCommonHandle: !pkIsHandle };
}

export function checkAutoIncrement(table: Pick<TableInfo, 'columns' | 'indexes'>): void {
  const automatic = table.columns.filter((column) => column.autoIncrement);
  const [only] = automatic;
  if (only === undefined) return;
  const isKey = table.indexes.some((index) => index.columns[0]?.columnOffset === only.offset);
  if (automatic.length > 1 || !isKey) throw sqlErrors.wrongAutoKey();
}

/* ------------------------------------------------------------------ constraints */

function buildChecks(
  context: DefinitionContext,
  definition: Pick<ddl.CreateTable, 'constraints'>,
  built: readonly BuiltColumn[],
  columns: readonly ColumnInfo[],
  table: string,
): CheckInfo[] {
  const requests = [
    ...built.flatMap(({ checks }) => checks),
    ...definition.constraints.filter((constraint) => constraint.kind === 'check'),
  ];
  const checks: CheckInfo[] = [];
  for (const request of requests) checks.push(buildCheck(context, request, columns, table, checks));
  return checks;
}

export function buildCheck(
  context: DefinitionContext,
  request: Extract<ddl.TableConstraint, { kind: 'check' }>,
  columns: readonly ColumnInfo[],
  table: string,
  existing: readonly CheckInfo[],
): CheckInfo {
  bindRowExpression(request.expression, table, columns, context.environment);
  const name = request.name?.name ?? freeName(existing, `${table}_chk_`);
  if (existing.some((check) => check.name === name)) throw sqlErrors.checkConstraintDupName(name);
  return { name, text: expressionText(request.expression), enforced: request.enforced };
}

function freeName(existing: readonly { readonly name: string }[], prefix: string): string {
  for (let number = 1; ; number++) {
    if (!existing.some((item) => item.name === prefix + number)) return prefix + number;
  }
}

function buildForeignKeys(
  definition: Pick<ddl.CreateTable, 'constraints'>,
  built: readonly BuiltColumn[],
  table: { readonly name: string; readonly database: string },
): ForeignKeyInfo[] {
  const keys: ForeignKeyInfo[] = [];
  for (const { column, references } of built) {
    for (const reference of references) keys.push(buildForeignKey(undefined, [column.name], reference, table, keys));
  }
  for (const constraint of definition.constraints) {
    if (constraint.kind !== 'foreign-key') continue;
    const columns = constraint.columns.map((column) => column.name);
    keys.push(buildForeignKey(constraint.name?.name, columns, constraint.references, table, keys));
  }
  return keys;
}

/** Every foreign key needs an index that starts with its columns; one is added where there is none. */
function withForeignKeyIndexes(table: TableInfo, keys: readonly ForeignKeyInfo[]): TableInfo {
  let next = table;
  for (const key of keys) {
    const index = foreignKeyIndex(next, key);
    if (index === undefined) continue;
    next = { ...next, indexes: sortIndexes([...next.indexes, index], next.columns), nextIndexId: next.nextIndexId + 1 };
  }
  return next;
}

export function checkGenerated(context: DefinitionContext, table: TableInfo): void {
  for (const column of table.columns) {
    if (column.generated === undefined) continue;
    bindRowText(column.generated.text, table.name, table.columns, context.environment);
  }
}

/* ------------------------------------------------------------------ options */

export interface TableOptions {
  readonly collation: Collation;
  readonly comment: string;
  readonly autoIncrement: number;
  readonly others: Readonly<Record<string, string>>;
}

export function readOptions(options: readonly ddl.TableOption[], inherited: Collation): TableOptions {
  let collation = inherited;
  let charset: string | undefined;
  let comment = '';
  let autoIncrement = 0;
  const others: Record<string, string> = {};
  for (const option of options) {
    switch (option.kind) {
      case 'charset':
        charset = option.charset;
        collation = collationForCharset(option.charset);
        break;
      case 'collate':
        collation = checkedCollation(option.collation, charset);
        break;
      case 'comment':
        comment = option.text;
        if (comment.length > 2048) throw sqlErrors.tooLongTableComment('', 2048);
        break;
      case 'auto-increment':
        autoIncrement = Number(option.value);
        break;
      case 'engine':
        break;
      case 'other':
        if (option.value !== undefined) others[option.name] = String(option.value);
        break;
      default:
        break;
    }
  }
  return { collation, comment, autoIncrement, others };
}
