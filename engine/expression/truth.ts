/** SQL truth of a value: 1, 0, or null for unknown. Strings count as the number they start with. */

import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import { castTo } from './cast/implicit-cast.ts';
import type { Expression } from './expression.ts';
import { binaryCollation, booleanType, withNullable } from './result-types.ts';

export type Truth = 0 | 1 | null;

/** Makes a condition of any expression: one whose class `truthOf` knows. */
export function asTruthValue(expression: Expression): Expression {
  switch (expression.type.class) {
    case 'int':
    case 'real':
    case 'decimal':
    case 'null':
    case 'time':
      return expression;
    case 'enum':
    case 'set':
      return castTo(expression, 'int', binaryCollation);
    case 'json': {
      const type = withNullable(booleanType(), expression.type.nullable);
      return { kind: 'call', name: 'json truth', args: [expression], type };
    }
    default:
      return castTo(expression, 'real', binaryCollation);
  }
}

/** The truth of values of a numeric type. */
export function truthOf(type: FieldType): (value: Datum) => Truth {
  if (type.class === 'decimal') {
    return (value) => (value === null ? null : (value as Decimal).coefficient === 0 ? 0 : 1);
  }
  return (value) => (value === null ? null : value === 0 ? 0 : 1);
}
