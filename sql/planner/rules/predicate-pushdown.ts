/**
 * Moves conditions as close to the tables as they can go, turns outer joins whose NULL rows no condition lets through
 * into inner joins, and takes common factors out of ORs so that join conditions inside them are seen.
 */

import type { Expression } from '../../../engine/index.ts';
import {
  columnOf,
  conjuncts,
  coveredBy,
  isVolatile,
  sameExpression,
  substituteColumns,
  touches,
  uidsOf,
} from '../expressions.ts';
import type { Aggregation, Apply, Join, LogicalPlan, Projection, SetOperation } from '../logical-plan.ts';
import { join, select } from '../plan-builders.ts';
import { mapChildren } from '../plan-walk.ts';
import { rejectsNull } from './null-rejection.ts';

export function pushDownPredicates(plan: LogicalPlan): LogicalPlan {
  return push(plan, []);
}

function push(plan: LogicalPlan, conditions: readonly Expression[]): LogicalPlan {
  switch (plan.kind) {
    case 'selection':
      return push(plan.child, [...plan.conditions.flatMap(factorise), ...conditions]);
    case 'data-source': {
      const movable = conditions.filter((condition) => !isVolatile(condition));
      const fixed = conditions.filter(isVolatile);
      return select({ ...plan, conditions: [...plan.conditions, ...movable] }, fixed);
    }
    case 'projection':
      return pushThroughProjection(plan, conditions);
    case 'join':
      return pushIntoJoin(plan, conditions);
    case 'apply':
      return pushIntoApply(plan, conditions);
    case 'aggregation':
      return pushThroughAggregation(plan, conditions);
    case 'sort':
    case 'distinct': {
      return mapChildren(plan, (child) => push(child, conditions));
    }
    case 'set-operation':
      return pushIntoBranches(plan, conditions);
    default:
      return select(
        mapChildren(plan, (child) => push(child, [])),
        conditions,
      );
  }
}

/** (a AND b) OR (a AND c) gives a, b OR c. */
function factorise(condition: Expression): readonly Expression[] {
  if (condition.kind !== 'call' || condition.name !== 'or') return conjuncts(condition);
  const branches = disjuncts(condition).map((branch) => conjuncts(branch));
  const [first, ...others] = branches;
  if (first === undefined) return [condition];
  const common = first.filter((part) =>
    others.every((branch) => branch.some((candidate) => sameExpression(candidate, part))),
  );
  return common.length === 0 ? [condition] : [...common, condition];
}

function disjuncts(expression: Expression, into: Expression[] = []): Expression[] {
  if (expression.kind === 'call' && expression.name === 'or') {
    for (const arg of expression.args) disjuncts(arg, into);
  } else {
    into.push(expression);
  }
  return into;
}

