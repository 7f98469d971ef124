/** What INSERT … ON DUPLICATE KEY UPDATE and its like tell of the rows they met, as MySQL counts them. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection, ResultSetHeader } from 'mysql2/promise';
import { type SqlServer, startSqlServer } from '../session/sql-server.ts';

let server: SqlServer;
let counting: Connection;
let plain: Connection;

async function told(connection: Connection, sql: string): Promise<readonly [number, string]> {
  await connection.query('DROP TABLE IF EXISTS t');
  await connection.query('CREATE TABLE t (id INT PRIMARY KEY, v INT)');
  await connection.query('INSERT INTO t VALUES (1, 10), (2, 20)');
  const [{ affectedRows, info }] = await connection.query<ResultSetHeader>(sql);
  return [affectedRows, info];
}

before(async () => {
  server = await startSqlServer();
  counting = await server.connect();
  plain = await server.connect({ flags: ['-FOUND_ROWS'] });
  await counting.query('CREATE DATABASE counts');
  for (const connection of [counting, plain]) await connection.query('USE counts');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

const unchanged = 'INSERT INTO t VALUES (1, 11), (2, 21), (3, 30) ON DUPLICATE KEY UPDATE v = v';

test('rows that stay as they are count as duplicates for clients that count found rows', async () => {
  assert.deepEqual(await told(plain, unchanged), [1, 'Records: 3  Duplicates: 0  Warnings: 0']);
  assert.deepEqual(await told(counting, unchanged), [3, 'Records: 3  Duplicates: 2  Warnings: 0']);
});

test('changed, replaced and ignored rows count as duplicates for all', async () => {
  for (const connection of [plain, counting]) {
    const changed = 'INSERT INTO t VALUES (1, 11), (3, 30) ON DUPLICATE KEY UPDATE v = v + 1';
    assert.deepEqual(await told(connection, changed), [3, 'Records: 2  Duplicates: 1  Warnings: 0']);
    const replaced = 'REPLACE INTO t VALUES (1, 11), (3, 30)';
    assert.deepEqual(await told(connection, replaced), [3, 'Records: 2  Duplicates: 1  Warnings: 0']);
    const ignored = 'INSERT IGNORE INTO t VALUES (1, 11), (3, 30)';
    assert.deepEqual(await told(connection, ignored), [1, 'Records: 2  Duplicates: 1  Warnings: 1']);
  }
});
