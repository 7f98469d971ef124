/** Looks for constructs in AST expressions without entering subqueries. */

import type * as ast from '../parser/ast.ts';

/** True when an aggregate of this block (not of a subquery, not over a window) is in the expression. */
export function containsAggregate(node: ast.Expression): boolean {
  if (node.kind === 'aggregate' && node.over === undefined) return true;
  if (node.kind === 'call' && node.name === 'grouping') return true;
  return childExpressions(node).some(containsAggregate);
}

const SUBQUERIES: ReadonlySet<string> = new Set(['exists', 'subquery']);

/** Direct operands; those of a subquery belong to another block. */
function childExpressions(node: ast.Expression): readonly ast.Expression[] {
  if (SUBQUERIES.has(node.kind)) return [];
  const found: ast.Expression[] = [];
  for (const value of Object.values(node)) collect(value, found);
  return found;
}

function collect(value: unknown, into: ast.Expression[]): void {
  if (Array.isArray(value)) {
    for (const item of value) collect(item, into);
    return;
  }
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return;
  if ('kind' in value && value.kind === 'query') return;
  if ('kind' in value && 'start' in value) {
    into.push(value as ast.Expression);
    return;
  }
  for (const item of Object.values(value)) collect(item, into);
}
