/** SELECT … INTO @a, @b: the one row's values go to user variables. */

import { chain, type ValueOrPromise } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExecutablePlan, StatementContext, StatementOutcome } from '../session/session-context.ts';
import { drainRows } from './initial-subqueries.ts';
import { okOutcome } from './write-outcome.ts';

export function intoVariables(plan: ExecutablePlan, into: ast.IntoClause): ExecutablePlan {
  if (into.kind !== 'variables') throw sqlErrors.optionPreventsStatement('--secure-file-priv');
  const { targets } = into;
  if (targets.length !== plan.columns.length) throw sqlErrors.wrongNumberOfColumnsInSelect();
  const names = targets.map((target) => {
    if (target.kind === 'local-variable') throw sqlErrors.spUndeclaredVar(target.name.name);
    return target.name;
  });
  return {
    columns: [],
    cacheable: plan.cacheable,
    fixedSlots: plan.fixedSlots,
    isWrite: plan.isWrite,
    execute: (statement) => chain(plan.execute(statement), (outcome) => assign(plan, names, statement, outcome)),
  };
}

function assign(
  plan: ExecutablePlan,
  names: readonly string[],
  { evaluation }: StatementContext,
  outcome: StatementOutcome,
): ValueOrPromise<StatementOutcome> {
  if (outcome.kind === 'ok') return outcome;
  return chain(drainRows(outcome.source), (rows) => {
    if (rows.length > 1) throw sqlErrors.tooManyRows();
    const [row] = rows;
    if (row === undefined) {
      evaluation.warn({
        level: 'Warning',
        errno: 1329,
        message: 'No data - zero rows fetched, selected, or processed',
      });
      return okOutcome({});
    }
    names.forEach((name, i) => {
      const type = plan.columns[i]?.type;
      if (type !== undefined) evaluation.session.setUserVariable(name, { value: row[i] ?? null, type });
    });
    return okOutcome({ affectedRows: 1 });
  });
}
