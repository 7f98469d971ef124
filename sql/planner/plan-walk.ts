/** Rebuilding plans: the same node over other children, and the columns a plan needs from outside. */

import type { Expression } from '../../engine/index.ts';
import { forEachColumn } from './expressions.ts';
import { childrenOf, type LogicalPlan, type PlanColumn, type WindowFrame } from './logical-plan.ts';
import { joinColumns } from './plan-builders.ts';

/** The node over `map` of each child; the same node when no child changed. Passed-through columns follow the children. */
export function mapChildren(plan: LogicalPlan, map: (child: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'data-source':
    case 'virtual-source':
    case 'values':
    case 'cte-reference':
      return plan;
    case 'join': {
      const left = map(plan.left);
      const right = map(plan.right);
      return left === plan.left && right === plan.right
        ? plan
        : { ...plan, left, right, columns: joinColumns(plan.type, left, right) };
    }
    case 'apply': {
      const left = map(plan.left);
      const right = map(plan.right);
      if (left === plan.left && right === plan.right) return plan;
      return { ...plan, left, right, columns: [...left.columns, ...ownColumns(plan, plan.left)] };
    }
    case 'set-operation':
      return { ...plan, children: plan.children.map(map) };
    case 'recursive-cte':
      return { ...plan, seed: map(plan.seed), step: map(plan.step) };
    case 'projection':
    case 'aggregation': {
      const child = map(plan.child);
      return child === plan.child ? plan : { ...plan, child };
    }
    case 'expand':
    case 'window': {
      const child = map(plan.child);
      if (child === plan.child) return plan;
      return { ...plan, child, columns: [...child.columns, ...ownColumns(plan, plan.child)] };
    }
    default: {
      const child = map(plan.child);
      return child === plan.child ? plan : { ...plan, child, columns: child.columns };
    }
  }
}

/** What a node adds behind the columns of its input. */
function ownColumns(plan: LogicalPlan, input: LogicalPlan): readonly PlanColumn[] {
  return plan.columns.slice(input.columns.length);
}

/** The expressions a node evaluates itself (not those of its children). */
export function expressionsOf(plan: LogicalPlan): readonly Expression[] {
  switch (plan.kind) {
    case 'data-source':
    case 'selection':
    case 'join':
      return plan.conditions;
    case 'values':
      return plan.rows.flat();
    case 'projection':
      return plan.expressions;
    case 'apply':
      if (plan.mode.kind === 'quantified') return [plan.mode.comparison];
      return plan.mode.kind === 'join' ? plan.mode.conditions : [];
    case 'aggregation':
      return [
        ...plan.groupBy,
        ...plan.aggregates.flatMap(({ descriptor }) => [
          ...descriptor.args,
          ...descriptor.orderBy.map((item) => item.expression),
        ]),
      ];
    case 'expand':
      return plan.groups;
    case 'window':
      return [
        ...plan.partitionBy,
        ...plan.orderBy.map((item) => item.expression),
        ...plan.calls.flatMap((call) => call.descriptor.args),
        ...frameExpressions(plan.frame),
      ];
    case 'sort':
      return plan.items.map((item) => item.expression);
    case 'limit':
      return plan.offset === undefined ? [plan.count] : [plan.count, plan.offset];
    default:
      return [];
  }
}

function frameExpressions(frame: WindowFrame | undefined): readonly Expression[] {
  if (frame === undefined) return [];
  return [frame.start, frame.end].flatMap((bound) =>
    bound.kind === 'rows' ? [bound.count] : bound.kind === 'range' ? [bound.target] : [],
  );
}

/** Uids that the plan uses but does not produce: its correlation with enclosing Applies. */
export function freeUids(plan: LogicalPlan): Set<number> {
  const free = new Set<number>();
  const produced = new Set<number>();
  const visit = (node: LogicalPlan): void => {
    for (const child of childrenOf(node)) visit(child);
    for (const column of node.columns) produced.add(column.uid);
  };
  visit(plan);
  const use = (node: LogicalPlan): void => {
    for (const expression of expressionsOf(node)) {
      forEachColumn(expression, (column) => {
        if (!produced.has(column.index)) free.add(column.index);
      });
    }
    for (const child of childrenOf(node)) use(child);
  };
  use(plan);
  return free;
}
