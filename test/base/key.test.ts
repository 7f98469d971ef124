import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyFromBytes, keyOf, keyToBytes, nextKey, prefixNextKey } from '../../base/index.ts';

test('a key keeps every byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(new Uint8Array(keyToBytes(keyFromBytes(bytes))), bytes);
});

test('keys compare like their bytes', () => {
  const keys = [[], [0], [0, 0], [1], [127, 255], [128], [255], [255, 0]].map((b) => keyFromBytes(Uint8Array.from(b)));
  assert.deepEqual(
    [...keys].sort((a, b) => (a < b ? -1 : 1)),
    keys,
  );
});

test('neighbours', () => {
  assert.equal(nextKey(keyOf('a')), 'a\0');
  assert.equal(prefixNextKey(keyOf('ab')), 'ac');
  assert.equal(prefixNextKey(keyFromBytes(Uint8Array.of(97, 255))), 'b');
  assert.equal(prefixNextKey(keyFromBytes(Uint8Array.of(255, 255))), undefined);
});
