/** Order of non-null values of one type: sorting, MIN and MAX, comparisons, merge of sorted inputs. */

import type { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Json } from '../types/json.ts';
import { compareBytes } from './compare-bytes.ts';
import { compareJson } from './json/compare-json.ts';

/** Negative, zero or positive; both values are of the type the comparator was made for, and not null. */
export type Comparator = (left: Datum, right: Datum) => number;

export function compareNumbers(left: Datum, right: Datum): number {
  return (left as number) < (right as number) ? -1 : (left as number) > (right as number) ? 1 : 0;
}

export function comparatorOf(type: FieldType): Comparator {
  switch (type.class) {
    case 'decimal':
      return (left, right) => (left as Decimal).compare(right as Decimal);
    case 'string': {
      const { collation } = type;
      return (left, right) => (left === right ? 0 : collation.compare(left as string, right as string));
    }
    case 'bytes':
      return (left, right) => compareBytes(left as Uint8Array, right as Uint8Array);
    case 'datetime':
      return (left, right) => (left as DateTime).compare(right as DateTime);
    case 'json':
      return (left, right) => compareJson((left as Json).root, (right as Json).root);
    default:
      return compareNumbers;
  }
}

/** Extends a comparator to NULL, which sorts before every value. */
export function nullsFirst(compare: Comparator): Comparator {
  return (left, right) => {
    if (left === null) return right === null ? 0 : -1;
    return right === null ? 1 : compare(left, right);
  };
}
