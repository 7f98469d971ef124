/**
 * Where user keys lie among region keys. A transactional key has its memcomparable form there (TiKV's API V1), so every
 * range of region keys, whatever bytes a split by somebody else has put at its ends, holds one range of user keys.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { escapeKey } from '../mvcc/keys.ts';

const GROUP = 8;
const FULL_MARKER = 0xff;
/** Marker of a last group without bytes; each byte adds one. */
const EMPTY_MARKER = FULL_MARKER - GROUP;

export function regionKeyOf(userKey: Key): Key {
  return escapeKey(userKey) as Key;
}

/** The user keys whose region keys lie in `range`. */
export function userRangeOf(range: KeyRange): KeyRange {
  const { start, end } = range;
  return { start: userKeyAtOrAfter(start), end: end === undefined ? undefined : userKeyAtOrAfter(end) };
}

/** The region keys of a range of user keys. */
export function regionRangeOf(userRange: KeyRange): KeyRange {
  const { start, end } = userRange;
  return { start: start === '' ? start : regionKeyOf(start), end: end === undefined ? undefined : regionKeyOf(end) };
}

/** The smallest user key whose region key is not below `regionKey`, which may be any bytes. */
export function userKeyAtOrAfter(regionKey: Key): Key {
  let prefix = '';
  let at = 0;
  for (; at + GROUP < regionKey.length; at += GROUP + 1) {
    const group = regionKey.slice(at, at + GROUP);
    const marker = regionKey.charCodeAt(at + GROUP);
    if (marker < FULL_MARKER) {
      const isLast = at + GROUP + 1 === regionKey.length;
      const fromMarker = marker - EMPTY_MARKER + (isLast ? 0 : 1);
      return (prefix + group.slice(0, Math.max(withoutPadding(group).length, fromMarker))) as Key;
    }
    prefix += group;
  }
  return (prefix + withoutPadding(regionKey.slice(at))) as Key;
}

function withoutPadding(group: string): string {
  let length = group.length;
  while (length > 0 && group.charCodeAt(length - 1) === 0) length--;
  return group.slice(0, length);
}
