/** ABS, ROUND, CEIL and the like keep the class of their argument; the transcendental functions work on doubles. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { canonicalInt, type Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import type { FieldType } from '../../types/field-type.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { INT64_MIN, roundHalfEven } from '../cast/number-text.ts';
import { type CompiledNode, lift1, lift2, liftMany, liftRows } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import { reportDataError } from '../diagnostics.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, binaryCollation, decimalType, doubleType, stringType, withNullable } from '../result-types.ts';
import { scalar } from '../scalar.ts';
import { castNumeric, checkedInt, checkedReal } from './arithmetic.ts';
import { numericClassOf, precisionOf } from './arithmetic-types.ts';
import { constantNumber } from './constant-number.ts';
import { isTemporal } from './type-groups.ts';

type Int = number | bigint;

interface NumericSpec {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  readonly resolve: FunctionDefinition['resolve'];
  readonly compile: FunctionDefinition['compile'];
}

function numeric(spec: NumericSpec): FunctionDefinition {
  return { ...spec, pure: true, sequential: false };
}

const abs = numeric({
  name: 'abs',
  minArgs: 1,
  maxArgs: 1,
  resolve: ([arg]) => {
    const meeting = numericClassOf(arg!);
    const converted = castNumeric(arg!, meeting);
    const type = meeting === 'int' ? bigintType(arg!.type.unsigned) : converted.type;
    return { kind: 'call', name: 'abs', args: [converted], type: withNullable(type, arg!.type.nullable) };
  },
  compile: (call, [arg]) => {
    const traits = { type: call.type, pure: true };
    switch (call.type.class) {
      case 'int':
        return lift1(traits, arg!, (_context, x: Int) =>
          typeof x === 'number' ? Math.abs(x) : x < 0n ? checkedInt(call, -x) : x,
        );
      case 'real':
        return lift1(traits, arg!, (_context, x: number) => Math.abs(x));
      default:
        return lift1(traits, arg!, (_context, x: Decimal) => x.abs());
    }
  },
});

/** CEIL and FLOOR of decimals answer BIGINT where the integer part surely fits. */
function toWhole(name: string, real: (x: number) => number, decimal: (x: Decimal) => Decimal): FunctionDefinition {
  return numeric({
    name,
    minArgs: 1,
    maxArgs: 1,
    resolve: ([arg]) => {
      const meeting = isTemporal(arg!.type.class) ? 'real' : numericClassOf(arg!);
      const converted = castNumeric(arg!, meeting);
      const { integer } = precisionOf(arg!.type);
      const fits = meeting === 'int' || (meeting === 'decimal' && integer < 18);
      const type =
        meeting === 'real' ? doubleType() : fits ? bigintType(arg!.type.unsigned) : decimalType(integer + 1, 0);
      return { kind: 'call', name, args: [converted], type: withNullable(type, arg!.type.nullable) };
    },
    compile: (call, [arg]) => {
      const traits = { type: call.type, pure: true };
      switch (call.args[0]!.type.class) {
        case 'int':
          return arg!;
        case 'real':
          return lift1(traits, arg!, (_context, x: number) => real(x));
        default:
          return call.type.class === 'int'
            ? lift1(traits, arg!, (_context, x: Decimal) => canonicalInt(decimal(x).toBigInt()))
            : lift1(traits, arg!, (_context, x: Decimal) => decimal(x));
      }
    },
  });
}

/** Rounds a double at `digits` behind the point, half to even on the scaled value as rint() does. */
function roundDouble(value: number, digits: number, truncate: boolean): number {
  const power = 10 ** Math.abs(digits);
  if (digits >= 0) {
    const scaled = value * power;
    if (!Number.isFinite(power) || !Number.isFinite(scaled)) return value;
    return (truncate ? Math.trunc(scaled) : roundHalfEven(scaled)) / power;
  }
  if (!Number.isFinite(power)) return 0;
  return (truncate ? Math.trunc(value / power) : roundHalfEven(value / power)) * power;
}

function roundInt(call: CallExpression, value: Int, digits: number, truncate: boolean): Int {
  if (digits >= 0) return value;
  if (digits < -20) return 0;
  const decimal = Decimal.fromInt(value);
  const whole = (truncate ? decimal.truncate(digits) : decimal.round(digits)).toBigInt();
  return checkedInt(call, whole);
}

/** ROUND and TRUNCATE. */
function rounding(name: 'round' | 'truncate', minArgs: number): FunctionDefinition {
  const truncate = name === 'truncate';
  return numeric({
    name,
    minArgs,
    maxArgs: 2,
    resolve: ([arg, digits]) => {
      const meeting = isTemporal(arg!.type.class) ? 'real' : numericClassOf(arg!);
      const args = [castNumeric(arg!, meeting)];
      if (digits !== undefined) args.push(castTo(digits, 'int', binaryCollation));
      const type = withNullable(
        roundedType(arg!, meeting, digits, truncate),
        args.some((each) => each.type.nullable),
      );
      return { kind: 'call', name, args, type };
    },
    compile: (call, args) => compileRounding(call, args, truncate),
  });
}

