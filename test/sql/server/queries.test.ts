import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createConnection as callbackConnection } from 'mysql2';
import mysql, { type Connection } from 'mysql2/promise';
import { DateTime, type Datum, Decimal, type FieldType, fieldTypes, Json } from '../../../engine/index.ts';
import { column, type EchoServer, startEchoServer } from './echo-session.ts';

let echo: EchoServer;
let connection: Connection;

before(async () => {
  echo = await startEchoServer();
  connection = await mysql.createConnection({
    host: '127.0.0.1',
    port: echo.port,
    user: 'root',
    multipleStatements: true,
    supportBigNumbers: true,
    dateStrings: true,
  });
});

after(async () => {
  await connection.end();
  await echo.server.close();
});

const json: FieldType = { ...fieldTypes.longblob(), name: 'json', class: 'json' };
const text = (length: number): FieldType => fieldTypes.varchar(length);

const VALUES: readonly {
  readonly name: string;
  readonly type: FieldType;
  readonly value: Datum;
  readonly shown: unknown;
}[] = [
  { name: 'small', type: fieldTypes.bigint(), value: 7, shown: 7 },
  { name: 'negative', type: fieldTypes.bigint(), value: -123456, shown: -123456 },
  { name: 'ten digits', type: fieldTypes.bigint(), value: 2147483647, shown: 2147483647 },
  { name: 'large', type: fieldTypes.bigint(), value: 9007199254740991, shown: 9007199254740991 },
  { name: 'min', type: fieldTypes.bigint(), value: -9223372036854775808n, shown: '-9223372036854775808' },
  {
    name: 'umax',
    type: fieldTypes.bigint({ unsigned: true }),
    value: 18446744073709551615n,
    shown: '18446744073709551615',
  },
  { name: 'tiny', type: { ...fieldTypes.bigint(), name: 'tinyint' }, value: -128, shown: -128 },
  { name: 'short', type: { ...fieldTypes.bigint(), name: 'smallint' }, value: -32768, shown: -32768 },
  { name: 'medium', type: { ...fieldTypes.bigint(), name: 'mediumint' }, value: -8388608, shown: -8388608 },
  { name: 'int', type: { ...fieldTypes.bigint(), name: 'int' }, value: -2147483648, shown: -2147483648 },
  { name: 'year', type: { ...fieldTypes.bigint(), name: 'year', unsigned: true }, value: 2026, shown: 2026 },
  { name: 'double', type: fieldTypes.double(), value: 0.1, shown: 0.1 },
  { name: 'float', type: fieldTypes.float(), value: 1.5, shown: 1.5 },
  { name: 'decimal', type: fieldTypes.decimal(10, 2), value: Decimal.parse('-12.50') as Decimal, shown: '-12.50' },
  { name: 'date', type: fieldTypes.date(), value: DateTime.of(2026, 2, 28), shown: '2026-02-28' },
  {
    name: 'datetime',
    type: fieldTypes.datetime(0),
    value: DateTime.of(2026, 2, 28, 1, 2, 3),
    shown: '2026-02-28 01:02:03',
  },
  {
    name: 'micros',
    type: fieldTypes.datetime(6),
    value: DateTime.of(2026, 2, 28, 1, 2, 3, 45),
    shown: '2026-02-28 01:02:03.000045',
  },
  { name: 'time', type: fieldTypes.time(0), value: -((25 * 3600 + 61) * 1_000_000), shown: '-25:01:01' },
  { name: 'text', type: text(20), value: 'héllo wörld ✓', shown: 'héllo wörld ✓' },
  { name: 'empty', type: text(20), value: '', shown: '' },
  { name: 'text 100', type: text(100), value: 'é'.repeat(100), shown: 'é'.repeat(100) },
  { name: 'text 300', type: text(300), value: 'x'.repeat(300), shown: 'x'.repeat(300) },
  { name: 'text 70000', type: text(70000), value: '✓'.repeat(70000), shown: '✓'.repeat(70000) },
  { name: 'bytes', type: fieldTypes.longblob(), value: Uint8Array.of(0, 255, 1), shown: Buffer.from([0, 255, 1]) },
  { name: 'json', type: json, value: new Json(new Map<string, bigint>([['a', 1n]])), shown: { a: 1 } },
  { name: 'null', type: text(5), value: null, shown: null },
  {
    name: 'enum',
    type: { ...text(5), name: 'enum', class: 'enum', elements: ['red', 'green'] },
    value: 2,
    shown: 'green',
  },
  { name: 'set', type: { ...text(5), name: 'set', class: 'set', elements: ['a', 'b', 'c'] }, value: 5, shown: 'a,c' },
  { name: 'bit', type: { ...fieldTypes.bigint(), name: 'bit', length: 10 }, value: 513, shown: Buffer.from([2, 1]) },
];

function addAllTypes(): void {
  echo.answers.set('all types', {
    columns: VALUES.map(({ name, type }) => column(name, type)),
    rows: [VALUES.map(({ value }) => value)],
  });
}

const SHOWN = Object.fromEntries(VALUES.map(({ name, shown }) => [name, shown]));

test('every type in the text protocol', async () => {
  addAllTypes();
  const [rows] = await connection.query('all types');
  assert.deepEqual({ ...(rows as object[])[0] }, SHOWN);
});

