/**
 * Entries of one secondary index, TiDB's layout.
 *
 * Key: `t` table-id `_i` index-id, then one part per column; a non-unique index, or a unique one with a NULL among the
 * values, ends in the row's handle. Value: the handle of a unique entry, and the original texts of columns whose key
 * part cannot be read back ("restored data", a row of format v2 inside the value).
 */

import { AssertionError, assert, type Key } from '../../base/index.ts';
import type { TimeZone } from '../expression/evaluation-context.ts';
import type { ColumnInfo, IndexInfo, TableInfo } from '../schema/schema.ts';
import type { DateTime } from '../types/date-time.ts';
import type { Datum } from '../types/datum.ts';
import type { FieldType } from '../types/field-type.ts';
import { decodeKeyPart, encodeKeyDatum, encodeKeyPart, needsRestoredData, skipKeyPart } from './key-datum.ts';
import { RowDecoder } from './row-decoder.ts';
import { RowEncoder } from './row-encoder.ts';
import { ROW_VERSION } from './row-format.ts';
import { type Handle, handleInIndexKey, INDEX_VALUES_START, indexPrefix } from './table-keys.ts';
import { timestampFromUtc, timestampToUtc } from './time-zone-shift.ts';

const VERSION_FLAG = 125;
const COMMON_HANDLE_FLAG = 127;
const CLUSTERED_VERSION = 1;
/** Values with options are padded to this length, so that no reader takes them for a bare handle. */
const MIN_VALUE_BYTES = 10;
const HANDLE_BYTES = 8;
/** Value of an entry that says nothing beyond its key. */
const BARE_VALUE = 0x30;

export interface IndexEntry {
  readonly key: Key;
  readonly value: Buffer;
  /** True when the key alone tells the entry apart: finding another row's entry under it is a duplicate. */
  readonly distinct: boolean;
}

export class IndexCodec {
  readonly index: IndexInfo;
  /** The start of all keys of this index. */
  readonly prefix: Key;
  readonly #table: TableInfo;
  readonly #columns: readonly ColumnInfo[];
  /** Columns whose text is stored in the value, and their encoder; none when no column needs it. */
  readonly #restored: readonly ColumnInfo[];
  readonly #restoredEncoder: RowEncoder | undefined;

