/** IF, IFNULL, NULLIF, COALESCE, CASE, GREATEST, LEAST, INTERVAL: only the branch that is needed is evaluated. */

import type { Datum } from '../../types/datum.ts';
import { Decimal } from '../../types/decimal.ts';
import { castTo } from '../cast/implicit-cast.ts';
import { comparatorOf } from '../compare.ts';
import { type CompiledNode, liftMany, liftRows, type RowFunction } from '../compiled-node.ts';
import type { FunctionDefinition, ResolveOptions } from '../definition.ts';
import type { CallExpression, Expression } from '../expression.ts';
import { bigintType, binaryCollation, withNullable } from '../result-types.ts';
import { asTruthValue, truthOf } from '../truth.ts';
import { aggregateTypes, castToAggregated } from '../type-aggregation.ts';
import { commonNumericClass, numericClassOf } from './arithmetic-types.ts';
import { compareExpressions } from './comparison.ts';

interface ControlSpec {
  readonly name: string;
  readonly minArgs: number;
  readonly maxArgs: number;
  readonly resolve: FunctionDefinition['resolve'];
  readonly row: (call: CallExpression, args: readonly CompiledNode[]) => RowFunction;
}

function control(spec: ControlSpec): FunctionDefinition {
  const { name, minArgs, maxArgs, resolve } = spec;
  return {
    name,
    minArgs,
    maxArgs,
    pure: true,
    sequential: false,
    resolve,
    compile: (call, args) => liftRows({ type: call.type, pure: true, quiet: true }, args, spec.row(call, args)),
  };
}

/** A call whose value arguments are brought to one type. */
function aggregatedCall(
  name: string,
  before: readonly Expression[],
  values: readonly Expression[],
  options: ResolveOptions,
  nullable?: boolean,
): Expression {
  const { type, coercibility } = aggregateTypes(values, name, options);
  return {
    kind: 'call',
    name,
    args: [...before, ...values.map((value) => castToAggregated(value, type, { keepDigits: name === 'if' }))],
    type: nullable === undefined ? type : withNullable(type, nullable),
    coercibility,
  };
}

const ifFunction = control({
  name: 'if',
  minArgs: 3,
  maxArgs: 3,
  resolve: ([condition, ...values], options) => aggregatedCall('if', [asTruthValue(condition!)], values, options),
  row: (_call, args) => {
    const [condition, then, otherwise] = args as [CompiledNode, CompiledNode, CompiledNode];
    const truth = truthOf(condition.type);
    return (row, context) => (truth(condition.row(row, context)) === 1 ? then : otherwise).row(row, context);
  },
});

function firstNonNull(name: string, minArgs: number, maxArgs: number): FunctionDefinition {
  return control({
    name,
    minArgs,
    maxArgs,
    resolve: (args, options) =>
      aggregatedCall(
        name,
        [],
        args,
        options,
        args.every((arg) => arg.type.nullable || arg.type.class === 'null'),
      ),
    row: (call, args) => {
      const scale = call.type.class === 'decimal' ? call.type.scale : 0;
      return (row, context) => {
        for (const arg of args) {
          const value = arg.row(row, context);
          if (value !== null) return value instanceof Decimal && value.scale < scale ? value.round(scale) : value;
        }
        return null;
      };
    },
  });
}

/** NULLIF(a, b): a unless they are equal. Arguments of the call: the value, then the comparison. */
const nullIf = control({
  name: 'nullif',
  minArgs: 2,
  maxArgs: 2,
  resolve: ([value, other], options) => ({
    kind: 'call',
    name: 'nullif',
    args: [value!, compareExpressions('=', value!, other!, options)],
    type: withNullable(value!.type, true),
  }),
  row: (_call, args) => {
    const [value, equal] = args as [CompiledNode, CompiledNode];
    return (row, context) => (equal.row(row, context) === 1 ? null : value.row(row, context));
  },
});

