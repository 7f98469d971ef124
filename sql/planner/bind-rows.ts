/** Comparisons of values and of rows: (a, b) = (1, 2), (a, b) IN ((1, 2), (3, 4)). Rows expand to comparisons of items. */

import { type Expression, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';
import { bindRowSubquery } from './bind-subquery.ts';

export function rowItems(node: ast.Expression): readonly ast.Expression[] | undefined {
  return node.kind === 'row' ? node.items : undefined;
}

/** The items of a row operand, bound: a row constructor, a row subquery, or one value. */
export function bindOperand(binder: ExpressionBinder, node: ast.Expression): Expression[] {
  const items = rowItems(node);
  if (items !== undefined) return items.map((item) => binder.bind(item));
  if (node.kind === 'subquery') return bindRowSubquery(binder, node.query);
  return [binder.bind(node)];
}

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

/** Compares two rows item by item under MySQL's rules for rows. */
export function compareItems(
  binder: ExpressionBinder,
  operator: ast.ComparisonOperator,
  left: readonly Expression[],
  right: readonly Expression[],
): Expression {
  if (left.length !== right.length) throw sqlErrors.operandColumns(left.length);
  const pair = (i: number, op: string): Expression => binder.call(op, [left[i] as Expression, right[i] as Expression]);
  if (left.length === 1) return pair(0, operator);
  const fold = (name: string, parts: readonly Expression[]): Expression =>
    parts.reduce((all, part) => binder.call(name, [all, part]));
  const every = (op: string): Expression =>
    fold(
      'and',
      left.map((_, i) => pair(i, op)),
    );
  switch (operator) {
    case '=':
    case '<=>':
      return every(operator);
    case '<>':
      return binder.call('not', [every('=')]);
    default: {
      const strict = operator.startsWith('<') ? '<' : '>';
      let result = pair(left.length - 1, operator);
      for (let i = left.length - 2; i >= 0; i--) {
        result = binder.call('or', [pair(i, strict), binder.call('and', [pair(i, '='), result])]);
      }
      return result;
    }
  }
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
