/**
 * Transactions of several sessions, statement by statement, with what MySQL answers. The same steps run against any MySQL
 * server: `node dist/test/sql/isolation/against.js mysql://root@127.0.0.1:3306`.
 */

import { finished, in_, type Scenario } from './steps.ts';

const LOCK_WAIT = { errno: 1205, message: 'Lock wait timeout exceeded; try restarting transaction' };
const DEADLOCK = { errno: 1213, message: 'Deadlock found when trying to get lock; try restarting transaction' };
const INTERRUPTED = { errno: 1317, message: 'Query execution was interrupted' };
const NOWAIT = {
  errno: 3572,
  message: 'Statement aborted because lock(s) could not be acquired immediately and NOWAIT is set.',
};

const a = in_('a');
const b = in_('b');
const c = in_('c');

/** Each begins with table t (id INT PRIMARY KEY, v INT) holding (1, 10), (2, 20), (3, 30), and fresh sessions. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'REPEATABLE READ keeps the snapshot of its first read; locking reads see the newest',
    steps: [
      a.ok('BEGIN'),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      b.ok('UPDATE t SET v = 12 WHERE id = 1', 1),
      b.ok('INSERT INTO t VALUES (4, 40)', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      a.rows('SELECT COUNT(*) FROM t', ['3']),
      a.rows('SELECT v FROM t WHERE id = 1 FOR UPDATE', ['12']),
      a.rows('SELECT v FROM t WHERE id = 1 FOR SHARE', ['12']),
      a.rows('SELECT COUNT(*) FROM t FOR UPDATE', ['4']),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      a.ok('COMMIT'),
      a.rows('SELECT v FROM t WHERE id = 1', ['12']),
    ],
  },
  {
    name: 'REPEATABLE READ takes its snapshot with the first read, not with the first write or lock',
    steps: [
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 21 WHERE id = 2', 1),
      a.rows('SELECT v FROM t WHERE id = 3 FOR UPDATE', ['30']),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT id, v FROM t', ['1', '11'], ['2', '21'], ['3', '30']),
      b.ok('UPDATE t SET v = 12 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      a.ok('ROLLBACK'),
      a.ok('START TRANSACTION WITH CONSISTENT SNAPSHOT'),
      b.ok('UPDATE t SET v = 13 WHERE id = 1', 1),
      a.ok('UPDATE t SET v = 22 WHERE id = 2', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['12']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'WITH CONSISTENT SNAPSHOT fixes the snapshot at once',
    steps: [
      a.ok('START TRANSACTION WITH CONSISTENT SNAPSHOT'),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['10']),
      a.ok('COMMIT'),
    ],
  },
  {
    name: 'READ COMMITTED: each statement sees what is committed when it begins',
    steps: [
      a.ok('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'),
      a.ok('BEGIN'),
      a.rows('SELECT v FROM t WHERE id = 1', ['10']),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      b.ok('BEGIN'),
      b.ok('UPDATE t SET v = 12 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['11']),
      b.ok('COMMIT'),
      a.rows('SELECT v FROM t WHERE id = 1', ['12']),
      a.ok('UPDATE t SET v = v + 100 WHERE id = 2', 1),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '12'], ['2', '120'], ['3', '30']),
      a.ok('ROLLBACK'),
      a.rows('SELECT v FROM t WHERE id = 2', ['20']),
    ],
  },
  {
    name: 'an update in REPEATABLE READ works on the newest rows and then sees them',
    steps: [
      a.ok('BEGIN'),
      a.rows('SELECT COUNT(*) FROM t', ['3']),
      b.ok('INSERT INTO t VALUES (4, 40)', 1),
      b.ok('UPDATE t SET v = 15 WHERE id = 1', 1),
      a.ok('UPDATE t SET v = v + 1', 4),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '16'], ['2', '21'], ['3', '31'], ['4', '41']),
      a.ok('ROLLBACK'),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '15'], ['2', '20'], ['3', '30'], ['4', '40']),
    ],
  },
  {
    name: 'a lost update does not happen: the second waits and adds to the first',
    steps: [
      a.ok('BEGIN'),
      b.ok('BEGIN'),
      a.ok('UPDATE t SET v = v + 1 WHERE id = 1', 1),
      b.waits('update', 'UPDATE t SET v = v + 1 WHERE id = 1'),
      a.ok('COMMIT'),
      finished('update', { affected: 1 }),
      b.ok('COMMIT'),
      a.rows('SELECT v FROM t WHERE id = 1', ['12']),
    ],
  },
  {
    name: 'a wait for a row lock ends with 1205; the transaction goes on',
    steps: [
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      b.ok('SET SESSION innodb_lock_wait_timeout = 1'),
      b.ok('BEGIN'),
      b.ok('UPDATE t SET v = 21 WHERE id = 2', 1),
      b.fails('UPDATE t SET v = 12 WHERE id = 1', LOCK_WAIT),
      b.rows('SELECT v FROM t WHERE id = 2', ['21']),
      b.ok('COMMIT'),
      a.ok('ROLLBACK'),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '10'], ['2', '21'], ['3', '30']),
    ],
  },
  {
    name: 'of a deadlock the one who closes it is rolled back with 1213, and the other goes on',
    steps: [
      a.ok('BEGIN'),
      b.ok('BEGIN'),
      a.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.ok('UPDATE t SET v = 31 WHERE id = 3', 1),
      b.ok('UPDATE t SET v = 22 WHERE id = 2', 1),
      a.waits('second', 'UPDATE t SET v = 21 WHERE id = 2'),
      b.fails('UPDATE t SET v = 12 WHERE id = 1', DEADLOCK),
      finished('second', { affected: 1 }),
      a.ok('COMMIT'),
      b.rows('SELECT id, v FROM t ORDER BY id', ['1', '11'], ['2', '21'], ['3', '31']),
    ],
  },
  {
    name: 'KILL QUERY ends a wait for a row lock with 1317; the transaction stays',
    steps: [
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      b.ok('BEGIN'),
      b.ok('UPDATE t SET v = 21 WHERE id = 2', 1),
      b.waits('update', 'UPDATE t SET v = 12 WHERE id = 1'),
      c.ok('KILL QUERY $ID(b)'),
      finished('update', { error: INTERRUPTED }),
      b.rows('SELECT id, v FROM t ORDER BY id', ['1', '10'], ['2', '21'], ['3', '30']),
      b.ok('COMMIT'),
      a.ok('COMMIT'),
      a.rows('SELECT id, v FROM t ORDER BY id', ['1', '11'], ['2', '21'], ['3', '30']),
    ],
  },
  {
    name: 'NOWAIT fails at once, SKIP LOCKED leaves locked rows out',
    steps: [
      a.ok('BEGIN'),
      a.rows('SELECT v FROM t WHERE id = 2 FOR UPDATE', ['20']),
      b.fails('SELECT v FROM t WHERE id = 2 FOR UPDATE NOWAIT', NOWAIT),
      b.rows('SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED', ['1'], ['3']),
      a.ok('COMMIT'),
      b.rows('SELECT id FROM t ORDER BY id FOR UPDATE SKIP LOCKED', ['1'], ['2'], ['3']),
    ],
  },
  {
    name: 'an insert waits for one of the same key: 1062 after its commit, success after its rollback',
    steps: [
      a.ok('BEGIN'),
      a.ok('INSERT INTO t VALUES (5, 50)', 1),
      b.waits('insert', 'INSERT INTO t VALUES (5, 55)'),
      a.ok('COMMIT'),
      finished('insert', { error: { errno: 1062, message: "Duplicate entry '5' for key 't.PRIMARY'" } }),
      a.ok('BEGIN'),
      a.ok('INSERT INTO t VALUES (6, 60)', 1),
      b.waits('again', 'INSERT INTO t VALUES (6, 66)'),
      a.ok('ROLLBACK'),
      finished('again', { affected: 1 }),
      a.rows('SELECT id, v FROM t WHERE id > 4 ORDER BY id', ['5', '50'], ['6', '66']),
    ],
  },
  {
    name: 'a delete waits for an update of the row and removes what it became',
    steps: [
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 100 WHERE id = 2', 1),
      b.waits('delete', 'DELETE FROM t WHERE id = 2 AND v = 100'),
      a.ok('COMMIT'),
      finished('delete', { affected: 1 }),
      a.rows('SELECT id FROM t ORDER BY id', ['1'], ['3']),
    ],
  },
  {
    name: 'in READ COMMITTED a waiting update judges the row anew',
    steps: [
      b.ok('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'),
      a.ok('BEGIN'),
      a.ok('UPDATE t SET v = 0 WHERE id = 3', 1),
      b.waits('update', 'UPDATE t SET v = v + 1 WHERE id = 3 AND v = 30'),
      a.ok('COMMIT'),
      finished('update', { affected: 0 }),
      a.rows('SELECT v FROM t WHERE id = 3', ['0']),
    ],
  },
  {
    name: 'a read-only transaction refuses writes with 1792 and reads its snapshot',
    steps: [
      a.ok('START TRANSACTION READ ONLY'),
      a.rows('SELECT v FROM t WHERE id = 1', ['10']),
      a.fails('UPDATE t SET v = 11 WHERE id = 1', {
        errno: 1792,
        message: 'Cannot execute statement in a READ ONLY transaction.',
      }),
      b.ok('UPDATE t SET v = 11 WHERE id = 1', 1),
      a.rows('SELECT v FROM t WHERE id = 1', ['10']),
      a.ok('COMMIT'),
    ],
  },
];
