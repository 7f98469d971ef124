/** Is a condition never true when some columns are all NULL? Then an outer join below it can be an inner join. */

import type { Expression } from '../../../engine/index.ts';

/** Functions that answer NULL when any argument is NULL. */
const STRICT: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '+',
  '-',
  '*',
  '/',
  'div',
  '%',
  'unary -',
  'like',
  'not',
  'cast',
  'to decimal',
  'concat',
  'lower',
  'upper',
]);

function isNullWhenNull(expression: Expression, uids: ReadonlySet<number>): boolean {
  if (expression.kind === 'column') return uids.has(expression.index);
  if (expression.kind !== 'call') return false;
  if (STRICT.has(expression.name)) return expression.args.some((arg) => isNullWhenNull(arg, uids));
  const [first] = expression.args;
  return expression.name === 'in' && first !== undefined && isNullWhenNull(first, uids);
}

export function rejectsNull(condition: Expression, uids: ReadonlySet<number>): boolean {
  if (condition.kind === 'call') {
    if (condition.name === 'and') return condition.args.some((arg) => rejectsNull(arg, uids));
    if (condition.name === 'or') return condition.args.every((arg) => rejectsNull(arg, uids));
    const [inner] = condition.args;
    if (condition.name === 'not' && inner?.kind === 'call' && inner.name === 'is null') {
      return inner.args.some((arg) => isNullWhenNull(arg, uids));
    }
    if (condition.name === 'is not null') return condition.args.some((arg) => isNullWhenNull(arg, uids));
  }
  return isNullWhenNull(condition, uids);
}
