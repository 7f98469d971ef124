/** Keys of regions in TiDB's words: `t_75_r_200`, `t_75_i_1_…`, hexadecimal for what is no table's. */

import { type Key, keyToBytes } from '../../base/index.ts';
import {
  decodeIntHandle,
  handleOfRecordKey,
  indexIdOfKey,
  isIndexKey,
  isRecordKey,
  tableIdOfKey,
} from '../../engine/index.ts';

const INT_HANDLE_BYTES = 8;
const TABLE_PREFIX_BYTES = 9;
const INDEX_PREFIX_BYTES = 19;

export function hex(key: Key): string {
  return keyToBytes(key).toString('hex');
}

/** A key of the key space of regions, as TiDB writes it in system tables. */
export function regionKeyHex(key: Key | undefined): string {
  return key === undefined ? '' : hex(key).toUpperCase();
}

/** '' for the ends of the key space. */
export function regionKeyText(key: Key | undefined): string {
  if (key === undefined || key === '') return '';
  const tableId = tableIdOfKey(key);
  if (tableId === undefined) return hex(key);
  if (isRecordKey(key)) {
    const handle = handleOfRecordKey(key);
    if (handle === '') return `t_${tableId}_r`;
    const isInteger = handle.length === INT_HANDLE_BYTES;
    return `t_${tableId}_r_${isInteger ? decodeIntHandle(handle) : hex(handle as Key)}`;
  }
  if (isIndexKey(key) && key.length >= INDEX_PREFIX_BYTES) {
    return `t_${tableId}_i_${indexIdOfKey(key)}_${hex(key.slice(INDEX_PREFIX_BYTES) as Key)}`;
  }
  return `t_${tableId}_${hex(key.slice(TABLE_PREFIX_BYTES) as Key)}`;
}
