import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { rowsOf, type SqlServer, startSqlServer } from './sql-server.ts';

let server: SqlServer;
let connection: Connection;

before(async () => {
  server = await startSqlServer();
  connection = await server.connect({ multipleStatements: true, supportBigNumbers: true });
  await connection.query('CREATE DATABASE db; USE db; CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

const affected = async (sql: string, values: readonly (string | number)[] = []): Promise<unknown> => {
  const [result] = await connection.execute(sql, [...values]);
  return (result as { readonly affectedRows?: number }).affectedRows;
};

test('rows go in and come out, by text and by prepared statement', async () => {
  assert.equal(await affected('INSERT INTO t VALUES (?, ?), (?, ?)', [1, 'one', 2, 'two']), 2);
  assert.deepEqual(await rowsOf(connection, 'SELECT * FROM t ORDER BY id'), [
    { id: 1, v: 'one' },
    { id: 2, v: 'two' },
  ]);
  for (const [id, v] of [
    [1, 'one'],
    [2, 'two'],
    [1, 'one'],
  ] as const) {
    const [rows] = await connection.execute('SELECT v FROM t WHERE id = ?', [id]);
    assert.deepEqual(
      (rows as { v: string }[]).map((row) => row.v),
      [v],
    );
    assert.deepEqual(await rowsOf(connection, `SELECT v FROM t WHERE id = ${id}`), [{ v }]);
  }
});

test('the plan cache never answers with the literals of another text', async () => {
  const hits = server.sql.context.plans.hits;
  for (const [sql, value] of [
    ['SELECT 1 AS x', 1],
    ['SELECT 2 AS x', 2],
    ["SELECT 'a' AS x FROM t WHERE id = 1", 'a'],
    ["SELECT 'b' AS x FROM t WHERE id = 2", 'b'],
    ['SELECT v AS x FROM t WHERE id = 1 LIMIT 1', 'one'],
    ['SELECT v AS x FROM t WHERE id = 2 LIMIT 1', 'two'],
    ['SELECT v AS x FROM t ORDER BY 1 LIMIT 0, 1', 'one'],
    ['SELECT v AS x FROM t ORDER BY 1 LIMIT 1, 1', 'two'],
    ["SELECT COUNT(*) AS x FROM t WHERE v LIKE 'o%'", 1],
    ["SELECT COUNT(*) AS x FROM t WHERE v LIKE '%o%'", 2],
    ['SELECT v AS x FROM t WHERE id IN (1, 7)', 'one'],
    ['SELECT v AS x FROM t WHERE id IN (2, 7)', 'two'],
    ["SELECT v AS x FROM t WHERE id = '1'", 'one'],
    ["SELECT v AS x FROM t WHERE id = '2'", 'two'],
    ['SELECT v AS x FROM t WHERE id = 1.0', 'one'],
    ['SELECT v AS x FROM t WHERE id = 2.0', 'two'],
  ] as const) {
    assert.deepEqual(await rowsOf(connection, sql), [{ x: value }], sql);
    assert.deepEqual(await rowsOf(connection, sql), [{ x: value }], sql);
  }
  assert.ok(server.sql.context.plans.hits >= hits + 8);
});

test('plans end with the schema they were made for', async () => {
  await connection.query('CREATE TABLE p (id INT PRIMARY KEY, a INT); INSERT INTO p VALUES (1, 10)');
  assert.deepEqual(await rowsOf(connection, 'SELECT * FROM p WHERE id = 1'), [{ id: 1, a: 10 }]);
  await connection.query("ALTER TABLE p ADD COLUMN b VARCHAR(5) DEFAULT 'x'");
  assert.deepEqual(await rowsOf(connection, 'SELECT * FROM p WHERE id = 1'), [{ id: 1, a: 10, b: 'x' }]);
  await connection.query('DROP TABLE p');
  await assert.rejects(connection.query('SELECT * FROM p WHERE id = 1'), { errno: 1146, sqlState: '42S02' });
});

test('transactions across statements and connections', async () => {
  const other = await server.connect({ database: 'db' });
  await connection.query("BEGIN; INSERT INTO t VALUES (10, 'ten')");
  assert.deepEqual(await rowsOf(other, 'SELECT v FROM t WHERE id = 10'), []);
  await connection.query('SAVEPOINT s; DELETE FROM t WHERE id = 10');
  assert.deepEqual(await rowsOf(connection, 'SELECT v FROM t WHERE id = 10'), []);
  await connection.query('ROLLBACK TO s; COMMIT');
  assert.deepEqual(await rowsOf(other, 'SELECT v FROM t WHERE id = 10'), [{ v: 'ten' }]);
  await connection.query('SET autocommit = 0; DELETE FROM t WHERE id = 10; ROLLBACK; SET autocommit = 1');
  assert.deepEqual(await rowsOf(other, 'SELECT v FROM t WHERE id = 10'), [{ v: 'ten' }]);
});

test('a failed statement leaves the transaction as it was', async () => {
  await connection.query("BEGIN; INSERT INTO t VALUES (20, 'a')");
  await assert.rejects(connection.query("INSERT INTO t VALUES (21, 'b'), (20, 'c')"), {
    errno: 1062,
    message: "Duplicate entry '20' for key 't.PRIMARY'",
  });
  await connection.query('COMMIT');
  assert.deepEqual(await rowsOf(connection, 'SELECT id FROM t WHERE id >= 20'), [{ id: 20 }]);
});

test('two sessions that add to the same row lose no update', async () => {
  await connection.query('CREATE TABLE counter (id INT PRIMARY KEY, n INT); INSERT INTO counter VALUES (1, 0)');
  const others = await Promise.all([0, 1, 2, 3].map(() => server.connect({ database: 'db' })));
  await Promise.all(
    others.map(async (each, i) => {
      for (let k = 0; k < 25; k++) {
        if (i % 2 === 0) await each.query('UPDATE counter SET n = n + 1 WHERE id = 1');
        else await each.execute('UPDATE counter SET n = n + ? WHERE id > ?', [1, 0]);
      }
    }),
  );
  assert.deepEqual(await rowsOf(connection, 'SELECT n FROM counter'), [{ n: 100 }]);
});

test('user and system variables', async () => {
  await connection.query("SET @a = 5, @b = 'text', @c := @a + 1, SESSION sql_mode = ANSI_QUOTES");
  assert.deepEqual(await rowsOf(connection, 'SELECT @a AS a, @b AS b, @c AS c, @@sql_mode AS m, @missing AS d'), [
    { a: 5, b: 'text', c: 6, m: 'ANSI_QUOTES', d: null },
  ]);
  assert.deepEqual(await rowsOf(connection, 'SELECT "id" FROM t WHERE "id" = 1'), [{ id: 1 }]);
  await connection.query('SET sql_mode = DEFAULT');
  assert.match(
    String((await rowsOf(connection, 'SELECT @@sql_mode AS m'))[0]?.['m']),
    /^ONLY_FULL_GROUP_BY,STRICT_TRANS/,
  );
  for (const [sql, errno] of [
    ['SET no_such = 1', 1193],
    ['SET version = 1', 1238],
    ['SET max_connections = 5', 1229],
    ['SET GLOBAL insert_id = 5', 1228],
    ['SET autocommit = 2', 1231],
    ["SET wait_timeout = 'x'", 1232],
    ["SET time_zone = 'Mars'", 1298],
    ['SET NAMES klingon', 1115],
    ['SET NAMES utf8mb4 COLLATE latin1_bin', 1253],
    ['SELECT @@no_such', 1193],
  ] as const) {
    await assert.rejects(connection.query(sql), { errno }, sql);
  }
});

test('warnings stay until the next statement and are counted', async () => {
  await connection.query('SET wait_timeout = 99999999');
  assert.deepEqual(await rowsOf(connection, 'SHOW COUNT(*) WARNINGS'), [{ '@@session.warning_count': 1 }]);
  assert.deepEqual(await rowsOf(connection, 'SHOW WARNINGS'), [
    { Level: 'Warning', Code: 1292, Message: "Truncated incorrect wait_timeout value: '99999999'" },
  ]);
  assert.deepEqual(await rowsOf(connection, 'SELECT @@warning_count AS n'), [{ n: 1 }]);
  assert.deepEqual(await rowsOf(connection, 'SHOW WARNINGS'), []);
  await assert.rejects(connection.query('SELECT nothing FROM t'), { errno: 1054 });
  assert.deepEqual(await rowsOf(connection, 'SHOW ERRORS'), [
    { Level: 'Error', Code: 1054, Message: "Unknown column 'nothing' in 'field list'" },
  ]);
});

test('PREPARE, EXECUTE and DEALLOCATE in SQL', async () => {
  await connection.query("PREPARE s FROM 'SELECT v FROM t WHERE id = ?'; SET @id = 2");
  assert.deepEqual(await rowsOf(connection, 'EXECUTE s USING @id'), [{ v: 'two' }]);
  await assert.rejects(connection.query('EXECUTE s'), { errno: 1210 });
  await connection.query('DEALLOCATE PREPARE s');
  await assert.rejects(connection.query('EXECUTE s USING @id'), {
    errno: 1243,
    message: 'Unknown prepared statement handler (s) given to EXECUTE',
  });
});

test('SELECT INTO variables', async () => {
  await connection.query('SELECT id, v INTO @x, @y FROM t WHERE id = 2');
  assert.deepEqual(await rowsOf(connection, 'SELECT @x AS x, @y AS y'), [{ x: 2, y: 'two' }]);
  await assert.rejects(connection.query('SELECT id INTO @x FROM t'), { errno: 1172 });
});

test('time zones', async () => {
  await connection.query('CREATE TABLE z (ts TIMESTAMP, dt DATETIME)');
  await connection.query(
    "SET time_zone = '+00:00'; INSERT INTO z VALUES ('2026-07-01 12:00:00', '2026-07-01 12:00:00')",
  );
  await connection.query("SET time_zone = 'Europe/Berlin'");
  assert.deepEqual(await rowsOf(connection, 'SELECT CAST(ts AS CHAR) AS ts, CAST(dt AS CHAR) AS dt FROM z'), [
    { ts: '2026-07-01 14:00:00', dt: '2026-07-01 12:00:00' },
  ]);
  await connection.query('SET time_zone = DEFAULT');
});

test('SLEEP takes its time and user locks keep others out', async () => {
  const other = await server.connect();
  assert.deepEqual(await rowsOf(connection, "SELECT GET_LOCK('l', 0) AS got"), [{ got: 1 }]);
  assert.deepEqual(await rowsOf(other, "SELECT GET_LOCK('l', 0) AS got, IS_FREE_LOCK('l') AS free"), [
    { got: 0, free: 0 },
  ]);
  const waiting = rowsOf(other, "SELECT GET_LOCK('L', 60) AS got");
  assert.deepEqual(await rowsOf(connection, "SELECT SLEEP(0.01) AS s, RELEASE_LOCK('l') AS r"), [{ s: 0, r: 1 }]);
  assert.deepEqual(await waiting, [{ got: 1 }]);
  await other.end();
  assert.deepEqual(await rowsOf(connection, "SELECT GET_LOCK('l', 60) AS got"), [{ got: 1 }]);
});

test('KILL QUERY ends the statement, KILL the connection', async () => {
  const victim = await server.connect();
  const [{ id }] = (await rowsOf(victim, 'SELECT CONNECTION_ID() AS id')) as [{ id: number }];
  const sleeping = assert.rejects(victim.query('SELECT SLEEP(100)'), { errno: 1317 });
  for (;;) {
    const list = await rowsOf(connection, `SHOW PROCESSLIST`);
    if (list.some((row) => row['Id'] === id && row['Command'] === 'Query')) break;
  }
  await connection.query(`KILL QUERY ${id}`);
  await sleeping;
  const closed = new Promise((resolve) => victim.on('end', resolve));
  victim.on('error', () => undefined);
  await connection.query(`KILL ${id}`);
  await closed;
  await assert.rejects(connection.query('KILL 999999'), { errno: 1094, message: 'Unknown thread id: 999999' });
});

test('accounts: created, granted, logged in with, altered, dropped', async () => {
  await connection.query(
    "CREATE USER 'ann'@'localhost' IDENTIFIED BY 'geheim'; GRANT SELECT, INSERT ON db.* TO ann@localhost",
  );
  const ann = await server.connect({ user: 'ann', password: 'geheim' });
  assert.deepEqual(await rowsOf(ann, 'SELECT CURRENT_USER() AS u'), [{ u: 'ann@localhost' }]);
  assert.deepEqual(await rowsOf(ann, 'SHOW GRANTS'), [
    { 'Grants for ann@localhost': 'GRANT USAGE ON *.* TO `ann`@`localhost`' },
    { 'Grants for ann@localhost': 'GRANT SELECT, INSERT ON `db`.* TO `ann`@`localhost`' },
  ]);
  await connection.query("ALTER USER ann@localhost IDENTIFIED WITH mysql_native_password BY 'anders'");
  await assert.rejects(server.connect({ user: 'ann', password: 'geheim' }), { errno: 1045 });
  await server.connect({ user: 'ann', password: 'anders' });
  await assert.rejects(connection.query('CREATE USER ann@localhost'), {
    errno: 1396,
    message: "Operation CREATE USER failed for 'ann'@'localhost'",
  });
  await connection.query('DROP USER ann@localhost; DROP USER IF EXISTS ann@localhost');
  await assert.rejects(server.connect({ user: 'ann', password: 'anders' }), { errno: 1045 });
});

test('information_schema tells what there is', async () => {
  await connection.query(
    'CREATE TABLE child (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, t_id INT NOT NULL, name VARCHAR(30) NOT NULL, ' +
      'price DECIMAL(10,2) DEFAULT 1.50, made TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, ' +
      "kind ENUM('a','b') DEFAULT 'a', UNIQUE KEY u (name), KEY k (t_id), " +
      'CONSTRAINT fk FOREIGN KEY (t_id) REFERENCES t (id) ON DELETE CASCADE)',
  );
  const columns = await rowsOf(
    connection,
    'SELECT column_name AS c, column_type AS t, is_nullable AS n, column_key AS k, column_default AS d, extra AS e ' +
      "FROM information_schema.columns WHERE table_schema = 'db' AND table_name = 'child' ORDER BY ordinal_position",
  );
  assert.deepEqual(columns, [
    { c: 'id', t: 'bigint unsigned', n: 'NO', k: 'PRI', d: null, e: 'auto_increment' },
    { c: 't_id', t: 'int', n: 'NO', k: 'MUL', d: null, e: '' },
    { c: 'name', t: 'varchar(30)', n: 'NO', k: 'UNI', d: null, e: '' },
    { c: 'price', t: 'decimal(10,2)', n: 'YES', k: '', d: '1.50', e: '' },
    {
      c: 'made',
      t: 'timestamp',
      n: 'YES',
      k: '',
      d: 'CURRENT_TIMESTAMP',
      e: 'DEFAULT_GENERATED on update CURRENT_TIMESTAMP',
    },
    { c: 'kind', t: "enum('a','b')", n: 'YES', k: '', d: 'a', e: '' },
  ]);
  assert.deepEqual(
    await rowsOf(
      connection,
      'SELECT k.column_name AS c, k.referenced_table_name AS t, r.delete_rule AS d FROM information_schema.key_column_usage k ' +
        'JOIN information_schema.referential_constraints r USING (constraint_schema, constraint_name) ' +
        "WHERE k.table_schema = 'db' AND k.table_name = 'child'",
    ),
    [{ c: 't_id', t: 't', d: 'CASCADE' }],
  );
  assert.deepEqual(await rowsOf(connection, "SHOW TABLES LIKE 'ch%'"), [{ 'Tables_in_db (ch%)': 'child' }]);
  const show = await rowsOf(connection, "SHOW FULL COLUMNS FROM child WHERE Field = 'name'");
  assert.deepEqual([show.length, show[0]?.['Type'], show[0]?.['Collation']], [1, 'varchar(30)', 'utf8mb4_0900_ai_ci']);
  const databases = (await rowsOf(connection, 'SHOW DATABASES')).map((row) => row['Database']);
  assert.deepEqual(databases, ['db', 'information_schema', 'mysql', 'performance_schema']);
});

test('LOAD DATA LOCAL INFILE', async () => {
  await connection.query(
    'CREATE TABLE l (id INT PRIMARY KEY, a VARCHAR(20), b INT DEFAULT 7); SET GLOBAL local_infile = 1',
  );
  const load = async (clauses: string, text: string): Promise<unknown> => {
    const loader = await server.connect({ database: 'db' });
    const [result] = await loader.query({
      sql: `LOAD DATA LOCAL INFILE 'x' INTO TABLE l ${clauses}`,
      infileStreamFactory: () => Readable.from([Buffer.from(text)]),
    });
    return (result as { readonly affectedRows: number }).affectedRows;
  };
  assert.equal(await load('', "1\tone\t1\n2\t\\N\t2\n3\tt\\tab 'x'\n"), 3);
  assert.equal(
    await load(
      "FIELDS TERMINATED BY ',' ENCLOSED BY '\"' LINES TERMINATED BY '\\r\\n' IGNORE 1 LINES (id, @skip, a)",
      'id,b,a\r\n4,9,"a ""b"", c"\r\n5,9,NULL',
    ),
    2,
  );
  assert.deepEqual(await rowsOf(connection, 'SELECT * FROM l ORDER BY id'), [
    { id: 1, a: 'one', b: 1 },
    { id: 2, a: null, b: 2 },
    { id: 3, a: "t\tab 'x'", b: 7 },
    { id: 4, a: 'a "b", c', b: 7 },
    { id: 5, a: null, b: 7 },
  ]);
  await assert.rejects(connection.query("LOAD DATA INFILE '/etc/passwd' INTO TABLE l"), { errno: 1290 });
});
