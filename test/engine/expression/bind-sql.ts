/** Binds a parsed expression without tables: what the planner's binder does, reduced to constants and functions. */

import {
  bigintType,
  bytesType,
  compareRows,
  Decimal,
  dateType,
  datetimeType,
  decimalType,
  defaultCollation,
  doubleType,
  type Expression,
  type FieldType,
  findCharset,
  findCollation,
  jsonType,
  nullType,
  type ResolveOptions,
  resolveAssignment,
  resolveCast,
  resolveCollate,
  resolveConvertUsing,
  resolveFunction,
  resolveUserVariable,
  stringType,
  timeType,
  withNullable,
  yearType,
} from '../../../engine/index.ts';
import type * as ast from '../../../sql/parser/ast.ts';

export const resolveOptions: ResolveOptions = {
  collationConnection: defaultCollation,
  sqlMode: { noUnsignedSubtraction: false },
  divPrecisionIncrement: 4,
  database: 'test',
};

function call(name: string, args: readonly Expression[]): Expression {
  return resolveFunction(name, args, resolveOptions);
}

function text(value: string, collation = defaultCollation): Expression {
  return { kind: 'constant', value, type: withNullable(stringType([...value].length, collation), false) };
}

function negated(expression: Expression, isNegated: boolean): Expression {
  return isNegated ? call('not', [expression]) : expression;
}

export function bindSql(node: ast.Expression): Expression {
  switch (node.kind) {
    case 'logical':
      return call(node.operator, node.operands.map(bindSql));
    case 'unary':
      return call(node.operator === '~' || node.operator === 'not' ? node.operator : `unary ${node.operator}`, [
        bindSql(node.operand),
      ]);
    case 'binary':
      return bindBinary(node);
    case 'between':
      return negated(call('between', [node.operand, node.low, node.high].map(bindSql)), node.negated);
    case 'in-list':
      return bindIn(node);
    case 'like': {
      const parts = [node.operand, node.pattern, ...(node.escape === undefined ? [] : [node.escape])];
      return negated(call('like', parts.map(bindSql)), node.negated);
    }
    case 'regexp':
      return negated(call('regexp', [bindSql(node.operand), bindSql(node.pattern)]), node.negated);
    case 'is':
      return call(`is ${node.negated ? 'not ' : ''}${node.test}`, [bindSql(node.operand)]);
    case 'member-of':
      return call('member of', [bindSql(node.operand), bindSql(node.array)]);
    case 'case':
      return bindCase(node);
    case 'cast':
      return resolveCast(bindSql(node.operand), castType(node.type));
    case 'convert-using':
      return resolveConvertUsing(bindSql(node.operand), collationOf(node.charset));
    case 'collate':
      return resolveCollate(bindSql(node.operand), findCollation(node.collation)!);
    case 'call':
      return call(node.name, node.args.map(bindSql));
    case 'trim': {
      const parts = [bindSql(node.operand), ...(node.remove === undefined ? [] : [bindSql(node.remove)])];
      return call(`trim ${node.side}`, parts);
    }
    case 'extract':
      return call('extract', [text(node.unit), bindSql(node.operand)]);
    case 'timestamp-function':
      return call(node.name, [text(node.unit), bindSql(node.left), bindSql(node.right)]);
    case 'date-arithmetic':
      return call(node.operator === '+' ? 'date_add' : 'date_sub', [
        bindSql(node.operand),
        bindSql(node.amount),
        text(node.unit),
      ]);
    case 'char': {
      const bytes = call('char', node.args.map(bindSql));
      return node.charset === undefined ? bytes : resolveConvertUsing(bytes, collationOf(node.charset));
    }
    case 'weight-string':
      return call('weight_string', [bindSql(node.operand)]);
    case 'user-variable':
      return resolveUserVariable(node.name, bigintType(), resolveOptions);
    case 'variable-assignment':
      return resolveAssignment(node.name, bindSql(node.value), resolveOptions);
    default:
      return bindLiteral(node);
  }
}

