/**
 * Literals and parameter markers. A literal that the plan cache took out of the text becomes a parameter, so that one
 * plan serves all values; where a value shapes the plan (select list, ordinals) it stays a constant and its slot is noted.
 */

import {
  type Collation,
  type ConstantExpression,
  canonicalInt,
  Decimal,
  defaultCollation,
  type Expression,
  type FieldType,
  fieldTypes,
  findCharset,
  findCollation,
  parseDateTime,
  parseTime,
  sqlErrors,
} from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { BindContext } from './bind-context.ts';

const MAX_SIGNED = 9223372036854775807n;

type LiteralNode = ast.Literal | ast.ParameterMarker;

/** `negative`: the literal stands behind a unary minus, which is folded into it. */
export function bindLiteral(node: LiteralNode, context: BindContext, fixed: boolean, negative = false): Expression {
  if (node.kind === 'parameter') {
    context.usedSlots.add(node.index);
    const type = context.environment.parameterTypes[node.index] ?? unknownParameterType(context);
    return { kind: 'parameter', index: node.index, type: { ...type, nullable: true } };
  }
  if ('slot' in node && node.slot >= 0) {
    if (!fixed && !negative && isParameterisable(node)) {
      context.usedSlots.add(node.slot);
      return { kind: 'parameter', index: node.slot, type: literalType(node, context) };
    }
    context.fixedSlots.add(node.slot);
  }
  return literalConstant(node, context, negative);
}

function isParameterisable(node: LiteralNode): boolean {
  if (node.kind === 'integer' || node.kind === 'decimal' || node.kind === 'float') return true;
  return node.kind === 'string' && node.charset === undefined && node.bytes === undefined && !node.national;
}

function unknownParameterType(context: BindContext): FieldType {
  return fieldTypes.varchar(65_535, context.environment.collationConnection);
}

/** The type a literal has for inference: independent of the value, so that plans can be shared between values. */
function literalType(node: ast.Literal, context: BindContext): FieldType {
  switch (node.kind) {
    case 'integer':
      return BigInt(node.value) > MAX_SIGNED ? fieldTypes.bigint({ unsigned: true }) : fieldTypes.bigint();
    case 'float':
      return fieldTypes.double();
    default:
      return literalConstant(node, context, false).type;
  }
}

function literalConstant(node: ast.Literal, context: BindContext, negative: boolean): ConstantExpression {
  const constant = (value: ConstantExpression['value'], type: FieldType): ConstantExpression => ({
    kind: 'constant',
    value,
    type: { ...type, nullable: value === null },
  });
  switch (node.kind) {
    case 'integer':
      return integerConstant(node, negative);
    case 'decimal': {
      const value = parseDecimal(negative ? `-${node.text}` : node.text);
      const digits = Math.max(1, value.integerDigits) + value.scale;
      return constant(value, fieldTypes.decimal(Math.min(65, digits), value.scale));
    }
    case 'float':
      return constant(negative ? -node.value : node.value, fieldTypes.double());
    case 'string':
      return stringConstant(node, context);
    case 'bytes':
      return { ...constant(node.bytes, fieldTypes.varbinary(node.bytes.length)), isHexLiteral: true };
    case 'null':
      return constant(null, fieldTypes.null());
    case 'boolean':
      return { ...constant(node.value ? 1 : 0, { ...fieldTypes.bigint(), length: 1 }), isBooleanLiteral: true };
    case 'temporal':
      return temporalConstant(node, context);
  }
}

function integerConstant(node: ast.IntegerLiteral, negative: boolean): ConstantExpression {
  const magnitude = BigInt(node.value);
  const digits = String(node.value).length;
  const value = negative ? -magnitude : magnitude;
  if (value < -MAX_SIGNED - 1n) {
    const decimal = parseDecimal(value.toString());
    return { kind: 'constant', value: decimal, type: { ...fieldTypes.decimal(digits, 0), nullable: false } };
  }
  const type = fieldTypes.bigint({ unsigned: value > MAX_SIGNED });
  const length = negative ? digits + 1 : digits;
  return { kind: 'constant', value: canonicalInt(value), type: { ...type, nullable: false, length } };
}

function stringConstant(node: ast.StringLiteral, context: BindContext): ConstantExpression {
  const { collationConnection } = context.environment;
  if (node.bytes !== undefined || node.charset !== undefined) {
    const bytes = node.bytes ?? Buffer.from(node.value, 'utf8');
    return introducedConstant(bytes, node.charset ?? collationConnection.charset);
  }
  const collation = node.national ? collationOf('utf8mb3') : collationConnection;
  const type = fieldTypes.varchar([...node.value].length, collation);
  return { kind: 'constant', value: node.value, type: { ...type, nullable: false } };
}

/** _charset'…': the bytes as sent, read in that character set. */
function introducedConstant(bytes: Uint8Array, charsetName: string): ConstantExpression {
  if (charsetName === 'binary') {
    return { kind: 'constant', value: bytes, type: { ...fieldTypes.varbinary(bytes.length), nullable: false } };
  }
  const charset = findCharset(charsetName);
  if (charset === undefined) throw sqlErrors.unknownCharacterSet(charsetName);
  const text = charset.decode(bytes);
  if (text === undefined) throw sqlErrors.invalidCharacterString(charsetName, Buffer.from(bytes).toString('hex'));
  const type = fieldTypes.varchar([...text].length, collationOf(charsetName));
  return { kind: 'constant', value: text, type: { ...type, nullable: false } };
}

function temporalConstant(node: ast.TemporalLiteral, context: BindContext): ConstantExpression {
  const { sqlMode } = context.environment;
  const wrong = (): Error => sqlErrors.wrongValue(node.type.toUpperCase(), node.value);
  if (node.type === 'time') {
    const parsed = parseTime(node.value);
    if (parsed === undefined || parsed.truncated) throw wrong();
    return {
      kind: 'constant',
      value: parsed.value,
      type: { ...fieldTypes.time(fractionDigits(node.value)), nullable: false },
    };
  }
  const rules = {
    zeroDate: !sqlMode.noZeroDate,
    zeroInDate: !sqlMode.noZeroInDate,
    invalidDates: sqlMode.allowInvalidDates,
  };
  const parsed = parseDateTime(node.value, rules);
  if (parsed === undefined || parsed.truncated) throw wrong();
  const { value } = parsed;
  const type = node.type === 'date' ? fieldTypes.date() : fieldTypes.datetime(fractionDigits(node.value));
  return { kind: 'constant', value, type: { ...type, nullable: false } };
}

function fractionDigits(text: string): number {
  const point = text.lastIndexOf('.');
  return point < 0 ? 0 : Math.min(6, text.length - point - 1);
}

function parseDecimal(text: string): Decimal {
  return Decimal.parse(text) ?? Decimal.zero;
}

function collationOf(charset: string): Collation {
  return findCollation(findCharset(charset)?.defaultCollation ?? '') ?? defaultCollation;
}
