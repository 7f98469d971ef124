/**
 * Keys of the schema in the KV: TiDB's `m` space, a hash and string structure over ordered keys.
 * key = 'm' ‖ memcomparable(name) ‖ u64(type) ‖ memcomparable(field) for hash fields.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { encodeBytes, encodeUint64, keyOf, prefixRange } from '../../base/index.ts';

const META_PREFIX = 'm';
const STRING_DATA = encodeUint64(BigInt('s'.charCodeAt(0)));
const HASH_DATA = encodeUint64(BigInt('h'.charCodeAt(0)));

function stringKey(name: string): Key {
  return `${META_PREFIX}${encodeBytes(keyOf(name))}${STRING_DATA}` as Key;
}

function hashPrefix(name: string): Key {
  return `${META_PREFIX}${encodeBytes(keyOf(name))}${HASH_DATA}` as Key;
}

function hashKey(name: string, field: string): Key {
  return `${hashPrefix(name)}${encodeBytes(keyOf(field))}` as Key;
}

export const nextGlobalIdKey: Key = stringKey('NextGlobalID');
export const schemaVersionKey: Key = stringKey('SchemaVersionKey');
export const databasesRange: KeyRange = prefixRange(hashPrefix('DBs'));

export function schemaDiffKey(version: number): Key {
  return stringKey(`Diff:${version}`);
}

export function databaseKey(databaseId: number): Key {
  return hashKey('DBs', `DB:${databaseId}`);
}

/** Everything of one database: its tables and their allocators. */
export function databaseRange(databaseId: number): KeyRange {
  return prefixRange(hashPrefix(`DB:${databaseId}`));
}

/** The table infos of one database. */
export function tablesRange(databaseId: number): KeyRange {
  const prefix = hashPrefix(`DB:${databaseId}`);
  const field = encodeBytes(keyOf('Table:'));
  return prefixRange(`${prefix}${field.slice(0, 'Table:'.length)}` as Key);
}

export function tableKey(databaseId: number, tableId: number): Key {
  return hashKey(`DB:${databaseId}`, `Table:${tableId}`);
}

/** Allocator of hidden row ids. */
export function rowIdKey(databaseId: number, tableId: number): Key {
  return hashKey(`DB:${databaseId}`, `TID:${tableId}`);
}

/** Allocator of AUTO_INCREMENT values. */
export function autoIncrementKey(databaseId: number, tableId: number): Key {
  return hashKey(`DB:${databaseId}`, `IID:${tableId}`);
}

/** Key ranges that wait to be destroyed. */
export const discardedRanges: KeyRange = prefixRange(hashPrefix('DiscardedRanges'));

export function discardedRangeKey(id: number): Key {
  return hashKey('DiscardedRanges', `Range:${id}`);
}
