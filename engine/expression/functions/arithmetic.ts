/**
 * + − * / DIV % and the unary minus. Integers are exact 64-bit values and overflow with error 1690; the loops try doubles
 * first and take the bigint path only when a result leaves the safe range.
 */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { INT64_MAX, INT64_MIN, UINT64_MAX } from '../cast/number-text.ts';
import { type CompiledNode, kernel2, lift1, lift2, type RowFunction } from '../compiled-node.ts';
import type { FunctionDefinition, ResolveOptions } from '../definition.ts';
import { divisionByZero } from '../diagnostics.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { printExpression } from '../print.ts';
import { bigintType, binaryCollation, decimalType, withNullable } from '../result-types.ts';
import {
  type ArithmeticOperator,
  arithmeticType,
  commonNumericClass,
  type NumericClass,
  numericClassOf,
  precisionOf,
} from './arithmetic-types.ts';

type Int = number | bigint;

export function castNumeric(expression: Expression, to: NumericClass): Expression {
  return castTo(expression, to, binaryCollation);
}

function intOutOfRange(call: CallExpression): never {
  throw sqlErrors.dataOutOfRange(call.type.unsigned ? 'BIGINT UNSIGNED' : 'BIGINT', printExpression(call));
}

/** Brings an exact result into the range of the call's integer type, or throws 1690. */
export function checkedInt(call: CallExpression, value: bigint): Int {
  const unsigned = call.type.unsigned;
  if (value > (unsigned ? UINT64_MAX : INT64_MAX) || value < (unsigned ? 0n : INT64_MIN)) return intOutOfRange(call);
  return canonicalInt(value);
}

export function checkedReal(call: CallExpression, value: number): number {
  if (!Number.isFinite(value)) throw sqlErrors.dataOutOfRange('DOUBLE', printExpression(call));
  return value;
}

/** Digits in front of the point that MySQL computes with; columns hold fewer. */
const MAX_COMPUTED_DIGITS = 81;

function checkedDecimal(call: CallExpression, value: Decimal): Decimal {
  if (typeof value.coefficient === 'bigint' && value.integerDigits > MAX_COMPUTED_DIGITS)
    throw sqlErrors.dataOutOfRange('DECIMAL', printExpression(call));
  return value;
}

function define(
  name: ArithmeticOperator,
  compile: (call: CallExpression, a: CompiledNode, b: CompiledNode) => CompiledNode,
): FunctionDefinition {
  return {
    name,
    minArgs: 2,
    maxArgs: 2,
    pure: true,
    sequential: false,
    resolve: (args, options) => resolveArithmetic(name, args, options),
    compile: (call, args) => compile(call, args[0]!, args[1]!),
  };
}

function resolveArithmetic(name: ArithmeticOperator, args: readonly Expression[], options: ResolveOptions): Expression {
  const [left, right] = args as [Expression, Expression];
  const leftClass = numericClassOf(left);
  const rightClass = numericClassOf(right);
  let meeting = commonNumericClass(leftClass, rightClass);
  if (name === '/' && meeting === 'int') meeting = 'decimal';
  let type = arithmeticType(name, hexAware(left), hexAware(right), meeting, options.divPrecisionIncrement);
  if (name === '-' && options.sqlMode.noUnsignedSubtraction && type.class === 'int') type = bigintType();
  const nullable = left.type.nullable || right.type.nullable || name === '/' || name === '%';
  return {
    kind: 'call',
    name,
    args: [castNumeric(left, meeting), castNumeric(right, meeting)],
    type: withNullable(type, nullable),
  };
}

function hexAware(expression: Expression) {
  return expression.kind === 'constant' && expression.isHexLiteral === true ? bigintType(true) : expression.type;
}

type Slow = (x: Int | null, y: Int | null) => Datum;

/** An operator on ints: doubles while the answer is safe and not below `lowest`, `slow` otherwise. */
interface IntLoops {
  readonly row: (left: RowFunction, right: RowFunction, lowest: number, slow: Slow) => RowFunction;
  readonly both: (xs: readonly Datum[], ys: readonly Datum[], result: Datum[], lowest: number, slow: Slow) => void;
  readonly left: (xs: readonly Datum[], y: number, result: Datum[], lowest: number, slow: Slow) => void;
}

function intNode(
  call: CallExpression,
  a: CompiledNode,
  b: CompiledNode,
  exact: (x: bigint, y: bigint) => bigint,
  loops: IntLoops,
): CompiledNode {
  const lowest = call.type.unsigned ? 0 : Number.MIN_SAFE_INTEGER;
  const slow: Slow = (x, y) => (x === null || y === null ? null : checkedInt(call, exact(BigInt(x), BigInt(y))));
  return kernel2({ type: call.type, pure: true }, a, b, loops.row(a.row, b.row, lowest, slow), {
    both: (xs, ys, result) => loops.both(xs, ys, result, lowest, slow),
    left: (xs, y, result) => {
      if (typeof y === 'number') loops.left(xs, y, result, lowest, slow);
      else for (let i = 0; i < result.length; i++) result[i] = slow(xs[i] as Int | null, y as bigint);
    },
  });
}

