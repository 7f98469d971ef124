/** The value of an integer literal, with or without a minus in front: result types depend on such arguments. */

import type { Expression } from '../expression.ts';

/** Undefined for anything that is not a literal number; NULL counts as 0. */
export function constantNumber(expression: Expression): number | undefined {
  if (expression.kind === 'constant') {
    const { value } = expression;
    if (value === null) return 0;
    return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
  }
  if (expression.kind !== 'call' || expression.name !== 'unary -') return undefined;
  const inner = constantNumber(expression.args[0]!);
  return inner === undefined ? undefined : 0 - inner;
}
