/** Conversions between keys (binary strings) and bytes, and the usual neighbours of a key. */

import type { Key, KeyRange } from '../ids.ts';

export function keyFromBytes(bytes: Uint8Array): Key {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as Key;
}

export function keyToBytes(key: Key): Buffer {
  return Buffer.from(key, 'latin1');
}

/** Bytes of a text key part; only for ASCII constants and tests. */
export function keyOf(text: string): Key {
  return keyFromBytes(Buffer.from(text, 'utf8'));
}

/** The smallest key greater than `key`. */
export function nextKey(key: Key): Key {
  return `${key}\0` as Key;
}

/** The smallest key greater than every key that starts with `prefix`; undefined when there is none. */
export function prefixNextKey(prefix: Key): Key | undefined {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const code = prefix.charCodeAt(i);
    if (code !== 0xff) return (prefix.slice(0, i) + String.fromCharCode(code + 1)) as Key;
  }
  return undefined;
}

export function prefixRange(prefix: Key): KeyRange {
  return { start: prefix, end: prefixNextKey(prefix) };
}
