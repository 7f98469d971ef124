/** The logical rules in their order. Each takes a whole plan and answers an equivalent one. */

import { columnOf } from '../expressions.ts';
import type { LogicalPlan } from '../logical-plan.ts';
import { keep } from '../plan-builders.ts';
import { mapChildren } from '../plan-walk.ts';
import { pruneColumns } from './column-pruning.ts';
import { decorrelate } from './decorrelate.ts';
import { reorderJoins } from './join-reorder.ts';
import { pushDownPredicates } from './predicate-pushdown.ts';

export interface NamedRule {
  readonly name: string;
  readonly apply: (plan: LogicalPlan) => LogicalPlan;
}

const logicalRules: readonly NamedRule[] = [
  { name: 'inline common table expressions', apply: inlineCtes },
  { name: 'subqueries to joins', apply: decorrelate },
  { name: 'predicate pushdown', apply: pushDownPredicates },
  { name: 'join order', apply: reorderJoins },
  { name: 'predicate pushdown', apply: pushDownPredicates },
  { name: 'column pruning', apply: pruneColumns },
];

export function optimize(plan: LogicalPlan): LogicalPlan {
  const optimized = logicalRules.reduce((current, rule) => rule.apply(current), plan);
  return sameColumns(plan, optimized) ? optimized : keep(optimized, plan.columns);
}

function sameColumns(before: LogicalPlan, after: LogicalPlan): boolean {
  return (
    before.columns.length === after.columns.length &&
    before.columns.every((column, i) => column.uid === after.columns[i]?.uid)
  );
}

/** A common table expression that is read once is just a derived table. */
function inlineCtes(plan: LogicalPlan): LogicalPlan {
  if (plan.kind === 'cte-reference' && plan.definition.references === 1 && plan.definition.plan !== undefined) {
    const source = inlineCtes(plan.definition.plan);
    const expressions = source.columns.slice(0, plan.columns.length).map(columnOf);
    return { kind: 'projection', child: source, columns: plan.columns, expressions };
  }
  return mapChildren(plan, inlineCtes);
}