  constructor(table: TableInfo, index: IndexInfo) {
    this.index = index;
    this.prefix = indexPrefix(table.id, index.id);
    this.#table = table;
    this.#columns = index.columns.map(({ columnOffset }) => {
      const column = table.columns[columnOffset];
      assert(column !== undefined, `index ${index.name} has column ${columnOffset}`);
      return column;
    });
    this.#restored = restoredColumns(table, index, this.#columns);
    this.#restoredEncoder = this.#restored.length > 0 ? new RowEncoder(this.#restored) : undefined;
  }

  /** The entry of a row; `row[i]` is the value of table column i. */
  encode(row: readonly Datum[], handle: Handle, zone: TimeZone): IndexEntry {
    const parts = this.#parts(row, zone);
    const distinct = this.index.unique && !parts.hasNull;
    const { isCommonHandle } = this.#table;
    const key = distinct ? parts.key : parts.key + handleInIndexKey(handle, isCommonHandle);
    return { key: key as Key, value: this.#value(row, handle, distinct, zone), distinct };
  }

  /** The key of the entry alone, for deletes. */
  encodeKey(row: readonly Datum[], handle: Handle, zone: TimeZone): Key {
    const parts = this.#parts(row, zone);
    if (this.index.unique && !parts.hasNull) return parts.key as Key;
    return (parts.key + handleInIndexKey(handle, this.#table.isCommonHandle)) as Key;
  }

  /** The key up to and with the given values of the leading columns: where their entries start. */
  encodePrefix(values: readonly Datum[], zone: TimeZone): Key {
    let key: string = this.prefix;
    for (let i = 0; i < values.length; i++) key += this.#part(i, values[i] ?? null, zone);
    return key as Key;
  }

  /** The key bytes of one value of index column `position`, for the ends of ranges. */
  encodeColumn(position: number, value: Datum, zone: TimeZone): string {
    return this.#part(position, value, zone);
  }

  /** The handle of an entry, from its value or the end of its key. */
  decodeHandle(key: Key, value: Uint8Array): Handle {
    return this.#handleInValue(value) ?? this.#handleInKey(key);
  }

  /**
   * Values of the index columns, in index order; prefix columns answer the prefix. Texts that the key does not tell and
   * the value does not hold cannot occur in entries written by `encode`.
   */
  decode(key: Key, value: Uint8Array, zone: TimeZone): Datum[] {
    const restored = this.#restoredValues(value, zone);
    const values: Datum[] = [];
    let at = INDEX_VALUES_START;
    this.index.columns.forEach((part, i) => {
      const column = this.#columns[i] as ColumnInfo;
      const decoded = decodeKeyPart(key, at, column.type, part.descending);
      at = decoded.end;
      const restoredAt = restored === undefined ? -1 : this.#restored.indexOf(column);
      if (restoredAt >= 0)
        values.push(truncateToPrefix(restored?.[restoredAt] ?? null, column.type, part.prefixLength));
      else values.push(fromKey(decoded.value, column.type, zone));
    });
    return values;
  }

  #parts(row: readonly Datum[], zone: TimeZone): { key: string; hasNull: boolean } {
    let key: string = this.prefix;
    let hasNull = false;
    for (let i = 0; i < this.#columns.length; i++) {
      const value = row[(this.#columns[i] as ColumnInfo).offset] ?? null;
      if (value === null) hasNull = true;
      key += this.#part(i, value, zone);
    }
    return { key, hasNull };
  }

  #part(position: number, value: Datum, zone: TimeZone): string {
    const part = this.index.columns[position];
    const { type } = this.#columns[position] as ColumnInfo;
    assert(part !== undefined, `index ${this.index.name} has a column ${position}`);
    const stored =
      value !== null && type.name === 'timestamp'
        ? timestampToUtc(value as DateTime, zone)
        : truncateToPrefix(value, type, part.prefixLength);
    return encodeKeyPart(stored, type, part.descending);
  }

  #value(row: readonly Datum[], handle: Handle, distinct: boolean, zone: TimeZone): Buffer {
    const restored = this.#restoredEncoder?.encode(
      this.#restored.map((column) => row[column.offset] ?? null),
      zone,
    );
    if (this.#table.isCommonHandle) return clusteredValue(distinct ? handle : undefined, restored);
    if (restored === undefined) return distinct ? Buffer.from(unsignHandle(handle), 'latin1') : Buffer.of(BARE_VALUE);
    const tail = distinct ? Buffer.from(unsignHandle(handle), 'latin1') : padding(1 + restored.length);
    return Buffer.concat([Buffer.of(tail.length), restored, tail]);
  }

  #handleInValue(value: Uint8Array): Handle | undefined {
    if (value.length < HANDLE_BYTES) return undefined;
    const bytes = asBuffer(value);
    if (!this.#table.isCommonHandle) {
      const tail = value.length === HANDLE_BYTES ? HANDLE_BYTES : (bytes[0] as number);
      if (tail < HANDLE_BYTES) return undefined;
      if (value.length > HANDLE_BYTES && !this.index.unique) return undefined;
      return unsignHandle(bytes.toString('latin1', bytes.length - HANDLE_BYTES));
    }
    const at = bytes[1] === VERSION_FLAG ? 3 : 1;
    if (bytes[at] !== COMMON_HANDLE_FLAG) return undefined;
    return bytes.toString('latin1', at + 3, at + 3 + bytes.readUInt16BE(at + 1));
  }

  #handleInKey(key: Key): Handle {
    let at = INDEX_VALUES_START;
    for (const part of this.index.columns) at = skipKeyPart(key, at, part.descending);
    assert(at < key.length, `an entry of ${this.index.name} holds its handle`);
    return key.slice(this.#table.isCommonHandle ? at : at + 1);
  }

  #restoredValues(value: Uint8Array, zone: TimeZone): Datum[] | undefined {
    if (this.#restored.length === 0 || value.length <= HANDLE_BYTES) return undefined;
    const bytes = asBuffer(value);
    let at = 1;
    if (bytes[at] === VERSION_FLAG) at += 2;
    if (bytes[at] === COMMON_HANDLE_FLAG) at += 3 + bytes.readUInt16BE(at + 1);
    const end = bytes.length - (bytes[0] as number);
    if (at >= end || bytes[at] !== ROW_VERSION) return undefined;
    return this.#restoredDecoder().decode('', bytes.subarray(at, end), zone);
  }

  #decoder: RowDecoder | undefined;
  #restoredDecoder(): RowDecoder {
    // Restored data repeats columns that are otherwise told by the handle, so it is read as a row without one.
    this.#decoder ??= new RowDecoder({ ...this.#table, isCommonHandle: false, pkIsHandle: false }, this.#restored);
    return this.#decoder;
  }
}