const MAX = Number.MAX_SAFE_INTEGER;

const addition: IntLoops = {
  row: (left, right, lowest, slow) => (row, context) => {
    const x = left(row, context);
    const y = right(row, context);
    if (typeof x === 'number' && typeof y === 'number') {
      const z = x + y;
      if (z <= MAX && z >= lowest) return z;
    }
    return slow(x as Int | null, y as Int | null);
  },
  both: (xs, ys, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      const y = ys[i];
      if (typeof x === 'number' && typeof y === 'number') {
        const z = x + y;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y as Int | null);
    }
  },
  left: (xs, y, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      if (typeof x === 'number') {
        const z = x + y;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y);
    }
  },
};

const subtraction: IntLoops = {
  row: (left, right, lowest, slow) => (row, context) => {
    const x = left(row, context);
    const y = right(row, context);
    if (typeof x === 'number' && typeof y === 'number') {
      const z = x - y;
      if (z <= MAX && z >= lowest) return z;
    }
    return slow(x as Int | null, y as Int | null);
  },
  both: (xs, ys, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      const y = ys[i];
      if (typeof x === 'number' && typeof y === 'number') {
        const z = x - y;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y as Int | null);
    }
  },
  left: (xs, y, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      if (typeof x === 'number') {
        const z = x - y;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y);
    }
  },
};

const multiplication: IntLoops = {
  row: (left, right, lowest, slow) => (row, context) => {
    const x = left(row, context);
    const y = right(row, context);
    if (typeof x === 'number' && typeof y === 'number') {
      const z = x * y + 0;
      if (z <= MAX && z >= lowest) return z;
    }
    return slow(x as Int | null, y as Int | null);
  },
  both: (xs, ys, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      const y = ys[i];
      if (typeof x === 'number' && typeof y === 'number') {
        const z = x * y + 0;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y as Int | null);
    }
  },
  left: (xs, y, result, lowest, slow) => {
    for (let i = 0; i < result.length; i++) {
      const x = xs[i];
      if (typeof x === 'number') {
        const z = x * y + 0;
        if (z <= MAX && z >= lowest) {
          result[i] = z;
          continue;
        }
      }
      result[i] = slow(x as Int | null, y);
    }
  },
};

function realNode(
  call: CallExpression,
  a: CompiledNode,
  b: CompiledNode,
  operate: (x: number, y: number) => number,
): CompiledNode {
  return lift2({ type: call.type, pure: true }, a, b, (_context, x: number, y: number) => {
    const z = operate(x, y);
    return Number.isFinite(z) ? z : checkedReal(call, z);
  });
}

function decimalNode(
  call: CallExpression,
  a: CompiledNode,
  b: CompiledNode,
  operate: (x: Decimal, y: Decimal) => Decimal,
): CompiledNode {
  const { scale } = call.type;
  return lift2({ type: call.type, pure: true }, a, b, (_context, x: Decimal, y: Decimal) => {
    const z = checkedDecimal(call, operate(x, y));
    return z.scale < scale ? z.round(scale) : z;
  });
}

const plus = define('+', (call, a, b) => {
  switch (call.type.class) {
    case 'int':
      return intNode(call, a, b, (x, y) => x + y, addition);
    case 'real':
      return realNode(call, a, b, (x, y) => x + y);
    default:
      return decimalNode(call, a, b, (x, y) => x.add(y));
  }
});

const minus = define('-', (call, a, b) => {
  switch (call.type.class) {
    case 'int':
      return intNode(call, a, b, (x, y) => x - y, subtraction);
    case 'real':
      return realNode(call, a, b, (x, y) => x - y);
    default:
      return decimalNode(call, a, b, (x, y) => x.sub(y));
  }
});

const times = define('*', (call, a, b) => {
  switch (call.type.class) {
    case 'int':
      return intNode(call, a, b, (x, y) => x * y, multiplication);
    case 'real':
      return realNode(call, a, b, (x, y) => x * y);
    default:
      return decimalNode(call, a, b, (x, y) => x.mul(y));
  }
});

const divide = define('/', (call, a, b) => {
  const traits = { type: call.type, pure: true };
  if (call.type.class === 'real') {
    return lift2(traits, a, b, (context, x: number, y: number) =>
      y === 0 ? divisionByZero(context) : checkedReal(call, x / y),
    );
  }
  const { scale } = call.type;
  const increment = scale - precisionOf(call.args[0]!.type).scale;
  return lift2(traits, a, b, (context, x: Decimal, y: Decimal) => {
    if (y.coefficient === 0) return divisionByZero(context);
    return checkedDecimal(call, divideDecimals(x, y, scale, Math.max(increment, 0)));
  });
});

const WORD = 9;
const POWERS = Array.from({ length: 16 }, (_, i) => 10 ** i);

function toWords(digits: number): number {
  return Math.ceil(digits / WORD) * WORD;
}

/**
 * MySQL divides in words of nine digits, cuts the quotient there, and then rounds it to `scale`; the cut shows when
 * `scale` ends on a word. `y` is not zero.
 */
