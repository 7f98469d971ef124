/** The ordered map of the store's in-memory structures: a B+ tree over binary-string keys, persistent by `clone`. */

import sortedBtree from 'sorted-btree';
import type { Key, KeyRange } from '../../base/index.ts';

const { default: BTree } = sortedBtree;

export type KeyTree<V> = InstanceType<typeof BTree<Key, V>>;

/** Greater than every binary string: an exclusive upper bound for ranges without an end. */
export const ABOVE_ALL_KEYS = '\u0100' as Key;

function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

export function newKeyTree<V>(): KeyTree<V> {
  return new BTree<Key, V>(undefined, compareKeys);
}

export function endOf(range: KeyRange): Key {
  return range.end ?? ABOVE_ALL_KEYS;
}

export function rangeContains(range: KeyRange, key: Key): boolean {
  return key >= range.start && (range.end === undefined || key < range.end);
}
