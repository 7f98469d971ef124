/** From descriptors to accumulators. Compile once per plan; make accumulators per execution. */

import { AssertionError } from '../../../base/index.ts';
import type { FieldType } from '../../types/field-type.ts';
import { compileExpression } from '../compile.ts';
import type { Accumulator } from './accumulator.ts';
import { Distinct, GroupConcat, JsonAggregate } from './collecting.ts';
import type { AggregateDescriptor } from './descriptor.ts';
import { AnyValue, BitAggregate, Extreme, Variance } from './simple.ts';
import { AverageMerge, Count, CountMerge, ExactSum, RealSum } from './sum.ts';

export interface CompiledAggregate {
  readonly type: FieldType;
  accumulator(): Accumulator;
}

export function compileAggregate(descriptor: AggregateDescriptor): CompiledAggregate {
  const make = accumulatorFactory(descriptor);
  if (!descriptor.distinct) return { type: descriptor.type, accumulator: make };
  const args = descriptor.args.map(compileExpression);
  return { type: descriptor.type, accumulator: () => new Distinct(args, make()) };
}

function accumulatorFactory(descriptor: AggregateDescriptor): () => Accumulator {
  const args = descriptor.args.map(compileExpression);
  const { name, type } = descriptor;
  const arg = args[0]!;
  switch (name) {
    case 'count':
      return () => new Count(args);
    case 'count merge':
      return () => new CountMerge(arg);
    case 'sum':
    case 'avg':
      return type.class === 'real'
        ? () => new RealSum(arg, name === 'avg')
        : () => new ExactSum(arg, type, name === 'avg');
    case 'avg merge':
      return () => new AverageMerge(arg, args[1]!, type);
    case 'min':
      return () => new Extreme(arg, -1);
    case 'max':
      return () => new Extreme(arg, 1);
    case 'any_value':
      return () => new AnyValue(arg);
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return () => new BitAggregate(arg, name);
    case 'stddev_pop':
    case 'stddev_samp':
    case 'var_pop':
    case 'var_samp':
      return () => new Variance(arg, { sample: name.endsWith('_samp'), root: name.startsWith('stddev') });
    case 'group_concat': {
      const order = descriptor.orderBy.map((item) => ({
        expression: compileExpression(item.expression),
        descending: item.descending,
      }));
      return () => new GroupConcat(args, { separator: descriptor.separator, order, type });
    }
    case 'json_arrayagg':
    case 'json_objectagg':
      return () => new JsonAggregate(args, descriptor.args);
    default:
      throw new AssertionError(`aggregate ${name} has no accumulator`);
  }
}
