/** Comparisons of values and of rows: (a, b) = (1, 2), (a, b) IN ((1, 2), (3, 4)). Rows expand to comparisons of items. */

import { type Expression, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import { bindOperand } from './bind-subquery.ts';
import { compareItems, rowItems } from './compare-rows.ts';

export function bindComparison(
  binder: ExpressionBinder,
  operator: ast.ComparisonOperator,
  left: ast.Expression,
  right: ast.Expression,
): Expression {
  const isRow = left.kind === 'row' || right.kind === 'row';
  if (!isRow) return binder.call(operator, [binder.bind(left), binder.bind(right)]);
  return compareItems(binder, operator, bindOperand(binder, left), bindOperand(binder, right));
}

export function bindInList(binder: ExpressionBinder, node: ast.InList): Expression {
  const left = rowItems(node.operand);
  if (left === undefined) {
    for (const item of node.list) if (item.kind === 'row') throw sqlErrors.operandColumns(1);
    return binder.call('in', [binder.bind(node.operand), ...binder.bindAll(node.list)]);
  }
  const operand = bindOperand(binder, node.operand);
  const parts = node.list.map((item) => compareItems(binder, '=', operand, bindOperand(binder, item)));
  const fold = (from: number, to: number): Expression => {
    if (to - from === 1) return parts[from] as Expression;
    const middle = (from + to) >> 1;
    return binder.call('or', [fold(from, middle), fold(middle, to)]);
  };
  return fold(0, parts.length);
}
