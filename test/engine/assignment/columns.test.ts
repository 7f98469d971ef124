import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  convertForStore,
  DateTime,
  type Datum,
  Decimal,
  type EvaluationContext,
  type FieldType,
  fieldTypes,
  Json,
  SqlError,
  type SqlMode,
  textFunction,
} from '../../../engine/index.ts';

interface Outcome {
  readonly text: string | null;
  readonly messages: readonly string[];
}

/** Only what assignment asks of a context. */
function contextOf(strict: boolean, messages: string[]): EvaluationContext {
  const sqlMode = {
    strict,
    noZeroDate: strict,
    noZeroInDate: strict,
    allowInvalidDates: false,
    timeTruncateFractional: false,
  } as SqlMode;
  const partial: Partial<EvaluationContext> = {
    sqlMode,
    statementKind: 'insert',
    ignoreErrors: false,
    statementMicros: 1_700_000_000_000_000,
    timeZone: { name: 'UTC', offsetSecondsAt: () => 0, toUtcMicros: (micros) => micros },
    warn: (warning) => messages.push(`${warning.level} ${warning.errno}`),
    warnError: (error) => messages.push(`Warning ${error.errno}`),
  };
  return partial as EvaluationContext;
}

function store(value: Datum, from: FieldType, to: FieldType, strict: boolean): Outcome {
  const messages: string[] = [];
  try {
    const stored = convertForStore(value, from, { name: 'c', table: 't', type: to }, contextOf(strict, messages));
    return { text: stored === null ? null : textFunction(to)(stored), messages };
  } catch (error) {
    assert.ok(error instanceof SqlError);
    return { text: null, messages: [`${error.errno} ${error.message}`] };
  }
}

const text = fieldTypes.varchar(100);
const int = fieldTypes.bigint();
const double = fieldTypes.double();
const decimal = fieldTypes.decimal(20, 3);
const dec = (digits: string): Decimal => Decimal.parse(digits) as Decimal;

test('strict mode raises what MySQL raises', () => {
  const cases: [Datum, FieldType, FieldType, string][] = [
    [128, int, fieldTypes.tinyint(), "1264 Out of range value for column 'c' at row 1"],
    [-1, int, fieldTypes.bigint({ unsigned: true }), "1264 Out of range value for column 'c' at row 1"],
    ['12abc', text, fieldTypes.int(), "1265 Data truncated for column 'c' at row 1"],
    ['abc', text, fieldTypes.int(), "1366 Incorrect integer value: 'abc' for column 'c' at row 1"],
    ['', text, fieldTypes.int(), "1366 Incorrect integer value: '' for column 'c' at row 1"],
    ['abc', text, fieldTypes.decimal(5, 2), "1366 Incorrect decimal value: 'abc' for column 'c' at row 1"],
    [dec('1000'), decimal, fieldTypes.decimal(5, 2), "1264 Out of range value for column 'c' at row 1"],
    ['1x', text, fieldTypes.double(), "1366 Incorrect DOUBLE value: '1x' for column 'c' at row 1"],
    ['abcd', text, fieldTypes.varchar(3), "1406 Data too long for column 'c' at row 1"],
    ['🐟', text, fieldTypes.date(), "1292 Incorrect date value: '?' for column 'c' at row 1"],
    ['2020-02-30', text, fieldTypes.date(), "1292 Incorrect date value: '2020-02-30' for column 'c' at row 1"],
    ['0000-00-00', text, fieldTypes.datetime(), "1292 Incorrect datetime value: '0000-00-00' for column 'c' at row 1"],
    ['2039-01-01', text, fieldTypes.timestamp(), "1292 Incorrect datetime value: '2039-01-01' for column 'c' at row 1"],
    ['900:00:00', text, fieldTypes.time(), "1292 Incorrect time value: '900:00:00' for column 'c' at row 1"],
    ['x', text, fieldTypes.enum(['a', 'b']), "1265 Data truncated for column 'c' at row 1"],
    ['a,x', text, fieldTypes.set(['a', 'b']), "1265 Data truncated for column 'c' at row 1"],
    [256, int, fieldTypes.bit(8), "1406 Data too long for column 'c' at row 1"],
    [1900, int, fieldTypes.year(), "1264 Out of range value for column 'c' at row 1"],
    [
      '{bad',
      text,
      fieldTypes.json(),
      '3140 Invalid JSON text: "Missing a name for object member." at position 1 in value for column \'t.c\'.',
    ],
    [
      1,
      int,
      fieldTypes.json(),
      '3140 Invalid JSON text: "not a JSON text, may need CAST" at position 0 in value for column \'t.c\'.',
    ],
    [null, int, { ...fieldTypes.int(), nullable: false }, "1048 Column 'c' cannot be null"],
  ];
  for (const [value, from, to, message] of cases) {
    assert.deepEqual(store(value, from, to, true).messages, [message], `${String(value)} into ${to.name}`);
  }
});

