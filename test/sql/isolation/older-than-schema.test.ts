/**
 * Snapshots older than the newest schema where MySQL has no answer of its own, because it would have kept the definition
 * statement waiting for the reader, or because we go without an index that it would ask for.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { rowsOf, type SqlServer } from '../session/sql-server.ts';
import { startStoreServer } from '../support/store-server.ts';

let server: SqlServer;
let reader: Connection;
let writer: Connection;
let other: string;

before(async () => {
  server = await startStoreServer();
  [reader, writer] = [await server.connect(), await server.connect()];
  await writer.query('CREATE DATABASE older');
  for (const connection of [reader, writer]) await connection.query('USE older');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

beforeEach(async () => {
  await reader.query('ROLLBACK');
  await writer.query('DROP TABLE IF EXISTS t, u, t2');
  await writer.query('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)');
  await writer.query('INSERT INTO t VALUES (1, 10, 100), (2, 20, 200), (3, 30, 300)');
  await writer.query('CREATE TABLE u (a INT)');
  await writer.query('INSERT INTO u VALUES (10), (30)');
  other = 'SELECT 1 FROM u LIMIT 1';
});

const changed = { errno: 1412, sqlMessage: 'Table definition has changed, please retry transaction' };
const all = [
  { id: 1, v: 10, w: 100 },
  { id: 2, v: 20, w: 200 },
  { id: 3, v: 30, w: 300 },
];

test('no plan takes an index that is younger than the snapshot', async () => {
  await reader.query('BEGIN');
  await reader.query(other);
  await writer.query('ALTER TABLE t ADD INDEX by_v (v), ADD UNIQUE by_w (w)');
  for (const [sql, ids] of [
    ['SELECT id FROM t WHERE v = 20', [2]],
    ['SELECT id FROM t WHERE w = 300', [3]],
    ['SELECT id FROM t ORDER BY v DESC LIMIT 1', [3]],
    ['SELECT id FROM t USE INDEX (by_v) WHERE v > 15', [2, 3]],
    ['SELECT t.id FROM u JOIN t ON t.v = u.a ORDER BY t.id', [1, 3]],
    ['SELECT (SELECT id FROM t WHERE w = 100) AS id', [1]],
    ['SELECT id FROM t WHERE v IN (SELECT a FROM u) ORDER BY id', [1, 3]],
  ] as const) {
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(
        (await rowsOf(reader, sql)).map((row) => row['id']),
        ids,
        sql,
      );
      const [rows] = await reader.execute(sql);
      assert.deepEqual(
        (rows as { id: number }[]).map(({ id }) => id),
        ids,
        `prepared: ${sql}`,
      );
    }
  }
  const plan = JSON.stringify(await rowsOf(reader, 'EXPLAIN SELECT id FROM t WHERE v = 20'));
  assert.doesNotMatch(plan, /by_v/);
  await reader.query('COMMIT');
  assert.match(JSON.stringify(await rowsOf(reader, 'EXPLAIN SELECT id FROM t WHERE v = 20')), /by_v/);
});

test('plans of others and of later transactions are not those of an old snapshot, nor the other way round', async () => {
  const sql = 'SELECT id FROM t WHERE v = ?';
  const ids = async (connection: Connection): Promise<unknown> => (await connection.execute(sql, [20]))[0];
  await reader.query('BEGIN');
  await reader.query(other);
  for (let i = 0; i < 3; i++) assert.deepEqual(await ids(reader), [{ id: 2 }]);
  await writer.query('ALTER TABLE t ADD INDEX by_v (v)');
  await writer.query('UPDATE t SET v = 20 WHERE id = 1');
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await ids(writer), [{ id: 1 }, { id: 2 }]);
    assert.deepEqual(await ids(reader), [{ id: 2 }]);
  }
  await reader.query('COMMIT');
  assert.deepEqual(await ids(reader), [{ id: 1 }, { id: 2 }]);
});

test('locking reads and writes take the newest table', async () => {
  await reader.query('BEGIN');
  await reader.query(other);
  await writer.query('ALTER TABLE t ADD INDEX by_v (v), ADD COLUMN x INT DEFAULT 5');
  assert.deepEqual(await rowsOf(reader, 'SELECT id, x FROM t FORCE INDEX (by_v) WHERE v = 20 FOR UPDATE'), [
    { id: 2, x: 5 },
  ]);
  await reader.query('UPDATE t FORCE INDEX (by_v) SET x = 6 WHERE v = 20');
  await assert.rejects(reader.query('SELECT * FROM t'), changed);
  await reader.query('COMMIT');
  assert.deepEqual(await rowsOf(reader, 'SELECT x FROM t ORDER BY id'), [{ x: 5 }, { x: 6 }, { x: 5 }]);
});

for (const change of [
  'ALTER TABLE t ADD COLUMN x INT DEFAULT 5',
  'ALTER TABLE t DROP COLUMN v',
  'ALTER TABLE t MODIFY v VARCHAR(20)',
  'ALTER TABLE t DROP PRIMARY KEY',
  'TRUNCATE TABLE t',
  'DROP TABLE t',
  'RENAME TABLE t TO t2',
]) {
  test(`a table that was read before stays what it was: ${change}`, async () => {
    await reader.query('BEGIN');
    assert.deepEqual(await rowsOf(reader, 'SELECT * FROM t'), all);
    await writer.query(change);
    if (change === 'DROP TABLE t') await writer.query('CREATE TABLE t (z INT)');
    assert.deepEqual(await rowsOf(reader, 'SELECT * FROM t'), all);
    assert.deepEqual(await rowsOf(reader, 'SELECT v FROM t WHERE id = 2'), [{ v: 20 }]);
    await reader.query('COMMIT');
  });
}

test('what was read before and is written after it changed is 1412', async () => {
  await reader.query('BEGIN');
  await rowsOf(reader, 'SELECT * FROM t');
  await writer.query('ALTER TABLE t DROP COLUMN v');
  await reader.query('INSERT INTO t VALUES (4, 400)');
  await assert.rejects(reader.query('SELECT * FROM t'), changed);
  await reader.query('ROLLBACK');
});

test('with an index, rows written since and the old ones are seen together', async () => {
  await reader.query('BEGIN');
  await rowsOf(reader, 'SELECT * FROM t');
  await writer.query('ALTER TABLE t ADD INDEX by_v (v)');
  await reader.query('INSERT INTO t VALUES (4, 20, 400)');
  assert.deepEqual(await rowsOf(reader, 'SELECT id FROM t WHERE v = 20 ORDER BY id'), [{ id: 2 }, { id: 4 }]);
  await reader.query('COMMIT');
});