function split<T>(items: readonly T[], test: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

function pushThroughProjection(plan: Projection, conditions: readonly Expression[]): LogicalPlan {
  const byUid = new Map(plan.columns.map((column, i) => [column.uid, plan.expressions[i] as Expression]));
  const computed = new Set(
    plan.columns.filter((_, i) => isVolatile(plan.expressions[i] as Expression)).map((c) => c.uid),
  );
  const [movable, fixed] = split(conditions, (condition) => !isVolatile(condition) && !touches(condition, computed));
  const child = push(
    plan.child,
    movable.map((condition) => substituteColumns(condition, byUid)),
  );
  return select({ ...plan, child }, fixed);
}

/* ------------------------------------------------------------------ joins */

function pushIntoJoin(plan: Join, conditions: readonly Expression[]): LogicalPlan {
  switch (plan.type) {
    case 'inner':
      return pushIntoInner(plan, conditions);
    case 'left': {
      const right = uidsOf(plan.right.columns);
      if (conditions.some((condition) => rejectsNull(condition, right))) {
        return pushIntoInner({ ...plan, type: 'inner' }, conditions);
      }
      return pushIntoLeft(plan, conditions);
    }
    default:
      return pushIntoSemi(plan, conditions);
  }
}

function pushIntoInner(plan: Join, conditions: readonly Expression[]): LogicalPlan {
  const left = uidsOf(plan.left.columns);
  const right = uidsOf(plan.right.columns);
  const toLeft: Expression[] = [];
  const toRight: Expression[] = [];
  const between: Expression[] = [];
  const above: Expression[] = [];
  for (const condition of [...plan.conditions.flatMap(factorise), ...conditions]) {
    const usesLeft = touches(condition, left);
    const usesRight = touches(condition, right);
    if (isVolatile(condition)) above.push(condition);
    else if (usesLeft && usesRight) between.push(condition);
    else if (usesRight) toRight.push(condition);
    else toLeft.push(condition);
  }
  const joined = join('inner', push(plan.left, toLeft), push(plan.right, toRight), between, plan.straight);
  return select(joined, above);
}

function pushIntoLeft(plan: Join, conditions: readonly Expression[]): LogicalPlan {
  const left = uidsOf(plan.left.columns);
  const right = uidsOf(plan.right.columns);
  const [toLeft, above] = split(
    conditions,
    (condition) => !isVolatile(condition) && !touches(condition, right) && touches(condition, left),
  );
  const [toRight, on] = split(
    plan.conditions.flatMap((condition) => conjuncts(condition)),
    (condition) => !isVolatile(condition) && !touches(condition, left),
  );
  return select(join('left', push(plan.left, toLeft), push(plan.right, toRight), on), above);
}

function pushIntoSemi(plan: Join, conditions: readonly Expression[]): LogicalPlan {
  const left = uidsOf(plan.left.columns);
  const right = uidsOf(plan.right.columns);
  const [first, ...rest] = plan.conditions;
  const isNullAware = plan.type === 'null-aware-anti';
  const candidates = isNullAware ? rest : plan.conditions;
  const [toRight, others] = split(
    candidates,
    (condition) => touches(condition, right) && !touches(condition, left) && !isVolatile(condition),
  );
  const [toLeft, on] = split(others, (condition) => plan.type === 'semi' && !touches(condition, right));
  const kept = isNullAware && first !== undefined ? [first, ...on] : on;
  return join(plan.type, push(plan.left, [...conditions, ...toLeft]), push(plan.right, toRight), kept);
}

function pushIntoApply(plan: Apply, conditions: readonly Expression[]): LogicalPlan {
  const left = uidsOf(plan.left.columns);
  const own = new Set(plan.columns.slice(plan.left.columns.length).map((column) => column.uid));
  const [toLeft, above] = split(
    conditions,
    (condition) => !isVolatile(condition) && !touches(condition, own) && touches(condition, left),
  );
  const pushed = mapChildren(plan, (child) => push(child, child === plan.left ? toLeft : []));
  return select(pushed, above);
}

/* ------------------------------------------------------------------ grouping and set operations */

function pushThroughAggregation(plan: Aggregation, conditions: readonly Expression[]): LogicalPlan {
  const byUid = new Map<number, Expression>();
  plan.groupBy.forEach((expression, i) => {
    const output = plan.columns[i];
    if (output !== undefined) byUid.set(output.uid, expression);
  });
  const groups = new Set(byUid.keys());
  const all = uidsOf(plan.columns);
  const [movable, fixed] = split(
    conditions,
    (condition) =>
      groups.size > 0 && !isVolatile(condition) && touches(condition, all) && onlyOf(condition, all, groups),
  );
  const child = push(
    plan.child,
    movable.map((condition) => substituteColumns(condition, byUid)),
  );
  return select({ ...plan, child }, fixed);
}

/** Every column that is in `all` is in `allowed` (free columns do not matter). */
function onlyOf(condition: Expression, all: ReadonlySet<number>, allowed: ReadonlySet<number>): boolean {
  const forbidden = new Set([...all].filter((uid) => !allowed.has(uid)));
  return coveredBy(condition, allowed) || !touches(condition, forbidden);
}

function pushIntoBranches(plan: SetOperation, conditions: readonly Expression[]): LogicalPlan {
  const [movable, fixed] = split(conditions, (condition) => !isVolatile(condition));
  const children = plan.children.map((child) => {
    const byUid = new Map(
      plan.columns.map((column, i) => {
        const source = child.columns[i];
        return [column.uid, source === undefined ? columnOf(column) : columnOf(source)];
      }),
    );
    return push(
      child,
      movable.map((condition) => substituteColumns(condition, byUid)),
    );
  });
  return select({ ...plan, children }, fixed);
}
