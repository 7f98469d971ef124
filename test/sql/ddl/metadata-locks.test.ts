import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { rowsOf, type SqlServer, startSqlServer } from '../session/sql-server.ts';

let server: SqlServer;
let writer: Connection;
let changer: Connection;

before(async () => {
  server = await startSqlServer();
  writer = await server.connect();
  changer = await server.connect();
  await writer.query('CREATE DATABASE d');
  for (const connection of [writer, changer]) await connection.query('USE d');
});

after(() => server.close());

/** Settles when the server has seen that `running` waits for a metadata lock: a probe behind it on another connection. */
async function untilHeldBack(running: Promise<unknown>): Promise<'waiting' | 'done'> {
  let state: 'waiting' | 'done' = 'waiting';
  const mark = (): void => {
    state = 'done';
  };
  running.then(mark, mark);
  const probe = await server.connect();
  for (let i = 0; i < 20; i++) await probe.query('SELECT 1');
  await probe.end();
  return state;
}

test('an index added while a transaction writes has the rows of that transaction', async () => {
  await writer.query('CREATE TABLE a (id INT PRIMARY KEY, v INT)');
  await writer.query('BEGIN');
  await writer.query('INSERT INTO a VALUES (1, 10)');
  const altering = changer.query('ALTER TABLE a ADD INDEX by_v (v)');
  assert.equal(await untilHeldBack(altering), 'waiting');
  await writer.query('INSERT INTO a VALUES (2, 20)');
  await writer.query('COMMIT');
  await altering;
  assert.deepEqual(await rowsOf(writer, 'SELECT id FROM a FORCE INDEX (by_v) WHERE v >= 10 ORDER BY v'), [
    { id: 1 },
    { id: 2 },
  ]);
});

test('a write that waited for a schema change follows the new schema', async () => {
  await writer.query('CREATE TABLE b (id INT PRIMARY KEY, v INT)');
  const holder = await server.connect({ database: 'd' });
  await holder.query('BEGIN');
  await holder.query('INSERT INTO b VALUES (1, 1)');
  const altering = changer.query('ALTER TABLE b ADD COLUMN w INT NOT NULL DEFAULT 7, ADD UNIQUE INDEX by_v (v)');
  assert.equal(await untilHeldBack(altering), 'waiting');
  const late = writer.query('INSERT INTO b (id, v) VALUES (2, 2)');
  assert.equal(await untilHeldBack(late), 'waiting');
  await holder.query('ROLLBACK');
  await altering;
  await late;
  assert.deepEqual(await rowsOf(writer, 'SELECT * FROM b FORCE INDEX (by_v)'), [{ id: 2, v: 2, w: 7 }]);
});

test('a table that is copied loses no row to writers', async () => {
  await writer.query('CREATE TABLE c (id INT PRIMARY KEY, v INT)');
  await writer.query('INSERT INTO c VALUES (1, 1)');
  await writer.query('BEGIN');
  await writer.query('INSERT INTO c VALUES (2, 2)');
  const altering = changer.query('ALTER TABLE c MODIFY v VARCHAR(10), DROP PRIMARY KEY, ADD PRIMARY KEY (v, id)');
  assert.equal(await untilHeldBack(altering), 'waiting');
  await writer.query('COMMIT');
  await altering;
  assert.deepEqual(await rowsOf(writer, 'SELECT * FROM c ORDER BY id'), [
    { id: 1, v: '1' },
    { id: 2, v: '2' },
  ]);
});

test('a schema change gives up after lock_wait_timeout, and writers go on', async () => {
  await writer.query('CREATE TABLE e (id INT PRIMARY KEY)');
  await writer.query('BEGIN');
  await writer.query('INSERT INTO e VALUES (1)');
  await changer.query('SET lock_wait_timeout = 1');
  await assert.rejects(changer.query('DROP TABLE e'), /Lock wait timeout exceeded/);
  await writer.query('INSERT INTO e VALUES (2)');
  await writer.query('COMMIT');
  assert.deepEqual(await rowsOf(changer, 'SELECT COUNT(*) AS n FROM e'), [{ n: 2 }]);
});
