/** Walking, comparing and rewriting bound expressions. All functions are pure and share unchanged subtrees. */

import type { CallExpression, ColumnExpression, Expression } from '../../engine/index.ts';
import type { PlanColumn } from './logical-plan.ts';

export function columnOf(column: PlanColumn): ColumnExpression {
  return { kind: 'column', index: column.uid, type: column.type, name: column.name };
}

/** Calls `visit` for every column below and including `expression`. */
export function forEachColumn(expression: Expression, visit: (column: ColumnExpression) => void): void {
  if (expression.kind === 'column') visit(expression);
  else if (expression.kind === 'call') for (const arg of expression.args) forEachColumn(arg, visit);
}

export function columnUids(expression: Expression, into = new Set<number>()): Set<number> {
  forEachColumn(expression, (column) => into.add(column.index));
  return into;
}

export function uidsOf(columns: readonly PlanColumn[]): Set<number> {
  const uids = new Set<number>();
  for (const column of columns) uids.add(column.uid);
  return uids;
}

/** True when every column of the expression is in `uids`. */
export function coveredBy(expression: Expression, uids: ReadonlySet<number>): boolean {
  if (expression.kind === 'column') return uids.has(expression.index);
  return expression.kind !== 'call' || expression.args.every((arg) => coveredBy(arg, uids));
}

export function touches(expression: Expression, uids: ReadonlySet<number>): boolean {
  if (expression.kind === 'column') return uids.has(expression.index);
  return expression.kind === 'call' && expression.args.some((arg) => touches(arg, uids));
}

/** Rewrites bottom up: `replace` answers a new node, or undefined to keep the old one. */
export function rewrite(expression: Expression, replace: (node: Expression) => Expression | undefined): Expression {
  const replaced = replace(expression);
  if (replaced !== undefined) return replaced;
  if (expression.kind !== 'call') return expression;
  let changed = false;
  const args = expression.args.map((arg) => {
    const next = rewrite(arg, replace);
    if (next !== arg) changed = true;
    return next;
  });
  return changed ? { ...expression, args } : expression;
}

export function substituteColumns(expression: Expression, byUid: ReadonlyMap<number, Expression>): Expression {
  return rewrite(expression, (node) => (node.kind === 'column' ? byUid.get(node.index) : undefined));
}

/** Structural equality; constants compare by value and type name. */
export function sameExpression(left: Expression, right: Expression): boolean {
  if (left === right) return true;
  switch (left.kind) {
    case 'column':
      return right.kind === 'column' && left.index === right.index;
    case 'parameter':
      return right.kind === 'parameter' && left.index === right.index;
    case 'constant':
      return right.kind === 'constant' && left.type.name === right.type.name && left.value === right.value;
    case 'call':
      return right.kind === 'call' && sameCall(left, right);
  }
}

function sameCall(left: CallExpression, right: CallExpression): boolean {
  return (
    left.name === right.name &&
    left.type.name === right.type.name &&
    left.args.length === right.args.length &&
    left.args.every((arg, i) => sameExpression(arg, right.args[i] as Expression))
  );
}

/** The operands of nested ANDs, in order. */
export function conjuncts(expression: Expression, into: Expression[] = []): Expression[] {
  if (expression.kind === 'call' && expression.name === 'and') {
    for (const arg of expression.args) conjuncts(arg, into);
  } else {
    into.push(expression);
  }
  return into;
}

/** Functions whose value is not a function of their arguments alone: never moved, merged or folded. */
const VOLATILE: ReadonlySet<string> = new Set([
  'rand',
  'uuid',
  'uuid_short',
  'sleep',
  'sysdate',
  '@',
  ':=',
  'last_insert_id',
  'row_count',
  'found_rows',
  'benchmark',
  'get_lock',
  'release_lock',
]);

export function isVolatile(expression: Expression): boolean {
  return expression.kind === 'call' && (VOLATILE.has(expression.name) || expression.args.some(isVolatile));
}

/** No columns and nothing volatile: one value per execution (free columns count as columns). */
export function isExecutionConstant(expression: Expression): boolean {
  if (expression.kind === 'column') return false;
  if (expression.kind !== 'call') return true;
  return !VOLATILE.has(expression.name) && expression.args.every(isExecutionConstant);
}