/** Clustered tables restore only what needs it, the handle's columns too; others restore the whole index row. */
function restoredColumns(table: TableInfo, index: IndexInfo, columns: readonly ColumnInfo[]): readonly ColumnInfo[] {
  const own = columns.filter((column) => needsRestoredData(column.type));
  if (!table.isCommonHandle) return own.length > 0 ? [...new Set(columns)] : [];
  const primary = table.indexes.find((candidate) => candidate.primary);
  const ofHandle = (primary?.columns ?? [])
    .map((part) => table.columns[part.columnOffset])
    .filter((column) => column !== undefined)
    .filter((column) => needsRestoredData(column.type));
  return index.primary ? own : [...new Set([...own, ...ofHandle])];
}

function clusteredValue(handle: Handle | undefined, restored: Buffer | undefined): Buffer {
  const parts: Buffer[] = [Buffer.of(0, VERSION_FLAG, CLUSTERED_VERSION)];
  if (handle !== undefined) {
    if (handle.length > 0xffff) throw new AssertionError('common handle is longer than its length field');
    parts.push(Buffer.of(COMMON_HANDLE_FLAG, handle.length >> 8, handle.length & 255), Buffer.from(handle, 'latin1'));
  }
  if (restored !== undefined) parts.push(restored);
  return Buffer.concat(parts);
}

function padding(length: number): Buffer {
  return Buffer.alloc(Math.max(0, MIN_VALUE_BYTES - length));
}

/** In values an integer handle is plain big-endian two's complement, in keys its sign bit is inverted. */
function unsignHandle(handle: Handle): string {
  return String.fromCharCode(handle.charCodeAt(0) ^ 0x80) + handle.slice(1);
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function fromKey(value: Datum, type: FieldType, zone: TimeZone): Datum {
  return value !== null && type.name === 'timestamp' ? timestampFromUtc(value as DateTime, zone) : value;
}

/** A string cut to the characters, or bytes cut to the bytes, of a prefix index; −1 keeps all. */
export function truncateToPrefix(value: Datum, type: FieldType, prefixLength: number): Datum {
  if (prefixLength < 0 || value === null) return value;
  if (type.class === 'bytes') return (value as Uint8Array).slice(0, prefixLength);
  if (type.class !== 'string') return value;
  const text = value as string;
  if (text.length <= prefixLength) return text;
  let at = 0;
  for (let count = 0; count < prefixLength && at < text.length; count++) {
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, at);
}

/** The handle of a clustered table's row: its primary key columns, encoded. `row[i]` is table column i. */
export function encodeCommonHandle(table: TableInfo, row: readonly Datum[], zone: TimeZone): Handle {
  const primary = table.indexes.find((index) => index.primary);
  assert(primary !== undefined, 'a clustered table has a primary key');
  return encodeHandleValues(
    table,
    primary.columns.map((part) => row[part.columnOffset] ?? null),
    zone,
  );
}

/** A common handle, or the start of one, from the values of the leading primary key columns; always ascending. */
export function encodeHandleValues(table: TableInfo, values: readonly Datum[], zone: TimeZone): Handle {
  const primary = table.indexes.find((index) => index.primary);
  let handle = '';
  values.forEach((value, i) => {
    const part = primary?.columns[i];
    const column = part && table.columns[part.columnOffset];
    assert(part !== undefined && column !== undefined, 'a handle value has a primary key column');
    const stored =
      column.type.name === 'timestamp' && value !== null
        ? timestampToUtc(value as DateTime, zone)
        : truncateToPrefix(value, column.type, part.prefixLength);
    handle += encodeKeyDatum(stored, column.type);
  });
  return handle;
}
