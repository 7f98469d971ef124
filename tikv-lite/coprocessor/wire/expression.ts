/**
 * Expressions as tipb's, both ways. Parameters travel as the constants that they are in one execution; AND and OR of many
 * operands as nested pairs; IS NOT and other negations as NOT. Names of columns, which messages about values quote, stand
 * behind the column's position, where other stores do not look.
 *
 * What comes from the wire is checked: unknown signatures and shapes throw WireError.
 */

import {
  decodeDouble,
  decodeInt64,
  decodeUint64,
  decodeUint64Int,
  encodeInt64,
  encodeUint64,
} from '../../../base/index.ts';
import { tipb } from '../../../base/rpc/index.ts';
import {
  type AggregateDescriptor,
  type CallExpression,
  type ConstantExpression,
  type DateTime,
  type Datum,
  type Decimal,
  type Expression,
  type FieldType,
  fieldTypes,
  findFunction,
} from '../../../engine/index.ts';
import { functionOf, LIKE_SIGNATURE, signatureOf } from '../signatures.ts';
import { dateTimeOf, decimalBytes, decimalFromBytes, doubleBytes } from './datum.ts';
import { fieldTypeFromProto, fieldTypeToProto } from './field-type.ts';

const { ExprType } = tipb;
const BACKSLASH = 92;
const COLUMN_BYTES = 8;
const MAX_DEPTH = 200;
const NANOS_PER_MICRO = 1000n;

/** A request that is malformed or asks for what is not known here. */
export class WireError extends Error {
  override readonly name = 'WireError';
}

function expr(tp: tipb.ExprType, type: FieldType, val: Uint8Array | undefined, children: tipb.Expr[] = []): tipb.Expr {
  return { tp, val, children, fieldType: fieldTypeToProto(type), orderBy: [] };
}

