/**
 * A batch: rows as columns. The unit that operators hand to each other and that expressions are evaluated on.
 *
 * A `Vector` holds one column's values in the representation of `datum.ts`. The row store decodes straight into such
 * vectors; a columnar source may bring vectors of another `kind` later, so code outside `engine/vector` and the kernels
 * reads values through `at` or takes `values` only after checking `kind`.
 */

import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';

/** Values in a plain array: entry i is row i. */
export interface Vector {
  readonly kind: 'plain';
  readonly type: FieldType;
  readonly values: Datum[];
}

/** Equal-length vectors. Owned by the consumer once handed over; the producer keeps no reference. */
export interface Batch {
  readonly length: number;
  readonly columns: readonly Vector[];
}
