/** The actions of ALTER TABLE, each a change of the draft. Nothing here touches data. */

import {
  type Collation,
  type ColumnInfo,
  defaultCollation,
  findCharset,
  findCollation,
  sqlErrors,
} from '../../engine/index.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { type BuiltColumn, buildColumn, checkName, defaultValue } from './column-definition.ts';
import { checkedCollation, collationForCharset } from './column-type.ts';
import type { DefinitionContext } from './definition-context.ts';
import { buildForeignKey, foreignKeyIndex } from './foreign-key.ts';
import { buildIndex, checkKeyColumn, type IndexRequest } from './index-definition.ts';
import { buildCheck, ownPart, readOptions } from './table-definition.ts';
import type { TableDraft } from './table-draft.ts';

export interface AlterEnvironment {
  readonly context: DefinitionContext;
  readonly database: string;
}

function tableCollation(draft: TableDraft): Collation {
  return findCollation(draft.table.collation) ?? defaultCollation;
}

export function applyAction(
  { context, database }: AlterEnvironment,
  draft: TableDraft,
  action: ddl.AlterTableAction,
): void {
  switch (action.kind) {
    case 'add-column':
      addColumn(context, draft, action, database);
      return;
    case 'drop-column':
      dropColumn(draft, action);
      return;
    case 'modify-column':
      changeColumn(context, draft, action.column.name.name, action, database);
      return;
    case 'change-column':
      changeColumn(context, draft, action.from.name, action, database);
      return;
    case 'rename-column':
      renameColumn(draft, action.from.name, action.to.name);
      return;
    case 'set-default': {
      const column = draft.column(action.column.name);
      const value = defaultValue(context, column.name, column.type, action.value, action.parenthesised);
      draft.replace({ ...column, default: value }, undefined);
      return;
    }
    case 'drop-default':
      draft.replace({ ...draft.column(action.column.name), default: { kind: 'none' } }, undefined);
      return;
    case 'set-column-visibility':
      draft.replace({ ...draft.column(action.column.name), invisible: !action.visible }, undefined);
      return;
    case 'add-constraint':
      addConstraint(context, draft, action.constraint, database);
      return;
    case 'drop-index':
      dropIndex(draft, action.name.name, action.ifExists);
      return;
    case 'drop-primary-key':
      dropIndex(draft, 'PRIMARY', false);
      return;
    case 'drop-foreign-key':
      dropForeignKey(draft, action.name.name, action.ifExists);
      return;
    case 'drop-constraint':
      dropConstraint(draft, action.name.name, action.check);
      return;
    case 'rename-index':
      renameIndex(draft, action.from.name, action.to.name);
      return;
    case 'set-index-visibility': {
      const index = draft.findIndex(action.index.name);
      if (index === undefined) throw sqlErrors.keyDoesNotExist(action.index.name, draft.table.name);
      if (index.info.primary && !action.visible) throw sqlErrors.pkIndexCantBeInvisible();
      draft.indexes = draft.indexes.map((other) =>
        other === index ? { ...index, info: { ...index.info, invisible: !action.visible } } : other,
      );
      return;
    }
    case 'set-constraint-enforcement': {
      if (!draft.checks.some((check) => check.name === action.name.name)) {
        throw sqlErrors.checkConstraintNotFound(action.name.name);
      }
      draft.checks = draft.checks.map((check) =>
        check.name === action.name.name ? { ...check, enforced: action.enforced } : check,
      );
      return;
    }
    case 'convert-charset':
      convertCharset(draft, action);
      return;
    case 'options': {
      const options = readOptions(action.options, tableCollation(draft));
      const hasComment = action.options.some((option) => option.kind === 'comment');
      draft.table = {
        ...draft.table,
        charset: options.collation.charset,
        collation: options.collation.name,
        comment: hasComment ? options.comment : draft.table.comment,
        autoIncrementStart: options.autoIncrement > 0 ? options.autoIncrement : draft.table.autoIncrementStart,
        options: { ...draft.table.options, ...options.others },
      };
      return;
    }
    case 'rename-table':
      return;
    case 'order-by':
    case 'enable-keys':
    case 'disable-keys':
    case 'force':
    case 'validation':
    case 'remove-ttl':
    case 'placement-policy':
    case 'set-tiflash-replica':
    case 'other':
      return;
    default:
      throw sqlErrors.notSupportedYet(`ALTER TABLE … ${action.kind.replaceAll('-', ' ').toUpperCase()}`);
  }
}

