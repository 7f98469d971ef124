/**
 * Which rows and keys statements lock, and what those who wait find afterwards, with what MySQL answers. Each begins like
 * those of `scenarios.ts`.
 */

import { finished, in_, type Scenario } from './steps.ts';

const a = in_('a');
const b = in_('b');
const READ_COMMITTED = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';
const duplicate = (value: string, key: string) => ({
  errno: 1062,
  message: `Duplicate entry '${value}' for key '${key}'`,
});

export const LOCKING_SCENARIOS: readonly Scenario[] = [
  {
    name: 'workers take one job each: LIMIT locks no more rows than it answers',
    steps: [
      a.ok(READ_COMMITTED),
      b.ok(READ_COMMITTED),
      a.ok('ALTER TABLE t ADD COLUMN w INT DEFAULT 0'),
      a.ok('BEGIN'),
      b.ok('BEGIN'),
      a.rows('SELECT id FROM t WHERE w = 0 LIMIT 1 FOR UPDATE SKIP LOCKED', ['1']),
      b.rows('SELECT id FROM t WHERE w = 0 LIMIT 1 FOR UPDATE SKIP LOCKED', ['2']),
      a.rows('SELECT id FROM t WHERE w = 0 ORDER BY id LIMIT 1 OFFSET 1 FOR UPDATE SKIP LOCKED', ['3']),
      b.rows('SELECT id FROM t LIMIT 1 FOR UPDATE SKIP LOCKED', ['2']),
      a.ok('COMMIT'),
      a.rows('SELECT id FROM t ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED', ['1'], ['3']),
      b.ok('COMMIT'),
    ],
  },
  {
    name: 'writes with a LIMIT lock as many rows as they change',
    steps: [
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = v + 1 WHERE v >= 10 ORDER BY id LIMIT 1', 1),
      b.ok('BEGIN'),
      b.rows('SELECT id FROM t WHERE id >= 2 AND v >= 10 ORDER BY id LIMIT 1 FOR UPDATE', ['2']),
      a.ok('DELETE FROM t WHERE v >= 30 AND id >= 3 ORDER BY id LIMIT 1', 1),
      b.ok('COMMIT'),
      a.ok('COMMIT'),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '11'], ['2', '20']),
    ],
  },
  {
    name: 'a unique value that is given up is free when that is committed',
    steps: [
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v)'),
      a.ok('BEGIN'),
      a.ok('DELETE FROM t WHERE id = 1', 1),
      b.waits('insert', 'INSERT INTO t VALUES (5, 10)'),
      a.ok('COMMIT'),
      finished('insert', { affected: 1 }),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 21 WHERE id = 2', 1),
      b.waits('again', 'INSERT INTO t VALUES (6, 20)'),
      a.ok('ROLLBACK'),
      finished('again', { error: duplicate('20', 't.by_v') }),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET id = 7 WHERE id = 3', 1),
      b.waits('moved', 'UPDATE t SET v = 30 WHERE id = 2'),
      a.ok('COMMIT'),
      finished('moved', { error: duplicate('30', 't.by_v') }),
    ],
  },
  {
    name: 'who waits for the unique value that it gives up does not hold the one that it takes',
    steps: [
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v)'),
      a.ok('BEGIN'),
      a.ok('INSERT IGNORE INTO t VALUES (5, 20)', 0),
      b.waits('update', 'UPDATE t SET v = 21 WHERE id = 2'),
      a.ok('INSERT INTO t VALUES (6, 21)', 1),
      a.ok('COMMIT'),
      finished('update', { error: duplicate('21', 't.by_v') }),
      a.ok('BEGIN'),
      a.ok('INSERT IGNORE INTO t VALUES (5, 20)', 0),
      b.waits('taken', 'UPDATE t SET v = 30 WHERE id = 2'),
      a.ok('COMMIT'),
      finished('taken', { error: duplicate('30', 't.by_v') }),
    ],
  },
  {
    name: 'who waits to insert over a row does not hold up the commit of its deletion',
    steps: [
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v)'),
      a.ok('BEGIN'),
      a.ok('DELETE FROM t WHERE id IN (1, 4)', 1),
      b.waits('insert', 'INSERT INTO t VALUES (5, 10), (6, 60) ON DUPLICATE KEY UPDATE id = id'),
      a.ok('COMMIT'),
      finished('insert', { affected: 2 }),
      a.ok('BEGIN'),
      a.ok('DELETE FROM t WHERE id = 2', 1),
      b.waits('replace', 'REPLACE INTO t VALUES (7, 20)'),
      a.ok('ROLLBACK'),
      finished('replace', { affected: 2 }),
      a.rows('SELECT id, v FROM t ORDER BY id', ['3', '30'], ['5', '10'], ['6', '60'], ['7', '20']),
    ],
  },
  {
    name: 'a row found by a unique value is the one that has it when the wait is over',
    steps: [
      b.ok(READ_COMMITTED),
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v)'),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET id = 6 WHERE id = 1', 1),
      b.waits('moved', 'UPDATE t SET v = v + 1 WHERE v = 10'),
      a.ok('COMMIT'),
      finished('moved', { affected: 1 }),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 29 WHERE id = 2', 1),
      b.waits('changed', 'SELECT id, v FROM t WHERE v = 20 FOR UPDATE'),
      a.ok('COMMIT'),
      finished('changed', { rows: [] }),
      a.rows('SELECT id, v FROM t ORDER BY id', ['2', '29'], ['3', '30'], ['6', '11']),
    ],
  },
  {
    name: 'READ COMMITTED: looking for a key that does not exist keeps nobody from inserting it',
    steps: [
      a.ok(READ_COMMITTED),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 0 WHERE id = 4', 0),
      a.rows('SELECT * FROM t WHERE id = 5 FOR UPDATE'),
      a.ok('DELETE FROM t WHERE id = 6', 0),
      b.ok('INSERT INTO t VALUES (4, 40), (5, 50), (6, 60)', 3),
      a.ok('UPDATE t SET v = 0 WHERE id = 4', 1),
      a.ok('INSERT INTO t VALUES (7, 70)', 1),
      a.ok('UPDATE t SET v = 71 WHERE id = 7', 1),
      a.ok('DELETE FROM t WHERE id = 7', 1),
      a.rows('SELECT * FROM t WHERE id = 7 FOR UPDATE'),
      a.ok('COMMIT'),
      a.rows('SELECT id, v FROM t WHERE id > 3 ORDER BY id', ['4', '0'], ['5', '50'], ['6', '60']),
    ],
  },
  {
    name: 'REPEATABLE READ: looking for a key that does not exist keeps it so',
    steps: [
      a.ok('BEGIN'),
      a.rows('SELECT * FROM t WHERE id = 5 FOR UPDATE'),
      b.waits('insert', 'INSERT INTO t VALUES (5, 55)'),
      a.ok('INSERT INTO t VALUES (5, 50)', 1),
      a.ok('COMMIT'),
      finished('insert', { error: duplicate('5', 't.PRIMARY') }),
    ],
  },
  {
    name: 'FOR SHARE locks in a read-only transaction, FOR UPDATE does not',
    steps: [
      a.ok('START TRANSACTION READ ONLY'),
      a.rows('SELECT v FROM t WHERE id = 1 FOR SHARE', ['10']),
      a.rows('SELECT v FROM t WHERE v > 10 ORDER BY id FOR SHARE', ['20'], ['30']),
      a.fails('SELECT v FROM t WHERE id = 1 FOR UPDATE', {
        errno: 1792,
        message: 'Cannot execute statement in a READ ONLY transaction.',
      }),
      b.waits('update', 'UPDATE t SET v = 11 WHERE id = 1'),
      a.ok('COMMIT'),
      finished('update', { affected: 1 }),
    ],
  },
  {
    name: 'WITH CONSISTENT SNAPSHOT is for REPEATABLE READ',
    steps: [
      a.ok(READ_COMMITTED),
      a.ok('START TRANSACTION WITH CONSISTENT SNAPSHOT'),
      a.rows('SHOW WARNINGS', [
        'Warning',
        '138',
        'InnoDB: WITH CONSISTENT SNAPSHOT was ignored because this phrase can only be used with REPEATABLE READ isolation level.',
      ]),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'IGNORE and ON DUPLICATE KEY UPDATE lock no further than the first duplicate',
    steps: [
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v)'),
      a.ok('BEGIN'),
      a.ok('INSERT IGNORE INTO t VALUES (1, 20)', 0),
      a.ok('INSERT INTO t VALUES (1, 30) ON DUPLICATE KEY UPDATE id = id', 1),
      b.fails('INSERT INTO t VALUES (7, 20)', duplicate('20', 't.by_v')),
      b.fails('INSERT INTO t VALUES (7, 30)', duplicate('30', 't.by_v')),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'of several duplicates the one of the first key is told, whoever wrote the rows',
    steps: [
      a.ok('ALTER TABLE t ADD UNIQUE by_v (v), ADD COLUMN w INT, ADD UNIQUE by_w (w)'),
      a.ok('UPDATE t SET w = v', 3),
      a.ok('BEGIN'),
      a.ok('INSERT INTO t VALUES (5, 50, 50)', 1),
      a.fails('INSERT INTO t VALUES (1, 50, 8)', duplicate('1', 't.PRIMARY')),
      a.fails('INSERT INTO t VALUES (6, 60, 60), (2, 60, 9)', duplicate('2', 't.PRIMARY')),
      a.ok('INSERT IGNORE INTO t VALUES (7, 70, 30)', 0),
      a.rows('SHOW WARNINGS', ['Warning', '1062', "Duplicate entry '30' for key 't.by_w'"]),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'SET TRANSACTION is for the next transaction, and COMMIT or ROLLBACK end that before it begins',
    steps: [
      a.ok('SET TRANSACTION READ ONLY'),
      a.ok('ROLLBACK'),
      a.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.ok('SET TRANSACTION READ ONLY'),
      a.ok('COMMIT'),
      a.ok('UPDATE t SET v = 12 WHERE id = 1', 1),
      a.ok('SET TRANSACTION READ ONLY'),
      a.ok('BEGIN'),
      a.fails('UPDATE t SET v = 13 WHERE id = 1', {
        errno: 1792,
        message: 'Cannot execute statement in a READ ONLY transaction.',
      }),
      a.ok('COMMIT'),
      a.ok('UPDATE t SET v = 14 WHERE id = 1', 1),
    ],
  },
  {
    name: 'READ COMMITTED: a foreign key whose parent is missing keeps nobody from inserting it',
    steps: [
      a.ok(READ_COMMITTED),
      a.ok('DROP TABLE IF EXISTS child'),
      a.ok('CREATE TABLE child (id INT PRIMARY KEY, t_id INT, CONSTRAINT parent FOREIGN KEY (t_id) REFERENCES t (id))'),
      a.ok('BEGIN'),
      a.fails('INSERT INTO child VALUES (1, 7)', {
        errno: 1452,
        message:
          'Cannot add or update a child row: a foreign key constraint fails (`$DATABASE`.`child`, CONSTRAINT `parent` FOREIGN KEY (`t_id`) REFERENCES `t` (`id`))',
      }),
      b.ok('INSERT INTO t VALUES (7, 70)', 1),
      a.ok('INSERT INTO child VALUES (1, 7)', 1),
      b.waits('delete', 'DELETE FROM t WHERE id = 7'),
      a.ok('ROLLBACK'),
      finished('delete', { affected: 1 }),
      a.ok('DROP TABLE child'),
    ],
  },
];
