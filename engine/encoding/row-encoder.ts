/** Writes rows in format v2 straight from values. One encoder per set of columns, shared by all sessions. */

import { AssertionError } from '../../base/index.ts';
import type { TimeZone } from '../expression/evaluation-context.ts';
import type { ColumnInfo } from '../schema/schema.ts';
import type { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { Decimal } from '../types/decimal.ts';
import type { FieldType } from '../types/field-type.ts';
import type { Json } from '../types/json.ts';
import { DECIMAL_GROUP_BYTES, encodeDecimalBinary } from './decimal-binary.ts';
import { encodeJson } from './json-binary.ts';
import {
  HEADER_BYTES,
  LARGE_FLAG,
  LAYOUT_BYTES,
  LAYOUT_DATETIME,
  LAYOUT_DECIMAL,
  LAYOUT_INT,
  LAYOUT_JSON,
  LAYOUT_REAL,
  LAYOUT_TEXT,
  LAYOUT_TIME,
  LAYOUT_TIMESTAMP,
  LAYOUT_UINT,
  layoutOf,
  ROW_VERSION,
  type ValueLayout,
} from './row-format.ts';
import { timestampToUtc } from './time-zone-shift.ts';

const TWO_32 = 0x1_0000_0000;
const SIGN_BIT = 0x80000000;
const NANOS_PER_MICRO = 1000;
/** Shorter ASCII text is cheaper to copy in a loop than through a native call. */
const SHORT_TEXT = 24;
const MAX_SMALL_DATA = 0xffff;
const INITIAL_SCRATCH_BYTES = 4096;
const POWERS = Array.from({ length: 10 }, (_, i) => 10 ** i);
const GROUP_UNIT = 1_000_000_000;
/** Largest bytes of a value that is neither text nor bytes nor JSON. */
const MAX_SCALAR_BYTES = 64;

/** The row under construction: one for the whole process, since encoding never waits. */
let scratch = Buffer.allocUnsafeSlow(INITIAL_SCRATCH_BYTES);
let view = new DataView(scratch.buffer);

function reserve(needed: number): void {
  if (needed <= scratch.length) return;
  const grown = Buffer.allocUnsafeSlow(Math.max(needed, scratch.length * 2));
  grown.set(scratch);
  scratch = grown;
  view = new DataView(grown.buffer);
}

export class RowEncoder {
  /** Positions in the input values, by ascending column id. */
  readonly #positions: readonly number[];
  readonly #ids: readonly number[];
  readonly #layouts: readonly ValueLayout[];
  readonly #types: readonly FieldType[];
  readonly #wideIds: boolean;

  /** `columns[i]` describes value i of the rows to come. */
  constructor(columns: readonly Pick<ColumnInfo, 'id' | 'type'>[]) {
    const positions = columns.map((_, i) => i).sort((a, b) => (columns[a]?.id ?? 0) - (columns[b]?.id ?? 0));
    const sorted = positions.map((position) => columns[position] as Pick<ColumnInfo, 'id' | 'type'>);
    this.#positions = positions;
    this.#ids = sorted.map((column) => column.id);
    this.#types = sorted.map((column) => column.type);
    this.#layouts = this.#types.map(layoutOf);
    this.#wideIds = this.#ids.some((id) => id > 255);
  }

  /** `zone` is the session's: TIMESTAMP values are stored in UTC. The buffer is the caller's. */
  encode(values: readonly Datum[], zone: TimeZone): Buffer {
    return this.#encode(values, zone, this.#wideIds) ?? (this.#encode(values, zone, true) as Buffer);
  }

  /** Undefined when the values turn out to need the large form. */
  #encode(values: readonly Datum[], zone: TimeZone, large: boolean): Buffer | undefined {
    const count = this.#ids.length;
    let nulls = 0;
    for (let i = 0; i < count; i++) if ((values[i] ?? null) === null) nulls++;
    const notNulls = count - nulls;
    const idSize = large ? 4 : 1;
    const offsetsAt = HEADER_BYTES + count * idSize;
    const dataAt = offsetsAt + notNulls * (large ? 4 : 2);
    reserve(dataAt + MAX_SCALAR_BYTES);
    let end = dataAt;
    let notNull = 0;
    let nullAt = notNulls;
    for (let i = 0; i < count; i++) {
      const value = values[this.#positions[i] as number] ?? null;
      const idAt = HEADER_BYTES + (value === null ? nullAt++ : notNull) * idSize;
      if (large) view.setUint32(idAt, this.#ids[i] as number, true);
      else scratch[idAt] = this.#ids[i] as number;
      if (value === null) continue;
      end = writeValue(value, this.#layouts[i] as ValueLayout, this.#types[i] as FieldType, zone, end);
      if (large) view.setUint32(offsetsAt + notNull * 4, end - dataAt, true);
      else view.setUint16(offsetsAt + notNull * 2, end - dataAt, true);
      notNull++;
    }
    if (!large && end - dataAt > MAX_SMALL_DATA) return undefined;
    scratch[0] = ROW_VERSION;
    scratch[1] = large ? LARGE_FLAG : 0;
    view.setUint16(2, notNulls, true);
    view.setUint16(4, nulls, true);
    const row = Buffer.allocUnsafe(end);
    scratch.copy(row, 0, 0, end);
    return row;
  }
}

/** Writes one value at `at` of the scratch and answers where it ends, with room for another scalar behind it. */
function writeValue(value: Datum, layout: ValueLayout, type: FieldType, zone: TimeZone, at: number): number {
  let end: number;
  switch (layout) {
    case LAYOUT_INT:
      end = writeInt(value as number | bigint, at);
      break;
    case LAYOUT_UINT:
      end = writeUint(value as number | bigint, at);
      break;
    case LAYOUT_TEXT:
      end = writeText(value as string, at);
      break;
    case LAYOUT_BYTES:
      end = writeBytes(value as Uint8Array, at);
      break;
    case LAYOUT_DATETIME:
      end = writePacked(value as DateTime, at);
      break;
    case LAYOUT_TIMESTAMP:
      end = writePacked(timestampToUtc(value as DateTime, zone), at);
      break;
    case LAYOUT_TIME:
      end = writeInt((value as number) * NANOS_PER_MICRO, at);
      break;
    case LAYOUT_REAL:
      end = writeReal(value as number, at);
      break;
    case LAYOUT_DECIMAL:
      end = writeDecimal(value as Decimal, type, at);
      break;
    case LAYOUT_JSON:
      end = writeBytes(encodeJson(value as Json), at);
      break;
    default:
      throw new AssertionError(`unknown value layout ${layout}`);
  }
  if (end + MAX_SCALAR_BYTES > scratch.length) reserve(end + MAX_SCALAR_BYTES);
  return end;
}

function writeInt(value: number | bigint, at: number): number {
  if (typeof value === 'bigint') {
    view.setBigInt64(at, value, true);
    return at + 8;
  }
  if (value >= -128 && value < 128) {
    scratch[at] = value;
    return at + 1;
  }
  if (value >= -32768 && value < 32768) {
    view.setInt16(at, value, true);
    return at + 2;
  }
  if (value >= -SIGN_BIT && value < SIGN_BIT) {
    view.setInt32(at, value, true);
    return at + 4;
  }
  view.setUint32(at, value >>> 0, true);
  view.setInt32(at + 4, Math.floor(value / TWO_32), true);
  return at + 8;
}

function writeUint(value: number | bigint, at: number): number {
  if (typeof value === 'bigint') {
    view.setBigUint64(at, value, true);
    return at + 8;
  }
  if (value < 256) {
    scratch[at] = value;
    return at + 1;
  }
  if (value < 65536) {
    view.setUint16(at, value, true);
    return at + 2;
  }
  view.setUint32(at, value >>> 0, true);
  if (value < TWO_32) return at + 4;
  view.setUint32(at + 4, Math.floor(value / TWO_32), true);
  return at + 8;
}

function writePacked(value: DateTime, at: number): number {
  const high = value.packedHigh;
  if (high === 0) return writeUint(value.packedLow, at);
  view.setUint32(at, value.packedLow, true);
  view.setUint32(at + 4, high, true);
  return at + 8;
}

function writeText(text: string, at: number): number {
  const length = text.length;
  if (length <= SHORT_TEXT) {
    let i = 0;
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) break;
      scratch[at + i] = code;
    }
    if (i === length) return at + length;
  }
  reserve(at + length * 3);
  return at + scratch.write(text, at, 'utf8');
}

function writeBytes(bytes: Uint8Array, at: number): number {
  reserve(at + bytes.length);
  scratch.set(bytes, at);
  return at + bytes.length;
}

/** The memcomparable form of a double. */
function writeReal(value: number, at: number): number {
  view.setFloat64(at, value + 0);
  const high = view.getUint32(at);
  if (high < SIGN_BIT) {
    view.setUint32(at, (high | SIGN_BIT) >>> 0);
    return at + 8;
  }
  view.setUint32(at, ~high >>> 0);
  view.setUint32(at + 4, ~view.getUint32(at + 4) >>> 0);
  return at + 8;
}

function writeDecimal(value: Decimal, type: FieldType, at: number): number {
  const precision = type.length > 0 ? type.length : 65;
  const scale = Math.max(0, type.scale);
  scratch[at] = precision;
  scratch[at + 1] = scale;
  const rounded = value.scale === scale ? value : value.round(scale);
  if (typeof rounded.coefficient === 'number' && scale <= 9 && precision - scale <= 18) {
    return writeSmallDecimal(rounded.coefficient, precision - scale, scale, at + 2);
  }
  const binary = encodeDecimalBinary(rounded, precision, scale);
  for (let i = 0; i < binary.length; i++) scratch[at + 2 + i] = binary.charCodeAt(i);
  return at + 2 + binary.length;
}

/** As `encodeDecimalBinary`, for at most two groups of integer digits and one of fraction digits. */
function writeSmallDecimal(coefficient: number, integerDigits: number, scale: number, at: number): number {
  const mask = coefficient < 0 ? 0xff : 0;
  const magnitude = Math.abs(coefficient);
  const unit = POWERS[scale] as number;
  const integer = Math.floor(magnitude / unit);
  let end = at;
  if (integerDigits > 9) {
    end = writeGroup(Math.floor(integer / GROUP_UNIT), integerDigits - 9, mask, end);
    end = writeGroup(integer % GROUP_UNIT, 9, mask, end);
  } else end = writeGroup(integer, integerDigits, mask, end);
  end = writeGroup(magnitude - integer * unit, scale, mask, end);
  scratch[at] = (scratch[at] as number) ^ 0x80;
  return end;
}

function writeGroup(value: number, digits: number, mask: number, at: number): number {
  const size = DECIMAL_GROUP_BYTES[digits] as number;
  for (let i = 0, shift = (size - 1) * 8; i < size; i++, shift -= 8) scratch[at + i] = ((value >>> shift) & 255) ^ mask;
  return at + size;
}
