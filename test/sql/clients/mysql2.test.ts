import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createConnection as createCallbackConnection } from 'mysql2';
import {
  type Connection,
  createConnection,
  createPool,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { type ServerProcess, startServer } from '../../support/server-process.ts';

let server: ServerProcess;
let connection: Connection;

before(async () => {
  server = await startServer();
  connection = await createConnection({ uri: server.url, multipleStatements: true, charset: 'utf8mb4' });
  await connection.query('CREATE DATABASE clients; USE clients');
  await connection.query(`CREATE TABLE item (
    id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(50) NOT NULL, price DECIMAL(10,2), big BIGINT UNSIGNED, ratio DOUBLE,
    made DATE, seen DATETIME(3), length TIME(2), data BLOB, doc JSON, kind ENUM('a','b'), flags SET('x','y','z'), bits BIT(10), y YEAR,
    UNIQUE KEY by_name (name))`);
});

after(async () => {
  await connection.end();
  await server.stop();
});

async function rowsOf(sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
  const [rows] = await connection.query<RowDataPacket[]>(sql, values);
  return rows;
}

interface MysqlError extends Error {
  readonly errno: number;
  readonly sqlState: string;
  readonly sqlMessage: string;
}

const values = {
  name: 'tea é 你 😀',
  price: '1234567.89',
  big: '18446744073709551615',
  ratio: 0.1,
  made: '2024-02-29',
  seen: '2024-02-29 12:34:56.789',
  length: '-12:34:56.78',
  data: Buffer.from([0, 1, 2, 255, 10, 39]),
  doc: { a: [1, 'two', null, true], b: { c: 1.5 } },
  kind: 'b',
  flags: 'x,z',
  bits: Buffer.from([2, 1]),
  y: 2024,
};

function insertValues(): unknown[] {
  return Object.values({ ...values, doc: JSON.stringify(values.doc) });
}

for (const protocol of ['text', 'binary'] as const) {
  test(`every type keeps its value through the ${protocol} protocol`, async () => {
    await connection.query('DELETE FROM item');
    const sql = `INSERT INTO item (${Object.keys(values).join(', ')}) VALUES (${insertValues()
      .map(() => '?')
      .join(', ')})`;
    const exact = { dateStrings: true, supportBigNumbers: true, bigNumberStrings: false } as const;
    const own = await createConnection({ uri: server.url, database: 'clients', charset: 'utf8mb4', ...exact });
    if (protocol === 'text') await own.query(sql, insertValues());
    else await own.execute(sql, insertValues() as string[]);
    const select = 'SELECT * FROM item WHERE name = ?';
    const [[row]] =
      protocol === 'text'
        ? await own.query<RowDataPacket[]>(select, [values.name])
        : await own.execute<RowDataPacket[]>(select, [values.name]);
    await own.end();
    assert.ok(row !== undefined);
    const { id, ...rest } = row;
    assert.ok(Number.isInteger(id));
    assert.deepEqual(rest, values);
  });
}

test('NULL is null in every type and protocol', async () => {
  await connection.query("INSERT INTO item (name) VALUES ('null row')");
  const [text] = await connection.query<RowDataPacket[]>("SELECT * FROM item WHERE name = 'null row'");
  const [binary] = await connection.execute<RowDataPacket[]>('SELECT * FROM item WHERE name = ?', ['null row']);
  const { id, name, ...rest } = text[0] ?? assert.fail('the row is missing');
  assert.equal(name, 'null row');
  assert.ok(id > 0);
  assert.deepEqual(Object.values(rest), Array(12).fill(null));
  assert.deepEqual(binary, text);
});

test('results of writes: affectedRows, insertId, changedRows, info', async () => {
  const [inserted] = await connection.query<ResultSetHeader>("INSERT INTO item (name) VALUES ('w1'), ('w2')");
  assert.equal(inserted.affectedRows, 2);
  assert.ok(inserted.insertId > 0);
  assert.match(inserted.info, /Records: 2 {2}Duplicates: 0 {2}Warnings: 0/);
  const [updated] = await connection.query<ResultSetHeader>("UPDATE item SET y = 2000 WHERE name IN ('w1', 'w2')");
  assert.equal(updated.affectedRows, 2);
  assert.equal(updated.changedRows, 2);
  const [again] = await connection.query<ResultSetHeader>("UPDATE item SET y = 2000 WHERE name IN ('w1', 'w2')");
  assert.equal(again.changedRows, 0);
  assert.match(again.info, /Rows matched: 2 {2}Changed: 0/);
  const [deleted] = await connection.query<ResultSetHeader>("DELETE FROM item WHERE name LIKE 'w_'");
  assert.equal(deleted.affectedRows, 2);
});

const failures: readonly (readonly [string, number, string, RegExp])[] = [
  ["INSERT INTO item (name) VALUES ('dup'), ('dup')", 1062, '23000', /^Duplicate entry 'dup' for key 'item\.by_name'$/],
  ['SELECT nothing FROM item', 1054, '42S22', /^Unknown column 'nothing' in 'field list'$/],
  ['SELECT * FROM missing', 1146, '42S02', /^Table 'clients\.missing' doesn't exist$/],
  ['SELEC 1', 1064, '42000', /near 'SELEC 1' at line 1$/],
  [`INSERT INTO item (name) VALUES ('${'x'.repeat(51)}')`, 1406, '22001', /^Data too long for column 'name' at row 1$/],
  [
    "INSERT INTO item (name, price) VALUES ('o', 999999999)",
    1264,
    '22003',
    /^Out of range value for column 'price' at row 1$/,
  ],
  [
    "INSERT INTO item (name, made) VALUES ('o', '2023-02-30')",
    1292,
    '22007',
    /^Incorrect date value: '2023-02-30' for column 'made' at row 1$/,
  ],
  ['INSERT INTO item (name) VALUES (NULL)', 1048, '23000', /^Column 'name' cannot be null$/],
  ['INSERT INTO item (price) VALUES (1)', 1364, 'HY000', /^Field 'name' doesn't have a default value$/],
  ['SELECT 9223372036854775807 + 1', 1690, '22003', /^BIGINT value is out of range in '\(9223372036854775807 \+ 1\)'$/],
  ["INSERT INTO item (name, price) VALUES ('z', 1 / 0)", 1365, '22012', /^Division by 0$/],
];

for (const [sql, errno, sqlState, message] of failures) {
  test(`error ${errno} for ${sql.slice(0, 60)}`, async () => {
    await assert.rejects(connection.query(sql), (error: MysqlError) => {
      assert.equal(error.errno, errno);
      assert.equal(error.sqlState, sqlState);
      assert.match(error.sqlMessage, message);
      return true;
    });
  });
}

test('multi-statements answer one result each', async () => {
  const [results] = await connection.query("SELECT 1 AS a; SET @x = 5; SELECT @x AS b, 'two' AS c");
  assert.deepEqual((results as unknown[])[0], [{ a: 1 }]);
  assert.deepEqual((results as unknown[])[2], [{ b: 5, c: 'two' }]);
});

test('an error ends a multi-statement after the results before it', async () => {
  await assert.rejects(connection.query('SELECT 1; SELECT * FROM missing; SELECT 2'), /missing/);
  assert.deepEqual(await rowsOf('SELECT 3 AS alive'), [{ alive: 3 }]);
});

test('a pool shares connections under load', async () => {
  const pool = createPool({ uri: server.url, database: 'clients', connectionLimit: 6 });
  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const [rows] = await pool.execute<RowDataPacket[]>('SELECT ? + 1 AS n', [i]);
      return Number(rows[0]?.['n']);
    }),
  );
  assert.deepEqual(
    answers,
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  await pool.end();
});

test('a large result streams row by row', async () => {
  const callback = createCallbackConnection({ uri: server.url, database: 'clients' });
  const sql =
    'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT a.i AS x, b.i AS y FROM n a, n b WHERE b.i <= 50';
  let count = 0;
  let sum = 0;
  for await (const row of callback.query(sql).stream({ highWaterMark: 10 })) {
    count++;
    sum += (row as { x: number }).x;
  }
  assert.equal(count, 50_000);
  assert.equal(sum, 50 * 500_500);
  callback.destroy();
});

test('transactions: rollback undoes, other connections see only commits, savepoints nest', async () => {
  await connection.query('CREATE TABLE tx (id INT PRIMARY KEY, v INT)');
  const other = await createConnection({ uri: server.url, database: 'clients' });
  await connection.beginTransaction();
  await connection.query('INSERT INTO tx VALUES (1, 1)');
  await connection.query('SAVEPOINT s');
  await connection.query('INSERT INTO tx VALUES (2, 2)');
  await connection.query('ROLLBACK TO SAVEPOINT s');
  const [before] = await other.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM tx');
  assert.deepEqual(before, [{ n: 0 }]);
  await connection.commit();
  const [afterCommit] = await other.query<RowDataPacket[]>('SELECT * FROM tx');
  assert.deepEqual(afterCommit, [{ id: 1, v: 1 }]);
  await connection.beginTransaction();
  await connection.query('DELETE FROM tx');
  await connection.rollback();
  assert.deepEqual(await rowsOf('SELECT COUNT(*) AS n FROM tx'), [{ n: 1 }]);
  await other.end();
});

test('TLS, compression, reset and change of user', async () => {
  const secure = await createConnection({
    host: server.host,
    port: server.sqlPort,
    user: 'root',
    ssl: { rejectUnauthorized: false },
    compress: true,
  });
  const [cipher] = await secure.query<RowDataPacket[]>("SHOW STATUS LIKE 'Ssl_cipher'");
  assert.match(String(cipher[0]?.['Value']), /^TLS_|^ECDHE/);
  await secure.query('SET @kept = 1');
  await secure.reset();
  const [kept] = await secure.query<RowDataPacket[]>('SELECT @kept AS kept');
  assert.deepEqual(kept, [{ kept: null }]);
  await secure.changeUser({ database: 'clients' });
  const [database] = await secure.query<RowDataPacket[]>('SELECT DATABASE() AS d');
  assert.deepEqual(database, [{ d: 'clients' }]);
  await secure.end();
});

test('accounts: passwords by caching_sha2_password and mysql_native_password, wrong ones are refused', async () => {
  await connection.query("CREATE USER 'sha'@'%' IDENTIFIED WITH caching_sha2_password BY 'se cret'");
  await connection.query("CREATE USER 'native'@'%' IDENTIFIED WITH mysql_native_password BY 'se cret'");
  for (const user of ['sha', 'native']) {
    const own = await createConnection({ host: server.host, port: server.sqlPort, user, password: 'se cret' });
    const [rows] = await own.query<RowDataPacket[]>('SELECT CURRENT_USER() AS u');
    assert.deepEqual(rows, [{ u: `${user}@%` }]);
    await own.end();
    await assert.rejects(
      createConnection({ host: server.host, port: server.sqlPort, user, password: 'wrong' }),
      (error: MysqlError) => {
        assert.equal(error.errno, 1045);
        assert.match(
          error.message,
          new RegExp(`^Access denied for user '${user}'@'localhost' \\(using password: YES\\)$`),
        );
        return true;
      },
    );
  }
  await assert.rejects(
    createConnection({ host: server.host, port: server.sqlPort, user: 'nobody' }),
    (e: MysqlError) => e.errno === 1045,
  );
});
