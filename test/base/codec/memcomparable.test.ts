import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeBytes,
  decodeDouble,
  decodeInt64,
  decodeUint64,
  decodeUint64Desc,
  decodeUint64Int,
  encodeBytes,
  encodeDouble,
  encodeInt64,
  encodeUint64,
  encodeUint64Desc,
  invertBytes,
  skipBytes,
} from '../../../base/index.ts';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');
const binary = (length: number) =>
  fc.uint8Array({ maxLength: length }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const order = (a: string | number | bigint, b: string | number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);
const seed = 20_240_607;

test('groups of bytes, golden', () => {
  const cases: [string, string][] = [
    ['', '0000000000000000f7'],
    ['\x01\x02\x03', '0102030000000000fa'],
    ['\x01\x02\x03\x00', '0102030000000000fb'],
    ['\x01\x02\x03\x04\x05\x06\x07\x08', '0102030405060708ff0000000000000000f7'],
    ['\x01\x02\x03\x04\x05\x06\x07\x08\x09', '0102030405060708ff0900000000000000f8'],
  ];
  for (const [raw, expected] of cases) {
    assert.equal(hex(encodeBytes(raw)), expected);
    assert.deepEqual(decodeBytes(encodeBytes(raw)), { value: raw, end: expected.length / 2 });
  }
  assert.throws(() => decodeBytes('abc'));
});

test('integers and doubles, golden', () => {
  assert.equal(hex(encodeInt64(1)), '8000000000000001');
  assert.equal(hex(encodeInt64(-1)), '7fffffffffffffff');
  assert.equal(hex(encodeInt64(-(2n ** 63n))), '0000000000000000');
  assert.equal(hex(encodeUint64(2n ** 64n - 1n)), 'ffffffffffffffff');
  assert.equal(hex(encodeUint64Desc(1n)), 'fffffffffffffffe');
  assert.equal(hex(encodeDouble(1)), 'bff0000000000000');
  assert.equal(hex(encodeDouble(-1)), '400fffffffffffff');
  assert.equal(encodeDouble(-0), encodeDouble(0));
});

test(`bytes keep their order and come back (seed ${seed})`, () => {
  fc.assert(
    fc.property(binary(30), binary(30), binary(5), (a, b, tail) => {
      assert.equal(order(encodeBytes(a), encodeBytes(b)), order(a, b));
      assert.equal(order(invertBytes(encodeBytes(a)), invertBytes(encodeBytes(b))), -order(a, b) + 0);
      const encoded = encodeBytes(a);
      assert.deepEqual(decodeBytes(tail + encoded + tail, tail.length), {
        value: a,
        end: tail.length + encoded.length,
      });
      assert.equal(skipBytes(tail + encoded + tail, tail.length), tail.length + encoded.length);
    }),
    { seed, numRuns: 1000 },
  );
});

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
);

test(`integers keep their order and come back (seed ${seed})`, () => {
  const canonical = (v: bigint) => (v >= -(2n ** 53n) + 1n && v <= 2n ** 53n - 1n ? Number(v) : v);
  fc.assert(
    fc.property(int64, int64, (a, b) => {
      assert.equal(order(encodeInt64(canonical(a)), encodeInt64(b)), order(a, b));
      assert.equal(decodeInt64(`x${encodeInt64(a)}`, 1), canonical(a));
      const [ua, ub] = [BigInt.asUintN(64, a), BigInt.asUintN(64, b)];
      assert.equal(order(encodeUint64(canonical(ua)), encodeUint64(ub)), order(ua, ub));
      assert.equal(decodeUint64(encodeUint64(ua)), ua);
      assert.equal(decodeUint64Int(encodeUint64(ua)), canonical(ua));
      assert.equal(decodeUint64Desc(encodeUint64Desc(ua)), ua);
    }),
    { seed, numRuns: 1000 },
  );
});

test(`doubles keep their order and come back (seed ${seed})`, () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((v) => v + 0);
  fc.assert(
    fc.property(double, double, (a, b) => {
      assert.equal(order(encodeDouble(a), encodeDouble(b)), order(a, b));
      assert.equal(decodeDouble(encodeDouble(a)), a);
    }),
    { seed, numRuns: 1000 },
  );
});
