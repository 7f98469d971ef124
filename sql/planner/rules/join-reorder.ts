/**
 * Join order: groups of inner joins are taken apart and put together greedily, the smallest table first, then always the
 * connected table that keeps the result smallest. Cross joins come last. Linear in conditions, quadratic in tables.
 */

import type { Expression } from '../../../engine/index.ts';
import { estimateRows, joinRows } from '../cardinality.ts';
import { columnUids, touches, uidsOf } from '../expressions.ts';
import type { Join, LogicalPlan } from '../logical-plan.ts';
import { join, select } from '../plan-builders.ts';
import { mapChildren } from '../plan-walk.ts';

export function reorderJoins(plan: LogicalPlan): LogicalPlan {
  if (plan.kind !== 'join' || plan.type !== 'inner' || plan.straight) return mapChildren(plan, reorderJoins);
  const leaves: LogicalPlan[] = [];
  const conditions: Expression[] = [];
  flatten(plan, leaves, conditions);
  return assemble(leaves.map(reorderJoins), conditions);
}

function flatten(plan: LogicalPlan, leaves: LogicalPlan[], conditions: Expression[]): void {
  if (plan.kind === 'join' && plan.type === 'inner' && !(plan as Join).straight) {
    flatten(plan.left, leaves, conditions);
    flatten(plan.right, leaves, conditions);
    conditions.push(...plan.conditions);
  } else {
    leaves.push(plan);
  }
}

interface Leaf {
  readonly plan: LogicalPlan;
  readonly uids: ReadonlySet<number>;
  readonly rows: number;
  readonly order: number;
}

function assemble(plans: readonly LogicalPlan[], conditions: readonly Expression[]): LogicalPlan {
  const all = new Set<number>();
  const leaves = plans.map((plan, order): Leaf => {
    const uids = uidsOf(plan.columns);
    for (const uid of uids) all.add(uid);
    return { plan, uids, rows: estimateRows(plan), order };
  });
  /** Columns of the group that a condition needs; free columns are there already. */
  const pending = new Map(
    conditions.map((condition) => [condition, [...columnUids(condition)].filter((uid) => all.has(uid))]),
  );
  const remaining = [...leaves];
  const start = smallest(remaining, (leaf) => leaf.rows);
  remaining.splice(remaining.indexOf(start), 1);
  let plan = start.plan;
  let rows = start.rows;
  const joined = new Set(start.uids);
  while (remaining.length > 0) {
    const next = chooseNext(remaining, joined, rows, pending);
    remaining.splice(remaining.indexOf(next.leaf), 1);
    for (const uid of next.leaf.uids) joined.add(uid);
    for (const condition of next.conditions) pending.delete(condition);
    plan = join('inner', plan, next.leaf.plan, next.conditions);
    rows = next.rows;
  }
  return select(plan, [...pending.keys()]);
}

interface Step {
  readonly leaf: Leaf;
  readonly conditions: readonly Expression[];
  readonly rows: number;
}

function chooseNext(
  remaining: readonly Leaf[],
  joined: ReadonlySet<number>,
  rows: number,
  pending: ReadonlyMap<Expression, readonly number[]>,
): Step {
  const steps = remaining.map((leaf): Step & { readonly connected: boolean } => {
    const conditions: Expression[] = [];
    for (const [condition, uids] of pending) {
      if (uids.every((uid) => joined.has(uid) || leaf.uids.has(uid))) conditions.push(condition);
    }
    const connected = conditions.some((condition) => isEquality(condition) && touches(condition, joined));
    return { leaf, conditions, rows: joinRows(rows, leaf.rows, leaf.plan, conditions), connected };
  });
  const connected = steps.filter((step) => step.connected);
  return smallest(connected.length > 0 ? connected : steps, (step) => step.rows);
}

function isEquality(condition: Expression): boolean {
  return condition.kind === 'call' && (condition.name === '=' || condition.name === '<=>');
}

function smallest<T>(items: readonly T[], size: (item: T) => number): T {
  return items.reduce((best, item) => (size(item) < size(best) ? item : best));
}
