/** A running statement keeps what its snapshot shows from garbage collection; nothing does once it is over. */

import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import type { Connection as CoreConnection } from 'mysql2';
import type { Connection } from 'mysql2/promise';
import { type StoreServer, startStoreServer } from '../support/store-server.ts';

let server: StoreServer;
let connection: Connection;

before(async () => {
  server = await startStoreServer();
  connection = await server.connect();
  await connection.query('CREATE DATABASE held');
  await connection.query('USE held');
  await connection.query('CREATE TABLE t (id INT PRIMARY KEY, v TEXT)');
  for (let row = 0; row < 100; row += 10) {
    const rows = Array.from({ length: 10 }, (_, i) => `(${row + i}, REPEAT('x', 60000))`);
    await connection.query(`INSERT INTO t VALUES ${rows.join(', ')}`);
  }
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

const reads = (): number => server.storage.activeReads;

test('statements that end, well or not, hold nothing afterwards', async () => {
  await until(() => reads() === 0);
  await connection.query('SELECT COUNT(*) FROM t');
  assert.equal(reads(), 0);
  await assert.rejects(connection.query('SELECT (SELECT id FROM t) FROM t'));
  assert.equal(reads(), 0);
  await assert.rejects(connection.query('SELECT POW(id, 1000000) FROM t'));
  assert.equal(reads(), 0);
  await connection.execute('SELECT v FROM t WHERE id > ? LIMIT 3', [3]);
  assert.equal(reads(), 0);
  await connection.query('SET autocommit = 0, transaction_isolation = "READ-COMMITTED"');
  await connection.query('SELECT COUNT(*) FROM t');
  assert.equal(reads(), 0);
  await connection.query('COMMIT');
  await connection.query('SET autocommit = 1, transaction_isolation = "REPEATABLE-READ"');
});

test('a statement under way holds its snapshot until it is killed', async () => {
  const other = await server.connect();
  await other.query('USE held');
  const running = other.query('SELECT COUNT(*) FROM t WHERE SLEEP(100)');
  running.catch(() => undefined);
  await until(() => reads() === 1);
  await connection.query(`KILL QUERY ${other.threadId}`);
  await running.catch(() => undefined);
  assert.equal(reads(), 0);
  await other.end();
});

test('a client that stops reading holds the snapshot until it is gone', async () => {
  const other = await server.connect();
  await other.query('USE held');
  const { connection: core } = other as unknown as { readonly connection: CoreConnection & { stream: Socket } };
  const rows = core.query('SELECT a.v FROM t AS a JOIN t AS b').stream({ highWaterMark: 1 });
  rows.on('error', () => undefined);
  await new Promise((resolve) => rows.once('data', resolve));
  rows.pause();
  assert.equal(reads(), 1);
  core.stream.destroy();
  await until(() => reads() === 0);
});
