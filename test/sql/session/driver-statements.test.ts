/**
 * What drivers, ORMs, dump and change-data tools send, from the collection outside the repository (see
 * `test/sql/parser/shared-corpus.test.ts`): each statement answers as MySQL does. The few that fail there fail here.
 */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { startSqlServer } from './sql-server.ts';

const candidates = [process.env['SHOAL_SHARED'], join(process.cwd(), '../shared'), join(process.cwd(), '../../shared')];
const shared = candidates.find((path) => path !== undefined && existsSync(join(path, 'conformance')));

const SETUP = [
  'CREATE DATABASE db',
  'CREATE DATABASE test',
  'CREATE TABLE test.t1 (id INT PRIMARY KEY)',
  'USE db',
  'CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a JSON, b JSON, x INT, y INT, z VARCHAR(20), KEY ix0 (z))',
  'CREATE TABLE t1 (id INT PRIMARY KEY, c VARCHAR(10))',
  'CREATE TABLE Users (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(255), createdAt DATETIME NOT NULL DEFAULT NOW())',
  'CREATE TABLE Posts (id INT PRIMARY KEY, UserId INT, x INT, y INT)',
  'CREATE TABLE user (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20), createdAt DATETIME DEFAULT NOW(), version INT)',
  'CREATE TABLE User (id INT PRIMARY KEY, email VARCHAR(20))',
  'CREATE TABLE u (id INT PRIMARY KEY, a INT)',
  'CREATE TABLE post (id INT PRIMARY KEY, x INT, a INT)',
  'CREATE TABLE hibernate_sequence (next_val BIGINT)',
  'CREATE TABLE auth_user (id INT PRIMARY KEY, username VARCHAR(20))',
  'CREATE TABLE b (id INT PRIMARY KEY)',
  'CREATE TABLE a (id INT PRIMARY KEY, x VARCHAR(30), y INT, d DATETIME, b_id INT, a INT)',
  'CREATE TABLE wp_posts (ID BIGINT PRIMARY KEY, post_type VARCHAR(20), post_status VARCHAR(20), post_date DATETIME)',
  'CREATE TABLE wp_options (option_id BIGINT PRIMARY KEY AUTO_INCREMENT, option_name VARCHAR(191) UNIQUE, option_value LONGTEXT, autoload VARCHAR(20))',
  "CREATE VIEW v AS SELECT 'v' AS view_name",
];

/** Errors that MySQL gives on these tables too: duplicates, values that do not fit, a missing full-text index … */
const SHARED_ERRORS: ReadonlySet<number> = new Set([1055, 1060, 1062, 1094, 1191, 1231, 1292, 1400, 1397, 3140, 1146]);

/** `status` is the client's own command; GTID functions come with the binlog. */
const ELSEWHERE = /^(status$|SELECT GTID_SUBTRACT)/;

async function send(connection: Connection, text: string): Promise<void> {
  const sql = text.replace(/\\G$/, '');
  const markers = sql.replace(/'(?:[^'\\]|\\.)*'|`[^`]*`/g, '').split('?').length - 1;
  if (markers === 0) await connection.query(sql);
  else await connection.execute(sql, new Array<number>(markers).fill(1));
}

test('every statement of every sender', { skip: shared === undefined ? 'no shared folder' : false }, async (t) => {
  const path = join(shared ?? '', 'conformance/statements/driver-statements.json');
  const senders = JSON.parse(readFileSync(path, 'utf8')) as Record<string, string[]>;
  const server = await startSqlServer();
  t.after(() => server.close());
  const connection = await server.connect();
  for (const sql of SETUP) await connection.query(sql);
  for (const [sender, statements] of Object.entries(senders)) {
    await connection.changeUser({ user: 'root', database: 'db' });
    for (const sql of statements) {
      if (ELSEWHERE.test(sql)) continue;
      await send(connection, sql).catch((error: { readonly errno?: number }) => {
        assert.ok(SHARED_ERRORS.has(error.errno ?? 0), `${sender}: ${sql}: ${String(error)}`);
      });
    }
  }
  assert.deepEqual(server.internalErrors, []);
});
