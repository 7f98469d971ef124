/** Aggregate calls: bound once per distinct call of a block, referred to by their output column. */

import { type AggregateDescriptor, type Expression, resolveAggregate, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import { sameExpression } from './expressions.ts';
import type { AggregateCall, SortItem } from './logical-plan.ts';

export function bindAggregate(binder: ExpressionBinder, node: ast.AggregateFunction): Expression {
  const { aggregates } = binder;
  if (aggregates === undefined) throw sqlErrors.invalidGroupFuncUse();
  const inner = binder.with({
    aggregates: undefined,
    windows: undefined,
    applies: aggregates.applies,
    aliases: 'none',
  });
  const args = inner.bindAll(node.args);
  const orderBy = node.orderBy.map((item) => bindSortItem(inner, item));
  const { distinct, separator } = node;
  const options = { distinct, orderBy, ...(separator === undefined ? {} : { separator }) };
  const descriptor = resolveAggregate(node.name, args, options, binder.resolveOptions);
  const existing = aggregates.calls.find((call) => sameDescriptor(call.descriptor, descriptor));
  if (existing !== undefined) return outputOf(existing);
  const call: AggregateCall = { uid: binder.context.nextUid(), descriptor };
  aggregates.calls.push(call);
  return outputOf(call);
}

export function bindSortItem(binder: ExpressionBinder, item: ast.OrderItem): SortItem {
  return { expression: binder.bind(item.expression), descending: item.descending };
}

function sameDescriptor(left: AggregateDescriptor, right: AggregateDescriptor): boolean {
  return (
    left.name === right.name &&
    left.distinct === right.distinct &&
    left.separator === right.separator &&
    left.orderBy.length === 0 &&
    right.orderBy.length === 0 &&
    left.args.length === right.args.length &&
    left.args.every((arg, i) => sameExpression(arg, right.args[i] as Expression))
  );
}

function outputOf({ uid, descriptor }: AggregateCall): Expression {
  return { kind: 'column', index: uid, type: descriptor.type, name: descriptor.name };
}
