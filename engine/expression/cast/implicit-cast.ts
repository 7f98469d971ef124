/**
 * Casts as expression nodes. All of them are calls of `cast`, whose result type says what to do (`cast.ts`); a value that
 * already has the wanted representation is left alone.
 */

import type { Collation } from '../../charset/collation.ts';
import type { FieldType } from '../../types/field-type.ts';
import type { ArgumentKind } from '../definition.ts';
import type { Expression } from '../expression.ts';
import { precisionOf } from '../functions/arithmetic-types.ts';
import {
  bigintType,
  bytesType,
  datetimeType,
  decimalType,
  doubleType,
  jsonType,
  stringType,
  textLength,
  timeType,
  withNullable,
} from '../result-types.ts';

/** A cast node without any check. */
export function castNode(expression: Expression, type: FieldType): Expression {
  return { kind: 'call', name: 'cast', args: [expression], type: withNullable(type, expression.type.nullable) };
}

/** Unlike CAST(… AS DECIMAL), keeps the digits that the value has. */
function toDecimalNode(expression: Expression, type: FieldType): Expression {
  return { kind: 'call', name: 'to decimal', args: [expression], type: withNullable(type, expression.type.nullable) };
}

/** Unlike CAST(… AS JSON), makes a JSON string of a text. */
function toJsonNode(expression: Expression): Expression {
  return {
    kind: 'call',
    name: 'to json',
    args: [expression],
    type: withNullable(jsonType(), expression.type.nullable),
  };
}

/** Brings an argument into the representation that a function wants. `collation` is that of `text` results. */
export function castTo(expression: Expression, kind: ArgumentKind, collation: Collation): Expression {
  const { type } = expression;
  switch (kind) {
    case 'any':
      return expression;
    case 'int':
      return type.class === 'int' ? expression : castNode(expression, bigintType(type.unsigned));
    case 'real':
      if (type.class === 'real') return expression;
      return castNode(expression, type.class === 'null' ? doubleType(0) : doubleType());
    case 'decimal':
      return type.class === 'decimal' ? expression : toDecimalNode(expression, implicitDecimal(type));
    case 'text':
      return castToText(expression, collation);
    case 'bytes':
      return type.class === 'bytes' ? expression : castNode(expression, bytesType(textLength(type)));
    case 'datetime':
      return type.class === 'datetime' ? expression : castNode(expression, datetimeType(fractionOf(expression)));
    case 'time':
      return type.class === 'time' ? expression : castNode(expression, timeType(fractionOf(expression)));
    case 'json':
      return type.class === 'json' ? expression : toJsonNode(expression);
  }
}

export function castToText(expression: Expression, collation: Collation): Expression {
  const { type } = expression;
  const wanted = collation.charset === 'binary' ? 'bytes' : 'string';
  if (type.class === wanted && (wanted === 'bytes' || type.collation.charset === collation.charset)) return expression;
  return castNode(expression, stringType(textLength(type), collation));
}

/** Fraction digits that a value can bring into a temporal one. */
export function fractionOf(expression: Expression): number {
  const { type } = expression;
  if (expression.kind === 'constant' && typeof expression.value === 'string') {
    const written = /\d[-:/]\d.*?(?:\.(\d+))?\s*$/.exec(expression.value);
    return written === null ? 6 : Math.min(written[1]?.length ?? 0, 6);
  }
  switch (type.class) {
    case 'datetime':
    case 'time':
      return type.scale;
    case 'int':
    case 'null':
      return 0;
    case 'decimal':
      return Math.min(type.scale, 6);
    default:
      return 6;
  }
}

/** Fraction digits of seconds read as a number: texts always bring six. */
export function numericFractionOf(expression: Expression): number {
  const { class: typeClass } = expression.type;
  return typeClass === 'string' || typeClass === 'bytes' ? 6 : fractionOf(expression);
}

/** DECIMAL as wide as the value. */
function implicitDecimal(type: FieldType): FieldType {
  if (type.class === 'real' || type.class === 'string' || type.class === 'bytes' || type.class === 'json') {
    return decimalType(65, 30);
  }
  const { integer, scale } = precisionOf(type);
  return decimalType(integer + scale, scale, type.unsigned);
}
