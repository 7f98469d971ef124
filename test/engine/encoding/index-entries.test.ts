import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { IndexId, Key, TableId } from '../../../base/index.ts';
import {
  DateTime,
  type Datum,
  Decimal,
  encodeHandleValues,
  encodeIntHandle,
  encodeKeyPart,
  type FieldType,
  fieldTypes,
  findCollation,
  IndexCodec,
  indexPrefix,
  indexRange,
  isIndexKey,
  isRecordKey,
  recordKey,
  tableIdOfKey,
} from '../../../engine/index.ts';
import { column, index, plusTwo, table, utc } from './fixtures.ts';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

test('golden keys', () => {
  assert.equal(hex(recordKey(1 as TableId, encodeIntHandle(2))), '7480000000000000015f728000000000000002');
  assert.equal(hex(indexPrefix(1 as TableId, 2 as IndexId)), '7480000000000000015f698000000000000002');
  assert.equal(tableIdOfKey(recordKey(77 as TableId, encodeIntHandle(2))), 77);
  assert.equal(tableIdOfKey('m' as Key), undefined);
  assert.ok(isRecordKey(recordKey(77 as TableId, encodeIntHandle(2))));
  assert.ok(isIndexKey(indexPrefix(1 as TableId, 2 as IndexId)));
});

const id = column(0, 'id', fieldTypes.bigint());
const n = column(1, 'n', fieldTypes.int());
const s = column(2, 's', fieldTypes.varchar(20));
const at = column(3, 'at', fieldTypes.timestamp());
const row: Datum[] = [7, 5, 'Straße', DateTime.of(2024, 6, 1, 12)];
const handle = encodeIntHandle(7);

test('entries of a table with integer handles', () => {
  const primary = index(1, [0], { primary: true, unique: true });
  const schema = table([id, n, s, at], [primary], { pkIsHandle: true });
  const plain = new IndexCodec(schema, index(2, [1])).encode(row, handle, utc);
  assert.equal(hex(plain.key), '74800000000000002a5f698000000000000002038000000000000005038000000000000007');
  assert.equal(plain.value.toString('latin1'), '0');
  assert.equal(plain.distinct, false);

  const unique = new IndexCodec(schema, index(3, [1], { unique: true })).encode(row, handle, utc);
  assert.equal(hex(unique.key), '74800000000000002a5f698000000000000003038000000000000005');
  assert.equal(unique.value.toString('hex'), '0000000000000007');
  assert.equal(unique.distinct, true);

  const withNull = new IndexCodec(schema, index(3, [1], { unique: true })).encode([7, null, '', null], handle, utc);
  assert.equal(hex(withNull.key), '74800000000000002a5f69800000000000000300038000000000000007');
  assert.equal(withNull.distinct, false);
});

test('entries answer their columns and handle', () => {
  const primary = index(1, [2, 1], { primary: true, unique: true });
  const clustered = table([id, n, s, at], [primary], { isCommonHandle: true });
  const heap = table([id, n, s, at], [primary]);
  for (const schema of [clustered, heap]) {
    const rowHandle = schema.isCommonHandle ? encodeHandleValues(schema, ['Straße', 5], plusTwo) : encodeIntHandle(-3);
    for (const unique of [true, false]) {
      for (const descending of [true, false]) {
        const columns = [2, 1, 3].map((columnOffset) => ({ columnOffset, prefixLength: -1, descending }));
        const codec = new IndexCodec(schema, index(9, [], { columns, unique }));
        for (const values of [row, [7, null, 'x', null], [7, 1, null, null]] as Datum[][]) {
          const entry = codec.encode(values, rowHandle, plusTwo);
          assert.equal(codec.encodeKey(values, rowHandle, plusTwo), entry.key);
          assert.deepEqual(codec.decode(entry.key, entry.value, plusTwo), [values[2], values[1], values[3]]);
          assert.equal(codec.decodeHandle(entry.key, entry.value), rowHandle);
          assert.ok(entry.key.startsWith(codec.encodePrefix([values[2] ?? null], plusTwo)));
          const range = indexRange(schema.id, codec.index.id);
          assert.ok(entry.key >= range.start && entry.key < (range.end as Key));
        }
      }
    }
  }
});

test('prefix columns keep their characters', () => {
  const schema = table([id, n, s, at], []);
  const columns = [{ columnOffset: 2, prefixLength: 2, descending: false }];
  const codec = new IndexCodec(schema, index(9, [], { columns }));
  const entry = codec.encode([1, 1, '🐟🐠🐡', null], handle, utc);
  assert.deepEqual(codec.decode(entry.key, entry.value, utc), ['🐟🐠']);
  assert.equal(codec.encodePrefix(['🐟🐠'], utc), codec.encodePrefix(['🐟🐠x'], utc));
});

const seed = 20_240_607;
const order = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);

function keepsOrder<T extends Datum>(type: FieldType, values: fc.Arbitrary<T>, compare: (a: T, b: T) => number): void {
  fc.assert(
    fc.property(values, values, (a, b) => {
      const expected = Math.sign(compare(a, b));
      assert.equal(order(encodeKeyPart(a, type, false), encodeKeyPart(b, type, false)), expected);
      assert.equal(order(encodeKeyPart(a, type, true), encodeKeyPart(b, type, true)), -expected + 0);
      assert.ok(encodeKeyPart(null, type, false) < encodeKeyPart(a, type, false));
      assert.ok(encodeKeyPart(null, type, true) > encodeKeyPart(a, type, true));
    }),
    { seed, numRuns: 300 },
  );
}

test(`key parts keep the order of their type (seed ${seed})`, () => {
  const decimals = fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 6 }))
    .map(([coefficient, scale]) => new Decimal(coefficient, scale).round(4));
  keepsOrder(fieldTypes.decimal(30, 4), decimals, (a, b) => a.compare(b));
  keepsOrder(fieldTypes.time(6), fc.integer({ min: -3_020_399_000_000, max: 3_020_399_000_000 }), (a, b) => a - b);
  const times = fc
    .tuple(fc.integer({ min: 1, max: 3_652_424 }), fc.integer({ min: 0, max: 86_399_999_999 }))
    .map(([days, micros]) => DateTime.fromDayNumber(days, micros) as DateTime);
  keepsOrder(fieldTypes.datetime(6), times, (a, b) => a.compare(b));
  for (const name of ['utf8mb4_0900_ai_ci', 'utf8mb4_0900_bin', 'utf8mb4_general_ci', 'latin1_swedish_ci']) {
    const collation = findCollation(name);
    assert.ok(collation !== undefined);
    const letters = fc.string({ unit: fc.constantFrom('a', 'B', 'b', 'ä', 'z', '0') });
    keepsOrder(fieldTypes.varchar(20, collation), letters, (a, b) => collation.compare(a, b));
  }
});
