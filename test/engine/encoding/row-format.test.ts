import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ColumnId } from '../../../base/index.ts';
import {
  canonicalInt,
  DateTime,
  type Datum,
  Decimal,
  encodeHandleValues,
  encodeIntHandle,
  fieldTypes,
  Json,
  jsonObject,
  RowDecoder,
  RowEncoder,
} from '../../../engine/index.ts';
import { column, index, plusTwo, table, utc } from './fixtures.ts';

test('golden row', () => {
  const columns = [
    column(0, 'a', fieldTypes.bigint()),
    column(1, 'b', fieldTypes.varchar(10)),
    column(2, 'c', fieldTypes.int({ unsigned: true })),
    column(3, 'd', fieldTypes.decimal(5, 2)),
    column(4, 'e', fieldTypes.double()),
  ];
  const row = new RowEncoder(columns).encode([-1, 'hé', null, Decimal.parse('1.5') as Decimal, 1], utc);
  assert.equal(
    row.toString('hex'),
    '80000400010001020405030100040009001100ff68c3a905028001 32bff0000000000000'.replace(' ', ''),
  );
});

const everyType = [
  column(0, 'id', fieldTypes.bigint()),
  column(1, 'u', fieldTypes.bigint({ unsigned: true })),
  column(2, 's', fieldTypes.varchar(300)),
  column(3, 'b', fieldTypes.blob()),
  column(4, 'd', fieldTypes.decimal(30, 10)),
  column(5, 'f', fieldTypes.double()),
  column(6, 'dt', fieldTypes.datetime(6)),
  column(7, 'ts', fieldTypes.timestamp(6)),
  column(8, 't', fieldTypes.time(6)),
  column(9, 'e', fieldTypes.enum(['a', 'b'])),
  column(10, 'j', fieldTypes.json()),
  column(11, 'y', fieldTypes.year()),
];
const document = new Json(
  jsonObject([
    ['b', [1n, 2.5, null, true, 'x', Decimal.parse('1.10') as Decimal]],
    ['a', { kind: 'date', value: DateTime.of(2020, 2, 29) }],
  ]),
);

test('every type comes back', () => {
  const values: Datum[] = [
    -9007199254740993n,
    18446744073709551615n,
    'grüße 🐟',
    Uint8Array.of(0, 255, 1),
    Decimal.parse('-12345678901234567890.0123456789') as Decimal,
    -2.5e-300,
    DateTime.of(2024, 2, 29, 23, 59, 59, 999_999),
    DateTime.of(2024, 6, 1, 1, 0, 0, 5),
    -3_020_399_000_001,
    2,
    document,
    2024,
  ];
  const schema = table(everyType, []);
  const row = new RowEncoder(everyType).encode(values, plusTwo);
  const decoded = new RowDecoder(schema, everyType).decode('', row, plusTwo);
  assert.deepEqual(decoded.slice(0, 3), values.slice(0, 3));
  assert.deepEqual(new Uint8Array(decoded[3] as Uint8Array), values[3]);
  assert.equal(String(decoded[4]), String(values[4]));
  assert.deepEqual(decoded.slice(5, 10), values.slice(5, 10));
  assert.equal(String(decoded[10]), '{"a": "2020-02-29", "b": [1, 2.5, null, true, "x", 1.10]}');
  assert.equal(decoded[11], 2024);
  assert.equal(String(new RowDecoder(schema, [everyType[7] as never]).decode('', row, utc)[0]), '2024-05-31 23:00:00');
});

test('wanted columns in any order, defaults of younger columns, values told by the handle', () => {
  const id = column(0, 'id', fieldTypes.int());
  const name = column(1, 'name', fieldTypes.varchar(10));
  const later = column(2, 'later', fieldTypes.int(), { originDefault: 7 });
  const schema = table([id, name, later], [index(1, [0], { primary: true, unique: true })], { pkIsHandle: true });
  const row = new RowEncoder([name]).encode(['x'], utc);
  const decoder = new RowDecoder(schema, [later, name, id]);
  assert.deepEqual(decoder.decode(encodeIntHandle(-5), row, utc), [7, 'x', -5]);
  const vectors: Datum[][] = [[], [], []];
  decoder.appendTo(vectors, encodeIntHandle(1), row, utc);
  decoder.appendTo(vectors, encodeIntHandle(2), new RowEncoder([later, name]).encode([null, 'y'], utc), utc);
  assert.deepEqual(vectors, [
    [7, null],
    ['x', 'y'],
    [1, 2],
  ]);
});

test('a clustered key tells its binary columns; texts under a weighted collation stay in the row', () => {
  const a = column(0, 'a', fieldTypes.decimal(10, 2));
  const b = column(1, 'b', fieldTypes.varchar(10));
  const c = column(2, 'c', fieldTypes.datetime());
  const primary = index(1, [0, 1, 2], { primary: true, unique: true });
  const schema = table([a, b, c], [primary], { isCommonHandle: true });
  const values = [Decimal.parse('-1.25') as Decimal, 'Ärger', DateTime.of(2020, 1, 1)];
  const handle = encodeHandleValues(schema, values, utc);
  const row = new RowEncoder([b]).encode(['Ärger'], utc);
  assert.deepEqual(new RowDecoder(schema, [a, b, c]).decode(handle, row, utc).map(String), [
    '-1.25',
    'Ärger',
    '2020-01-01 00:00:00',
  ]);
});

test('large rows: many data bytes, or column ids above 255', () => {
  const far = column(1, 'far', fieldTypes.longtext(), { id: 300 as ColumnId });
  const near = column(0, 'near', fieldTypes.longtext());
  const schema = table([near, far], []);
  const texts: Datum[] = ['a'.repeat(70_000), 'b'];
  for (const columns of [[near, far], [near]]) {
    const row = new RowEncoder(columns).encode(texts, utc);
    assert.equal(row[1], 1);
    assert.deepEqual(new RowDecoder(schema, columns).decode('', row, utc), texts.slice(0, columns.length));
  }
});

const seed = 20_240_607;
test(`random rows come back (seed ${seed})`, () => {
  const int = fc.oneof(fc.constant(null), fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 }));
  const text = fc.oneof(fc.constant(null), fc.string({ unit: 'grapheme' }));
  const columns = [0, 1, 2, 3, 4, 5].map((i) => column(i, `c${i}`, i % 2 ? fieldTypes.text() : fieldTypes.bigint()));
  const encoder = new RowEncoder(columns);
  const decoder = new RowDecoder(table(columns, []), columns);
  fc.assert(
    fc.property(fc.tuple(int, text, int, text, int, text), (values) => {
      assert.deepEqual(decoder.decode('', encoder.encode(values, utc), utc), values);
    }),
    { seed, numRuns: 500 },
  );
});

test(`decimals come back at every precision (seed ${seed})`, () => {
  const shapes = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 })).filter(([p, s]) => s <= p);
  fc.assert(
    fc.property(
      shapes,
      fc.bigInt({ min: 0n, max: 10n ** 40n }),
      fc.boolean(),
      ([precision, scale], digits, negative) => {
        const magnitude = digits % 10n ** BigInt(precision);
        const signed = negative ? -magnitude : magnitude;
        const value = new Decimal(canonicalInt(signed), scale);
        const columns = [column(0, 'd', fieldTypes.decimal(precision, scale))];
        const row = new RowEncoder(columns).encode([value], utc);
        const [back] = new RowDecoder(table(columns, []), columns).decode('', row, utc);
        assert.equal(String(back), String(value));
      },
    ),
    { seed, numRuns: 500 },
  );
});