function roundedType(
  arg: Expression,
  meeting: 'int' | 'real' | 'decimal',
  digits: Expression | undefined,
  truncate: boolean,
): FieldType {
  if (meeting === 'int') return bigintType(arg.type.unsigned);
  if (meeting === 'real') return doubleType();
  const { integer, scale } = precisionOf(arg.type);
  const known = digits === undefined ? 0 : (constantNumber(digits) ?? scale);
  const newScale = Math.min(Math.max(known, 0), scale);
  return decimalType(Math.min(integer + newScale + (truncate ? 0 : 1), 65), newScale, arg.type.unsigned);
}

function compileRounding(call: CallExpression, args: readonly CompiledNode[], truncate: boolean): CompiledNode {
  const traits = { type: call.type, pure: true };
  const operate = roundingOf(call, truncate);
  if (args.length === 1) return lift1(traits, args[0]!, (_context, x: Datum) => operate(x, 0));
  return lift2(traits, args[0]!, args[1]!, (_context, x: Datum, digits: Int) => {
    const limited = digits > 100 ? 100 : digits < -100 ? -100 : Number(digits);
    return operate(x, limited);
  });
}

function roundingOf(call: CallExpression, truncate: boolean): (value: Datum, digits: number) => Datum {
  switch (call.type.class) {
    case 'int':
      return (value, digits) => roundInt(call, value as Int, digits, truncate);
    case 'real':
      return (value, digits) => checkedReal(call, roundDouble(value as number, digits, truncate));
    default: {
      const { scale } = call.type;
      return (value, digits) => {
        const decimal = value as Decimal;
        const wanted = Math.min(digits, scale);
        const result = truncate ? decimal.truncate(wanted) : decimal.round(wanted);
        return result.scale < scale && digits < scale ? result.round(scale) : result;
      };
    }
  }
}

const sign = numeric({
  name: 'sign',
  minArgs: 1,
  maxArgs: 1,
  resolve: ([arg]) => ({
    kind: 'call',
    name: 'sign',
    args: [castNumeric(arg!, numericClassOf(arg!))],
    type: withNullable(bigintType(false, 21), arg!.type.nullable),
  }),
  compile: (call, [arg]) =>
    lift1({ type: call.type, pure: true }, arg!, (_context, x: Datum) => {
      if (x instanceof Decimal) return x.sign;
      return (x as Int) > 0 ? 1 : (x as Int) < 0 ? -1 : 0;
    }),
});

/** A function of doubles; NULL outside its domain, error 1690 when the answer is not finite. */
function real1(name: string, evaluate: (x: number) => number, isDomain: (x: number) => boolean = () => true) {
  return scalar({
    name,
    args: ['real'],
    result: doubleType(),
    bind: (call) => (_context, x) => (isDomain(x) ? checkedReal(call, evaluate(x)) : null),
  });
}

function logarithm(context: EvaluationContext, isValid: boolean, compute: () => number): number | null {
  if (isValid) return compute();
  reportDataError(context, sqlErrors.invalidArgumentForLogarithm());
  return null;
}

function log1(name: string, evaluate: (x: number) => number) {
  return scalar({
    name,
    args: ['real'],
    result: doubleType(),
    evaluate: (context, x) => logarithm(context, x > 0, () => evaluate(x)),
  });
}

const log = scalar({
  name: 'log',
  args: ['real', 'real'],
  optional: 1,
  result: doubleType(),
  evaluate: (context, base: number, x?: number) =>
    x === undefined
      ? logarithm(context, base > 0, () => Math.log(base))
      : logarithm(context, base > 0 && base !== 1 && x > 0, () => Math.log(x) / Math.log(base)),
});

function power(name: string) {
  return scalar({
    name,
    args: ['real', 'real'],
    result: doubleType(),
    bind: (call) => (_context, x, y) => checkedReal({ ...call, name: 'pow' }, x ** y),
  });
}

function arcTangent(name: string, minArgs: number): FunctionDefinition {
  return scalar({
    name,
    args: ['real', 'real'],
    optional: 2 - minArgs,
    result: doubleType(),
    evaluate: (_context, y: number, x?: number) => (x === undefined ? Math.atan(y) : Math.atan2(y, x)),
  });
}

/** MySQL's generator: two coupled linear congruences modulo 2^30 − 1. */
class SeededRandom {
  static readonly #MODULUS = 0x3fffffff;
  #one: number;
  #two: number;

