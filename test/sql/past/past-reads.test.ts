/** Reads of the past: AS OF TIMESTAMP in queries and transactions, tidb_snapshot, tidb_read_staleness. */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { rowsOf, type SqlServer } from '../session/sql-server.ts';
import { startStoreServer } from '../support/store-server.ts';

let server: SqlServer;
let connection: Connection;
let other: Connection;
/** Between the first row and the second. */
let early: string;
let number = 0;
let table: string;

before(async () => {
  server = await startStoreServer();
  connection = await server.connect({ dateStrings: true });
  other = await server.connect();
  await connection.query('CREATE DATABASE past');
  for (const one of [connection, other]) await one.query('USE past');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

/** A time later than everything committed so far, and earlier than everything after it. */
async function now(): Promise<string> {
  const at = async () => (await rowsOf(connection, 'SELECT NOW(3) AS at'))[0]?.['at'] as string;
  const start = await at();
  for (let time = start; ; time = await at()) if (time > start) return time;
}

async function untilAfter(time: string): Promise<void> {
  while ((await now()) <= time);
}

beforeEach(async () => {
  table = `t${++number}`;
  await connection.query(`CREATE TABLE ${table} (id INT PRIMARY KEY, v INT)`);
  await connection.query(`INSERT INTO ${table} VALUES (1, 10)`);
  early = await now();
  await untilAfter(early);
  await connection.query(`UPDATE ${table} SET v = 11 WHERE id = 1`);
  await connection.query(`INSERT INTO ${table} VALUES (2, 20)`);
});

const values = async (sql: string): Promise<unknown[]> => (await rowsOf(connection, sql)).map((row) => row['v']);

async function fails(sql: string, errno: number, message: string | RegExp): Promise<void> {
  await assert.rejects(connection.query(sql), (error: { errno?: number; sqlMessage?: string }) => {
    assert.equal(error.errno, errno, error.sqlMessage);
    if (typeof message === 'string') assert.equal(error.sqlMessage, message);
    else assert.match(error.sqlMessage ?? '', message);
    return true;
  });
}

test('a query reads as of a time, by key, by scan, in joins, subqueries and prepared', async () => {
  const asOf = `AS OF TIMESTAMP '${early}'`;
  assert.deepEqual(await values(`SELECT v FROM ${table} ${asOf}`), [10]);
  assert.deepEqual(await values(`SELECT v FROM ${table} ${asOf} WHERE id = 1`), [10]);
  assert.deepEqual(await values(`SELECT v FROM ${table} ${asOf} WHERE id = 2`), []);
  assert.deepEqual(await values(`SELECT b.v FROM ${table} ${asOf} AS a JOIN ${table} ${asOf} AS b USING (id)`), [10]);
  assert.deepEqual(await values(`SELECT (SELECT MAX(v) FROM ${table} ${asOf}) AS v`), [10]);
  const [rows] = await connection.execute(`SELECT v FROM ${table} ${asOf} WHERE id = ?`, [1]);
  assert.deepEqual(rows, [{ v: 10 }]);
  assert.deepEqual(await values(`SELECT v FROM ${table} ORDER BY id`), [11, 20], 'the next query reads the present');
  assert.deepEqual(
    await values(`SELECT v FROM ${table} AS OF TIMESTAMP NOW(6) - INTERVAL 0 SECOND WHERE id = 1`),
    [11],
  );
  assert.deepEqual(
    await values(`SELECT v FROM ${table} AS OF TIMESTAMP TIDB_BOUNDED_STALENESS('${early}', '${early}')`),
    [10],
  );
});

test('the schema is that of the time, too', async () => {
  await connection.query(`ALTER TABLE ${table} ADD COLUMN w INT DEFAULT 7, ADD INDEX (v)`);
  assert.deepEqual(await rowsOf(connection, `SELECT * FROM ${table} AS OF TIMESTAMP '${early}' WHERE v = 10`), [
    { id: 1, v: 10 },
  ]);
  await fails(`SELECT w FROM ${table} AS OF TIMESTAMP '${early}'`, 1054, /Unknown column 'w'/);
  await connection.query(`DROP TABLE ${table}`);
  assert.deepEqual(await values(`SELECT v FROM ${table} AS OF TIMESTAMP '${early}'`), [10]);
});

test('a transaction as of a time reads there throughout and writes nothing', async () => {
  await connection.query(`START TRANSACTION READ ONLY AS OF TIMESTAMP '${early}'`);
  assert.deepEqual(await values(`SELECT v FROM ${table}`), [10]);
  assert.deepEqual(await values(`SELECT v FROM ${table} WHERE id = 1`), [10]);
  await other.query(`UPDATE ${table} SET v = 12 WHERE id = 1`);
  assert.deepEqual(await values(`SELECT v FROM ${table} WHERE id = 1`), [10]);
  await fails(`UPDATE ${table} SET v = 1`, 1792, /READ ONLY transaction/);
  await fails(
    `SELECT v FROM ${table} AS OF TIMESTAMP '${early}'`,
    8135,
    "invalid as of timestamp: as of timestamp can't be set in transaction.",
  );
  await connection.query('COMMIT');
  assert.deepEqual(await values(`SELECT v FROM ${table} WHERE id = 1`), [12]);
});

test('SET TRANSACTION as of a time is for the next transaction, or the next query', async () => {
  await connection.query(`SET TRANSACTION READ ONLY AS OF TIMESTAMP '${early}'`);
  assert.deepEqual(await values(`SELECT v FROM ${table}`), [10]);
  assert.deepEqual(await values(`SELECT v FROM ${table} ORDER BY id`), [11, 20]);
  await connection.query(`SET TRANSACTION READ ONLY AS OF TIMESTAMP '${early}'`);
  await connection.query('BEGIN');
  assert.deepEqual(await values(`SELECT v FROM ${table}`), [10]);
  assert.deepEqual(await values(`SELECT v FROM ${table}`), [10]);
  await connection.query('COMMIT');
  assert.deepEqual(await values(`SELECT v FROM ${table} ORDER BY id`), [11, 20]);
});

test('tidb_snapshot takes the whole session to a time until it is emptied', async () => {
  await connection.query(`SET tidb_snapshot = '${early}'`);
  assert.deepEqual(await values(`SELECT v FROM ${table}`), [10]);
  await fails(
    `INSERT INTO ${table} VALUES (3, 30)`,
    1105,
    "can not execute write statement when 'tidb_snapshot' is set",
  );
  assert.deepEqual(await rowsOf(connection, 'SELECT @@tidb_snapshot AS at'), [{ at: early }]);
  await connection.query("SET tidb_snapshot = ''");
  assert.deepEqual(await values(`SELECT v FROM ${table} ORDER BY id`), [11, 20]);
  await fails("SET tidb_snapshot = '2999-01-01 00:00:00'", 9006, 'cannot set read timestamp to a future time.');
  assert.deepEqual(await values(`SELECT v FROM ${table} ORDER BY id`), [11, 20]);
});

test('tidb_read_staleness reads so many seconds ago outside transactions, and leaves writes alone', async () => {
  await connection.query('SET tidb_read_staleness = -3600');
  await fails(`SELECT v FROM ${table}`, 1049, /Unknown database/);
  await connection.query(`UPDATE past.${table} SET v = v + 1 WHERE id = 1`).then(
    () => undefined,
    (error: unknown) => assert.fail(String(error)),
  );
  await connection.query('BEGIN');
  assert.deepEqual(await values(`SELECT v FROM ${table} WHERE id = 1`), [12]);
  await connection.query('COMMIT');
  await connection.query('SET tidb_read_staleness = 0');
  assert.deepEqual(await values(`SELECT v FROM ${table} WHERE id = 1`), [12]);
});

test('what is no time, or none of the past, is refused', async () => {
  await fails(
    `SELECT v FROM ${table} AS OF TIMESTAMP NOW() + INTERVAL 1 HOUR`,
    9006,
    'cannot set read timestamp to a future time.',
  );
  await fails(
    `START TRANSACTION READ ONLY AS OF TIMESTAMP '2999-01-01'`,
    9006,
    'cannot set read timestamp to a future time.',
  );
  await fails(
    `SELECT v FROM ${table} AS OF TIMESTAMP NULL`,
    8135,
    'invalid as of timestamp: as of timestamp cannot be NULL',
  );
  await fails(
    `SELECT 1 FROM ${table} AS OF TIMESTAMP '${early}' AS a, ${table} AS OF TIMESTAMP '2020-01-01' AS b`,
    8135,
    'invalid as of timestamp: can not set different time in the as of',
  );
  await fails(`INSERT INTO ${table} SELECT 9, v FROM ${table} AS OF TIMESTAMP '${early}'`, 8135, /query of its own/);
  await fails(`SELECT v FROM ${table} AS OF TIMESTAMP '${early}' FOR UPDATE`, 1792, /READ ONLY transaction/);
  await connection.query('BEGIN');
  await fails(
    `SELECT v FROM ${table} AS OF TIMESTAMP '${early}'`,
    8135,
    "invalid as of timestamp: as of timestamp can't be set in transaction.",
  );
  await connection.query('ROLLBACK');
});
