/**
 * Which columns have one value per group: the closure of the grouping columns under the keys of the tables and the
 * equalities that every row of the plan satisfies.
 */

import type { Expression, TableInfo } from '../../engine/index.ts';
import { isExecutionConstant } from './expressions.ts';
import { childrenOf, type DataSource, type LogicalPlan } from './logical-plan.ts';

interface Dependency {
  readonly determinants: readonly number[];
  readonly determined: readonly number[];
}

export function determinedColumns(plan: LogicalPlan, groupBy: readonly Expression[]): Set<number> {
  const known = new Set<number>();
  for (const expression of groupBy) if (expression.kind === 'column') known.add(expression.index);
  const dependencies: Dependency[] = [];
  collect(plan, dependencies);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { determinants, determined } of dependencies) {
      if (!determinants.every((uid) => known.has(uid))) continue;
      for (const uid of determined) {
        if (known.has(uid)) continue;
        known.add(uid);
        grown = true;
      }
    }
  }
  return known;
}

function collect(plan: LogicalPlan, into: Dependency[]): void {
  switch (plan.kind) {
    case 'data-source':
      into.push(...keyDependencies(plan));
      break;
    case 'selection':
      for (const condition of plan.conditions) equality(condition, into);
      break;
    case 'join':
      for (const condition of plan.conditions) equality(condition, into);
      break;
    case 'projection': {
      plan.expressions.forEach((expression, i) => {
        const output = plan.columns[i];
        if (output === undefined) return;
        const determinants: number[] = [];
        collectUids(expression, determinants);
        into.push({ determinants, determined: [output.uid] });
      });
      break;
    }
    case 'aggregation': {
      const groups = plan.columns.slice(0, plan.groupBy.length).map((column) => column.uid);
      into.push({ determinants: groups, determined: plan.columns.map((column) => column.uid) });
      break;
    }
    case 'apply': {
      const left = plan.left.columns.map((column) => column.uid);
      if (plan.mode.kind !== 'join') {
        into.push({ determinants: left, determined: plan.columns.map((column) => column.uid) });
      }
      break;
    }
    default:
      break;
  }
  for (const child of childrenOf(plan)) collect(child, into);
}

function collectUids(expression: Expression, into: number[]): void {
  if (expression.kind === 'column') into.push(expression.index);
  else if (expression.kind === 'call') for (const arg of expression.args) collectUids(arg, into);
}

function keyDependencies(source: DataSource): Dependency[] {
  const byOffset = new Map(source.offsets.map((offset, i) => [offset, source.columns[i]?.uid as number]));
  const all = source.columns.map((column) => column.uid);
  return uniqueKeys(source.table).map((offsets) => ({
    determinants: offsets.map((offset) => byOffset.get(offset) ?? -1),
    determined: all,
  }));
}

/** Column offsets of the primary key and of unique indexes over NOT NULL columns. */
export function uniqueKeys(table: TableInfo): number[][] {
  return table.indexes
    .filter((index) => index.unique && index.state === 'public')
    .filter((index) => index.columns.every((part) => part.prefixLength < 0))
    .map((index) => index.columns.map((part) => part.columnOffset))
    .filter((offsets) => offsets.every((offset) => table.columns[offset]?.type.nullable === false));
}

function equality(condition: Expression, into: Dependency[]): void {
  if (condition.kind !== 'call' || condition.name !== '=') return;
  const [left, right] = condition.args;
  if (left === undefined || right === undefined) return;
  if (left.kind === 'column' && right.kind === 'column') {
    into.push({ determinants: [left.index], determined: [right.index] });
    into.push({ determinants: [right.index], determined: [left.index] });
  } else if (left.kind === 'column' && isExecutionConstant(right)) {
    into.push({ determinants: [], determined: [left.index] });
  } else if (right.kind === 'column' && isExecutionConstant(left)) {
    into.push({ determinants: [], determined: [right.index] });
  }
}
