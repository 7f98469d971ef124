/** Aggregate calls: bound once per distinct call of a block, referred to by their output column. */

import { type Expression, fieldTypes, resolveAggregate, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import { sameExpression } from './expressions.ts';
import type { AggregateCall, SortItem } from './logical-plan.ts';

export function bindAggregate(binder: ExpressionBinder, node: ast.AggregateFunction): Expression {
  const { aggregates } = binder;
  if (aggregates === undefined) throw sqlErrors.invalidGroupFuncUse();
  const inner = binder.with({ aggregates: undefined, windows: undefined, applies: aggregates.applies, aliases: 'none' });
  const args = aggregateArguments(inner, node);
  const orderBy = node.orderBy.map((item) => bindSortItem(inner, item));
  const existing = aggregates.calls.find((call) => sameCall(call, node, args));
  if (existing !== undefined && node.orderBy.length === 0 && node.separator === undefined) return outputOf(existing);
  const descriptor = resolveAggregate(node.name, args, {
    ...binder.resolveOptions,
    distinct: node.distinct,
    separator: node.separator ?? ',',
    orderBy,
  });
  const call: AggregateCall = {
    uid: binder.context.nextUid(),
    descriptor,
    name: node.name,
    args,
    distinct: node.distinct,
    orderBy,
  };
  aggregates.calls.push(call);
  return outputOf(call);
}

export function aggregateArguments(binder: ExpressionBinder, node: ast.AggregateFunction): Expression[] {
  if (node.name === 'count' && node.args.length === 0) {
    return [{ kind: 'constant', value: 1, type: fieldTypes.bigint() }];
  }
  return binder.bindAll(node.args);
}

export function bindSortItem(binder: ExpressionBinder, item: ast.OrderItem): SortItem {
  return { expression: binder.bind(item.expression), descending: item.descending };
}

function sameCall(call: AggregateCall, node: ast.AggregateFunction, args: readonly Expression[]): boolean {
  return (
    call.name === node.name &&
    call.distinct === node.distinct &&
    call.orderBy.length === 0 &&
    call.args.length === args.length &&
    call.args.every((arg, i) => sameExpression(arg, args[i] as Expression))
  );
}

function outputOf(call: AggregateCall): Expression {
  return { kind: 'column', index: call.uid, type: call.descriptor.type, name: call.name };
}
