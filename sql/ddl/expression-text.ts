/** Expressions as the schema keeps and shows them: names quoted, operators in parentheses of their own. */

import type { Expression } from '../parser/ast.ts';
import { printExpression } from '../parser/print.ts';

const OPERATORS: ReadonlySet<Expression['kind']> = new Set([
  'logical',
  'unary',
  'binary',
  'in-list',
  'between',
  'like',
  'regexp',
  'is',
  'case',
  'date-arithmetic',
  'member-of',
]);

export function expressionText(expression: Expression): string {
  const text = printExpression(expression);
  return OPERATORS.has(expression.kind) ? `(${text})` : text;
}
