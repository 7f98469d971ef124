/**
 * Keys of tables as TiDB lays them out: `t` table-id `_r` handle for rows, `t` table-id `_i` index-id values for
 * indexes. A handle is the bytes behind `_r`: 8 bytes of an integer (primary key or hidden row id), or the encoded
 * primary key columns of a clustered table.
 */

import {
  assert,
  decodeInt64,
  encodeInt64,
  type IndexId,
  type Key,
  type KeyRange,
  prefixRange,
  type TableId,
} from '../../base/index.ts';

/** A row's handle as it stands in its key: a binary string. */
export type Handle = string;

const RECORD_INFIX = '_r';
const INDEX_INFIX = '_i';
const ID_END = 9;
const INFIX_END = 11;
const INDEX_ID_END = 19;
/** Type flag of an integer handle at the end of an index key. */
const INT_HANDLE_FLAG = '\x03';

export function tablePrefix(tableId: TableId): Key {
  return `t${encodeInt64(tableId)}` as Key;
}

/** All rows and index entries of a table. */
export function tableRange(tableId: TableId): KeyRange {
  return prefixRange(tablePrefix(tableId));
}

export function recordPrefix(tableId: TableId): Key {
  return (tablePrefix(tableId) + RECORD_INFIX) as Key;
}

export function recordRange(tableId: TableId): KeyRange {
  return prefixRange(recordPrefix(tableId));
}

export function recordKey(tableId: TableId, handle: Handle): Key {
  return (recordPrefix(tableId) + handle) as Key;
}

export function indexPrefix(tableId: TableId, indexId: IndexId): Key {
  return (tablePrefix(tableId) + INDEX_INFIX + encodeInt64(indexId)) as Key;
}

export function indexRange(tableId: TableId, indexId: IndexId): KeyRange {
  return prefixRange(indexPrefix(tableId, indexId));
}

/** An unsigned 64-bit handle is stored by its bits: values from 2^63 on lie before 0. */
export function encodeIntHandle(value: number | bigint): Handle {
  return encodeInt64(typeof value === 'bigint' ? BigInt.asIntN(64, value) : value);
}

export function decodeIntHandle(handle: Handle, unsigned = false): number | bigint {
  const value = decodeInt64(handle);
  return unsigned && value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
}

/** An integer handle as the last part of an index key; a common handle stands there as it is. */
export function handleInIndexKey(handle: Handle, isCommonHandle: boolean): string {
  return isCommonHandle ? handle : INT_HANDLE_FLAG + handle;
}

/** The table of any key below `t`; undefined for other keys. */
export function tableIdOfKey(key: Key): TableId | undefined {
  if (key.length < ID_END || key.charCodeAt(0) !== 0x74) return undefined;
  return Number(decodeInt64(key, 1)) as TableId;
}

export function isRecordKey(key: Key): boolean {
  return key.length > INFIX_END && key.slice(ID_END, INFIX_END) === RECORD_INFIX;
}

export function isIndexKey(key: Key): boolean {
  return key.length >= INDEX_ID_END && key.slice(ID_END, INFIX_END) === INDEX_INFIX;
}

export function handleOfRecordKey(key: Key): Handle {
  assert(key.length > INFIX_END, 'a record key has a handle');
  return key.slice(INFIX_END);
}

export function indexIdOfKey(key: Key): IndexId {
  return Number(decodeInt64(key, INFIX_END)) as IndexId;
}

/** Where the values of an index key start. */
export const INDEX_VALUES_START = INDEX_ID_END;
