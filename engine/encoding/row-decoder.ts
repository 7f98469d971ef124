/**
 * Reads wanted columns out of rows in format v2. One decoder per (table, wanted columns), shared by all sessions.
 *
 * Columns that a row does not hold come from the row's handle (primary key columns of clustered tables) or are the
 * column's origin default (the row is older than the column).
 */

import { AssertionError, assert } from '../../base/index.ts';
import type { TimeZone } from '../expression/evaluation-context.ts';
import type { ColumnInfo, TableInfo } from '../schema/schema.ts';
import { DateTime } from '../types/date-time.ts';
import { canonicalInt, type Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import { decodeDecimalBinary } from './decimal-binary.ts';
import { decodeJson } from './json-binary.ts';
import { decodeKeyDatum, needsRestoredData } from './key-datum.ts';
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
import { decodeIntHandle, type Handle } from './table-keys.ts';
import { timestampFromUtc } from './time-zone-shift.ts';

const TWO_32 = 0x1_0000_0000;
const SIGN_BIT = 0x80000000;
const NANOS_PER_MICRO = 1000;
const SHORT_TEXT = 12;

/** Where the primary key's columns lie in a table's handles. */
export interface HandleLayout {
  /** Column offsets in the order of the encoded primary key; one for an integer handle, none for hidden row ids. */
  readonly columnOffsets: readonly number[];
  readonly isInt: boolean;
}

export function handleLayoutOf(table: TableInfo): HandleLayout {
  const primary = table.indexes.find((index) => index.primary);
  if (table.isCommonHandle) {
    assert(primary !== undefined, 'a clustered table has a primary key');
    return { columnOffsets: primary.columns.map((column) => column.columnOffset), isInt: false };
  }
  const offset = table.pkIsHandle ? primary?.columns[0]?.columnOffset : undefined;
  return { columnOffsets: offset === undefined ? [] : [offset], isInt: true };
}

/** True when `column` is fully told by the handle, so that the row's value does not repeat it. */
export function isStoredInHandle(table: TableInfo, column: ColumnInfo): boolean {
  const layout = handleLayoutOf(table);
  const part = layout.columnOffsets.indexOf(column.offset);
  if (part < 0) return false;
  if (layout.isInt) return true;
  const primary = table.indexes.find((index) => index.primary);
  return primary?.columns[part]?.prefixLength === -1 && !needsRestoredData(column.type);
}

export class RowDecoder {
  readonly #ids: readonly number[];
  readonly #types: readonly FieldType[];
  readonly #layouts: readonly ValueLayout[];
  readonly #defaults: readonly Datum[];
  /** Part of the handle that holds the column; −1 for none. */
  readonly #handleParts: readonly number[];
  readonly #handleTypes: readonly FieldType[];
  readonly #intHandle: boolean;
  readonly #anyInHandle: boolean;
  /** Where each column stood in the last row: rows of a table mostly look alike. */
  readonly #hints: number[];

  /** Decodes `columns` of `table`, in that order. */
  constructor(table: TableInfo, columns: readonly ColumnInfo[]) {
    const layout = handleLayoutOf(table);
    this.#ids = columns.map((column) => column.id);
    this.#types = columns.map((column) => column.type);
    this.#layouts = this.#types.map(layoutOf);
    this.#defaults = columns.map((column) => column.originDefault ?? null);
    this.#handleParts = columns.map((column) =>
      isStoredInHandle(table, column) ? layout.columnOffsets.indexOf(column.offset) : -1,
    );
    this.#anyInHandle = this.#handleParts.some((part) => part >= 0);
    this.#handleTypes = layout.columnOffsets.map((offset) => (table.columns[offset] as ColumnInfo).type);
    this.#intHandle = layout.isInt;
    this.#hints = columns.map(() => 0);
  }

  /** The wanted columns of one row. `zone` is the session's, for TIMESTAMP. */
  decode(handle: Handle, row: Uint8Array, zone: TimeZone): Datum[] {
    const values: Datum[] = new Array(this.#ids.length);
    const reader = openRow(row);
    const handleValues = this.#anyInHandle ? this.#readHandle(handle, zone) : undefined;
    for (let i = 0; i < values.length; i++) values[i] = this.#column(reader, i, handleValues, zone);
    return values;
  }

  /** Appends the wanted columns of one row to `vectors`, one array per column. */
  appendTo(vectors: readonly Datum[][], handle: Handle, row: Uint8Array, zone: TimeZone): void {
    const reader = openRow(row);
    const handleValues = this.#anyInHandle ? this.#readHandle(handle, zone) : undefined;
    for (let i = 0; i < vectors.length; i++) {
      (vectors[i] as Datum[]).push(this.#column(reader, i, handleValues, zone));
    }
  }

  #column(row: OpenRow, i: number, handleValues: readonly Datum[] | undefined, zone: TimeZone): Datum {
    const part = this.#handleParts[i] as number;
    if (part >= 0) return (handleValues as readonly Datum[])[part] as Datum;
    const id = this.#ids[i] as number;
    let slot = this.#hints[i] as number;
    if (slot >= row.notNulls || row.idAt(slot) !== id) {
      slot = row.find(id, 0, row.notNulls);
      if (slot < 0) return row.find(id, row.notNulls, row.count) >= 0 ? null : this.#default(i, zone);
      this.#hints[i] = slot;
    }
    return readValue(row, row.startOf(slot), row.endOf(slot), this.#layouts[i] as ValueLayout, zone);
  }

  #default(i: number, zone: TimeZone): Datum {
    const value = this.#defaults[i] as Datum;
    return value !== null && this.#layouts[i] === LAYOUT_TIMESTAMP ? timestampFromUtc(value as DateTime, zone) : value;
  }

  #readHandle(handle: Handle, zone: TimeZone): Datum[] {
    return decodeHandle(handle, this.#handleTypes, this.#intHandle, zone);
  }
}

/** The primary key values that a handle holds, as far as they can be read back. */
export function decodeHandle(handle: Handle, types: readonly FieldType[], isInt: boolean, zone: TimeZone): Datum[] {
  const [first] = types;
  if (isInt) return first === undefined ? [] : [decodeIntHandle(handle, first.unsigned)];
  const values: Datum[] = [];
  let at = 0;
  for (const type of types) {
    const { value, end } = decodeKeyDatum(handle, at, type);
    values.push(type.name === 'timestamp' && value !== null ? timestampFromUtc(value as DateTime, zone) : value);
    at = end;
  }
  return values;
}

/** One row being read. A single instance is reused: decoding never waits. */
class OpenRow {
  bytes: Buffer = Buffer.alloc(0);
  notNulls = 0;
  count = 0;
  #large = false;
  #offsetsAt = 0;
  #dataAt = 0;

  open(bytes: Buffer): void {
    if (bytes[0] !== ROW_VERSION) throw new AssertionError(`row format ${bytes[0]} is not known`);
    this.bytes = bytes;
    this.#large = ((bytes[1] as number) & LARGE_FLAG) !== 0;
    this.notNulls = u16(bytes, 2);
    this.count = this.notNulls + u16(bytes, 4);
    this.#offsetsAt = HEADER_BYTES + this.count * (this.#large ? 4 : 1);
    this.#dataAt = this.#offsetsAt + this.notNulls * (this.#large ? 4 : 2);
  }

  idAt(slot: number): number {
    return this.#large ? u32(this.bytes, HEADER_BYTES + slot * 4) : (this.bytes[HEADER_BYTES + slot] as number);
  }

  /** Binary search among the ids of slots from … to − 1; −1 when absent. */
  find(id: number, from: number, to: number): number {
    let low = from;
    let high = to - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = this.idAt(middle);
      if (found === id) return middle;
      if (found < id) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  startOf(slot: number): number {
    return slot === 0 ? this.#dataAt : this.endOf(slot - 1);
  }

  endOf(slot: number): number {
    const at = this.#offsetsAt;
    return this.#dataAt + (this.#large ? u32(this.bytes, at + slot * 4) : u16(this.bytes, at + slot * 2));
  }
}

const opened = new OpenRow();

function openRow(row: Uint8Array): OpenRow {
  opened.open(Buffer.isBuffer(row) ? row : Buffer.from(row.buffer, row.byteOffset, row.byteLength));
  return opened;
}

function readValue(row: OpenRow, start: number, end: number, layout: ValueLayout, zone: TimeZone): Datum {
  const { bytes } = row;
  switch (layout) {
    case LAYOUT_INT:
      return readInt(bytes, start, end);
    case LAYOUT_UINT:
      return readUint(bytes, start, end);
    case LAYOUT_TEXT:
      return readText(bytes, start, end);
    case LAYOUT_BYTES:
      return Uint8Array.prototype.slice.call(bytes, start, end);
    case LAYOUT_DATETIME:
      return readPacked(bytes, start, end);
    case LAYOUT_TIMESTAMP:
      return timestampFromUtc(readPacked(bytes, start, end), zone);
    case LAYOUT_TIME:
      return Number(readInt(bytes, start, end)) / NANOS_PER_MICRO;
    case LAYOUT_REAL:
      return readReal(bytes, start);
    case LAYOUT_DECIMAL:
      return decodeDecimalBinary(
        (index) => bytes[index] as number,
        start + 2,
        bytes[start] as number,
        bytes[start + 1] as number,
      );
    case LAYOUT_JSON:
      return decodeJson(bytes.subarray(start, end));
    default:
      throw new AssertionError(`unknown value layout ${layout}`);
  }
}

function u16(bytes: Buffer, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
}

function u32(bytes: Buffer, at: number): number {
  return (u16(bytes, at) | (u16(bytes, at + 2) << 16)) >>> 0;
}

function readInt(bytes: Buffer, start: number, end: number): number | bigint {
  switch (end - start) {
    case 1:
      return ((bytes[start] as number) << 24) >> 24;
    case 2:
      return (u16(bytes, start) << 16) >> 16;
    case 4:
      return u32(bytes, start) | 0;
    default: {
      const high = u32(bytes, start + 4) | 0;
      const low = u32(bytes, start);
      if (high >= -0x200000 && high < 0x200000) {
        const value = high * TWO_32 + low;
        if (value >= -Number.MAX_SAFE_INTEGER) return value;
      }
      return canonicalInt((BigInt(high) << 32n) | BigInt(low));
    }
  }
}

function readUint(bytes: Buffer, start: number, end: number): number | bigint {
  switch (end - start) {
    case 1:
      return bytes[start] as number;
    case 2:
      return u16(bytes, start);
    case 4:
      return u32(bytes, start);
    default: {
      const high = u32(bytes, start + 4);
      const low = u32(bytes, start);
      return high < 0x200000 ? high * TWO_32 + low : (BigInt(high) << 32n) | BigInt(low);
    }
  }
}

function readPacked(bytes: Buffer, start: number, end: number): DateTime {
  if (end - start === 8) return DateTime.fromPacked(u32(bytes, start + 4), u32(bytes, start));
  return DateTime.fromPacked(0, readUint(bytes, start, end) as number);
}

function readText(bytes: Buffer, start: number, end: number): string {
  if (end - start <= SHORT_TEXT) {
    let text = '';
    let i = start;
    for (; i < end; i++) {
      const code = bytes[i] as number;
      if (code > 127) break;
      text += String.fromCharCode(code);
    }
    if (i === end) return text;
  }
  return bytes.toString('utf8', start, end);
}

function readReal(bytes: Buffer, start: number): number {
  const high = bytes.readUInt32BE(start);
  const low = bytes.readUInt32BE(start + 4);
  const positive = high >= SIGN_BIT;
  realView.setUint32(0, positive ? high ^ SIGN_BIT : ~high);
  realView.setUint32(4, positive ? low : ~low);
  return realView.getFloat64(0);
}

const realView = new DataView(new ArrayBuffer(8));
