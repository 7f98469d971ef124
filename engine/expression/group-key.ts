/**
 * Keys under which equal values (in the sense of `=` of their type) meet in a Map: GROUP BY, DISTINCT, hash joins, IN.
 * A key is a number, bigint or string; keys of different types are never mixed in one map.
 */

import type { Collation } from '../charset/collation.ts';
import type { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Json } from '../types/json.ts';
import { jsonGroupKey } from './json/group-key-json.ts';
import { binaryStringOf } from './text/binary-string.ts';

export type GroupKey = number | bigint | string;

/** The key function of non-null values of a type. */
export function groupKeyOf(type: FieldType): (value: Datum) => GroupKey {
  switch (type.class) {
    case 'real':
      return (value) => (value as number) + 0;
    case 'decimal':
      return (value) => decimalKey(value as Decimal);
    case 'string': {
      const { collation } = type;
      if (collation.isBinary && !collation.padSpace) return (value) => value as string;
      return textKey(collation);
    }
    case 'bytes':
      return (value) => binaryStringOf(value as Uint8Array);
    case 'datetime':
      return (value) => datetimeKey(value as DateTime);
    case 'json':
      return (value) => jsonGroupKey((value as Json).root);
    default:
      return (value) => value as number | bigint;
  }
}

/** Whole seconds as a number; date and microseconds together would leave the safe integers. */
function datetimeKey(value: DateTime): GroupKey {
  const { date, micros } = value;
  return micros % 1_000_000 === 0 ? date * 86_400 + micros / 1_000_000 : `${date}.${micros}`;
}

/** Entries of the memory below. When it is full and was seldom of use, it is given up. */
const REMEMBERED_TEXTS = 16_384;

/** ASCII text is cheap; keys of other texts that come again and again are remembered, until texts hardly repeat. */
function textKey(collation: Collation): (value: Datum) => GroupKey {
  const known = new Map<string, string>();
  let misses = 0;
  let hits = 0;
  return (value) => {
    const text = value as string;
    const ascii = collation.asciiGroupKey(text);
    if (ascii !== undefined) return ascii;
    if (misses >= REMEMBERED_TEXTS && hits < misses) return collation.groupKey(text);
    const remembered = known.get(text);
    if (remembered !== undefined) {
      hits++;
      return remembered;
    }
    misses++;
    if (known.size >= REMEMBERED_TEXTS) known.clear();
    const key = collation.groupKey(text);
    known.set(text, key);
    return key;
  };
}

function decimalKey(value: Decimal): GroupKey {
  if (value.scale === 0) return value.coefficient;
  const { coefficient, scale } = value.normalized();
  return scale === 0 ? coefficient : `${coefficient}e${scale}`;
}

/** One string for several key parts, NULL included; equal rows give equal strings and only they. */
export function compositeKey(parts: readonly (GroupKey | null)[]): string {
  let key = '';
  for (const part of parts) {
    if (part === null) key += 'n;';
    else if (typeof part === 'string') key += `s${part.length}:${part}`;
    else key += `${part};`;
  }
  return key;
}
