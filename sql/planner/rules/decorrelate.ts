/**
 * Turns Applies into joins where the subquery's references to the outer row are plain conditions: EXISTS and IN become
 * semi joins, NOT EXISTS and NOT IN anti joins. Works on a Selection over its Applies, the shape the binder makes of
 * WHERE and HAVING.
 */

import type { Expression } from '../../../engine/index.ts';
import { columnUids, conjuncts, touches, uidsOf } from '../expressions.ts';
import type { Apply, JoinType, LogicalPlan, Selection } from '../logical-plan.ts';
import { join, select } from '../plan-builders.ts';
import { freeUids, mapChildren } from '../plan-walk.ts';

export function decorrelate(plan: LogicalPlan): LogicalPlan {
  const rebuilt = mapChildren(plan, decorrelate);
  return rebuilt.kind === 'selection' ? decorrelateSelection(rebuilt) : rebuilt;
}

/** Walks the chain of Applies below the Selection from the outermost in. */
function decorrelateSelection(selection: Selection): LogicalPlan {
  let conditions: readonly Expression[] = selection.conditions;
  const convert = (plan: LogicalPlan): LogicalPlan => {
    if (plan.kind !== 'apply' || plan.mode.kind === 'scalar' || plan.mode.kind === 'join') return plan;
    const left = convert(plan.left);
    const mark = plan.columns.at(-1)?.uid ?? -1;
    const use = findUse(conditions, mark);
    if (use === undefined) return { ...plan, left };
    const joined = toJoin(plan, left, use.negated);
    if (joined === undefined) return { ...plan, left };
    conditions = conditions.filter((condition) => condition !== use.condition);
    return joined;
  };
  const child = convert(selection.child);
  return child === selection.child ? selection : select(child, conditions);
}

interface MarkUse {
  readonly condition: Expression;
  readonly negated: boolean;
}

/** The one condition that is exactly the mark or its negation; undefined when the mark is used in any other way. */
function findUse(conditions: readonly Expression[], mark: number): MarkUse | undefined {
  const users = conditions.filter((condition) => columnUids(condition).has(mark));
  const [only] = users;
  if (users.length !== 1 || only === undefined) return undefined;
  if (only.kind === 'column') return { condition: only, negated: false };
  if (only.kind !== 'call' || only.name !== 'not') return undefined;
  return only.args[0]?.kind === 'column' ? { condition: only, negated: true } : undefined;
}

function toJoin(apply: Apply, left: LogicalPlan, negated: boolean): LogicalPlan | undefined {
  const { mode } = apply;
  if (mode.kind === 'exists') {
    const inner = hoist(stripForExists(apply.right), left);
    if (inner === undefined) return undefined;
    return join(negated ? 'anti' : 'semi', left, inner.plan, inner.conditions);
  }
  if (mode.kind !== 'quantified') return undefined;
  const inner = hoist(apply.right, left);
  if (inner === undefined) return undefined;
  const comparison = conjuncts(mode.comparison);
  const type: JoinType = negated ? antiType(mode.comparison) : 'semi';
  const isEquality = mode.comparison.kind === 'call' && mode.comparison.name === '=';
  if (type === 'null-aware-anti' && (!isEquality || inner.conditions.length > 0)) return undefined;
  return join(type, left, inner.plan, [...comparison, ...inner.conditions]);
}

/** NOT IN over columns that cannot be NULL is a plain anti join. */
function antiType(comparison: Expression): JoinType {
  return comparison.type.nullable ? 'null-aware-anti' : 'anti';
}

/** What decides whether a row exists: select list, order and DISTINCT do not. */
function stripForExists(plan: LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'projection':
    case 'sort':
    case 'distinct':
      return stripForExists(plan.child);
    case 'limit': {
      const isPlain = plan.offset === undefined && plan.count.kind === 'constant' && plan.count.value !== 0;
      return isPlain ? stripForExists(plan.child) : plan;
    }
    default:
      return plan;
  }
}

interface Hoisted {
  readonly plan: LogicalPlan;
  readonly conditions: readonly Expression[];
}

/**
 * Takes the conditions that refer to `left` out of the subquery. Undefined when the subquery refers to it in any other
 * way, or where the conditions cannot pass (grouping, limits, outer joins).
 */
function hoist(plan: LogicalPlan, left: LogicalPlan): Hoisted | undefined {
  const outer = uidsOf(left.columns);
  const isFree = (candidate: LogicalPlan): boolean => {
    for (const uid of freeUids(candidate)) if (outer.has(uid)) return false;
    return true;
  };
  if (isFree(plan)) return { plan, conditions: [] };
  const conditions: Expression[] = [];
  const strip = (node: LogicalPlan): LogicalPlan | undefined => {
    if (isFree(node)) return node;
    switch (node.kind) {
      case 'selection': {
        const child = strip(node.child);
        if (child === undefined) return undefined;
        conditions.push(...node.conditions.filter((condition) => touches(condition, outer)));
        return select(
          child,
          node.conditions.filter((condition) => !touches(condition, outer)),
        );
      }
      case 'projection': {
        const child = strip(node.child);
        if (child === undefined || node.expressions.some((expression) => touches(expression, outer))) return undefined;
        const known = uidsOf(node.columns);
        const missing = child.columns.filter((column) => !known.has(column.uid));
        return {
          ...node,
          child,
          columns: [...node.columns, ...missing],
          expressions: [
            ...node.expressions,
            ...missing.map(
              (column): Expression => ({ kind: 'column', index: column.uid, type: column.type, name: column.name }),
            ),
          ],
        };
      }
      case 'join': {
        if (node.type !== 'inner') return undefined;
        const leftChild = strip(node.left);
        const rightChild = strip(node.right);
        if (leftChild === undefined || rightChild === undefined) return undefined;
        conditions.push(...node.conditions.filter((condition) => touches(condition, outer)));
        const kept = node.conditions.filter((condition) => !touches(condition, outer));
        return join('inner', leftChild, rightChild, kept, node.straight);
      }
      case 'sort':
        return strip(node.child);
      default:
        return undefined;
    }
  };
  const stripped = strip(plan);
  return stripped === undefined ? undefined : { plan: stripped, conditions };
}