  constructor(seed: number) {
    this.#one = ((Math.imul(seed, 0x10001) + 55_555_555) >>> 0) % SeededRandom.#MODULUS;
    this.#two = (Math.imul(seed, 0x10000001) >>> 0) % SeededRandom.#MODULUS;
  }

  next(): number {
    this.#one = (this.#one * 3 + this.#two) % SeededRandom.#MODULUS;
    this.#two = (this.#one + this.#two + 33) % SeededRandom.#MODULUS;
    return this.#one / SeededRandom.#MODULUS;
  }
}

/** RAND(constant) is a sequence that starts over with each execution; RAND(column) is seeded by each row. */
const rand: FunctionDefinition = {
  name: 'rand',
  minArgs: 0,
  maxArgs: 1,
  pure: false,
  sequential: false,
  resolve: (args) => ({
    kind: 'call',
    name: 'rand',
    args: args.map((arg) => castTo(arg, 'int', binaryCollation)),
    type: withNullable(doubleType(), false),
  }),
  compile: (call, args) => {
    const traits = { type: call.type, pure: false };
    const seed = args[0];
    if (seed === undefined) return liftRows(traits, args, (_row, context) => context.random());
    if (!seed.constant) return liftMany(traits, args, 'pass', (_context, [x]) => new SeededRandom(seedOf(x!)).next());
    const generators = new WeakMap<EvaluationContext, SeededRandom>();
    return liftRows(traits, args, (row, context) => {
      let generator = generators.get(context);
      if (generator === undefined) {
        generator = new SeededRandom(seedOf(seed.row(row, context)));
        generators.set(context, generator);
      }
      return generator.next();
    });
  },
};

function seedOf(value: Datum): number {
  return value === null ? 0 : Number(BigInt.asUintN(32, BigInt(value as Int)));
}

const RADIX_DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** CONV: digits of `from` read as far as they go, written in `to`; a negative base means signed. */
function convert(text: string, from: number, to: number): string | null {
  const [source, target] = [Math.abs(from), Math.abs(to)];
  if (source < 2 || source > 36 || target < 2 || target > 36) return null;
  const match = /^\s*([+-]?)([0-9a-z]*)/i.exec(text)!;
  let value = 0n;
  for (const character of match[2]!.toUpperCase()) {
    const digit = RADIX_DIGITS.indexOf(character);
    if (digit < 0 || digit >= source) break;
    value = value * BigInt(source) + BigInt(digit);
    if (value > 0xffff_ffff_ffff_ffffn) value = 0xffff_ffff_ffff_ffffn;
  }
  if (match[1] === '-') value = -value;
  if (from < 0 && value < INT64_MIN) value = INT64_MIN;
  value = to < 0 ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  return value.toString(target).toUpperCase();
}

function radix(name: string, base: number): FunctionDefinition {
  return scalar({
    name,
    args: ['text'],
    result: ({ options }) => stringType(64, options.collationConnection),
    evaluate: (_context, text) => convert(text, 10, base),
  });
}

const conv = scalar({
  name: 'conv',
  args: ['text', 'int', 'int'],
  result: ({ options }) => stringType(64, options.collationConnection),
  evaluate: (_context, text, from, to) => convert(text, Number(from), Number(to)),
});

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

const crc32 = scalar({
  name: 'crc32',
  args: ['bytes'],
  result: bigintType(true, 10),
  evaluate: (_context, bytes) => {
    let value = 0xffffffff;
    for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255]! ^ (value >>> 8);
    return (value ^ 0xffffffff) >>> 0;
  },
});

function ceiling(name: string): FunctionDefinition {
  return toWhole(name, Math.ceil, (x) => x.ceil());
}

export const numericFunctions: readonly FunctionDefinition[] = [
  abs,
  ceiling('ceil'),
  ceiling('ceiling'),
  toWhole('floor', Math.floor, (x) => x.floor()),
  rounding('round', 1),
  rounding('truncate', 2),
  sign,
  real1('sqrt', Math.sqrt, (x) => x >= 0),
  real1('exp', Math.exp),
  log1('ln', Math.log),
  log1('log2', Math.log2),
  log1('log10', Math.log10),
  log,
  power('pow'),
  power('power'),
  real1('sin', Math.sin),
  real1('cos', Math.cos),
  real1('tan', Math.tan),
  real1('cot', (x) => 1 / Math.tan(x)),
  real1('asin', Math.asin, (x) => x >= -1 && x <= 1),
  real1('acos', Math.acos, (x) => x >= -1 && x <= 1),
  arcTangent('atan', 1),
  arcTangent('atan2', 1),
  real1('degrees', (x) => x * (180 / Math.PI)),
  real1('radians', (x) => x * (Math.PI / 180)),
  scalar({ name: 'pi', args: [], result: { ...doubleType(6), length: 8 }, evaluate: () => Math.PI }),
  rand,
  conv,
  radix('bin', 2),
  radix('oct', 8),
  crc32,
];