function bindBinary(node: ast.BinaryExpression): Expression {
  if (node.left.kind === 'row' && node.right.kind === 'row') {
    const name = node.operator as Parameters<typeof compareRows>[0];
    return compareRows(name, node.left.items.map(bindSql), node.right.items.map(bindSql), resolveOptions);
  }
  return call(node.operator === '||' ? 'concat' : node.operator, [bindSql(node.left), bindSql(node.right)]);
}

function bindIn(node: ast.InList): Expression {
  const { operand } = node;
  if (operand.kind !== 'row') {
    return negated(call('in', [bindSql(operand), ...node.list.map(bindSql)]), node.negated);
  }
  const items = operand.items.map(bindSql);
  const tests = node.list.map((row) =>
    compareRows('=', items, row.kind === 'row' ? row.items.map(bindSql) : [bindSql(row)], resolveOptions),
  );
  return negated(tests.length === 1 ? tests[0]! : call('or', tests), node.negated);
}

function bindCase(node: ast.CaseExpression): Expression {
  const args: Expression[] = node.operand === undefined ? [] : [bindSql(node.operand)];
  for (const branch of node.branches) args.push(bindSql(branch.when), bindSql(branch.result));
  if (node.otherwise !== undefined) args.push(bindSql(node.otherwise));
  return call(node.operand === undefined ? 'case' : 'simple case', args);
}

function collationOf(charset: string) {
  return findCollation(findCharset(charset)!.defaultCollation)!;
}

function castType(type: ast.CastType): FieldType {
  switch (type.name) {
    case 'signed':
    case 'unsigned':
      return bigintType(type.name === 'unsigned');
    case 'decimal':
      return decimalType(type.length ?? 10, type.scale ?? 0);
    case 'double':
      return doubleType();
    case 'float':
      return { ...doubleType(), name: 'float' };
    case 'date':
      return dateType();
    case 'datetime':
      return datetimeType(type.length ?? 0);
    case 'time':
      return timeType(type.length ?? 0);
    case 'year':
      return yearType();
    case 'json':
      return jsonType();
    case 'binary':
      return { ...bytesType(1), length: type.length ?? -1 };
    case 'char':
      return {
        ...stringType(1, type.charset === undefined ? defaultCollation : collationOf(type.charset)),
        length: type.length ?? -1,
      };
    default:
      throw new Error(`cast to ${type.name}`);
  }
}

function bindLiteral(node: ast.Expression): Expression {
  switch (node.kind) {
    case 'string':
      return text(node.value);
    case 'integer': {
      const unsigned = typeof node.value === 'bigint' && node.value > 9223372036854775807n;
      return { kind: 'constant', value: node.value, type: notNull(bigintType(unsigned, node.text.length)) };
    }
    case 'decimal': {
      const value = Decimal.parse(node.text)!;
      const precision = Math.max(value.integerDigits, 1) + value.scale;
      return { kind: 'constant', value, type: notNull(decimalType(precision, value.scale)) };
    }
    case 'float':
      return { kind: 'constant', value: node.value, type: notNull(doubleType()) };
    case 'bytes':
      return {
        kind: 'constant',
        value: node.bytes,
        type: notNull(bytesType(node.bytes.length)),
        isHexLiteral: node.charset === undefined,
      };
    case 'null':
      return { kind: 'constant', value: null, type: nullType() };
    case 'boolean':
      return {
        kind: 'constant',
        value: node.value ? 1 : 0,
        type: notNull(bigintType(false, 1)),
        isBooleanLiteral: true,
      };
    case 'temporal': {
      const digits = /\.(\d+)/.exec(node.value)?.[1]?.length ?? 0;
      const type = node.type === 'date' ? dateType() : node.type === 'time' ? timeType(digits) : datetimeType(digits);
      return resolveCast(text(node.value), type);
    }
    default:
      throw new Error(`no tables here: ${node.kind}`);
  }
}

function notNull(type: FieldType): FieldType {
  return withNullable(type, false);
}