/* ------------------------------------------------------------------ columns */

function addColumn(
  context: DefinitionContext,
  draft: TableDraft,
  action: Extract<ddl.AlterTableAction, { kind: 'add-column' }>,
  database: string,
): void {
  const name = action.column.name.name;
  if (draft.find(name) !== undefined) {
    if (action.ifNotExists) return;
    throw sqlErrors.dupFieldName(name);
  }
  const place = { id: draft.nextColumnId++, offset: draft.columns.length };
  const built = buildColumn(context, action.column, { collation: tableCollation(draft) }, place);
  draft.insert(built.column, action.position);
  addDeclared(context, draft, built, database);
}

function addDeclared(context: DefinitionContext, draft: TableDraft, built: BuiltColumn, database: string): void {
  const parts = [ownPart(built.column)];
  if (built.primaryKey) addIndex(draft, { type: 'primary', name: undefined, parts, options: undefined });
  if (built.unique) addIndex(draft, { type: 'unique', name: undefined, parts, options: undefined });
  for (const check of built.checks) {
    draft.checks.push(buildCheck(context, check, draft.numbered(), draft.table.name, draft.checks));
  }
  for (const reference of built.references) {
    addForeignKey(draft, undefined, [built.column.name], reference, database);
  }
}

function dropColumn(draft: TableDraft, action: Extract<ddl.AlterTableAction, { kind: 'drop-column' }>): void {
  const column = draft.find(action.name.name);
  if (column === undefined) {
    if (action.ifExists) return;
    throw sqlErrors.cantDropFieldOrKey(action.name.name);
  }
  if (draft.columns.length === 1) throw sqlErrors.cantRemoveAllFields();
  for (const key of draft.foreignKeys) {
    if (key.columns.some((name) => name.toLowerCase() === column.name.toLowerCase())) {
      throw sqlErrors.fkColumnCannotDrop(column.name, key.name);
    }
  }
  draft.columns = draft.columns.filter((other) => other !== column);
  draft.indexes = draft.indexes
    .map((index) => ({ ...index, parts: index.parts.filter((part) => part.columnId !== column.id) }))
    .filter((index) => index.parts.length > 0);
}

function changeColumn(
  context: DefinitionContext,
  draft: TableDraft,
  from: string,
  action: { readonly ifExists: boolean; readonly column: ddl.ColumnDefinition; readonly position: ddl.ColumnPosition },
  database: string,
): void {
  const old = draft.find(from);
  if (old === undefined) {
    if (action.ifExists) return;
    throw sqlErrors.badField(from, draft.table.name);
  }
  const name = action.column.name.name;
  const other = draft.find(name);
  if (other !== undefined && other !== old) throw sqlErrors.dupFieldName(name);
  const built = buildColumn(
    context,
    action.column,
    { collation: tableCollation(draft) },
    { id: old.id, offset: old.offset },
  );
  const inPrimary = draft.indexes.some(
    ({ info, parts }) => info.primary && parts.some((part) => part.columnId === old.id),
  );
  const type = inPrimary ? { ...built.column.type, nullable: false } : built.column.type;
  const column = { ...built.column, type, originDefault: old.originDefault };
  for (const { info, parts } of draft.indexes) {
    const part = parts.find((candidate) => candidate.columnId === old.id);
    if (part !== undefined && info.kind === 'btree') checkKeyColumn(column, part.prefixLength >= 0);
  }
  draft.replace(column, action.position);
  if (old.name !== name) renameInKeys(draft, old.name, name);
  addDeclared(context, draft, built, database);
}

function renameColumn(draft: TableDraft, from: string, to: string): void {
  const column = draft.column(from);
  const other = draft.find(to);
  if (other !== undefined && other !== column) throw sqlErrors.dupFieldName(to);
  checkName(to);
  draft.replace({ ...column, name: to }, undefined);
  renameInKeys(draft, column.name, to);
}

function renameInKeys(draft: TableDraft, from: string, to: string): void {
  draft.foreignKeys = draft.foreignKeys.map((key) => ({
    ...key,
    columns: key.columns.map((name) => (name.toLowerCase() === from.toLowerCase() ? to : name)),
  }));
}

