import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SqlError } from '../../../engine/index.ts';
import { openTwoGateways, type TwoGateways } from './two-gateways.ts';

async function withTable(run: (gateways: TwoGateways) => Promise<void>): Promise<void> {
  const gateways = await openTwoGateways();
  const session = gateways.a.session();
  await session.query('CREATE DATABASE d');
  await session.query('CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v INT)');
  await run(gateways);
  await gateways.close();
}

const isError = (errno: number) => (error: unknown) => error instanceof SqlError && error.errno === errno;

test('what one gateway defined is there on the other when the statement is over', () =>
  withTable(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await right.query('INSERT INTO d.t (v) VALUES (7)');
    await left.query('ALTER TABLE d.t ADD COLUMN w INT DEFAULT 5');
    assert.deepEqual(await right.query('SELECT v, w FROM d.t'), [['7', '5']]);
    await right.query('DROP TABLE d.t');
    await assert.rejects(left.query('SELECT * FROM d.t'), isError(1146));
  }));

test('a change waits for writers on the other gateway and holds new ones back', () =>
  withTable(async ({ world, a, b }) => {
    const [left, right, late] = [a.session(), b.session(), b.session()];
    await right.query('BEGIN');
    await right.query('INSERT INTO d.t VALUES (1, 1)');
    let isChanged = false;
    const change = left.start('ALTER TABLE d.t ADD INDEX by_v (v)').then(() => {
      isChanged = true;
    });
    await world.run(2000);
    assert.equal(isChanged, false);
    let isInserted = false;
    const insert = late.start('INSERT INTO d.t VALUES (2, 2)').then(() => {
      isInserted = true;
    });
    await world.run(2000);
    assert.equal(isInserted, false, 'a writer must queue behind the change');
    await right.query('COMMIT');
    await world.settle(Promise.all([change, insert]));
    for (const session of [left, right]) {
      assert.deepEqual(await session.query('SELECT v FROM d.t FORCE INDEX (by_v) ORDER BY v'), [['1'], ['2']]);
    }
  }));

test('a change that waits too long gives up with 1205, and the table is free again', () =>
  withTable(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await right.query('BEGIN');
    await right.query('INSERT INTO d.t VALUES (1, 1)');
    await left.query('SET lock_wait_timeout = 2');
    await assert.rejects(left.query('ALTER TABLE d.t ADD COLUMN w INT'), isError(1205));
    await left.query('INSERT INTO d.t VALUES (2, 2)');
    await right.query('COMMIT');
    assert.deepEqual(await left.query('SELECT id FROM d.t ORDER BY id'), [['1'], ['2']]);
  }));

test('changes of one table on both gateways run one after the other', () =>
  withTable(async ({ world, a, b }) => {
    const changes: Promise<unknown>[] = [];
    for (let i = 0; i < 4; i++) {
      changes.push(a.session().start(`ALTER TABLE d.t ADD COLUMN a${i} INT`));
      changes.push(b.session().start(`ALTER TABLE d.t ADD COLUMN b${i} INT`));
    }
    await world.settle(Promise.all(changes));
    const columns = await a.session().query('SHOW COLUMNS FROM d.t');
    assert.deepEqual(columns.map(([name]) => name).sort(), ['a0', 'a1', 'a2', 'a3', 'b0', 'b1', 'b2', 'b3', 'id', 'v']);
  }));

test('numbers of AUTO_INCREMENT are given out once', () =>
  withTable(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    for (let i = 0; i < 20; i++) await (i % 2 === 0 ? left : right).query(`INSERT INTO d.t (v) VALUES (${i})`);
    assert.deepEqual(await left.query('SELECT COUNT(*), COUNT(DISTINCT id) FROM d.t'), [['20', '20']]);
  }));

test('a gateway that fell silent loses its lease, and what it had begun cannot commit', () =>
  withTable(async ({ world, a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await right.query('BEGIN');
    await right.query('INSERT INTO d.t VALUES (1, 1)');
    b.storage.hold();
    const startedMs = world.queue.nowMs;
    await left.query('ALTER TABLE d.t ADD INDEX by_v (v)');
    assert.ok(world.queue.nowMs - startedMs >= 3000, 'the change waits for the lease');
    b.storage.release();
    await assert.rejects(right.query('COMMIT'), isError(8028));
    assert.deepEqual(await left.query('SELECT id FROM d.t'), []);
    await right.query('INSERT INTO d.t VALUES (2, 2)');
    assert.deepEqual(await left.query('SELECT v FROM d.t FORCE INDEX (by_v)'), [['2']]);
  }));

test('a gateway that fell silent without being waited for goes on', () =>
  withTable(async ({ world, b }) => {
    const right = b.session();
    await right.query('BEGIN');
    await right.query('INSERT INTO d.t VALUES (1, 1)');
    b.storage.hold();
    await world.run(4000);
    b.storage.release();
    await right.query('COMMIT');
    assert.deepEqual(await right.query('SELECT id FROM d.t'), [['1']]);
  }));

test('a snapshot of one gateway does without what the other defined after it', () =>
  withTable(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await left.query('INSERT INTO d.t VALUES (1, 10), (2, 20)');
    await left.query('CREATE TABLE d.u (id INT PRIMARY KEY)');
    await right.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    await left.query('ALTER TABLE d.t ADD INDEX by_v (v)');
    assert.deepEqual(await right.query('SELECT id FROM d.t WHERE v = 20'), [['2']]);
    await assert.rejects(right.query('SELECT id FROM d.t FORCE INDEX (by_v) WHERE v = 20'), isError(1412));
    await left.query('ALTER TABLE d.u ADD COLUMN w INT');
    await assert.rejects(right.query('SELECT * FROM d.u'), isError(1412));
    await left.query('TRUNCATE TABLE d.t');
    assert.deepEqual(await right.query('SELECT id FROM d.t ORDER BY id'), [['1'], ['2']], 'it read the table before');
    await right.query('COMMIT');
    assert.deepEqual(await right.query('SELECT id FROM d.t FORCE INDEX (by_v) WHERE v = 20'), []);
  }));

test('a read that a schema change overtakes is planned again', () =>
  withTable(async ({ world, a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await left.query('INSERT INTO d.t VALUES (1, 10), (2, 20)');
    for (const sql of ['SELECT id, v FROM d.t WHERE v < 100', 'SELECT id, v FROM d.t WHERE id = 1']) {
      await right.query(sql);
      b.storage.hold();
      const overtaken = right.start(sql);
      await left.query('TRUNCATE TABLE d.t');
      await left.query('INSERT INTO d.t VALUES (1, 11)');
      b.storage.release();
      assert.deepEqual(await world.settle(overtaken), [['1', '11']], sql);
    }
  }));

test('a gateway without a lease answers nothing that its schema may be wrong about', () =>
  withTable(async ({ world, a, b }) => {
    const [left, right] = [a.session(), b.session()];
    await left.query('INSERT INTO d.t VALUES (1, 10)');
    for (const sql of ['SELECT v FROM d.t WHERE id = 1', 'SELECT v FROM d.t']) {
      const value = sql.length;
      b.storage.hold();
      await left.query('TRUNCATE TABLE d.t');
      await left.query(`INSERT INTO d.t VALUES (1, ${value})`);
      const late = right.start(sql);
      let isAnswered = false;
      void late.then(() => {
        isAnswered = true;
      });
      await world.run(500);
      assert.equal(isAnswered, false, sql);
      b.storage.release();
      assert.deepEqual(await world.settle(late), [[`${value}`]], sql);
    }
  }));
