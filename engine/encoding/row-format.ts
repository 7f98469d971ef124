/**
 * TiDB's row format v2:
 * `128 ‖ flags ‖ u16 not-null ‖ u16 null ‖ ids of not-null values, then of nulls, each ascending ‖ end offsets ‖ values`.
 * Ids take one byte and offsets two; in a large row (bit 0 of the flags) four each. Little-endian.
 *
 * How a value lies in the row, by type class: int, enum, set, bit in 1, 2, 4 or 8 bytes; datetime packed as such a
 * number; time as nanoseconds; real in its memcomparable form; decimal with precision and scale; strings as UTF-8.
 */

import type { FieldType } from '../types/field-type.ts';

export const ROW_VERSION = 128;
export const LARGE_FLAG = 1;
export const HEADER_BYTES = 6;

/** How values of a column are laid out. Small integers, so that the hot loops can switch on them. */
export type ValueLayout = number;
export const LAYOUT_INT = 0;
export const LAYOUT_UINT = 1;
export const LAYOUT_TEXT = 2;
export const LAYOUT_BYTES = 3;
export const LAYOUT_DATETIME = 4;
export const LAYOUT_TIMESTAMP = 5;
export const LAYOUT_TIME = 6;
export const LAYOUT_REAL = 7;
export const LAYOUT_DECIMAL = 8;
export const LAYOUT_JSON = 9;

export function layoutOf(type: FieldType): ValueLayout {
  switch (type.class) {
    case 'int':
      return type.unsigned && type.name !== 'year' ? LAYOUT_UINT : LAYOUT_INT;
    case 'enum':
    case 'set':
      return LAYOUT_UINT;
    case 'string':
    case 'null':
      return LAYOUT_TEXT;
    case 'bytes':
      return LAYOUT_BYTES;
    case 'datetime':
      return type.name === 'timestamp' ? LAYOUT_TIMESTAMP : LAYOUT_DATETIME;
    case 'time':
      return LAYOUT_TIME;
    case 'real':
      return LAYOUT_REAL;
    case 'decimal':
      return LAYOUT_DECIMAL;
    case 'json':
      return LAYOUT_JSON;
  }
}
