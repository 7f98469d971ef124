/** | & ^ << >> ~ and BIT_COUNT on BIGINT UNSIGNED, or byte by byte on binary strings of equal length. */

import { sqlErrors } from '../../errors/sql-errors.ts';
import { canonicalInt } from '../../types/datum.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { lift1, lift2 } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { Expression } from '../expression.ts';
import { bigintType, binaryCollation, withNullable } from '../result-types.ts';
import { scalar } from '../scalar.ts';

type Int = number | bigint;

function unsigned64(value: Int): bigint {
  return BigInt.asUintN(64, BigInt(value));
}

/** Binary strings (not hex literals) are operated on as bytes. */
function isByteOperand(expression: Expression): boolean {
  return expression.type.class === 'bytes' && !(expression.kind === 'constant' && expression.isHexLiteral === true);
}

interface BitOperator {
  readonly name: string;
  readonly small: (x: number, y: number) => number;
  readonly large: (x: bigint, y: bigint) => bigint;
  readonly bytes: ((x: number, y: number) => number) | undefined;
}

function binary(operator: BitOperator): FunctionDefinition {
  const { name, small, large, bytes } = operator;
  return {
    name,
    minArgs: 2,
    maxArgs: 2,
    pure: true,
    sequential: false,
    resolve: (args) => {
      const nullable = args.some((arg) => arg.type.nullable);
      if (bytes !== undefined && args.every(isByteOperand)) {
        return { kind: 'call', name, args, type: withNullable(args[0]!.type, nullable) };
      }
      const type = withNullable(bigintType(true, 21), nullable);
      return { kind: 'call', name, args: args.map((arg) => castTo(arg, 'int', binaryCollation)), type };
    },
    compile: (call, args) => {
      const traits = { type: call.type, pure: true };
      if (call.type.class === 'bytes') return lift2(traits, args[0]!, args[1]!, bytewise(bytes!));
      return lift2(traits, args[0]!, args[1]!, (_context, x: Int, y: Int) => {
        if (
          typeof x === 'number' &&
          typeof y === 'number' &&
          x >= 0 &&
          y >= 0 &&
          x <= 0x7fff_ffff &&
          y <= 0x7fff_ffff
        ) {
          const result = small(x, y);
          if (result >= 0) return result;
        }
        return canonicalInt(BigInt.asUintN(64, large(unsigned64(x), unsigned64(y))));
      });
    },
  };
}

function bytewise(operate: (x: number, y: number) => number) {
  return (_context: unknown, left: Uint8Array, right: Uint8Array): Uint8Array => {
    if (left.length !== right.length) throw sqlErrors.invalidBitwiseOperandsSize();
    return left.map((byte, i) => operate(byte, right[i]!));
  };
}

const invert: FunctionDefinition = {
  name: '~',
  minArgs: 1,
  maxArgs: 1,
  pure: true,
  sequential: false,
  resolve: (args) => {
    const arg = args[0]!;
    if (isByteOperand(arg)) return { kind: 'call', name: '~', args, type: arg.type };
    const type = withNullable(bigintType(true, 21), arg.type.nullable);
    return { kind: 'call', name: '~', args: [castTo(arg, 'int', binaryCollation)], type };
  },
  compile: (call, args) => {
    const traits = { type: call.type, pure: true, quiet: true };
    if (call.type.class === 'bytes') {
      return lift1(traits, args[0]!, (_context, bytes: Uint8Array) => bytes.map((byte) => ~byte & 255));
    }
    return lift1(traits, args[0]!, (_context, x: Int) => canonicalInt(BigInt.asUintN(64, ~BigInt(x))));
  },
};

function shiftCount(count: bigint): bigint {
  return count > 63n ? 64n : count;
}

export const bitFunctions: readonly FunctionDefinition[] = [
  binary({ name: '|', small: (x, y) => x | y, large: (x, y) => x | y, bytes: (x, y) => x | y }),
  binary({ name: '&', small: (x, y) => x & y, large: (x, y) => x & y, bytes: (x, y) => x & y }),
  binary({ name: '^', small: (x, y) => x ^ y, large: (x, y) => x ^ y, bytes: (x, y) => x ^ y }),
  binary({ name: '<<', small: () => -1, large: (x, y) => x << shiftCount(y), bytes: undefined }),
  binary({
    name: '>>',
    small: (x, y) => (y > 30 ? 0 : x >> y),
    large: (x, y) => x >> shiftCount(y),
    bytes: undefined,
  }),
  invert,
  scalar({
    name: 'bit_count',
    args: ['int'],
    result: bigintType(false, 2),
    evaluate: (_context, value) => {
      let bits = unsigned64(value);
      let count = 0;
      while (bits !== 0n) {
        bits &= bits - 1n;
        count++;
      }
      return count;
    },
  }),
];