test('without strict mode the nearest value is stored with a warning', () => {
  const cases: [Datum, FieldType, FieldType, string, string[]][] = [
    [128, int, fieldTypes.tinyint(), '127', ['Warning 1264']],
    ['12abc', text, fieldTypes.int(), '12', ['Warning 1265']],
    ['abc', text, fieldTypes.int(), '0', ['Warning 1366']],
    ['12abc', text, fieldTypes.decimal(5, 2), '12.00', ['Note 1265']],
    [dec('1000'), decimal, fieldTypes.decimal(5, 2), '999.99', ['Warning 1264']],
    ['äöüß', text, fieldTypes.varchar(3), 'äöü', ['Warning 1265']],
    ['abc', text, fieldTypes.date(), '0000-00-00', ['Warning 1265']],
    ['2020-02-30', text, fieldTypes.date(), '0000-00-00', ['Warning 1264']],
    ['2020-02-00', text, fieldTypes.date(), '2020-02-00', []],
    ['900:00:00', text, fieldTypes.time(), '838:59:59', ['Warning 1264']],
    ['x', text, fieldTypes.enum(['a', 'b']), '', ['Warning 1265']],
    ['a,x', text, fieldTypes.set(['a', 'b']), 'a', ['Warning 1265']],
  ];
  for (const [value, from, to, expected, messages] of cases) {
    assert.deepEqual(store(value, from, to, false), { text: expected, messages }, `${String(value)} into ${to.name}`);
  }
});

test('values that fit', () => {
  const cases: [Datum, FieldType, FieldType, string, string[]?][] = [
    ['1e2', text, fieldTypes.int(), '100'],
    [dec('2.5'), decimal, fieldTypes.int(), '3'],
    [2.5, double, fieldTypes.int(), '2'],
    [dec('999.994'), decimal, fieldTypes.decimal(5, 2), '999.99', ['Note 1265']],
    [1.239, double, fieldTypes.varchar(3), '1.2'],
    ['abc  ', text, fieldTypes.varchar(3), 'abc', ['Note 1265']],
    ['ab   ', text, fieldTypes.char(3), 'ab'],
    ['2020-1-2 3:4:5.6', text, fieldTypes.datetime(), '2020-01-02 03:04:06'],
    [20_200_102, int, fieldTypes.datetime(), '2020-01-02 00:00:00'],
    [DateTime.of(2020, 1, 2, 3), fieldTypes.datetime(), fieldTypes.date(), '2020-01-02', ['Note 1292']],
    ['2020-01-02 10:11:12+02:00', text, fieldTypes.datetime(), '2020-01-02 08:11:12'],
    [101_112, int, fieldTypes.time(), '10:11:12'],
    [70, int, fieldTypes.year(), '1970'],
    ['0', text, fieldTypes.year(), '2000'],
    [0, int, fieldTypes.year(), '0000'],
    ['A ', text, fieldTypes.enum(['a', 'b']), 'a'],
    ['2', text, fieldTypes.enum(['a', 'b']), 'b'],
    ['b,a', text, fieldTypes.set(['a', 'b']), 'a,b'],
    [new Json(12n), fieldTypes.json(), fieldTypes.int(), '12'],
    ['[1,{"b":2,"a":1}]', text, fieldTypes.json(), '[1, {"a": 1, "b": 2}]'],
  ];
  for (const [value, from, to, expected, messages] of cases) {
    const label = `${String(value)} into ${to.name}`;
    assert.deepEqual(store(value, from, to, true), { text: expected, messages: messages ?? [] }, label);
  }
});
