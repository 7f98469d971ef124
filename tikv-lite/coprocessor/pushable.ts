/** What a store can compute: expressions all of whose parts have a form in tipb, with exactly the same meaning. */

import type { AggregateDescriptor, CallExpression, Expression } from '../../engine/index.ts';
import { signatureOf } from './signatures.ts';

const PARTIAL_AGGREGATES: ReadonlySet<string> = new Set([
  'count',
  'sum',
  'min',
  'max',
  'any_value',
  'bit_and',
  'bit_or',
  'bit_xor',
]);

export function isPushable(expression: Expression): boolean {
  switch (expression.kind) {
    case 'column':
      return true;
    case 'parameter':
      return expression.type.class !== 'json';
    case 'constant':
      return expression.type.class !== 'json' && expression.isHexLiteral !== true;
    case 'call': {
      if (expression.type.class === 'json' || signatureOf(expression) === undefined) return false;
      return expression.args.every(isPushable) && (expression.name !== 'like' || hasPlainEscape(expression));
    }
  }
}

/** LIKE's escape is one character; without one it is the backslash. */
function hasPlainEscape({ args }: CallExpression): boolean {
  const mark = args[2];
  if (mark === undefined) return true;
  return mark.kind === 'constant' && typeof mark.value === 'string' && mark.value.length === 1;
}

/**
 * Whether the partial half of an aggregate can run on a store. Sums of doubles cannot: they depend on the order of
 * addition, and with it on where pages and regions end.
 */
export function isPushableAggregate({ name, args, distinct, type }: AggregateDescriptor): boolean {
  if (distinct || !PARTIAL_AGGREGATES.has(name) || type.class === 'json') return false;
  if (name === 'sum' && type.class === 'real') return false;
  if (name === 'count' && args.length > 1) return false;
  return args.every(isPushable);
}
