/**
 * Transactions whose snapshot is older than a definition statement of another session, with what MySQL answers. Each begins
 * like those of `scenarios.ts`.
 */

import { in_, type Scenario } from './steps.ts';

const CHANGED = { errno: 1412, message: 'Table definition has changed, please retry transaction' };
const noTable = (name: string) => ({ errno: 1146, message: `Table '$DATABASE.${name}' doesn't exist` });

const a = in_('a');
const b = in_('b');
const SNAPSHOT = 'START TRANSACTION WITH CONSISTENT SNAPSHOT';
const ALL = [
  ['1', '10'],
  ['2', '20'],
  ['3', '30'],
];

export const SCHEMA_SCENARIOS: readonly Scenario[] = [
  {
    name: 'an index younger than the snapshot: the rows are all there, asking for the index is 1412',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t ADD INDEX by_v (v)'),
      a.rows('SELECT * FROM t IGNORE INDEX (by_v)', ...ALL),
      a.rows('SELECT id FROM t IGNORE INDEX (by_v) WHERE v = 20', ['2']),
      a.rows('SELECT COUNT(*) FROM t IGNORE INDEX (by_v)', ['3']),
      a.rows('SELECT v FROM t WHERE id = 3', ['30']),
      a.fails('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 20', CHANGED),
      a.ok('UPDATE t SET v = 21 WHERE id = 2', 1),
      a.ok('INSERT INTO t VALUES (4, 40)', 1),
      a.rows('SELECT v FROM t IGNORE INDEX (by_v) WHERE v > 20 ORDER BY v', ['21'], ['30'], ['40']),
      a.ok('COMMIT'),
      a.rows('SELECT id FROM t FORCE INDEX (by_v) WHERE v >= 21 ORDER BY v', ['2'], ['3'], ['4']),
    ],
  },
  {
    name: 'an index older than the snapshot is of use to it',
    steps: [
      b.ok('ALTER TABLE t ADD INDEX by_v (v)'),
      a.ok(SNAPSHOT),
      b.ok('UPDATE t SET v = 25 WHERE id = 2', 1),
      a.rows('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 20', ['2']),
      a.rows('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 25'),
      b.ok("ALTER TABLE t COMMENT 'other'"),
      a.rows('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 20', ['2']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'READ COMMITTED uses an index that came while it was open',
    steps: [
      a.ok('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'),
      a.ok('BEGIN'),
      b.ok('ALTER TABLE t ADD INDEX by_v (v)'),
      a.rows('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 20', ['2']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'an index that went is not asked for any more',
    steps: [
      b.ok('ALTER TABLE t ADD INDEX by_v (v)'),
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t DROP INDEX by_v'),
      a.rows('SELECT id FROM t WHERE v = 20', ['2']),
      a.fails('SELECT id FROM t FORCE INDEX (by_v) WHERE v = 20', {
        errno: 1176,
        message: "Key 'by_v' doesn't exist in table 't'",
      }),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'a column that came: 1412 for reads of the snapshot, writes know it',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t ADD COLUMN w INT DEFAULT 7'),
      a.fails('SELECT * FROM t', CHANGED),
      a.fails('SELECT w FROM t', CHANGED),
      a.fails('SELECT v FROM t WHERE id = 1', CHANGED),
      a.ok('INSERT INTO t VALUES (4, 40, 4)', 1),
      a.fails('SELECT v FROM t', CHANGED),
      a.ok('COMMIT'),
      a.rows('SELECT * FROM t WHERE id IN (1, 4)', ['1', '10', '7'], ['4', '40', '4']),
    ],
  },
  {
    name: 'a column that went: 1412',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t DROP COLUMN v'),
      a.fails('SELECT * FROM t', CHANGED),
      a.fails('SELECT id FROM t WHERE id = 1', CHANGED),
      a.ok('ROLLBACK'),
      a.rows('SELECT * FROM t', ['1'], ['2'], ['3']),
    ],
  },
  {
    name: 'a column with another name is the same column',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t RENAME COLUMN v TO w'),
      a.rows('SELECT * FROM t', ...ALL),
      a.rows('SELECT w FROM t WHERE id = 1', ['10']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'a column of another type: 1412, as the table was written anew',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('ALTER TABLE t MODIFY v VARCHAR(10)'),
      a.fails('SELECT * FROM t', CHANGED),
      a.ok('COMMIT'),
      a.rows('SELECT v FROM t WHERE id = 1', ['10']),
    ],
  },
  {
    name: 'a table dropped and made again: 1412',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('DROP TABLE t'),
      b.ok('CREATE TABLE t (id INT PRIMARY KEY, v INT)'),
      b.ok('INSERT INTO t VALUES (1, 100)', 1),
      a.fails('SELECT * FROM t', CHANGED),
      a.fails('SELECT v FROM t WHERE id = 1', CHANGED),
      a.ok('ROLLBACK'),
      a.rows('SELECT * FROM t', ['1', '100']),
    ],
  },
  {
    name: 'TRUNCATE makes the table a new one: 1412',
    steps: [
      a.ok(SNAPSHOT),
      b.ok('TRUNCATE TABLE t'),
      a.fails('SELECT * FROM t', CHANGED),
      a.fails('SELECT COUNT(*) FROM t', CHANGED),
      a.fails('SELECT v FROM t WHERE id = 1', CHANGED),
      a.ok('ROLLBACK'),
    ],
  },
  {
    name: 'a table made after the snapshot: 1412, written to nevertheless',
    steps: [
      b.ok('DROP TABLE IF EXISTS made'),
      a.ok(SNAPSHOT),
      b.ok('CREATE TABLE made (id INT PRIMARY KEY)'),
      b.ok('INSERT INTO made VALUES (1)', 1),
      a.fails('SELECT * FROM made', CHANGED),
      a.ok('INSERT INTO made VALUES (2)', 1),
      a.fails('SELECT * FROM made WHERE id = 2', CHANGED),
      a.ok('COMMIT'),
      a.rows('SELECT * FROM made', ['1'], ['2']),
    ],
  },
  {
    name: 'names mean what they mean now',
    steps: [
      b.ok('DROP TABLE IF EXISTS moved'),
      a.ok(SNAPSHOT),
      b.ok('RENAME TABLE t TO moved'),
      a.fails('SELECT * FROM t', noTable('t')),
      a.rows('SELECT * FROM moved', ...ALL),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'a view made after the snapshot shows the snapshot',
    steps: [
      b.ok('DROP VIEW IF EXISTS shown'),
      a.ok(SNAPSHOT),
      b.ok('UPDATE t SET v = 0', 3),
      b.ok('CREATE VIEW shown AS SELECT v FROM t'),
      a.rows('SELECT * FROM shown', ['10'], ['20'], ['30']),
      a.ok('COMMIT'),
    ],
  },
];
