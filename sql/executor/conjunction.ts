/** A list of bound conditions as one expression; balanced, so that long lists stay shallow. */

import { type Expression, fieldTypes } from '../../engine/index.ts';

export function conjunction(conditions: readonly Expression[]): Expression {
  if (conditions.length === 0) return { kind: 'constant', value: 1, type: fieldTypes.boolean() };
  if (conditions.length === 1) return conditions[0] as Expression;
  const middle = conditions.length >> 1;
  const args = [conjunction(conditions.slice(0, middle)), conjunction(conditions.slice(middle))];
  return { kind: 'call', name: 'and', args, type: { ...fieldTypes.boolean(), nullable: true } };
}
