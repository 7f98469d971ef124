import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rowsOf, startSqlServer } from './sql-server.ts';

test('COLUMN_TYPE is written as SHOW CREATE TABLE writes it', async () => {
  const server = await startSqlServer();
  try {
    const connection = await server.connect();
    await connection.query('CREATE DATABASE d');
    await connection.query('USE d');
    await connection.query(
      'CREATE TABLE t (a TINYINT(1) UNSIGNED, b TINYINT(1), c TINYINT(1) ZEROFILL, d INT(5) ZEROFILL, e FLOAT(7,3) UNSIGNED, f DATETIME(3))',
    );
    const rows = await rowsOf(
      connection,
      "SELECT COLUMN_TYPE AS t FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = 'd' ORDER BY ORDINAL_POSITION",
    );
    const types = rows.map((row) => row['t']);
    assert.deepEqual(types, [
      'tinyint unsigned',
      'tinyint(1)',
      'tinyint(1) unsigned zerofill',
      'int(5) unsigned zerofill',
      'float(7,3) unsigned',
      'datetime(3)',
    ]);
    const [shown] = await rowsOf(connection, 'SHOW CREATE TABLE t');
    for (const type of types) assert.ok(String(shown?.['Create Table']).includes(` ${type} `), String(type));
  } finally {
    await server.close();
  }
});
