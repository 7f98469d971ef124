/** FOR UPDATE and FOR SHARE: marks the stored tables whose rows are locked as they are read. */

import { sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { LogicalPlan, RowLock } from './logical-plan.ts';
import { mapChildren } from './plan-walk.ts';
import type { FromScope } from './scope.ts';

export function withRowLocks(plan: LogicalPlan, scope: FromScope, clauses: readonly ast.LockingClause[]): LogicalPlan {
  return clauses.reduce((locked, clause) => withClause(locked, scope, clause), plan);
}

function withClause(plan: LogicalPlan, scope: FromScope, clause: ast.LockingClause): LogicalPlan {
  const names = new Set(clause.tables.map((table) => table.name.name));
  for (const name of names) {
    if (!scope.relations.some((relation) => relation.alias === name)) throw sqlErrors.unresolvedTableLock(name);
  }
  const wait = clause.wait === 'skip locked' ? 'skip-locked' : clause.wait;
  return lockSources(plan, names, { kind: clause.strength, wait });
}

/** Marks all sources, or those with an alias in `names`. */
export function lockSources(plan: LogicalPlan, names: ReadonlySet<string>, lock: RowLock): LogicalPlan {
  if (plan.kind === 'data-source') {
    return names.size === 0 || names.has(plan.alias) ? { ...plan, lock } : plan;
  }
  return mapChildren(plan, (child) => lockSources(child, names, lock));
}
