/** Statements that wait for a region without a leader, over the stores of a simulated world, end when they are told to. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, type SimulatedWorld, type StoreId } from '../../../base/index.ts';
import { SqlError } from '../../../engine/index.ts';
import { Stores } from '../../tikv-lite/client/stores.ts';
import { FIRST_REGION } from '../../tikv-lite/raftstore/cluster.ts';
import { openGateway, run, type TwoSessions } from './gateway-over-stores.ts';

interface Fixture extends TwoSessions {
  readonly world: SimulatedWorld;
}

/** Two sessions, and a table whose region has lost its leader; the first session has run `prepare` before. */
async function open(prepare: readonly string[] = []): Promise<Fixture> {
  const stores = await Stores.open({ seed: 31, stores: 3 });
  const sessions = await openGateway(stores, stores.client(), [
    'CREATE DATABASE d',
    'CREATE TABLE d.t (id INT PRIMARY KEY, v INT, INDEX by_v (v))',
    'INSERT INTO d.t VALUES (1, 10), (2, 20)',
    'SELECT * FROM d.t',
    ...prepare,
  ]);
  const leader = (await stores.cluster.untilLed(FIRST_REGION)).peer.storeId;
  const follower = stores.cluster.nodes.find(({ storeId }) => storeId !== leader);
  stores.crash(leader);
  stores.crash(defined(follower?.storeId, 'a follower') as StoreId);
  return { world: stores.world, ...sessions };
}

/** The statement waits until `interrupt`, and ends within a moment with the error. */
async function endsWith(
  fixture: Fixture,
  sql: string,
  errno: number,
  interrupt: () => Promise<unknown>,
): Promise<void> {
  const { world, session } = fixture;
  let isOver = false;
  const outcome = run(session, sql).then(
    () => undefined,
    (error: unknown) => error,
  );
  void outcome.then(() => {
    isOver = true;
  });
  await world.run(2000);
  assert.equal(isOver, false, 'the statement waits');
  const interruptedAtMs = world.queue.nowMs;
  await interrupt();
  const error = await world.settle(outcome);
  assert.ok(error instanceof SqlError, String(error));
  assert.equal(error.errno, errno);
  assert.ok(world.queue.nowMs - interruptedAtMs <= 500, 'it ends within a moment');
}

const STATEMENTS = [
  'SELECT v FROM d.t WHERE id = 1',
  'SELECT v FROM d.t WHERE id IN (1, 2)',
  'SELECT SUM(v) FROM d.t',
  'SELECT * FROM d.t FORCE INDEX (by_v) WHERE v > 5',
  'SELECT v FROM d.t WHERE id = 1 FOR UPDATE',
  'UPDATE d.t SET v = v + 1 WHERE v = 10',
];

for (const sql of STATEMENTS) {
  test(`KILL QUERY ends it: ${sql}`, async () => {
    const fixture = await open();
    const kill = () => fixture.world.settle(run(fixture.other, `KILL QUERY ${fixture.session.connectionId}`));
    await endsWith(fixture, sql, 1317, kill);
  });
}

test('KILL QUERY ends a consistent read inside a transaction, and the transaction stays', async () => {
  const fixture = await open(['BEGIN', 'SELECT v FROM d.t WHERE id = 1']);
  const kill = () => fixture.world.settle(run(fixture.other, `KILL QUERY ${fixture.session.connectionId}`));
  await endsWith(fixture, 'SELECT v FROM d.t', 1317, kill);
  assert.equal(fixture.session.transaction.inTransaction, true);
});

test('a statement whose connection is closed does not go on waiting', async () => {
  const fixture = await open();
  await endsWith(fixture, 'SELECT v FROM d.t', 1317, () => {
    fixture.session.interrupt();
    return Promise.resolve();
  });
});

for (const sql of [
  'SELECT v FROM d.t WHERE id = 1',
  'SELECT v FROM d.t',
  'SELECT v FROM d.t WHERE id = 2 FOR UPDATE',
]) {
  test(`max_execution_time ends it: ${sql}`, async () => {
    const fixture = await open(['SET max_execution_time = 2100']);
    await endsWith(fixture, sql, 3024, () => Promise.resolve());
  });
}
