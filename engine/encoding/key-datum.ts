/**
 * One SQL value inside a key: a type flag and a memcomparable payload (TiDB's codec). NULL sorts first. A descending
 * index part is the same bytes inverted, flag included, so that its order is exactly the reverse.
 *
 * Strings are written as the UTF-8 text under collations whose equality is byte equality and under `_bin` collations
 * (without trailing spaces under PAD SPACE) of Unicode character sets, else as the collation's sort key, from which the text cannot be read back.
 * TIMESTAMP values are expected in UTC.
 */

import {
  AssertionError,
  type Decoded,
  decodeBytes,
  decodeDouble,
  decodeInt64,
  decodeUint64Int,
  encodeBytes,
  encodeDouble,
  encodeInt64,
  encodeUint64,
  encodeUint64Halves,
  invertBytes,
  skipBytes,
} from '../../base/index.ts';
import { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import { decimalBinarySize, decodeDecimalBinary, encodeDecimalBinary } from './decimal-binary.ts';
import { binaryToBytes, binaryToText, bytesToBinary, textToBinary } from './text-bytes.ts';

export const NULL_FLAG = '\x00';
const BYTES_FLAG = '\x01';
const INT_FLAG = '\x03';
const UINT_FLAG = '\x04';
const FLOAT_FLAG = '\x05';
const DECIMAL_FLAG = '\x06';
const DURATION_FLAG = '\x07';
/** Lies behind NULL and before every other value. */
export const MIN_NOT_NULL_KEY = '\x01';
/** Lies behind every value. */
export const MAX_VALUE_KEY = '\xfa';

const NANOS_PER_MICRO = 1000;

/** True when the text under this type cannot be read back from a key, so that it must be stored beside it. */
export function needsRestoredData(type: FieldType): boolean {
  return type.class === 'string' && (type.collation.padSpace || !keepsText(type));
}

function keepsText(type: FieldType): boolean {
  const { collation } = type;
  return collation.isBinary || (collation.name.endsWith('_bin') && collation.charset.startsWith('utf8mb'));
}

/** The key bytes of a string under its collation, before grouping. */
export function textKey(text: string, type: FieldType): string {
  return type.collation.isBinary ? textToBinary(text) : type.collation.sortKey(text);
}

export function encodeKeyDatum(value: Datum, type: FieldType): string {
  if (value === null) return NULL_FLAG;
  switch (type.class) {
    case 'int':
      return type.unsigned && type.name !== 'year'
        ? UINT_FLAG + encodeUint64(value as number | bigint)
        : INT_FLAG + encodeInt64(value as number | bigint);
    case 'string':
      return BYTES_FLAG + encodeBytes(textKey(value as string, type));
    case 'bytes':
      return BYTES_FLAG + encodeBytes(bytesToBinary(value as Uint8Array));
    case 'datetime': {
      const time = value as DateTime;
      return UINT_FLAG + encodeUint64Halves(time.packedHigh, time.packedLow);
    }
    case 'decimal':
      return DECIMAL_FLAG + encodeDecimalKey(value as Decimal, type);
    case 'real':
      return FLOAT_FLAG + encodeDouble(value as number);
    case 'time':
      return DURATION_FLAG + encodeInt64((value as number) * NANOS_PER_MICRO);
    case 'enum':
    case 'set':
      return UINT_FLAG + encodeUint64(value as number | bigint);
    default:
      throw new AssertionError(`a ${type.name} cannot be part of a key`);
  }
}

/** One index part in its direction. */
export function encodeKeyPart(value: Datum, type: FieldType, descending: boolean): string {
  const encoded = encodeKeyDatum(value, type);
  return descending ? invertBytes(encoded) : encoded;
}

function encodeDecimalKey(value: Decimal, type: FieldType): string {
  const precision = type.length > 0 ? type.length : 65;
  const scale = Math.max(0, type.scale);
  return String.fromCharCode(precision, scale) + encodeDecimalBinary(value, precision, scale);
}

/** Reads back what `encodeKeyDatum` wrote; for strings the key text, which is the value only when it keeps its text. */
export function decodeKeyDatum(key: string, at: number, type: FieldType): Decoded<Datum> {
  const flag = key[at];
  const body = at + 1;
  switch (flag) {
    case NULL_FLAG:
      return { value: null, end: body };
    case INT_FLAG:
      return { value: decodeInt64(key, body), end: body + 8 };
    case UINT_FLAG:
      return { value: decodeUnsigned(key, body, type), end: body + 8 };
    case FLOAT_FLAG:
      return { value: decodeDouble(key, body), end: body + 8 };
    case DURATION_FLAG:
      return { value: Number(decodeInt64(key, body)) / NANOS_PER_MICRO, end: body + 8 };
    case BYTES_FLAG: {
      const { value, end } = decodeBytes(key, body);
      return { value: type.class === 'bytes' ? binaryToBytes(value) : binaryToText(value), end };
    }
    case DECIMAL_FLAG: {
      const precision = key.charCodeAt(body);
      const scale = key.charCodeAt(body + 1);
      const value = decodeDecimalBinary((index) => key.charCodeAt(index), body + 2, precision, scale);
      return { value, end: body + 2 + decimalBinarySize(precision, scale) };
    }
    default:
      throw new AssertionError(`unknown type flag ${flag?.charCodeAt(0)} in a key`);
  }
}

function decodeUnsigned(key: string, at: number, type: FieldType): Datum {
  if (type.class !== 'datetime') return decodeUint64Int(key, at);
  return DateTime.fromPacked(readWord(key, at), readWord(key, at + 4));
}

function readWord(key: string, at: number): number {
  return (
    ((key.charCodeAt(at) << 24) |
      (key.charCodeAt(at + 1) << 16) |
      (key.charCodeAt(at + 2) << 8) |
      key.charCodeAt(at + 3)) >>>
    0
  );
}

/** Reads one index part; the end is that of the part in `key`. */
export function decodeKeyPart(key: string, at: number, type: FieldType, descending: boolean): Decoded<Datum> {
  if (!descending) return decodeKeyDatum(key, at, type);
  const end = skipKeyPart(key, at, true);
  return { value: decodeKeyDatum(invertBytes(key.slice(at, end)), 0, type).value, end };
}

/** Where the part at `at` ends. */
export function skipKeyPart(key: string, at: number, descending: boolean): number {
  if (descending) return at + skipKeyPart(invertBytes(key.slice(at)), 0, false);
  switch (key[at]) {
    case NULL_FLAG:
      return at + 1;
    case BYTES_FLAG:
      return skipBytes(key, at + 1);
    case DECIMAL_FLAG:
      return at + 3 + decimalBinarySize(key.charCodeAt(at + 1), key.charCodeAt(at + 2));
    case INT_FLAG:
    case UINT_FLAG:
    case FLOAT_FLAG:
    case DURATION_FLAG:
      return at + 9;
    default:
      throw new AssertionError(`unknown type flag ${key.charCodeAt(at)} in a key`);
  }
}
