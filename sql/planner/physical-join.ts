/**
 * Join methods: index join where the left side is small and the right side has a key on the join columns, hash join for
 * other equalities, nested loops for the rest. The right side of a hash join is the one kept in memory.
 */

import type { Expression } from '../../engine/index.ts';
import { accessPaths } from './access-path.ts';
import { estimateRows } from './cardinality.ts';
import { coveredBy, touches, uidsOf } from './expressions.ts';
import type { Join, LogicalPlan, PlanColumn } from './logical-plan.ts';
import { type BuildContext, buildInner } from './physical-inner.ts';
import type { PhysicalHashJoin, PhysicalPlan } from './physical-plan.ts';
import { select } from './plan-builders.ts';
import { Resolver } from './resolve.ts';
import { pushDownPredicates } from './rules/predicate-pushdown.ts';

export type BuildStep = (plan: LogicalPlan, context: BuildContext) => PhysicalPlan;

/** A key lookup costs about this many scanned rows. */
const LOOKUP_COST = 6;

export function buildJoin(plan: Join, context: BuildContext, build: BuildStep): PhysicalPlan {
  const indexed = buildIndexJoin(plan, context, build);
  if (indexed !== undefined) return indexed;
  if (plan.type === 'inner' && !plan.straight && estimateRows(plan.left) * 2 < estimateRows(plan.right)) {
    return buildSwapped(plan, context, build);
  }
  return buildPlainJoin(plan, context, build);
}

/** Inner joins keep the smaller side in memory; the columns stay in the plan's order. */
function buildSwapped(plan: Join, context: BuildContext, build: BuildStep): PhysicalPlan {
  const swapped: Join = {
    ...plan,
    left: plan.right,
    right: plan.left,
    columns: [...plan.right.columns, ...plan.left.columns],
  };
  return buildPlainJoin(swapped, context, build);
}

interface EquiKeys {
  readonly left: Expression[];
  readonly right: Expression[];
  readonly nullSafe: boolean[];
  readonly others: Expression[];
}

function buildPlainJoin(plan: Join, context: BuildContext, build: BuildStep): PhysicalPlan {
  const left = build(plan.left, context);
  const right = build(plan.right, context);
  const keys = equiKeys(plan);
  const pairs = new Resolver([...left.columns, ...right.columns], context.outer);
  const base = {
    type: plan.type,
    columns: outputColumns(plan, left, right),
    estimatedRows: Math.round(estimateRows(plan)),
    left,
    right,
  };
  if (keys.left.length === 0) return { kind: 'loop-join', ...base, conditions: pairs.all(plan.conditions) };
  const join: PhysicalHashJoin = {
    kind: 'hash-join',
    ...base,
    leftKeys: new Resolver(left.columns, context.outer).all(keys.left),
    rightKeys: new Resolver(right.columns, context.outer).all(keys.right),
    nullSafe: keys.nullSafe,
    conditions: pairs.all(keys.others),
  };
  return join;
}

function outputColumns(plan: Join, left: PhysicalPlan, right: PhysicalPlan): readonly PlanColumn[] {
  if (plan.type !== 'inner' && plan.type !== 'left') return left.columns;
  const types = new Map(plan.columns.map((column) => [column.uid, column]));
  return [...left.columns, ...right.columns].map((column) => types.get(column.uid) ?? column);
}

/** Splits conditions into hash keys and the rest. NOT IN hashes its first condition only. */
function equiKeys(plan: Join): EquiKeys {
  const leftUids = uidsOf(plan.left.columns);
  const rightUids = uidsOf(plan.right.columns);
  const keys: EquiKeys = { left: [], right: [], nullSafe: [], others: [] };
  for (const condition of plan.conditions) {
    const pair = equality(condition, leftUids, rightUids);
    const isTaken = plan.type === 'null-aware-anti' && keys.left.length > 0;
    if (pair === undefined || isTaken) {
      keys.others.push(condition);
      continue;
    }
    keys.left.push(pair.left);
    keys.right.push(pair.right);
    keys.nullSafe.push(pair.nullSafe);
  }
  return keys;
}

interface EquiPair {
  readonly left: Expression;
  readonly right: Expression;
  readonly nullSafe: boolean;
}

function equality(
  condition: Expression,
  leftUids: ReadonlySet<number>,
  rightUids: ReadonlySet<number>,
): EquiPair | undefined {
  if (condition.kind !== 'call' || (condition.name !== '=' && condition.name !== '<=>')) return undefined;
  const [first, second] = condition.args;
  if (first === undefined || second === undefined) return undefined;
  const nullSafe = condition.name === '<=>';
  const isLeft = (side: Expression): boolean => touches(side, leftUids) && !touches(side, rightUids);
  const isRight = (side: Expression): boolean => touches(side, rightUids) && !touches(side, leftUids);
  if (isLeft(first) && isRight(second)) return { left: first, right: second, nullSafe };
  if (isLeft(second) && isRight(first)) return { left: second, right: first, nullSafe };
  return undefined;
}

/* ------------------------------------------------------------------ index join */

function buildIndexJoin(plan: Join, context: BuildContext, build: BuildStep): PhysicalPlan | undefined {
  if (plan.type !== 'inner' && plan.type !== 'left') return undefined;
  const source = sourceOf(plan.right);
  if (source === undefined || plan.conditions.length === 0) return undefined;
  const leftRows = estimateRows(plan.left);
  const rightRows = estimateRows(plan.right);
  const inner = pushDownPredicates(select(plan.right, plan.conditions));
  const innerSource = sourceOf(inner);
  if (innerSource === undefined) return undefined;
  const isCovered = innerSource.conditions.every((condition) =>
    coveredBy(
      condition,
      new Set([...uidsOf(plan.left.columns), ...uidsOf(plan.right.columns), ...context.outer.keys()]),
    ),
  );
  const path = accessPaths(innerSource).reduce((best, next) => (next.cost < best.cost ? next : best));
  const usesJoin = path.ranges.points.some((point) =>
    point.values.some((value) => touches(value, uidsOf(plan.left.columns))),
  );
  const perRow = path.isPoint ? LOOKUP_COST : LOOKUP_COST + path.cost;
  if (!isCovered || !usesJoin || leftRows * perRow >= rightRows * 1.5) return undefined;
  const left = build(plan.left, context);
  const { right, bindings } = buildInner(inner, left, context, build);
  return {
    kind: 'apply',
    mode: { kind: 'join', outer: plan.type === 'left', conditions: [] },
    columns: outputColumns(plan, left, right),
    estimatedRows: Math.round(estimateRows(plan)),
    left,
    right,
    bindings,
  };
}

function sourceOf(plan: LogicalPlan): Extract<LogicalPlan, { kind: 'data-source' }> | undefined {
  if (plan.kind === 'data-source') return plan;
  return plan.kind === 'selection' || plan.kind === 'projection' ? sourceOf(plan.child) : undefined;
}
