/** Row comparisons, item by item under MySQL's rules. */

import { type Expression, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';

export function rowItems(node: ast.Expression): readonly ast.Expression[] | undefined {
  return node.kind === 'row' ? node.items : undefined;
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
