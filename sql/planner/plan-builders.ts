/** Small constructors of logical nodes that keep `columns` right. */

import type { Expression } from '../../engine/index.ts';
import type { PendingApply } from './block.ts';
import type {
  Apply,
  ApplyMode,
  Join,
  JoinType,
  Limit,
  LogicalPlan,
  PlanColumn,
  Projection,
  Selection,
  Sort,
  SortItem,
  ValuesPlan,
} from './logical-plan.ts';

export function nullableColumns(columns: readonly PlanColumn[]): PlanColumn[] {
  return columns.map((column) =>
    column.type.nullable ? column : { ...column, type: { ...column.type, nullable: true } },
  );
}

/** One row without columns: what a SELECT without FROM reads. */
export const oneRow: ValuesPlan = { kind: 'values', columns: [], rows: [[]] };

export function select(child: LogicalPlan, conditions: readonly Expression[]): LogicalPlan {
  if (conditions.length === 0) return child;
  const selection: Selection = { kind: 'selection', child, columns: child.columns, conditions };
  return selection;
}

export function project(
  child: LogicalPlan,
  columns: readonly PlanColumn[],
  expressions: readonly Expression[],
): Projection {
  return { kind: 'projection', child, columns, expressions };
}

/** Keeps some of the child's columns, in the given order. */
export function keep(child: LogicalPlan, columns: readonly PlanColumn[]): Projection {
  return project(
    child,
    columns,
    columns.map((column) => ({ kind: 'column', index: column.uid, type: column.type, name: column.name })),
  );
}

export function join(
  type: JoinType,
  left: LogicalPlan,
  right: LogicalPlan,
  conditions: readonly Expression[],
  straight = false,
): Join {
  return { kind: 'join', type, left, right, columns: joinColumns(type, left, right), conditions, straight };
}

export function joinColumns(type: JoinType, left: LogicalPlan, right: LogicalPlan): readonly PlanColumn[] {
  switch (type) {
    case 'inner':
      return [...left.columns, ...right.columns];
    case 'left':
      return [...left.columns, ...nullableColumns(right.columns)];
    default:
      return left.columns;
  }
}

export function apply(left: LogicalPlan, right: LogicalPlan, mode: ApplyMode, output: readonly PlanColumn[]): Apply {
  return { kind: 'apply', mode, left, right, columns: [...left.columns, ...output] };
}

export function applyPending(plan: LogicalPlan, applies: readonly PendingApply[]): LogicalPlan {
  return applies.reduce<LogicalPlan>((left, { mode, plan: right, output }) => apply(left, right, mode, output), plan);
}

export function sort(child: LogicalPlan, items: readonly SortItem[]): LogicalPlan {
  if (items.length === 0) return child;
  const node: Sort = { kind: 'sort', child, columns: child.columns, items };
  return node;
}

export function limit(child: LogicalPlan, count: Expression, offset: Expression | undefined): Limit {
  return { kind: 'limit', child, columns: child.columns, count, offset };
}
