/** Function calls and the constructs of SQL's own syntax that are functions underneath. */

import { assertNever } from '../../base/index.ts';
import {
  type Collation,
  defaultCollation,
  type Expression,
  type FieldType,
  fieldTypes,
  findCharset,
  findCollation,
  resolveAssignment,
  resolveCast,
  resolveCollate,
  resolveConvertUsing,
  resolveUserVariable,
  sqlErrors,
} from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';

type SpecialForm =
  | ast.LikeExpression
  | ast.RegexpExpression
  | ast.IsExpression
  | ast.MemberOfExpression
  | ast.CaseExpression
  | ast.CastExpression
  | ast.ConvertUsing
  | ast.CollateExpression
  | ast.FunctionCall
  | ast.TrimFunction
  | ast.ExtractFunction
  | ast.TimestampFunction
  | ast.DateArithmetic
  | ast.CharFunction
  | ast.WeightStringFunction
  | ast.JsonValueFunction
  | ast.JsonExtractOperator
  | ast.MatchAgainst
  | ast.UserVariable
  | ast.SystemVariable
  | ast.VariableAssignment;

export function bindSpecialForm(binder: ExpressionBinder, node: SpecialForm): Expression {
  switch (node.kind) {
    case 'like':
      return bindLike(binder, node);
    case 'regexp':
      return negate(
        binder,
        binder.call('regexp', [binder.bind(node.operand), binder.bind(node.pattern)]),
        node.negated,
      );
    case 'is':
      return binder.call(`is ${node.negated ? 'not ' : ''}${node.test}`, [binder.bind(node.operand)]);
    case 'member-of':
      return binder.call('member of', [binder.bind(node.operand), binder.bind(node.array)]);
    case 'case':
      return bindCase(binder, node);
    case 'cast':
      return resolveCast(binder.bind(node.operand), castType(binder, node.type));
    case 'convert-using':
      return resolveConvertUsing(binder.bind(node.operand), collationOfCharset(node.charset));
    case 'collate':
      return bindCollate(binder, node);
    case 'call':
      return bindCall(binder, node);
    case 'trim':
      return bindTrim(binder, node);
    case 'extract':
      return binder.call('extract', [text(binder, node.unit), binder.bind(node.operand)]);
    case 'timestamp-function':
      return binder.call(node.name, [text(binder, node.unit), binder.bind(node.left), binder.bind(node.right)]);
    case 'date-arithmetic': {
      const name = node.operator === '+' ? 'date_add' : 'date_sub';
      return binder.call(name, [binder.bind(node.operand), binder.bind(node.amount), text(binder, node.unit)]);
    }
    case 'char': {
      const bytes = binder.call('char', binder.bindAll(node.args));
      return node.charset === undefined ? bytes : resolveConvertUsing(bytes, collationOfCharset(node.charset));
    }
    case 'weight-string':
      return binder.call('weight_string', [binder.bind(node.operand)]);
    case 'json-value':
      return bindJsonValue(binder, node);
    case 'json-extract': {
      const extracted = binder.call('json_extract', [binder.bind(node.column), fixed(binder).bind(node.path)]);
      return node.unquote ? binder.call('json_unquote', [extracted]) : extracted;
    }
    case 'match':
      throw sqlErrors.fulltextMatchingKeyNotFound();
    case 'user-variable':
      return bindUserVariable(binder, node);
    case 'system-variable':
      return bindSystemVariable(binder, node);
    case 'variable-assignment':
      return resolveAssignment(node.name, binder.bind(node.value), binder.resolveOptions);
    default:
      return assertNever(node);
  }
}

function negate(binder: ExpressionBinder, expression: Expression, negated: boolean): Expression {
  return negated ? binder.call('not', [expression]) : expression;
}

function text(binder: ExpressionBinder, value: string): Expression {
  const type = fieldTypes.varchar(value.length, binder.context.environment.collationConnection);
  return { kind: 'constant', value, type: { ...type, nullable: false } };
}

/** Arguments of functions shape their result type (ROUND(x, 2), NOW(3)), so their literals stay in the plan. */
function fixed(binder: ExpressionBinder): ExpressionBinder {
  return binder.with({ fixLiterals: true });
}

function bindLike(binder: ExpressionBinder, node: ast.LikeExpression): Expression {
  const args = [binder.bind(node.operand), binder.bind(node.pattern)];
  if (node.escape !== undefined) args.push(fixed(binder).bind(node.escape));
  return negate(binder, binder.call('like', args), node.negated);
}

function bindCase(binder: ExpressionBinder, node: ast.CaseExpression): Expression {
  const inner = fixed(binder);
  const args: Expression[] = [];
  if (node.operand !== undefined) args.push(inner.bind(node.operand));
  for (const branch of node.branches) args.push(inner.bind(branch.when), inner.bind(branch.result));
  if (node.otherwise !== undefined) args.push(inner.bind(node.otherwise));
  return binder.call(node.operand === undefined ? 'case' : 'simple case', args);
}