export function divideDecimals(x: Decimal, y: Decimal, scale: number, increment: number): Decimal {
  const left = toWords(x.scale);
  const right = toWords(y.scale);
  const extra = Math.max(0, increment - (left - x.scale) - (right - y.scale));
  const computed = Math.max(toWords(left + right + extra), scale);
  const shift = computed - x.scale + y.scale;
  if (typeof x.coefficient === 'number' && typeof y.coefficient === 'number' && shift < 16) {
    const dividend = x.coefficient * POWERS[shift]!;
    if (Number.isSafeInteger(dividend)) {
      const rest = dividend % y.coefficient;
      return new Decimal((dividend - rest) / y.coefficient + 0, computed).round(scale);
    }
  }
  const quotient = (BigInt(x.coefficient) * 10n ** BigInt(shift)) / BigInt(y.coefficient);
  return new Decimal(canonicalInt(quotient), computed).round(scale);
}

const modulo = define('%', (call, a, b) => {
  const traits = { type: call.type, pure: true };
  switch (call.type.class) {
    case 'int':
      return lift2(traits, a, b, (context, x: Int, y: Int) => {
        if (y === 0) return divisionByZero(context);
        if (typeof x === 'number' && typeof y === 'number') return (x % y) + 0;
        return canonicalInt(BigInt(x) % BigInt(y));
      });
    case 'real':
      return lift2(traits, a, b, (context, x: number, y: number) => (y === 0 ? divisionByZero(context) : x % y));
    default:
      return lift2(traits, a, b, (context, x: Decimal, y: Decimal) => x.mod(y) ?? divisionByZero(context));
  }
});

const integerDivide: FunctionDefinition = {
  name: 'div',
  minArgs: 2,
  maxArgs: 2,
  pure: true,
  sequential: false,
  resolve: (args) => {
    const [left, right] = args as [Expression, Expression];
    const bothInts = numericClassOf(left) === 'int' && numericClassOf(right) === 'int';
    const to: NumericClass = bothInts ? 'int' : 'decimal';
    return {
      kind: 'call',
      name: 'div',
      args: [castNumeric(left, to), castNumeric(right, to)],
      type: bigintType(hexAware(left).unsigned || hexAware(right).unsigned),
    };
  },
  compile: (call, args) => {
    const traits = { type: call.type, pure: true };
    if (call.args[0]!.type.class === 'int') {
      return lift2(traits, args[0]!, args[1]!, (context, x: Int, y: Int) => {
        if (y === 0) return divisionByZero(context);
        if (typeof x === 'number' && typeof y === 'number') {
          const quotient = Math.trunc(x / y) + 0;
          const exact = Math.abs(x) < 2 ** 52 ? quotient : (x - (x % y)) / y + 0;
          return exact < 0 && call.type.unsigned ? intOutOfRange(call) : exact;
        }
        return checkedInt(call, BigInt(x) / BigInt(y));
      });
    }
    return lift2(traits, args[0]!, args[1]!, (context, x: Decimal, y: Decimal) => {
      const quotient = x.intDiv(y);
      return quotient === undefined ? divisionByZero(context) : checkedInt(call, quotient);
    });
  },
};

const negate: FunctionDefinition = {
  name: 'unary -',
  minArgs: 1,
  maxArgs: 1,
  pure: true,
  sequential: false,
  resolve: (args) => {
    const arg = args[0]!;
    const meeting = numericClassOf(arg);
    const { nullable } = arg.type;
    const call = (to: NumericClass, type: Expression['type']): Expression => ({
      kind: 'call',
      name: 'unary -',
      args: [castNumeric(arg, to)],
      type: withNullable(type, nullable),
    });
    if (arg.kind === 'constant' && meeting === 'int' && typeof arg.value === 'bigint' && arg.value > -INT64_MIN) {
      return call('decimal', decimalType(20, 0));
    }
    if (meeting === 'int') {
      const { length } = arg.type;
      return call('int', bigintType(false, length > 0 && length < 20 ? length + 1 : 20));
    }
    if (meeting === 'real') return call('real', castNumeric(arg, 'real').type);
    const { integer, scale } = precisionOf(arg.type);
    return call('decimal', decimalType(integer + scale, scale));
  },
  compile: (call, args) => {
    const traits = { type: call.type, pure: true };
    switch (call.type.class) {
      case 'int':
        return lift1(traits, args[0]!, (_context, x: Int) => (typeof x === 'number' ? 0 - x : checkedInt(call, -x)));
      case 'real':
        return lift1(traits, args[0]!, (_context, x: number) => -x);
      default:
        return lift1(traits, args[0]!, (_context, x: Decimal) => x.negate());
    }
  },
};

const unaryPlus: FunctionDefinition = {
  name: 'unary +',
  minArgs: 1,
  maxArgs: 1,
  pure: true,
  sequential: false,
  resolve: (args) => args[0]!,
  compile: (_call, args) => args[0]!,
};

export const arithmeticFunctions: readonly FunctionDefinition[] = [
  plus,
  minus,
  times,
  divide,
  integerDivide,
  modulo,
  negate,
  unaryPlus,
  { ...modulo, name: 'mod', resolve: (args, options) => resolveArithmetic('%', args, options) },
];
