/**
 * Correlated scalar aggregates to joins: `x = (SELECT MAX(y) FROM t WHERE t.k = outer.k)` becomes a left join with t grouped
 * by k. Only where every reference to the outer row is an equality with a column of the subquery, and the aggregate of no
 * rows is NULL (so not COUNT).
 */

import type { Expression, FieldType } from '../../../engine/index.ts';
import type { BindContext } from '../bind-context.ts';
import { columnOf, touches, uidsOf } from '../expressions.ts';
import type { Aggregation, Apply, LogicalPlan, PlanColumn, Projection } from '../logical-plan.ts';
import { join, project, select } from '../plan-builders.ts';
import { freeUids, mapChildren } from '../plan-walk.ts';

export function unnestScalars(plan: LogicalPlan, context: BindContext): LogicalPlan {
  const rebuilt = mapChildren(plan, (child) => unnestScalars(child, context));
  if (rebuilt.kind !== 'apply' || rebuilt.mode.kind !== 'scalar') return rebuilt;
  return unnest(rebuilt, context) ?? rebuilt;
}

function unnest(apply: Apply, context: BindContext): LogicalPlan | undefined {
  const projection = apply.right.kind === 'projection' ? apply.right : undefined;
  const aggregation = projection?.child ?? apply.right;
  if (aggregation.kind !== 'aggregation' || aggregation.groupBy.length > 0) return undefined;
  const outer = uidsOf(apply.left.columns);
  const source = aggregation.child;
  if (source.kind !== 'selection' || refersTo(source.child, outer)) return undefined;
  if (aggregation.aggregates.some(({ descriptor }) => descriptor.args.some((arg) => touches(arg, outer))))
    return undefined;
  const correlated = source.conditions.filter((condition) => touches(condition, outer));
  const keys = correlated.map((condition) => equality(condition, outer));
  if (keys.length === 0 || keys.includes(undefined)) return undefined;
  const pairs = keys as readonly KeyPair[];
  const kept = source.conditions.filter((condition) => !correlated.includes(condition));
  return joined(apply, { projection, aggregation, pairs, child: select(source.child, kept) }, context);
}

function refersTo(plan: LogicalPlan, outer: ReadonlySet<number>): boolean {
  for (const uid of freeUids(plan)) if (outer.has(uid)) return true;
  return false;
}

interface KeyPair {
  readonly inner: Extract<Expression, { kind: 'column' }>;
  readonly outer: Expression;
}

/** inner column = outer expression. */
function equality(condition: Expression, outer: ReadonlySet<number>): KeyPair | undefined {
  if (condition.kind !== 'call' || condition.name !== '=') return undefined;
  const [left, right] = condition.args;
  if (left === undefined || right === undefined) return undefined;
  const pair = (inner: Expression, other: Expression): KeyPair | undefined => {
    const isPair = inner.kind === 'column' && !outer.has(inner.index) && touches(other, outer);
    return isPair && groupsLikeEquality(inner.type, other.type) ? { inner, outer: other } : undefined;
  };
  return pair(left, right) ?? pair(right, left);
}

/** Values that are equal to the other side's are in one group: only then does each outer row meet one group at most. */
function groupsLikeEquality(inner: FieldType, other: FieldType): boolean {
  return inner.class === other.class && inner.collation.name === other.collation.name;
}

interface Parts {
  readonly projection: Projection | undefined;
  readonly aggregation: Aggregation;
  readonly pairs: readonly KeyPair[];
  readonly child: LogicalPlan;
}

function joined(apply: Apply, parts: Parts, context: BindContext): LogicalPlan | undefined {
  const { projection, aggregation, pairs, child } = parts;
  const value = projection?.expressions[0] ?? columnOf(aggregation.columns[0] as PlanColumn);
  const output = apply.columns.at(-1);
  if (output === undefined || !isNullOfNulls(value, aggregation)) return undefined;
  const groups = pairs.map(({ inner }): PlanColumn => ({ uid: context.nextUid(), type: inner.type, name: inner.name }));
  const grouped: LogicalPlan = {
    ...aggregation,
    child,
    columns: [...groups, ...aggregation.columns],
    groupBy: pairs.map(({ inner }) => inner),
  };
  const inner = project(grouped, [...groups, { ...output, uid: output.uid }], [...groups.map(columnOf), value]);
  const conditions = pairs.map(({ outer }, i) => context.call('=', [columnOf(groups[i] as PlanColumn), outer]));
  const plan = join('left', apply.left, inner, conditions);
  return project(plan, apply.columns, apply.columns.map(columnOf));
}

/** NULL when there are no rows: a strict expression over aggregates that are NULL then. */
function isNullOfNulls(value: Expression, aggregation: Aggregation): boolean {
  const isNull = new Set(
    aggregation.aggregates.filter(({ descriptor }) => NULL_WITHOUT_ROWS.has(descriptor.name)).map(({ uid }) => uid),
  );
  const visit = (node: Expression): boolean => {
    if (node.kind === 'column') return isNull.has(node.index);
    return node.kind === 'call' && STRICT.has(node.name) && node.args.some(visit);
  };
  return visit(value);
}

const NULL_WITHOUT_ROWS: ReadonlySet<string> = new Set(['sum', 'avg', 'min', 'max']);
const STRICT: ReadonlySet<string> = new Set(['+', '-', '*', '/', 'cast', 'to decimal', 'round', 'unary -']);