test('every type in the binary protocol', async () => {
  addAllTypes();
  const [rows] = await connection.execute('all types');
  assert.deepEqual({ ...(rows as object[])[0] }, SHOWN);
});

test('an OK packet carries counts, id and info', async () => {
  const [result] = await connection.query('do something');
  const { affectedRows, insertId, warningStatus, info } = result as mysql.ResultSetHeader;
  assert.deepEqual(
    { affectedRows, insertId, warningStatus, info },
    {
      affectedRows: 3,
      insertId: 7,
      warningStatus: 1,
      info: 'Rows matched: 3',
    },
  );
});

test('errors carry number, state and message, and the connection lives on', async () => {
  await assert.rejects(connection.query('fail near here'), {
    errno: 1064,
    sqlState: '42000',
    message: 'near here',
  });
  await connection.ping();
});

test('a defect is answered with 1105 and reported', async () => {
  const before = echo.internalErrors.length;
  await assert.rejects(connection.query('boom'), { errno: 1105 });
  assert.equal(echo.internalErrors.length, before + 1);
  await connection.ping();
});

test('several statements in one packet answer several results', async () => {
  const [results] = await connection.query('numbers 2;do it;numbers 1');
  const [first, second, third] = results as unknown as [object[], mysql.ResultSetHeader, object[]];
  assert.deepEqual(
    first.map((row) => ({ ...row })),
    [
      { n: 0, text: '' },
      { n: 1, text: 'x' },
    ],
  );
  assert.equal(second.affectedRows, 3);
  assert.equal(third.length, 1);
});

test('commands sent without waiting are answered in order', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => (i % 3 === 0 ? connection.query('later') : connection.query(`numbers ${i}`))),
  );
  answers.forEach(([result], i) => {
    if (i % 3 === 0) assert.equal((result as mysql.ResultSetHeader).affectedRows, 1);
    else assert.equal((result as object[]).length, i);
  });
});

test('a large result streams to a slow reader without loss', async () => {
  const slow = callbackConnection({ host: '127.0.0.1', port: echo.port, user: 'root' });
  const stream = slow.query('numbers 200000').stream({ highWaterMark: 10 });
  let expected = 0;
  for await (const row of stream as AsyncIterable<{ n: number; text: string }>) {
    assert.equal(row.n, expected);
    assert.equal(row.text.length, expected % 200);
    expected++;
  }
  assert.equal(expected, 200000);
  slow.destroy();
});

test('a value beyond 16 MB crosses in several frames, both ways', async () => {
  const value = Buffer.alloc(33_554_430 - 30, 'ab');
  const [rows] = await connection.execute('echo ?', [value]);
  const [{ p0 }] = rows as unknown as [{ p0: string }];
  assert.equal(Buffer.byteLength(p0), value.length);
  assert.ok(Buffer.from(p0).equals(value));
  for (const size of [0xffffff - 5, 0xffffff - 4, 0xffffff - 3, 0xffffff]) {
    echo.answers.set('long', { columns: [column('v', fieldTypes.varchar(1))], rows: [['y'.repeat(size)], ['z']] });
    const [long] = await connection.query('long');
    assert.deepEqual(
      (long as { v: string }[]).map(({ v }) => v.length),
      [size, 1],
    );
  }
});

test('bound parameters keep value and type', async () => {
  const date = new Date(Date.UTC(2026, 1, 28, 1, 2, 3, 456));
  const [rows] = await connection.execute('echo ?,?,?,?,?,?', [1.5, 'text', null, true, Buffer.from([0xff, 0]), date]);
  const row = (rows as Record<string, unknown>[])[0];
  assert.equal(row?.['p0'], 1.5);
  assert.equal(row?.['p1'], 'text');
  assert.equal(row?.['p2'], null);
  assert.equal(Number(row?.['p3']), 1);
  assert.deepEqual(row?.['p4'], Buffer.from([0xff, 0]));
  assert.match(String(row?.['p5']), /^2026-02-2\d \d\d:02:03.456000$/);
});

test('a statement is executed again without types being sent', async () => {
  const statement = await connection.prepare('echo ?');
  for (const value of ['a', 'b', null, 'c']) {
    const [rows] = await statement.execute([value]);
    assert.equal((rows as { p0: unknown }[])[0]?.p0, value);
  }
  await statement.close();
});

test('ping, change of database, change of user', async () => {
  const other = await mysql.createConnection({ host: '127.0.0.1', port: echo.port, user: 'root', database: 'first' });
  assert.equal(echo.sessions.at(-1)?.database, 'first');
  await other.changeUser({ user: 'native', password: 'geheim', database: 'second' });
  assert.equal(echo.sessions.at(-1)?.identity.user, 'native');
  assert.equal(echo.sessions.at(-1)?.database, 'second');
  await other.ping();
  await other.end();
});

test('LOAD DATA LOCAL asks the client for the file', async () => {
  const { Readable } = await import('node:stream');
  const [result] = await connection.query({
    sql: 'load data.csv',
    infileStreamFactory: (path: string) => {
      assert.equal(path, 'data.csv');
      return Readable.from([Buffer.alloc(100_000, 1), Buffer.alloc(23, 2)]);
    },
  });
  assert.equal((result as mysql.ResultSetHeader).affectedRows, 100_023);
  await connection.ping();
});
