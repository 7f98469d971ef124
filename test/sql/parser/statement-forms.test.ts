import assert from 'node:assert/strict';
import test from 'node:test';
import { parse } from '../../../sql/parser/parse.ts';
import type { Statement } from '../../../sql/parser/statement.ts';
import { bare, mysqlStatements } from './support.ts';

test('every statement of the list parses', () => {
  const statements = mysqlStatements();
  assert.ok(statements.length > 350);
  for (const sql of statements) {
    const statement = parse(sql);
    assert.equal(statement.start, sql.search(/\S/), sql);
    assert.ok(statement.end <= Buffer.byteLength(sql), sql);
  }
});

test('keywords may be in lower case, and white space may be anything', () => {
  for (const sql of mysqlStatements()) {
    if (/['"`@#]|--|\/\*|sql_tsi/i.test(sql)) continue;
    const spread = sql.replace(/ /g, '\n\t /* c */ ');
    const names = (tree: unknown): string =>
      JSON.stringify(tree, (key, value) =>
        ['name', 'text', 'body', 'target'].includes(key) && typeof value === 'string' ? '' : value,
      );
    assert.equal(names(bare(parse(spread))), names(bare(parse(sql))), sql);
    parse(sql.toLowerCase());
  }
});

const TIDB: readonly (readonly [string, Statement['kind']])[] = [
  ['ALTER TABLE t SET TIFLASH REPLICA 2', 'alter-table'],
  ["ALTER TABLE t SET TIFLASH REPLICA 1 LOCATION LABELS 'a', 'b'", 'alter-table'],
  ["SELECT * FROM t AS OF TIMESTAMP '2020-01-01' x WHERE a = 1", 'query'],
  ['START TRANSACTION READ ONLY AS OF TIMESTAMP NOW() - INTERVAL 5 SECOND', 'start-transaction'],
  ["SET TRANSACTION READ ONLY AS OF TIMESTAMP '2020-01-01'", 'set-transaction'],
  ['BEGIN PESSIMISTIC', 'start-transaction'],
  ['BEGIN OPTIMISTIC', 'start-transaction'],
  ['SELECT * FROM t TABLESAMPLE REGIONS()', 'query'],
  ['SELECT * FROM t FOR UPDATE WAIT 5', 'query'],
  ['SHOW TABLE t REGIONS', 'show'],
  ['SHOW TABLE db.t PARTITION (p0) INDEX i REGIONS WHERE leader_store_id = 1', 'show'],
  ['SHOW TABLE t NEXT_ROW_ID', 'show'],
  ["SHOW STATS_META WHERE table_name = 't'", 'show'],
  ['SHOW STATS_HISTOGRAMS', 'show'],
  ['SHOW ANALYZE STATUS', 'show'],
  ["SHOW CONFIG WHERE type = 'tikv'", 'show'],
  ['SHOW GLOBAL BINDINGS', 'show'],
  ['SHOW PLACEMENT LABELS', 'show'],
  ['SPLIT TABLE t BETWEEN (0) AND (1000) REGIONS 10', 'split'],
  ['SPLIT TABLE t INDEX i BY (1), (2)', 'split'],
  ['SPLIT PARTITION TABLE t PARTITION (p0) BETWEEN (0) AND (9) REGIONS 3', 'split'],
  ['BATCH ON id LIMIT 100 DELETE FROM t WHERE a < 5', 'batch'],
  ['BATCH LIMIT 100 DRY RUN QUERY UPDATE t SET a = 1', 'batch'],
  ['ADMIN SHOW DDL', 'admin'],
  ['ADMIN SHOW DDL JOBS 5 WHERE state = "synced"', 'admin'],
  ['ADMIN CANCEL DDL JOBS 1, 2', 'admin'],
  ['ADMIN CHECK TABLE a, b', 'admin'],
  ['ADMIN CHECK INDEX t i', 'admin'],
  ['ADMIN RELOAD EXPR_PUSHDOWN_BLACKLIST', 'admin'],
  ['ANALYZE TABLE t INDEX a, b WITH 10 BUCKETS, 5 TOPN', 'analyze-table'],
  ['ANALYZE TABLE t PARTITION p0, p1 ALL COLUMNS', 'analyze-table'],
  ['KILL TIDB QUERY 5', 'kill'],
  [
    'CREATE TABLE t (a BIGINT PRIMARY KEY CLUSTERED AUTO_RANDOM(5, 54), b INT, KEY (b) GLOBAL) SHARD_ROW_ID_BITS = 4 PRE_SPLIT_REGIONS = 2 AUTO_ID_CACHE 1',
    'create-table',
  ],
  [
    "CREATE TABLE t (a DATETIME, PRIMARY KEY (a) NONCLUSTERED) TTL = a + INTERVAL 1 DAY TTL_ENABLE = 'ON' PLACEMENT POLICY = p",
    'create-table',
  ],
  ['CREATE TABLE t (a BIGINT /*T![auto_rand] AUTO_RANDOM(5) */)', 'create-table'],
  [
    'ALTER TABLE t ADD INDEX IF NOT EXISTS i (a), DROP COLUMN IF EXISTS b, ADD COLUMN IF NOT EXISTS c INT',
    'alter-table',
  ],
  [
    'CREATE SEQUENCE IF NOT EXISTS s START WITH 1 INCREMENT BY -2 MINVALUE = 0 NO MAXVALUE CACHE 10 NOCYCLE',
    'sequence',
  ],
  ['DROP SEQUENCE IF EXISTS a, b', 'sequence'],
  ['FLASHBACK TABLE t TO t2', 'other'],
  ['EXPLAIN FORMAT = "brief" SELECT 1', 'explain'],
  ['TRACE SELECT 1', 'other'],
  ['CREATE GLOBAL BINDING FOR SELECT 1 USING SELECT 1', 'other'],
  ['CREATE PLACEMENT POLICY p PRIMARY_REGION = "x"', 'other'],
  ['BACKUP DATABASE d TO "x"', 'other'],
];

test("TiDB's statements parse", () => {
  for (const [sql, kind] of TIDB) assert.equal(parse(sql).kind, kind, sql);
});

test('forms of older servers that consumers still send', () => {
  for (const sql of [
    'SHOW MASTER STATUS',
    'SHOW MASTER LOGS',
    'SHOW SLAVE STATUS',
    'SHOW SLAVE HOSTS',
    'RESET MASTER',
    'START SLAVE',
    'STOP SLAVE',
    "CHANGE MASTER TO MASTER_HOST = 'x'",
    'PURGE MASTER LOGS TO "x"',
    'SELECT SQL_CACHE 1',
    'EXPLAIN EXTENDED SELECT 1',
    'EXPLAIN PARTITIONS SELECT 1',
  ]) {
    assert.ok(parse(sql), sql);
  }
});

test('set operations: INTERSECT binds tighter, ORDER and LIMIT belong to the whole', () => {
  const query = parse('SELECT 1 UNION ALL SELECT 2 INTERSECT SELECT 3 ORDER BY 1 LIMIT 2');
  assert.ok(query.kind === 'query' && query.body.kind === 'set-operation');
  assert.equal(query.body.operator, 'union');
  assert.equal(query.body.all, true);
  assert.equal(query.body.right.kind, 'set-operation');
  assert.equal(query.orderBy.length, 1);
  const nested = parse('(SELECT 1 LIMIT 1) UNION (SELECT 2)');
  assert.ok(nested.kind === 'query' && nested.body.kind === 'set-operation');
  assert.equal(nested.body.left.kind, 'query');
  assert.equal(nested.body.right.kind, 'select');
  assert.equal(nested.limit, undefined);
});

test('redundant parentheses leave no trace', () => {
  const plain = bare(parse('SELECT 1 FROM t ORDER BY a LIMIT 1'));
  for (const sql of [
    '(SELECT 1 FROM t ORDER BY a LIMIT 1)',
    '((SELECT 1 FROM (t) ORDER BY (a) LIMIT 1))',
    '(SELECT 1 FROM t) ORDER BY a LIMIT 1',
  ]) {
    assert.deepEqual(bare(parse(sql)), plain, sql);
  }
});

test('joins: conditions nest inwards, inner joins without one move to the left', () => {
  const from = (sql: string): unknown => {
    const query = parse(`SELECT * FROM ${sql}`);
    assert.ok(query.kind === 'query' && query.body.kind === 'select');
    return bare(query.body.from);
  };
  assert.deepEqual(from('a JOIN b JOIN c ON x'), from('(a CROSS JOIN b) JOIN c ON x'));
  assert.deepEqual(from('a LEFT JOIN b JOIN c ON x ON y'), from('a LEFT JOIN (b JOIN c ON x) ON y'));
  assert.deepEqual(from('a LEFT JOIN b ON x LEFT JOIN c ON y'), from('(a LEFT JOIN b ON x) LEFT JOIN c ON y'));
  assert.deepEqual(from('(a, b)'), from('a CROSS JOIN b'));
});

test('parameter markers are numbered in source order', () => {
  const indexes: number[] = [];
  JSON.stringify(parse('SELECT ?, (SELECT ? FROM t WHERE a = ?) FROM u WHERE b IN (?, ?) LIMIT ?, ?'), (_, value) => {
    if (value?.kind === 'parameter') indexes.push(value.index);
    return value;
  });
  assert.deepEqual(
    indexes.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6],
  );
});
