/** Inserts of many rows from a gateway: few requests to the stores, and the errors of one row after the other. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedWorld } from '../../../base/index.ts';
import { SqlError } from '../../../engine/index.ts';
import { type Client, Stores } from '../../tikv-lite/client/stores.ts';
import { openGateway, run, type TwoSessions } from './gateway-over-stores.ts';

interface Fixture extends TwoSessions {
  readonly world: SimulatedWorld;
  readonly client: Client;
}

async function open(): Promise<Fixture> {
  const stores = await Stores.open({ seed: 51, stores: 3 });
  const client = stores.client();
  const sessions = await openGateway(stores, client, [
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id INT PRIMARY KEY, v INT, UNIQUE u (v))',
    'INSERT INTO d.t VALUES (1000, 1000)',
  ]);
  return { world: stores.world, client, ...sessions };
}

async function errorOf({ world, session }: Fixture, sql: string): Promise<string> {
  const error = await world.settle(
    run(session, sql).then(
      () => undefined,
      (failure: unknown) => failure,
    ),
  );
  assert.ok(error instanceof SqlError, String(error));
  return `${error.errno} ${error.message}`;
}

async function rowsOf({ world, session }: Fixture, sql: string): Promise<unknown> {
  const { resultRows } = await world.settle(run(session, sql));
  return resultRows.map((row) => row.map(String));
}

test('many rows take few requests', async () => {
  const fixture = await open();
  const { world, client, session } = fixture;
  client.wire.calls.clear();
  const values = Array.from({ length: 300 }, (_, i) => `(${i}, ${i})`).join(',');
  await world.settle(run(session, `INSERT INTO d.t VALUES ${values}`));
  const single = client.wire.calls.get('pessimisticLock') ?? 0;
  const together = client.wire.calls.get('pessimisticLockAll') ?? 0;
  assert.ok(together >= 3 && together + single <= 8, `${together} requests for many keys, ${single} for one`);
  assert.deepEqual(await rowsOf(fixture, 'SELECT COUNT(*), COUNT(DISTINCT v), SUM(id) FROM d.t'), [
    ['301', '301', '45850'],
  ]);
});

const REFUSED: readonly (readonly [string, string, string])[] = [
  ['two rows with one primary key', '(1, 1), (2, 2), (1, 3)', "1062 Duplicate entry '1' for key 't.PRIMARY'"],
  ['two rows with one unique key', '(1, 1), (2, 2), (4, 2)', "1062 Duplicate entry '2' for key 't.u'"],
  ['the first row that is in the way', '(1, 1), (2, 1000), (1000, 3)', "1062 Duplicate entry '1000' for key 't.u'"],
  ['a duplicate before a bad value', "(1, 1), (1000, 2), ('x', 3)", "1062 Duplicate entry '1000' for key 't.PRIMARY'"],
  [
    'a bad value before a duplicate',
    "(1, 1), ('x', 3), (1000, 2)",
    "1366 Incorrect integer value: 'x' for column 'id' at row 2",
  ],
];

for (const [name, values, message] of REFUSED) {
  test(`refused, and nothing of it stays: ${name}`, async () => {
    const fixture = await open();
    const { world, session } = fixture;
    await world.settle(run(session, 'BEGIN'));
    await world.settle(run(session, 'INSERT INTO d.t VALUES (500, 500), (501, 501)'));
    assert.equal(await errorOf(fixture, `INSERT INTO d.t VALUES ${values}`), message);
    await world.settle(run(session, 'COMMIT'));
    assert.deepEqual(await rowsOf(fixture, 'SELECT id, v FROM d.t ORDER BY id'), [
      ['500', '500'],
      ['501', '501'],
      ['1000', '1000'],
    ]);
  });
}

test('rows behind one that somebody else inserts wait for it', async () => {
  const fixture = await open();
  const { world, session, other } = fixture;
  await world.settle(run(other, 'BEGIN'));
  await world.settle(run(other, 'INSERT INTO d.t VALUES (7, 7)'));
  let isOver = false;
  const inserted = run(session, 'INSERT INTO d.t VALUES (6, 6), (7, 8), (8, 9)').then(() => {
    isOver = true;
  });
  await world.run(2000);
  assert.equal(isOver, false);
  await world.settle(run(other, 'ROLLBACK'));
  await world.settle(inserted);
  assert.deepEqual(await rowsOf(fixture, 'SELECT id, v FROM d.t WHERE id < 10 ORDER BY id'), [
    ['6', '6'],
    ['7', '8'],
    ['8', '9'],
  ]);
});