function binary(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

/** Positions of columns and values of parameters, as the request has them. */
export interface EncodeScope {
  column(index: number): number;
  parameter(index: number): Datum;
}

export function expressionToProto(expression: Expression, scope: EncodeScope): tipb.Expr {
  switch (expression.kind) {
    case 'column': {
      const position = binary(encodeInt64(scope.column(expression.index)));
      const val = Buffer.concat([position, Buffer.from(expression.name, 'utf8')]);
      return expr(ExprType.ColumnRef, expression.type, val);
    }
    case 'constant':
      return constantToProto(expression.value, expression.type);
    case 'parameter':
      return constantToProto(scope.parameter(expression.index), expression.type);
    case 'call':
      return callToProto(expression, scope);
  }
}

function callToProto(call: CallExpression, scope: EncodeScope): tipb.Expr {
  const sig = signatureOf(call);
  if (sig === undefined) throw new WireError(`${call.name} has no signature`);
  let children = call.args.map((arg) => expressionToProto(arg, scope));
  if (sig === LIKE_SIGNATURE) children = likeChildren(call, children);
  const [first] = children;
  const isPaired = call.name === 'and' || call.name === 'or';
  if (isPaired && children.length > 2 && first !== undefined) {
    return children.slice(1).reduce((left, right) => callOf(sig, call.type, [left, right]), first);
  }
  return callOf(sig, call.type, children);
}

function callOf(sig: number, type: FieldType, children: tipb.Expr[]): tipb.Expr {
  return { ...expr(ExprType.ScalarFunc, type, undefined, children), sig };
}

/** LIKE has its escape as a character's number. */
function likeChildren(call: CallExpression, children: readonly tipb.Expr[]): tipb.Expr[] {
  const mark = call.args[2];
  const code = mark?.kind === 'constant' ? String(mark.value).charCodeAt(0) : BACKSLASH;
  return [...children.slice(0, 2), constantToProto(code, fieldTypes.int())];
}

function constantToProto(value: Datum, type: FieldType): tipb.Expr {
  if (value === null) return expr(ExprType.Null, type, undefined);
  switch (type.class) {
    case 'int':
      return type.unsigned
        ? expr(ExprType.Uint64, type, binary(encodeUint64(value as number | bigint)))
        : expr(ExprType.Int64, type, binary(encodeInt64(value as number | bigint)));
    case 'enum':
    case 'set':
      return expr(ExprType.Uint64, type, binary(encodeUint64(value as number | bigint)));
    case 'real':
      return expr(ExprType.Float64, type, binary(doubleBytes(value as number)));
    case 'decimal':
      return expr(ExprType.MysqlDecimal, type, binary(decimalBytes(value as Decimal)));
    case 'string':
      return expr(ExprType.String, type, Buffer.from(value as string, 'utf8'));
    case 'bytes':
      return expr(ExprType.Bytes, type, value as Uint8Array);
    case 'datetime':
      return expr(ExprType.MysqlTime, type, binary(encodeUint64((value as DateTime).toPacked())));
    case 'time':
      return expr(ExprType.MysqlDuration, type, binary(encodeInt64(BigInt(value as number) * NANOS_PER_MICRO)));
    default:
      throw new WireError(`a constant of type ${type.name}`);
  }
}

/* ------------------------------------------------------------------ from the wire */

/** `columns`: types of the rows that the expression is computed over. */
export function expressionFromProto(message: tipb.Expr, columns: readonly FieldType[], depth = 0): Expression {
  if (depth > MAX_DEPTH) throw new WireError('an expression is nested too deeply');
  const type = message.fieldType === undefined ? fieldTypes.bigint() : fieldTypeFromProto(message.fieldType);
  switch (message.tp ?? ExprType.Null) {
    case ExprType.ColumnRef:
      return columnFromProto(message, columns);
    case ExprType.ScalarFunc:
      return callFromProto(message, type, columns, depth);
    default:
      return constantFromProto(message, type);
  }
}

function columnFromProto(message: tipb.Expr, columns: readonly FieldType[]): Expression {
  const val = Buffer.from(message.val ?? []);
  if (val.length < COLUMN_BYTES) throw new WireError('a column without a position');
  const index = Number(decodeInt64(val.toString('latin1', 0, COLUMN_BYTES)));
  const type = columns[index];
  if (type === undefined) throw new WireError(`column ${index} of ${columns.length}`);
  const name = val.toString('utf8', COLUMN_BYTES);
  return { kind: 'column', index, type, name: name === '' ? `Column#${index}` : name };
}

function callFromProto(message: tipb.Expr, type: FieldType, columns: readonly FieldType[], depth: number): Expression {
  const sig = message.sig ?? 0;
  const name = functionOf(sig);
  if (name === undefined) throw new WireError(`function signature ${sig} is not supported`);
  const args = message.children.map((child) => expressionFromProto(child, columns, depth + 1));
  const call: CallExpression = { kind: 'call', name, args: name === 'like' ? likeArgs(args) : args, type };
  const definition = findFunction(name);
  const isShaped = definition !== undefined && args.length >= definition.minArgs && args.length <= definition.maxArgs;
  if (!isShaped || signatureOf(call) === undefined)
    throw new WireError(`signature ${sig} with ${args.length} arguments`);
  return call;
}

function likeArgs(args: readonly Expression[]): readonly Expression[] {
  const [text, pattern, mark] = args;
  if (text === undefined || pattern === undefined) throw new WireError('LIKE without operands');
  const code = mark?.kind === 'constant' ? Number(mark.value) : BACKSLASH;
  if (code === BACKSLASH) return [text, pattern];
  const value = String.fromCharCode(code);
  return [text, pattern, { kind: 'constant', value, type: fieldTypes.varchar(1) }];
}

function constantFromProto({ tp, val }: tipb.Expr, type: FieldType): ConstantExpression {
  const bytes = Buffer.from(val ?? []);
  const text = bytes.toString('latin1');
  const value = (): Datum => {
    switch (tp) {
      case ExprType.Null:
      case undefined:
        return null;
      case ExprType.Int64:
        return decodeInt64(text);
      case ExprType.Uint64:
        return decodeUint64Int(text);
      case ExprType.Float32:
      case ExprType.Float64:
        return decodeDouble(text);
      case ExprType.MysqlDecimal:
        return decimalFromBytes(text);
      case ExprType.String:
        return type.class === 'bytes' ? new Uint8Array(bytes) : bytes.toString('utf8');
      case ExprType.Bytes:
        return type.class === 'string' ? bytes.toString('utf8') : new Uint8Array(bytes);
      case ExprType.MysqlTime:
        return dateTimeOf(decodeUint64(text));
      case ExprType.MysqlDuration:
        return Number(BigInt(decodeInt64(text)) / NANOS_PER_MICRO);
      default:
        throw new WireError(`expression type ${tp} is not supported`);
    }
  };
  return { kind: 'constant', value: value(), type };
}

/* ------------------------------------------------------------------ aggregates */

const AGGREGATES: ReadonlyMap<string, tipb.ExprType> = new Map<string, tipb.ExprType>([
  ['count', ExprType.Count],
  ['sum', ExprType.Sum],
  ['min', ExprType.Min],
  ['max', ExprType.Max],
  ['any_value', ExprType.First],
  ['bit_and', ExprType.Agg_BitAnd],
  ['bit_or', ExprType.Agg_BitOr],
  ['bit_xor', ExprType.Agg_BitXor],
]);
const AGGREGATE_NAMES = new Map([...AGGREGATES].map(([name, tp]) => [tp, name]));

/** COUNT(*) counts a constant. */
export function aggregateToProto({ name, args, type }: AggregateDescriptor, scope: EncodeScope): tipb.Expr {
  const tp = AGGREGATES.get(name);
  if (tp === undefined) throw new WireError(`${name} has no partial form`);
  const children =
    args.length === 0 ? [constantToProto(1, fieldTypes.bigint())] : args.map((arg) => expressionToProto(arg, scope));
  return expr(tp, type, undefined, children);
}

export function aggregateFromProto(message: tipb.Expr, columns: readonly FieldType[]): AggregateDescriptor {
  const name = AGGREGATE_NAMES.get(message.tp ?? ExprType.Null);
  if (name === undefined || message.hasDistinct === true)
    throw new WireError(`aggregate ${message.tp} is not supported`);
  const children = message.children.map((child) => expressionFromProto(child, columns));
  const [only] = children;
  if (only === undefined || children.length > 1) throw new WireError(`${name} with ${children.length} arguments`);
  const args = name === 'count' && only.kind === 'constant' && only.value !== null ? [] : children;
  const type = message.fieldType === undefined ? only.type : fieldTypeFromProto(message.fieldType);
  return { name, args, distinct: false, separator: ',', orderBy: [], type };
}