function bindCall(binder: ExpressionBinder, node: ast.FunctionCall): Expression {
  if (node.schema !== undefined) throw sqlErrors.spDoesNotExist('FUNCTION', `${node.schema.name}.${node.name}`);
  const inner = fixed(binder);
  if (node.name === 'any_value' || node.name === 'grouping') {
    const args = inner.bindAll(node.args);
    if (node.name === 'any_value' && binder.aggregates === undefined && args[0] !== undefined) return args[0];
    const type = node.name === 'grouping' ? fieldTypes.bigint() : (args[0] as Expression).type;
    return { kind: 'call', name: node.name, args, type };
  }
  return binder.call(node.name, inner.bindAll(node.args));
}

function bindTrim(binder: ExpressionBinder, node: ast.TrimFunction): Expression {
  const name = node.side === 'both' ? 'trim' : node.side === 'leading' ? 'ltrim' : 'rtrim';
  const operand = binder.bind(node.operand);
  return binder.call(name, node.remove === undefined ? [operand] : [operand, fixed(binder).bind(node.remove)]);
}

function bindCollate(binder: ExpressionBinder, node: ast.CollateExpression): Expression {
  const collation = findCollation(node.collation);
  if (collation === undefined) throw sqlErrors.unknownCollation(node.collation);
  return resolveCollate(binder.bind(node.operand), collation);
}

function collationOfCharset(charset: string): Collation {
  const found = findCharset(charset);
  const collation = found === undefined ? undefined : findCollation(found.defaultCollation);
  if (collation === undefined) throw sqlErrors.unknownCharacterSet(charset);
  return collation;
}

function bindJsonValue(binder: ExpressionBinder, node: ast.JsonValueFunction): Expression {
  const extracted = binder.call('json_extract', [binder.bind(node.document), fixed(binder).bind(node.path)]);
  const unquoted = binder.call('json_unquote', [extracted]);
  return node.returning === undefined ? unquoted : resolveCast(unquoted, castType(binder, node.returning));
}

/* ------------------------------------------------------------------ variables */

function bindUserVariable(binder: ExpressionBinder, node: ast.UserVariable): Expression {
  binder.context.isBoundToSession = true;
  const { type } = binder.context.environment.userVariable(node.name.toLowerCase());
  return resolveUserVariable(node.name, type, binder.resolveOptions);
}

function bindSystemVariable(binder: ExpressionBinder, node: ast.SystemVariable): Expression {
  const scope = node.scope === 'persist' || node.scope === 'persist_only' ? 'global' : node.scope;
  const { type, value } = binder.context.environment.variable(scope, node.name);
  binder.context.isBoundToSession = true;
  return { kind: 'constant', value, type: { ...type, nullable: true }, coercibility: 3 };
}

/* ------------------------------------------------------------------ cast types */

function castType(binder: ExpressionBinder, type: ast.CastType): FieldType {
  const nullable = (field: FieldType): FieldType => ({ ...field, nullable: true });
  switch (type.name) {
    case 'signed':
      return nullable(fieldTypes.bigint());
    case 'unsigned':
      return nullable(fieldTypes.bigint({ unsigned: true }));
    case 'decimal':
      return nullable(castDecimal(type));
    case 'float':
      return nullable((type.length ?? 0) > 24 ? fieldTypes.double() : fieldTypes.float());
    case 'double':
      return nullable(fieldTypes.double());
    case 'date':
      return nullable(fieldTypes.date());
    case 'datetime':
      return nullable(fieldTypes.datetime(fraction(type)));
    case 'time':
      return nullable(fieldTypes.time(fraction(type)));
    case 'year':
      return nullable(fieldTypes.year());
    case 'json':
      return nullable(fieldTypes.json());
    case 'binary':
      return nullable({ ...fieldTypes.varbinary(type.length ?? 0), length: type.length ?? -1 });
    case 'char': {
      const collation = castCollation(binder, type);
      return nullable({ ...fieldTypes.varchar(type.length ?? 0, collation), length: type.length ?? -1 });
    }
    default:
      throw sqlErrors.notSupportedYet(`CAST to ${type.name.toUpperCase()}`);
  }
}

function castCollation(binder: ExpressionBinder, type: ast.CastType): Collation {
  const { collationConnection } = binder.context.environment;
  const charset = type.charset ?? collationConnection.charset;
  if (type.binaryCollation) return findCollation(`${charset}_bin`) ?? defaultCollation;
  return type.charset === undefined ? collationConnection : collationOfCharset(type.charset);
}

function castDecimal(type: ast.CastType): FieldType {
  const precision = type.length ?? 10;
  const scale = type.scale ?? 0;
  if (scale > 30) throw sqlErrors.tooBigScale(scale, '', 30);
  if (precision > 65) throw sqlErrors.tooBigPrecision(precision, '', 65);
  if (scale > precision) throw sqlErrors.mBiggerThanD('');
  return fieldTypes.decimal(precision, scale);
}

function fraction(type: ast.CastType): number {
  const digits = type.length ?? 0;
  if (digits > 6) throw sqlErrors.tooBigPrecision(digits, 'CAST', 6);
  return digits;
}
