/**
 * The family of raw keys. They lie among the engine keys as among the region keys: as they are, so that a raw client finds
 * its regions by its own keys. One cluster holds either raw or transactional data.
 */

import type { Key, KeyRange } from '../../base/index.ts';

export const RAW_FAMILY = 'r';
const FAMILY_END = 's' as Key;

export function rawKey(key: Key): Key {
  return (RAW_FAMILY + key) as Key;
}

/** The raw key of an engine key. */
export function userKeyOfRaw(engineKey: Key): Key {
  return engineKey.slice(1) as Key;
}

/** The engine keys of a range of raw keys. */
export function rawRange({ start, end }: KeyRange): KeyRange {
  return { start: rawKey(start), end: end === undefined ? FAMILY_END : rawKey(end) };
}
