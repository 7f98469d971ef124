/** Row count guesses without statistics: enough to keep joins in a sane order and to choose between index and scan. */

import type { Expression } from '../../engine/index.ts';
import { columnUids } from './expressions.ts';
import { uniqueKeys } from './functional-dependency.ts';
import type { LogicalPlan } from './logical-plan.ts';

const EQUALITY = 0.05;
const RANGE = 0.33;
const OTHER = 0.5;
const GROUPS = 0.3;

/** Share of rows that pass. */
function selectivity(condition: Expression): number {
  if (condition.kind !== 'call') return OTHER;
  switch (condition.name) {
    case '=':
    case '<=>':
    case 'is null':
      return EQUALITY;
    case 'in':
      return Math.min(0.5, EQUALITY * Math.max(1, condition.args.length - 1));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return RANGE;
    case 'like':
      return 0.25;
    case 'and':
      return condition.args.reduce((share, arg) => share * selectivity(arg), 1);
    case 'or':
      return Math.min(
        1,
        condition.args.reduce((share, arg) => share + selectivity(arg), 0),
      );
    case 'not':
      return condition.args[0] === undefined ? OTHER : 1 - selectivity(condition.args[0]);
    default:
      return OTHER;
  }
}

export function estimateRows(plan: LogicalPlan): number {
  switch (plan.kind) {
    case 'data-source':
      return estimateSource(plan.estimatedRows, plan.conditions, plan);
    case 'virtual-source':
      return 100;
    case 'values':
      return plan.rows.length;
    case 'selection':
      return Math.max(1, estimateRows(plan.child) * shareOf(plan.conditions));
    case 'join': {
      const left = estimateRows(plan.left);
      if (plan.type !== 'inner' && plan.type !== 'left') return Math.max(1, left * OTHER);
      return joinRows(left, estimateRows(plan.right), plan.right, plan.conditions);
    }
    case 'apply':
      return estimateRows(plan.left) * (plan.mode.kind === 'join' ? 10 : 1);
    case 'aggregation':
      return plan.groupBy.length === 0 ? 1 : Math.max(1, estimateRows(plan.child) * GROUPS);
    case 'distinct':
      return Math.max(1, estimateRows(plan.child) * GROUPS);
    case 'expand':
      return estimateRows(plan.child) * (plan.groups.length + 1);
    case 'limit': {
      const rows = estimateRows(plan.child);
      return plan.count.kind === 'constant' ? Math.min(rows, Number(plan.count.value)) : Math.min(rows, 100);
    }
    case 'set-operation':
      return plan.children.reduce((rows, child) => rows + estimateRows(child), 0);
    case 'cte-reference':
      return plan.definition.plan === undefined ? 100 : estimateRows(plan.definition.plan);
    case 'recursive-cte':
      return estimateRows(plan.seed) * 10;
    case 'max-one-row':
      return 1;
    default:
      return estimateRows(plan.child);
  }
}

function shareOf(conditions: readonly Expression[]): number {
  return conditions.reduce((share, condition) => share * selectivity(condition), 1);
}

function estimateSource(
  rows: number,
  conditions: readonly Expression[],
  source: Extract<LogicalPlan, { kind: 'data-source' }>,
): number {
  const fixed = new Set<number>();
  for (const condition of conditions) {
    if (condition.kind !== 'call' || condition.name !== '=') continue;
    for (const uid of columnUids(condition)) {
      const at = source.columns.findIndex((column) => column.uid === uid);
      if (at >= 0) fixed.add(source.offsets[at] as number);
    }
  }
  if (uniqueKeys(source.table).some((key) => key.every((offset) => fixed.has(offset)))) return 1;
  return Math.max(1, rows * shareOf(conditions));
}

/** Rows of left ⋈ right: a unique key of `right` among the equalities gives at most one match each. */
export function joinRows(
  left: number,
  right: number,
  rightPlan: LogicalPlan,
  conditions: readonly Expression[],
): number {
  const equalities = conditions.filter((condition) => condition.kind === 'call' && condition.name === '=');
  const others = conditions.filter((condition) => !equalities.includes(condition));
  let rows = left * right;
  if (equalities.length > 0) {
    rows = coversUniqueKey(rightPlan, equalities) ? left : (left * right) / Math.max(2, Math.min(left, right) / 2);
  }
  return Math.max(1, rows * shareOf(others));
}

function coversUniqueKey(plan: LogicalPlan, equalities: readonly Expression[]): boolean {
  if (plan.kind !== 'data-source') return false;
  const fixed = new Set<number>();
  for (const equality of equalities) {
    for (const uid of columnUids(equality)) {
      const at = plan.columns.findIndex((column) => column.uid === uid);
      if (at >= 0) fixed.add(plan.offsets[at] as number);
    }
  }
  return uniqueKeys(plan.table).some((key) => key.every((offset) => fixed.has(offset)));
}
