import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Key } from '../../../base/index.ts';
import { regionKeyOf, userKeyAtOrAfter } from '../../../tikv-lite/raftstore/region-keys.ts';

const unit = fc.constantFrom('\0', '\x01', 'a', '\xf6', '\xf7', '\xf9', '\xfe', '\xff');
const key = (maxLength: number) => fc.string({ unit, maxLength }).map((text) => text as Key);

test('a user key is its own lower bound', () => {
  fc.assert(fc.property(key(20), (user) => userKeyAtOrAfter(regionKeyOf(user)) === user));
});

test('any bytes among the region keys divide the user keys in the same place', () => {
  fc.assert(
    fc.property(key(30), key(20), (boundary, user) => {
      const bound = userKeyAtOrAfter(boundary);
      assert.equal(user >= bound, regionKeyOf(user) >= boundary, `${JSON.stringify(boundary)} ${JSON.stringify(user)}`);
    }),
    { numRuns: 20_000 },
  );
});

test('a boundary close to a user key falls on the right side of it', () => {
  const change = fc.tuple(fc.nat(40), unit);
  fc.assert(
    fc.property(key(20), change, fc.nat(40), (user, [at, byte], length) => {
      const full = regionKeyOf(user);
      const boundary = (full.slice(0, at) + byte + full.slice(at + 1)).slice(0, length) as Key;
      assert.equal(user >= userKeyAtOrAfter(boundary), full >= boundary);
    }),
    { numRuns: 20_000 },
  );
});
