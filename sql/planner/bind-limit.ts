/** LIMIT and OFFSET: constants or parameters, never columns. */

import type { Expression } from '../../engine/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import type * as ast from '../parser/ast.ts';
import type { BindContext } from './bind-context.ts';
import { bindLiteral } from './bind-literal.ts';

export interface BoundLimit {
  readonly count: Expression;
  readonly offset: Expression | undefined;
}

export function bindLimit(context: BindContext, limit: ast.Limit): BoundLimit {
  return {
    count: rowCount(context, limit.count),
    offset: limit.offset === undefined ? undefined : rowCount(context, limit.offset),
  };
}

function rowCount(context: BindContext, node: ast.Expression): Expression {
  if (node.kind === 'integer' || node.kind === 'parameter') return bindLiteral(node, context, false);
  throw sqlErrors.wrongArguments('LIMIT');
}
