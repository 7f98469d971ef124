/**
 * Values of other types in a column's key order. `floor` is the largest value of the column's type that is not greater
 * than the given one; `exact` says that they are equal. Outside the type's range there is no floor.
 */

import { type Datum, Decimal, type FieldType } from '../../engine/index.ts';

export type KeyBound =
  | { readonly kind: 'value'; readonly floor: Datum; readonly exact: boolean }
  | { readonly kind: 'below' }
  | { readonly kind: 'above' };

function exact(floor: Datum): KeyBound {
  return { kind: 'value', floor, exact: true };
}

/** `value` is not null. */
export function keyBound(value: Datum, from: FieldType, column: FieldType): KeyBound {
  if (column.class === 'int') return integerBound(value, from, column);
  if (column.class === 'decimal') return decimalBound(value, from, column);
  if (column.class === 'real') return exact(from.class === 'decimal' ? (value as Decimal).toNumber() : Number(value));
  return exact(value);
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

function integerBound(value: Datum, from: FieldType, column: FieldType): KeyBound {
  const low = column.unsigned ? 0n : INT64_MIN;
  const high = column.unsigned ? UINT64_MAX : INT64_MAX;
  if (from.class === 'int') {
    if (typeof value === 'number' && value >= 0) return exact(value);
    const int = BigInt(value as number | bigint);
    if (int < low) return { kind: 'below' };
    return int > high ? { kind: 'above' } : exact(value);
  }
  if (from.class === 'real') {
    const real = value as number;
    const floor = Math.floor(real);
    if (floor < Number(low)) return { kind: 'below' };
    if (floor >= Number(high)) return { kind: 'above' };
    const int = Number.isSafeInteger(floor) ? floor : BigInt(floor);
    return { kind: 'value', floor: int, exact: floor === real };
  }
  const decimal = value as Decimal;
  const floor = decimal.floor();
  const int = floor.toBigInt();
  if (int < low) return { kind: 'below' };
  if (int > high) return { kind: 'above' };
  const canonical = int >= -9007199254740991n && int <= 9007199254740991n ? Number(int) : int;
  return { kind: 'value', floor: canonical, exact: floor.compare(decimal) === 0 };
}

/** Digits beyond the column's scale are cut off, so `exact` is false and the bound stays on the low side. */
function decimalBound(value: Datum, from: FieldType, column: FieldType): KeyBound {
  const decimal =
    from.class === 'decimal'
      ? (value as Decimal)
      : from.class === 'int'
        ? Decimal.fromInt(value as number | bigint)
        : Decimal.fromDouble(value as number);
  const scaled = floorTo(decimal, column.scale);
  const digits = column.length - column.scale;
  if (scaled.integerDigits > digits) return { kind: decimal.sign < 0 ? 'below' : 'above' };
  return { kind: 'value', floor: scaled, exact: scaled.compare(decimal) === 0 };
}

function floorTo(value: Decimal, scale: number): Decimal {
  const cut = value.truncate(scale);
  if (value.sign >= 0 || cut.compare(value) === 0) return cut;
  return cut.sub(new Decimal(1, scale));
}
