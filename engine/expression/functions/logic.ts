/** AND, OR, XOR, NOT and the IS tests: SQL's three-valued logic. AND and OR stop at the first operand that decides. */

import type { Datum } from '../../types/datum.ts';
import { type CompiledNode, lift1, lift2, liftRows, type NodeTraits } from '../compiled-node.ts';
import type { FunctionDefinition } from '../definition.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { booleanType, withNullable } from '../result-types.ts';
import { asTruthValue, type Truth, truthOf } from '../truth.ts';

function logical(
  name: string,
  minArgs: number,
  maxArgs: number,
  compile: (call: CallExpression, args: readonly CompiledNode[]) => CompiledNode,
): FunctionDefinition {
  return {
    name,
    minArgs,
    maxArgs,
    pure: true,
    sequential: false,
    resolve: (args) => {
      if (args.length === 1 && minArgs === 2) return args[0]!;
      return logicalCall(name, args);
    },
    compile,
  };
}

function logicalCall(name: string, args: readonly Expression[]): Expression {
  const nullable = args.some((arg) => arg.type.nullable);
  return { kind: 'call', name, args: args.map(asTruthValue), type: withNullable(booleanType(), nullable) };
}

/** AND has the deciding value 0, OR has 1. */
function connective(name: 'and' | 'or', deciding: 0 | 1): FunctionDefinition {
  const other = deciding === 0 ? 1 : 0;
  return logical(name, 2, Number.POSITIVE_INFINITY, (call, args) => {
    const traits: NodeTraits = { type: call.type, pure: true, quiet: true };
    const truths = args.map((arg) => truthOf(arg.type));
    const node = liftRows(traits, args, (row, context) => {
      let unknown = false;
      for (let i = 0; i < args.length; i++) {
        const value = truths[i]!(args[i]!.row(row, context));
        if (value === deciding) return deciding;
        if (value === null) unknown = true;
      }
      return unknown ? null : other;
    });
    if (!node.quiet || node.constant || node.sequential) return node;
    return {
      ...node,
      values: (batch, context) => {
        const result = new Array<Datum>(batch.length).fill(other);
        for (let a = 0; a < args.length; a++) {
          const values = args[a]!.values(batch, context);
          if (args[a]!.type.class === 'int') mergeInts(result, values, deciding);
          else mergeOperand(result, values, truths[a]!, deciding);
        }
        return result;
      },
    };
  });
}

function mergeInts(result: Datum[], values: readonly Datum[], deciding: 0 | 1): void {
  for (let i = 0; i < result.length; i++) {
    const value = values[i]!;
    if (value === null) {
      if (result[i] !== deciding) result[i] = null;
    } else if ((value === 0) === (deciding === 0)) result[i] = deciding;
  }
}

function mergeOperand(
  result: Datum[],
  values: readonly Datum[],
  truth: (value: Datum) => Truth,
  deciding: 0 | 1,
): void {
  for (let i = 0; i < result.length; i++) {
    if (result[i] === deciding) continue;
    const value = truth(values[i]!);
    if (value === deciding) result[i] = deciding;
    else if (value === null) result[i] = null;
  }
}

const xor = logical('xor', 2, 2, (call, args) => {
  const left = truthOf(args[0]!.type);
  const right = truthOf(args[1]!.type);
  return lift2({ type: call.type, pure: true, quiet: true }, args[0]!, args[1]!, (_context, x: Datum, y: Datum) =>
    left(x) === right(y) ? 0 : 1,
  );
});

const not = logical('not', 1, 1, (call, args) => {
  const truth = truthOf(args[0]!.type);
  return lift1({ type: call.type, pure: true, quiet: true }, args[0]!, (_context, x: Datum) =>
    truth(x) === 1 ? 0 : 1,
  );
});

/** IS [NOT] TRUE, FALSE: never NULL. */
function truthTest(name: string, wanted: Truth, negated: boolean): FunctionDefinition {
  return {
    ...logical(name, 1, 1, (call, args) => {
      const arg = args[0]!;
      const truth = truthOf(arg.type);
      return liftRows({ type: call.type, pure: true, quiet: true }, args, (row, context) =>
        (truth(arg.row(row, context)) === wanted) !== negated ? 1 : 0,
      );
    }),
    resolve: (args) => ({ kind: 'call', name, args: args.map(asTruthValue), type: withNullable(booleanType(), false) }),
  };
}

/** IS [NOT] NULL on values of any type. */
function nullTest(name: string, answerForNull: 0 | 1): FunctionDefinition {
  const answerForValue = answerForNull === 1 ? 0 : 1;
  return {
    name,
    minArgs: 1,
    maxArgs: 1,
    pure: true,
    sequential: false,
    resolve: (args) => ({ kind: 'call', name, args, type: withNullable(booleanType(), false) }),
    compile: (call, args) => {
      const arg = args[0]!;
      const node = liftRows({ type: call.type, pure: true, quiet: true }, args, (row, context) =>
        arg.row(row, context) === null ? answerForNull : answerForValue,
      );
      if (node.constant || node.sequential) return node;
      return {
        ...node,
        values: (batch, context) => {
          const values = arg.values(batch, context);
          const result = new Array<Datum>(batch.length);
          for (let i = 0; i < result.length; i++) result[i] = values[i] === null ? answerForNull : answerForValue;
          return result;
        },
      };
    },
  };
}

export const logicFunctions: readonly FunctionDefinition[] = [
  connective('and', 0),
  connective('or', 1),
  xor,
  not,
  truthTest('is true', 1, false),
  truthTest('is not true', 1, true),
  truthTest('is false', 0, false),
  truthTest('is not false', 0, true),
  nullTest('is null', 1),
  nullTest('is not null', 0),
  nullTest('is unknown', 1),
  nullTest('is not unknown', 0),
  nullTest('isnull', 1),
];
