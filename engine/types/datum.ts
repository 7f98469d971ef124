/**
 * One SQL value in memory. The `TypeClass` of its FieldType says which variant it is:
 *
 * | class    | representation |
 * |----------|----------------|
 * | any      | `null` for SQL NULL |
 * | int      | `number` while |value| ≤ 2^53 − 1, else `bigint`: always in this canonical form, so `===` is equality (BIT and YEAR too) |
 * | real     | `number`, never NaN or ±Infinity |
 * | decimal  | `Decimal`, exact |
 * | string   | JS `string` (text, whatever the column's character set) |
 * | bytes    | `Uint8Array` |
 * | datetime | `DateTime` (DATE, DATETIME; TIMESTAMP in the session's time zone once it left the row) |
 * | time     | `number`: microseconds, negative before zero |
 * | enum     | `number`: 1-based member, 0 for the error value '' |
 * | set      | `number | bigint`: bit mask in canonical int form |
 * | json     | `Json` |
 *
 * Values are immutable and may be shared.
 */

import type { DateTime } from './date-time.ts';
import type { Decimal } from './decimal.ts';
import type { Json } from './json.ts';

export type Datum = null | number | bigint | string | Uint8Array | Decimal | DateTime | Json;

/** Brings an integer into its canonical form: a number while it is safe, else a bigint. */
export function canonicalInt(value: bigint): number | bigint {
  return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
}
