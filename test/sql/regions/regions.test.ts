/** SHOW TABLE REGIONS, SPLIT TABLE and the system tables about regions. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mysql2/promise';
import { rowsOf, type SqlServer } from '../session/sql-server.ts';
import { startStoreServer } from '../support/store-server.ts';

let server: SqlServer;
let connection: Connection;

before(async () => {
  server = await startStoreServer();
  connection = await server.connect();
  await connection.query('CREATE DATABASE regions');
  await connection.query('USE regions');
});

after(async () => {
  assert.deepEqual(server.internalErrors, []);
  await server.close();
});

const rows = (sql: string) => rowsOf(connection, sql);

async function fails(sql: string, errno: number, message: string): Promise<void> {
  await assert.rejects(connection.query(sql), (error: { errno?: number; sqlMessage?: string }) => {
    assert.deepEqual([error.errno, error.sqlMessage], [errno, message]);
    return true;
  });
}

async function tableId(name: string): Promise<number> {
  const [row] = await rows(`SELECT TABLE_ID FROM information_schema.TIKV_REGION_STATUS WHERE TABLE_NAME = '${name}'`);
  return row?.['TABLE_ID'] as number;
}

test('a table is split between whole numbers, and its rows are read and written across the regions', async () => {
  await connection.query('CREATE TABLE t (id BIGINT PRIMARY KEY, v INT)');
  for (let id = 0; id < 100_000; id += 10_000) await connection.query(`INSERT INTO t VALUES (${id}, ${id / 10_000})`);
  assert.deepEqual(await rows('SPLIT TABLE t BETWEEN (0) AND (100000) REGIONS 10'), [
    { TOTAL_SPLIT_REGION: 9, SCATTER_FINISH_RATIO: 1 },
  ]);
  const id = await tableId('t');
  let shown = await rows('SHOW TABLE t REGIONS');
  while (shown.some((row) => row['LEADER_STORE_ID'] !== 1)) shown = await rows('SHOW TABLE t REGIONS');
  assert.deepEqual(
    shown.map((row) => row['START_KEY']).slice(1),
    Array.from({ length: 9 }, (_, at) => `t_${id}_r_${(at + 1) * 10_000}`),
  );
  assert.deepEqual(Object.keys(shown[0] ?? {}), [
    'REGION_ID',
    'START_KEY',
    'END_KEY',
    'LEADER_ID',
    'LEADER_STORE_ID',
    'PEERS',
    'SCATTERING',
    'WRITTEN_BYTES',
    'READ_BYTES',
    'APPROXIMATE_SIZE(MB)',
    'APPROXIMATE_KEYS',
    'SCHEDULING_CONSTRAINTS',
    'SCHEDULING_STATE',
  ]);
  assert.equal((await rows(`SHOW TABLE t REGIONS WHERE START_KEY = 't_${id}_r_50000'`)).length, 1);
  assert.deepEqual(await rows('SPLIT TABLE t BETWEEN (0) AND (100000) REGIONS 10'), [
    { TOTAL_SPLIT_REGION: 0, SCATTER_FINISH_RATIO: 1 },
  ]);

  assert.deepEqual(await rows('SELECT COUNT(*) AS n, SUM(v) AS s FROM t'), [{ n: 10, s: '45' }]);
  await connection.query('UPDATE t SET v = v + 1');
  assert.deepEqual(await rows('SELECT id FROM t WHERE v > 8 ORDER BY id DESC'), [{ id: 90_000 }, { id: 80_000 }]);
  await connection.query('BEGIN');
  await connection.query('DELETE FROM t WHERE id >= 30000 AND id < 70000');
  await connection.query('ROLLBACK');
  assert.deepEqual(await rows('SELECT SUM(v) AS s FROM t'), [{ s: '55' }]);
});

test('indexes, text keys and hidden row ids are split, too', async () => {
  await connection.query('CREATE TABLE i (id INT PRIMARY KEY, name VARCHAR(20), KEY by_name (name))');
  await connection.query("INSERT INTO i VALUES (1, 'anna'), (2, 'mia'), (3, 'zoe')");
  const split = await rows("SPLIT TABLE i INDEX by_name BY ('h'), ('p')");
  assert.deepEqual(split, [{ TOTAL_SPLIT_REGION: 4, SCATTER_FINISH_RATIO: 1 }]);
  const id = await tableId('i');
  const shown = await rows('SHOW TABLE i INDEX by_name REGIONS');
  assert.equal(shown.length, 3);
  assert.ok(shown.every((row) => new RegExp(`^t_${id}_i_\\d+_`).test(String(row['START_KEY']))));
  assert.deepEqual(await rows("SELECT id FROM i WHERE name > 'b' ORDER BY name"), [{ id: 2 }, { id: 3 }]);

  await connection.query('CREATE TABLE c (a VARCHAR(10), b INT, PRIMARY KEY (a, b))');
  await rows("SPLIT TABLE c BY ('g'), ('p', 7)");
  assert.equal((await rows('SHOW TABLE c REGIONS')).length, 3);
  await rows("SPLIT TABLE c BETWEEN ('q') AND ('z') REGIONS 4");
  assert.equal((await rows('SHOW TABLE c REGIONS')).length, 7);

  await connection.query('CREATE TABLE h (v INT)');
  await rows('SPLIT TABLE h BETWEEN (0) AND (1000000) REGIONS 4');
  assert.equal((await rows('SHOW TABLE h REGIONS')).length, 4);
});

test('splits that make no sense are refused', async () => {
  await connection.query('CREATE TABLE s (id INT PRIMARY KEY)');
  const because = 'Failed to split region ranges: ';
  await fails(
    'SPLIT TABLE s BETWEEN (0) AND (100) REGIONS 10',
    8212,
    `${because}the region size is too small, expected at least 1000, but got 10`,
  );
  await fails(
    'SPLIT TABLE s BETWEEN (9) AND (3) REGIONS 2',
    8212,
    `${because}Split table \`s\` region lower value (9) should less than the upper value (3)`,
  );
  await fails(
    'SPLIT TABLE s BETWEEN (0) AND (9000000) REGIONS 1001',
    8212,
    `${because}Split table \`s\` region num exceeded the limit 1000`,
  );
  await fails('SPLIT TABLE s INDEX nothing BY (1)', 1176, "Key 'nothing' doesn't exist in table 's'");
  await fails('SPLIT TABLE none BY (1)', 1146, "Table 'regions.none' doesn't exist");
  await fails('SHOW TABLE none REGIONS', 1146, "Table 'regions.none' doesn't exist");
});

test('the system tables tell of regions, their peers and the store', async () => {
  const regions = await rows('SELECT DISTINCT REGION_ID FROM information_schema.tikv_region_status');
  const unled = 'SELECT 1 FROM information_schema.tikv_region_peers GROUP BY REGION_ID HAVING SUM(IS_LEADER) = 0';
  while ((await rows(unled)).length > 0);
  const peers = await rows('SELECT * FROM information_schema.tikv_region_peers');
  assert.equal(peers.length, regions.length);
  assert.ok(peers.every((row) => row['IS_LEADER'] === 1 && row['STATUS'] === 'NORMAL' && row['STORE_ID'] === 1));
  const edges = await rows(
    "SELECT START_KEY FROM information_schema.tikv_region_status WHERE END_KEY = '' OR START_KEY = ''",
  );
  assert.ok(edges.length >= 2, 'the regions reach from end to end');
  const [store] = await rows('SELECT * FROM information_schema.tikv_store_status');
  assert.equal(store?.['STORE_STATE_NAME'], 'Up');
  assert.equal(store?.['REGION_COUNT'], regions.length);
  assert.match(String(store?.['AVAILABLE']), /^\d+(\.\d+)?[KMGT]iB$/);
  assert.deepEqual(store?.['LABEL'], [{ key: 'zone', value: 'z1' }]);
  const named = await rows(
    "SELECT DB_NAME, INDEX_NAME FROM information_schema.tikv_region_status WHERE TABLE_NAME = 'i' AND IS_INDEX = 1 LIMIT 1",
  );
  assert.deepEqual(named, [{ DB_NAME: 'regions', INDEX_NAME: 'by_name' }]);
});
