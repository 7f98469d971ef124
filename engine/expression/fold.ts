/** Constant folding: calls whose arguments are all constants become constants. */

import { coercibilityOf } from './collation-aggregation.ts';
import { compileExpression } from './compile.ts';
import { NO_ROW } from './compiled-node.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import type { Expression } from './expression.ts';
import { findFunction } from './registry.ts';

/**
 * Replaces constant sub-trees by their values. Parameters are not constants: their values change between executions.
 * A sub-tree whose evaluation warns or throws stays as it is, so that the message appears when (and if) a row needs it.
 */
export function foldConstants(expression: Expression, context: EvaluationContext): Expression {
  if (expression.kind !== 'call') return expression;
  let changed = false;
  const args = expression.args.map((arg) => {
    const folded = foldConstants(arg, context);
    if (folded !== arg) changed = true;
    return folded;
  });
  const call = changed ? { ...expression, args } : expression;
  if (findFunction(call.name)?.pure !== true || !args.every((arg) => arg.kind === 'constant')) return call;
  let warned = false;
  const quiet: EvaluationContext = Object.create(context, {
    warn: { value: () => (warned = true) },
    warnError: { value: () => (warned = true) },
  });
  try {
    const value = compileExpression(call).evaluateRow(NO_ROW, quiet);
    if (warned) return call;
    return { kind: 'constant', value, type: call.type, coercibility: coercibilityOf(call) };
  } catch {
    return call;
  }
}
