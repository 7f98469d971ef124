/**
 * Engine keys of the four families. One LevelDB holds them all, told apart by the first byte:
 *
 *   l key                      the lock, at most one per key
 *   d key                      the newest committed version, inline
 *   h escape(key) ~commit_ts   older versions, newest first
 *   s escape(key) ~start_ts    what became of a transaction that left no version here (rollback, lock-only commit)
 *
 * `l` and `d` hold the key as it is, so that one lookup and one ordered walk serve reads. `h` and `s` carry a suffix, so
 * their keys are escaped (groups of 8 bytes with a marker, as TiKV): no escaped key is a prefix of another.
 */

import { decodeBytes, encodeBytes, type Key, type KeyRange, type Ts } from '../../base/index.ts';
import { descendingTs, tsOfSuffix } from './timestamp.ts';

export const LOCK_FAMILY = 'l';
export const DATA_FAMILY = 'd';
export const HISTORY_FAMILY = 'h';
export const STATUS_FAMILY = 's';
export type Family = typeof LOCK_FAMILY | typeof DATA_FAMILY | typeof HISTORY_FAMILY | typeof STATUS_FAMILY;

const SUFFIX = 8;

/** The memcomparable form of a key: order is kept and no result is a prefix of another. */
export function escapeKey(key: Key): string {
  return encodeBytes(key);
}

/** The inverse of `escapeKey`. */
function unescapeKey(escaped: string): Key {
  return decodeBytes(escaped).value as Key;
}

export function lockKey(key: Key): Key {
  return (LOCK_FAMILY + key) as Key;
}

export function dataKey(key: Key): Key {
  return (DATA_FAMILY + key) as Key;
}

export function statusKey(key: Key, startTs: Ts): Key {
  return (STATUS_FAMILY + escapeKey(key) + descendingTs(startTs)) as Key;
}

/** The user key of a `l` or `d` key. */
export function plainUserKey(engineKey: Key): Key {
  return engineKey.slice(1) as Key;
}

/** The user key of a `h` or `s` key. */
export function versionedUserKey(engineKey: Key): Key {
  return unescapeKey(engineKey.slice(1, -SUFFIX));
}

/** The timestamp of a `h` (commit) or `s` (start) key. */
export function versionedTs(engineKey: Key): Ts {
  return tsOfSuffix(engineKey);
}

/** All engine keys of one family that belong to a range of user keys. */
export function familyRange(family: Family, range: KeyRange): KeyRange {
  const versioned = family === HISTORY_FAMILY || family === STATUS_FAMILY;
  const place = (key: Key): Key => (family + (versioned ? escapeKey(key) : key)) as Key;
  const familyEnd = String.fromCharCode(family.charCodeAt(0) + 1) as Key;
  return {
    start: range.start === '' ? (family as Key) : place(range.start),
    end: range.end === undefined ? familyEnd : place(range.end),
  };
}

/** The `h` keys of one user key with `newest ≥ commit_ts > oldest`; without `oldest` down to the first version. */
export function historyRange(key: Key, newest: Ts, oldest?: Ts): KeyRange {
  return versionedRange(HISTORY_FAMILY, key, newest, oldest);
}

/** The `s` keys of one user key with `newest ≥ start_ts > oldest`; without `oldest` all of the older ones. */
export function statusRange(key: Key, newest: Ts, oldest?: Ts): KeyRange {
  return versionedRange(STATUS_FAMILY, key, newest, oldest);
}

function versionedRange(family: Family, key: Key, newest: Ts, oldest: Ts | undefined): KeyRange {
  const prefix = family + escapeKey(key);
  const end = oldest === undefined ? `${prefix}\xff\xff\xff\xff\xff\xff\xff\xff\xff` : prefix + descendingTs(oldest);
  return { start: (prefix + descendingTs(newest)) as Key, end: end as Key };
}
