/** Result types of the arithmetic operators (MySQL's Item_num_op and its kin). */

import type { FieldType } from '../../types/field-type.ts';
import type { Expression } from '../expression.ts';
import { bigintType, decimalType, doubleType, NOT_FIXED } from '../result-types.ts';

export type NumericClass = 'int' | 'real' | 'decimal';

/** The class in which a value takes part in arithmetic; strings, JSON, ENUM and SET act as DOUBLE. */
export function numericClassOf(expression: Expression): NumericClass {
  const { type } = expression;
  switch (type.class) {
    case 'int':
    case 'real':
    case 'decimal':
      return type.class;
    case 'datetime':
    case 'time':
      return type.scale > 0 ? 'decimal' : 'int';
    case 'bytes':
      return expression.kind === 'constant' && expression.isHexLiteral === true ? 'int' : 'real';
    default:
      return 'real';
  }
}

/** The class that two operands meet in. */
export function commonNumericClass(left: NumericClass, right: NumericClass): NumericClass {
  if (left === 'real' || right === 'real') return 'real';
  return left === 'decimal' || right === 'decimal' ? 'decimal' : 'int';
}

/** Digits of a numeric or temporal value seen as DECIMAL. */
export function precisionOf(type: FieldType): { readonly integer: number; readonly scale: number } {
  switch (type.class) {
    case 'decimal':
      return { integer: Math.max(type.length - type.scale, 0), scale: type.scale };
    case 'int':
      return { integer: integerDigits(type), scale: 0 };
    case 'datetime':
      return { integer: type.name === 'date' ? 8 : 14, scale: type.scale };
    case 'time':
      return { integer: 7, scale: type.scale };
    default:
      return { integer: 20, scale: 0 };
  }
}

function integerDigits(type: FieldType): number {
  switch (type.name) {
    case 'tinyint':
      return 3;
    case 'smallint':
      return 5;
    case 'mediumint':
      return type.unsigned ? 8 : 7;
    case 'int':
      return 10;
    case 'year':
      return 4;
    case 'bit':
      return Math.ceil((type.length * 30103) / 100000) + 1;
    default:
      return type.length > 0 && type.length < 19 ? type.length : type.unsigned ? 20 : 19;
  }
}

function capped(integer: number, scale: number, unsigned: boolean): FieldType {
  const digits = Math.min(scale, 30);
  return decimalType(Math.min(integer + digits, 65), digits, unsigned);
}

/** Fixed fraction digits of a DOUBLE result; NOT_FIXED unless both operands have a fixed number of them (NULL has none). */
function realScale(operator: ArithmeticOperator, left: FieldType, right: FieldType, increment: number): number {
  const a = fixedDigits(left);
  const b = fixedDigits(right);
  if (a === NOT_FIXED || b === NOT_FIXED) return NOT_FIXED;
  const digits = operator === '*' ? a + b : operator === '/' ? a + increment : Math.max(a, b);
  return Math.min(digits, NOT_FIXED);
}

function fixedDigits(type: FieldType): number {
  switch (type.class) {
    case 'null':
      return 0;
    case 'int':
    case 'real':
    case 'decimal':
    case 'datetime':
    case 'time':
      return type.scale;
    default:
      return NOT_FIXED;
  }
}

export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%';

/** Type of `left operator right` once both have been brought to `meeting`. */
export function arithmeticType(
  operator: ArithmeticOperator,
  left: FieldType,
  right: FieldType,
  meeting: NumericClass,
  divPrecisionIncrement: number,
): FieldType {
  if (meeting === 'real') return doubleType(realScale(operator, left, right, divPrecisionIncrement));
  const unsigned = operator === '%' ? left.unsigned : left.unsigned || right.unsigned;
  if (meeting === 'int' && operator !== '/') return bigintType(unsigned);
  const a = precisionOf(left);
  const b = precisionOf(right);
  const bothUnsigned = left.unsigned && right.unsigned;
  switch (operator) {
    case '+':
    case '-':
      return capped(Math.max(a.integer, b.integer) + 1, Math.max(a.scale, b.scale), bothUnsigned && operator === '+');
    case '*':
      return capped(a.integer + b.integer, a.scale + b.scale, bothUnsigned);
    case '/':
      return capped(a.integer + b.scale, a.scale + divPrecisionIncrement, bothUnsigned);
    case '%':
      return capped(Math.max(a.integer, b.integer), Math.max(a.scale, b.scale), left.unsigned);
  }
}
