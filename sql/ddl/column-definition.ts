/** One column of CREATE or ALTER TABLE. */

import type { ColumnId } from '../../base/index.ts';
import {
  type ColumnDefault,
  type ColumnInfo,
  convertForStore,
  type FieldType,
  SqlError,
  sqlErrors,
} from '../../engine/index.ts';
import { deriveEvaluation } from '../executor/derived-evaluation.ts';
import type * as ast from '../parser/ast.ts';
import type * as ddl from '../parser/ast-ddl.ts';
import { bindRowExpression } from '../planner/table-expression.ts';
import { type CharsetDefaults, columnType } from './column-type.ts';
import { type DefinitionContext, evaluateConstant } from './definition-context.ts';
import { expressionText } from './expression-text.ts';

export interface BuiltColumn {
  readonly column: ColumnInfo;
  /** Keys and constraints that the column's options declare. */
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly checks: readonly Extract<ddl.ColumnOption, { kind: 'check' }>[];
  readonly references: readonly ddl.ForeignKeyReference[];
}

function optionOf<K extends ddl.ColumnOption['kind']>(
  definition: ddl.ColumnDefinition,
  kind: K,
): Extract<ddl.ColumnOption, { kind: K }> | undefined {
  return definition.options.findLast((option) => option.kind === kind) as
    | Extract<ddl.ColumnOption, { kind: K }>
    | undefined;
}

export interface ColumnPlace {
  readonly id: number;
  readonly offset: number;
}

const MAX_NAME = 64;
const MAX_COMMENT = 1024;

export function buildColumn(
  context: DefinitionContext,
  definition: ddl.ColumnDefinition,
  defaults: CharsetDefaults,
  place: ColumnPlace,
): BuiltColumn {
  const name = definition.name.name;
  checkName(name);
  const primaryKey = optionOf(definition, 'primary-key') !== undefined;
  const autoIncrement =
    optionOf(definition, 'auto-increment') !== undefined || optionOf(definition, 'serial-default') !== undefined;
  const generated = optionOf(definition, 'generated');
  const type = nullability(definition, columnType(name, definition.type, defaults), primaryKey || autoIncrement);
  if (autoIncrement && type.class !== 'int' && type.class !== 'real') throw sqlErrors.wrongFieldSpec(name);
  const comment = optionOf(definition, 'comment')?.text ?? '';
  if (comment.length > MAX_COMMENT) throw sqlErrors.tooLongFieldComment(name, MAX_COMMENT);
  const column: ColumnInfo = {
    id: place.id as ColumnId,
    name,
    offset: place.offset,
    type,
    default: generated === undefined ? columnDefault(context, definition, type, autoIncrement) : { kind: 'none' },
    originDefault: undefined,
    autoIncrement,
    onUpdateNow: optionOf(definition, 'on-update-now') !== undefined,
    comment,
    invisible: definition.options.findLast((o) => o.kind === 'visible' || o.kind === 'invisible')?.kind === 'invisible',
    state: 'public',
    ...(generated === undefined
      ? {}
      : { generated: { text: expressionText(generated.expression), stored: generated.stored } }),
  };
  return {
    column,
    primaryKey,
    unique: optionOf(definition, 'unique') !== undefined || optionOf(definition, 'serial-default') !== undefined,
    checks: definition.options.filter((option) => option.kind === 'check'),
    references: definition.options.filter((option) => option.kind === 'references').map((option) => option.references),
  };
}

export function checkName(name: string): void {
  if (name.length > MAX_NAME) throw sqlErrors.tooLongIdent(name);
  if (name === '' || name.endsWith(' ')) throw sqlErrors.wrongColumnName(name);
}

function nullability(definition: ddl.ColumnDefinition, type: FieldType, implied: boolean): FieldType {
  const last = definition.options.findLast((option) => option.kind === 'null' || option.kind === 'not-null');
  if (last?.kind === 'not-null' || implied) return { ...type, nullable: false };
  return { ...type, nullable: true };
}

function columnDefault(
  context: DefinitionContext,
  definition: ddl.ColumnDefinition,
  type: FieldType,
  autoIncrement: boolean,
): ColumnDefault {
  const option = optionOf(definition, 'default');
  if (option === undefined) return { kind: 'none' };
  const name = definition.name.name;
  if (autoIncrement) throw sqlErrors.invalidDefault(name);
  return defaultValue(context, name, type, option.value, option.parenthesised);
}

/** Throws 1067 for a value that the column cannot hold. */
export function defaultValue(
  context: DefinitionContext,
  name: string,
  type: FieldType,
  value: ast.Expression,
  parenthesised: boolean,
): ColumnDefault {
  if (value.kind === 'call' && value.name === 'now' && !parenthesised) return nowDefault(name, type, value);
  if (parenthesised) return { kind: 'expression', text: `(${expressionText(value)})` };
  const isBlob = ['tinytext', 'text', 'mediumtext', 'longtext', 'tinyblob', 'blob', 'mediumblob', 'longblob', 'json'];
  if (value.kind === 'null') {
    if (!type.nullable) throw sqlErrors.invalidDefault(name);
    return { kind: 'value', value: null };
  }
  if (isBlob.includes(type.name)) throw sqlErrors.blobCantHaveDefault(name);
  const bound = bindRowExpression(value, '', [], context.environment);
  try {
    const datum = evaluateConstant(context, bound);
    const strict = deriveEvaluation(context.statement.evaluation, { statementKind: 'insert', ignoreErrors: false });
    return { kind: 'value', value: convertForStore(datum, bound.type, { name, type }, strict) };
  } catch (error) {
    if (error instanceof SqlError) throw sqlErrors.invalidDefault(name);
    throw error;
  }
}

function nowDefault(name: string, type: FieldType, value: ast.FunctionCall): ColumnDefault {
  if (type.name !== 'datetime' && type.name !== 'timestamp') throw sqlErrors.invalidDefault(name);
  const [digits] = value.args;
  const given = digits?.kind === 'integer' ? Number(digits.value) : 0;
  if (given !== type.scale) throw sqlErrors.invalidDefault(name);
  return { kind: 'expression', text: given === 0 ? 'CURRENT_TIMESTAMP' : `CURRENT_TIMESTAMP(${given})` };
}