/** CASE WHEN: (condition, value)* and an optional last value. */
const caseFunction = control({
  name: 'case',
  minArgs: 2,
  maxArgs: Number.POSITIVE_INFINITY,
  resolve: (args, options) => {
    const hasElse = args.length % 2 === 1;
    const conditions = args.filter((_, i) => i % 2 === 0 && i + 1 < args.length).map(asTruthValue);
    const values = args.filter((_, i) => i % 2 === 1 || i + 1 === args.length);
    const { type, coercibility } = aggregateTypes(values, 'case', options);
    const merged: Expression[] = [];
    values.forEach((value, i) => {
      if (i < conditions.length) merged.push(conditions[i]!);
      merged.push(castToAggregated(value, type, { keepDigits: true }));
    });
    return { kind: 'call', name: 'case', args: merged, type: hasElse ? type : withNullable(type, true), coercibility };
  },
  row: (_call, args) => {
    const branches = Math.floor(args.length / 2);
    const otherwise = args.length % 2 === 1 ? args.at(-1)! : undefined;
    const truths = args.map((arg) => truthOf(arg.type));
    return (row, context) => {
      for (let i = 0; i < branches; i++) {
        if (truths[2 * i]!(args[2 * i]!.row(row, context)) === 1) return args[2 * i + 1]!.row(row, context);
      }
      return otherwise === undefined ? null : otherwise.row(row, context);
    };
  },
});

/** CASE operand WHEN …: (operand, (value, result)*, else?). Becomes a CASE over comparisons. */
const simpleCase: FunctionDefinition = {
  ...caseFunction,
  name: 'simple case',
  minArgs: 3,
  resolve: ([operand, ...rest], options) => {
    const args = rest.map((arg, i) =>
      i % 2 === 0 && i + 1 < rest.length ? compareExpressions('=', operand!, arg, options) : arg,
    );
    return caseFunction.resolve(args, options);
  },
};

/** GREATEST and LEAST compare and answer in the aggregated type: next to a text, dates are texts. */
function extreme(name: 'greatest' | 'least', sign: 1 | -1): FunctionDefinition {
  return {
    name,
    minArgs: 2,
    maxArgs: Number.POSITIVE_INFINITY,
    pure: true,
    sequential: false,
    resolve: (args, options) => {
      const { type, coercibility } = aggregateTypes(args, name, options);
      const converted = args.map((arg) => castToAggregated(arg, type));
      return { kind: 'call', name, args: converted, type, coercibility };
    },
    compile: (call, args) => {
      const compare = comparatorOf(call.type);
      return liftMany({ type: call.type, pure: true, quiet: true }, args, 'propagate', (_context, values) => {
        let best: Datum = values[0]!;
        for (let i = 1; i < values.length; i++) {
          if (compare(values[i]!, best) * sign > 0) best = values[i]!;
        }
        return best;
      });
    },
  };
}

/** INTERVAL(n, n1, n2 …): how many of the ascending limits are ≤ n; −1 for NULL. */
const intervalFunction: FunctionDefinition = {
  name: 'interval',
  minArgs: 2,
  maxArgs: Number.POSITIVE_INFINITY,
  pure: true,
  sequential: false,
  resolve: (args) => {
    const meeting = args.map(numericClassOf).reduce(commonNumericClass);
    return {
      kind: 'call',
      name: 'interval',
      args: args.map((arg) => castTo(arg, meeting, binaryCollation)),
      type: withNullable(bigintType(false, 2), false),
    };
  },
  compile: (call, args) => {
    const compare = comparatorOf(call.args[0]!.type);
    return liftMany({ type: call.type, pure: true, quiet: true }, args, 'pass', (_context, values) => {
      const value = values[0]!;
      if (value === null) return -1;
      let count = 0;
      for (let i = 1; i < values.length; i++) {
        const limit = values[i]!;
        if (limit !== null && compare(limit, value) > 0) break;
        count = i;
      }
      return count;
    });
  },
};

export const controlFunctions: readonly FunctionDefinition[] = [
  ifFunction,
  firstNonNull('ifnull', 2, 2),
  firstNonNull('coalesce', 1, Number.POSITIVE_INFINITY),
  nullIf,
  caseFunction,
  simpleCase,
  extreme('greatest', 1),
  extreme('least', -1),
  intervalFunction,
];
