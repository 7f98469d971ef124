/** Drops columns that nothing above needs, down to what the tables are asked for. */

import type { Expression } from '../../../engine/index.ts';
import { columnUids, uidsOf } from '../expressions.ts';
import type { DataSource, LogicalPlan, PlanColumn, VirtualSource } from '../logical-plan.ts';
import { nullableColumns } from '../plan-builders.ts';
import { expressionsOf, freeUids } from '../plan-walk.ts';

export function pruneColumns(plan: LogicalPlan): LogicalPlan {
  return prune(plan, uidsOf(plan.columns));
}

function withUids(needed: ReadonlySet<number>, expressions: readonly Expression[]): Set<number> {
  const all = new Set(needed);
  for (const expression of expressions) columnUids(expression, all);
  return all;
}

function kept(columns: readonly PlanColumn[], needed: ReadonlySet<number>): PlanColumn[] {
  return columns.filter((column) => needed.has(column.uid));
}

function prune(plan: LogicalPlan, needed: ReadonlySet<number>): LogicalPlan {
  switch (plan.kind) {
    case 'data-source':
    case 'virtual-source':
      return pruneSource(plan, withUids(needed, expressionsOf(plan)));
    case 'values':
    case 'cte-reference':
      return plan;
    case 'selection':
    case 'sort':
    case 'limit': {
      const child = prune(plan.child, withUids(needed, expressionsOf(plan)));
      return { ...plan, child, columns: child.columns };
    }
    case 'projection': {
      const indexes = plan.columns.map((_, i) => i).filter((i) => needed.has(plan.columns[i]?.uid ?? -1));
      const expressions = indexes.map((i) => plan.expressions[i] as Expression);
      const columns = indexes.map((i) => plan.columns[i] as PlanColumn);
      return { ...plan, columns, expressions, child: prune(plan.child, withUids(new Set(), expressions)) };
    }
    case 'join': {
      const below = withUids(needed, plan.conditions);
      const left = prune(plan.left, below);
      const right = prune(plan.right, below);
      const columns =
        plan.type === 'inner'
          ? [...left.columns, ...right.columns]
          : plan.type === 'left'
            ? [...left.columns, ...nullableColumns(right.columns)]
            : left.columns;
      return { ...plan, left, right, columns };
    }
    case 'apply': {
      const own = plan.columns.slice(plan.left.columns.length);
      const right = prune(plan.right, uidsOf(plan.right.columns));
      const below = withUids(needed, expressionsOf(plan));
      for (const uid of freeUids(right)) below.add(uid);
      const left = prune(plan.left, below);
      return { ...plan, left, right, columns: [...left.columns, ...own] };
    }
    case 'aggregation': {
      const groups = plan.columns.slice(0, plan.groupBy.length);
      const aggregates = plan.aggregates.filter((call) => needed.has(call.uid));
      const uids = new Set(aggregates.map((call) => call.uid));
      const columns = [...groups, ...plan.columns.slice(plan.groupBy.length).filter((column) => uids.has(column.uid))];
      const next = { ...plan, aggregates, columns };
      return { ...next, child: prune(plan.child, withUids(new Set(), expressionsOf(next))) };
    }
    case 'expand': {
      const own = plan.columns.slice(plan.child.columns.length);
      const child = prune(plan.child, withUids(needed, plan.groups));
      return { ...plan, child, columns: [...child.columns, ...own] };
    }
    case 'window': {
      const own = plan.columns.slice(plan.child.columns.length);
      const child = prune(plan.child, withUids(needed, expressionsOf(plan)));
      return { ...plan, child, columns: [...child.columns, ...own] };
    }
    case 'distinct':
    case 'max-one-row': {
      const child = prune(plan.child, uidsOf(plan.child.columns));
      return { ...plan, child, columns: child.columns };
    }
    case 'set-operation':
      return { ...plan, children: plan.children.map((child) => prune(child, uidsOf(child.columns))) };
    case 'recursive-cte':
      return {
        ...plan,
        seed: prune(plan.seed, uidsOf(plan.seed.columns)),
        step: prune(plan.step, uidsOf(plan.step.columns)),
      };
  }
}

function pruneSource<T extends DataSource | VirtualSource>(source: T, needed: ReadonlySet<number>): T {
  const columns = kept(source.columns, needed);
  const offsets = source.offsets.filter((_, i) => needed.has(source.columns[i]?.uid ?? -1));
  return { ...source, columns, offsets };
}