function convertCharset(draft: TableDraft, action: Extract<ddl.AlterTableAction, { kind: 'convert-charset' }>): void {
  const collation =
    action.collation === undefined
      ? collationForCharset(action.charset ?? draft.table.charset)
      : checkedCollation(action.collation, action.charset);
  draft.table = { ...draft.table, charset: collation.charset, collation: collation.name };
  draft.columns = draft.columns.map((column): ColumnInfo => {
    const { type } = column;
    if (type.class !== 'string' && type.class !== 'enum' && type.class !== 'set') return column;
    return { ...column, type: { ...type, collation, charset: findCharset(collation.charset) ?? type.charset } };
  });
}

/* ------------------------------------------------------------------ keys and constraints */

function addIndex(draft: TableDraft, request: IndexRequest): void {
  if (request.type === 'primary') makeNotNull(draft, request.parts);
  const existing = draft.indexes.map(({ info }) => info);
  draft.addIndex(buildIndex(request, draft.numbered(), existing, draft.nextIndexId));
}

/** The columns of a primary key become NOT NULL. */
function makeNotNull(draft: TableDraft, parts: readonly ddl.KeyPart[]): void {
  for (const part of parts) {
    const column = part.kind === 'column' ? draft.find(part.name.name) : undefined;
    if (column?.type.nullable === true) {
      draft.replace({ ...column, type: { ...column.type, nullable: false } }, undefined);
    }
  }
}

function addConstraint(
  context: DefinitionContext,
  draft: TableDraft,
  constraint: ddl.TableConstraint,
  database: string,
): void {
  switch (constraint.kind) {
    case 'index': {
      const name = constraint.name?.name;
      if (constraint.ifNotExists && name !== undefined && draft.findIndex(name) !== undefined) return;
      addIndex(draft, { ...constraint, name });
      return;
    }
    case 'check':
      draft.checks.push(buildCheck(context, constraint, draft.numbered(), draft.table.name, draft.checks));
      return;
    case 'foreign-key': {
      const columns = constraint.columns.map((column) => column.name);
      addForeignKey(draft, constraint.name?.name, columns, constraint.references, database);
      return;
    }
  }
}

function addForeignKey(
  draft: TableDraft,
  name: string | undefined,
  columns: readonly string[],
  reference: ddl.ForeignKeyReference,
  database: string,
): void {
  const table = { name: draft.table.name, database };
  const key = buildForeignKey(name, columns, reference, table, draft.foreignKeys);
  draft.foreignKeys.push(key);
  const index = foreignKeyIndex(draft.finish(), key);
  if (index !== undefined) draft.addIndex({ ...index, id: draft.takeIndexId() });
}

function dropIndex(draft: TableDraft, name: string, ifExists: boolean): void {
  const index = draft.findIndex(name);
  if (index === undefined) {
    if (ifExists) return;
    throw sqlErrors.cantDropFieldOrKey(name);
  }
  draft.indexes = draft.indexes.filter((other) => other !== index);
  for (const key of draft.foreignKeys) {
    if (foreignKeyIndex(draft.finish(), key) !== undefined) throw sqlErrors.dropIndexFk(name);
  }
}

function dropForeignKey(draft: TableDraft, name: string, ifExists: boolean): void {
  const found = draft.foreignKeys.find((key) => key.name.toLowerCase() === name.toLowerCase());
  if (found === undefined && !ifExists) throw sqlErrors.cantDropFieldOrKey(name);
  draft.foreignKeys = draft.foreignKeys.filter((key) => key !== found);
}

function dropConstraint(draft: TableDraft, name: string, isCheck: boolean): void {
  if (draft.checks.some((check) => check.name === name)) {
    draft.checks = draft.checks.filter((check) => check.name !== name);
    return;
  }
  if (isCheck) throw sqlErrors.checkConstraintNotFound(name);
  if (draft.foreignKeys.some((key) => key.name === name)) dropForeignKey(draft, name, false);
  else if (draft.findIndex(name) !== undefined) dropIndex(draft, name, false);
  else throw sqlErrors.constraintNotFound(name);
}

function renameIndex(draft: TableDraft, from: string, to: string): void {
  const index = draft.findIndex(from);
  if (index === undefined) throw sqlErrors.keyDoesNotExist(from, draft.table.name);
  const other = draft.findIndex(to);
  if (other !== undefined && other !== index) throw sqlErrors.dupKeyName(to);
  draft.indexes = draft.indexes.map((item) =>
    item === index ? { ...index, info: { ...index.info, name: to } } : item,
  );
}
