import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from '../../../base/index.ts';

const written = (write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter();
  write(writer);
  return writer.toBytes().toString('hex');
};

test('golden numbers', () => {
  assert.equal(
    written((w) => w.uvarint(0)),
    '00',
  );
  assert.equal(
    written((w) => w.uvarint(300)),
    'ac02',
  );
  assert.equal(
    written((w) => w.uvarint(2n ** 64n - 1n)),
    'ffffffffffffffffff01',
  );
  assert.equal(
    written((w) => w.varint(-1)),
    '01',
  );
  assert.equal(
    written((w) => w.varint(64)),
    '8001',
  );
  assert.equal(
    written((w) => w.compactBytes(Uint8Array.of(7, 8))),
    '040708',
  );
  assert.equal(
    written((w) => w.u16le(1).u32be(2).u64be(3n)),
    '0100000000020000000000000003',
  );
});

test('a record that ends early is refused', () => {
  assert.throws(() => new ByteReader(Uint8Array.of(0x80)).uvarint());
  assert.throws(() => new ByteReader(Uint8Array.of(4, 1)).compactBytes());
});

const seed = 20_240_607;
test(`what is written comes back (seed ${seed})`, () => {
  const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.maxSafeInteger().map(BigInt));
  fc.assert(
    fc.property(
      fc.array(int64, { maxLength: 20 }),
      fc.uint8Array({ maxLength: 100 }),
      fc.string(),
      (ints, bytes, text) => {
        const writer = new ByteWriter(1);
        for (const value of ints)
          writer.varint(value).uvarint(BigInt.asUintN(64, value)).u64le(BigInt.asUintN(64, value));
        writer.compactBytes(bytes).u32le(Buffer.byteLength(text)).utf8(text);
        const reader = new ByteReader(writer.toBytes());
        for (const value of ints) {
          assert.equal(BigInt(reader.varint()), value);
          assert.equal(reader.uvarintBig(), BigInt.asUintN(64, value));
          assert.equal(reader.u64le(), BigInt.asUintN(64, value));
        }
        assert.deepEqual(new Uint8Array(reader.compactBytes()), bytes);
        assert.equal(reader.utf8(reader.u32le()), Buffer.from(text).toString());
        assert.ok(reader.atEnd);
      },
    ),
    { seed, numRuns: 300 },
  );
});
