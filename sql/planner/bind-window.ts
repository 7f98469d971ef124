/** Window functions: calls with the same window are evaluated by one WindowPlan. */

import { type Expression, sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { ExpressionBinder } from './bind-expression.ts';

export function bindWindowCall(
  binder: ExpressionBinder,
  node: ast.WindowFunction | ast.AggregateFunction,
): Expression {
  if (binder.windows === undefined) throw sqlErrors.windowInvalidWindowFuncUse(node.name);
  throw sqlErrors.notSupportedYet('window functions');
}
