/** GET_LOCK, KILL and the lists of connections among two gateways. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SqlError } from '../../../engine/index.ts';
import { type GatewaySession, openTwoGateways, type TwoGateways } from './two-gateways.ts';

const isError = (errno: number) => (error: unknown) => error instanceof SqlError && error.errno === errno;

async function value(session: GatewaySession, expression: string): Promise<string | null> {
  return (await session.query(`SELECT ${expression}`))[0]?.[0] ?? null;
}

async function withGateways(run: (gateways: TwoGateways) => Promise<void>): Promise<void> {
  const gateways = await openTwoGateways();
  await run(gateways);
  await gateways.close();
}

test('a lock is one for all gateways', () =>
  withGateways(async ({ a, b }) => {
    const [left, right, other] = [a.session(), b.session(), a.session()];
    assert.equal(await value(left, "GET_LOCK('Job', 0)"), '1');
    assert.equal(await value(right, "GET_LOCK('job', 0)"), '0');
    assert.equal(await value(other, "GET_LOCK('job', 0)"), '0');
    assert.equal(await value(right, "GET_LOCK('other', 0)"), '1');
    const holder = await value(left, 'CONNECTION_ID()');
    for (const session of [left, right, other]) {
      assert.equal(await value(session, "IS_USED_LOCK('job')"), holder);
      assert.equal(await value(session, "IS_FREE_LOCK('job')"), '0');
    }
    assert.equal(await value(right, "RELEASE_LOCK('job')"), '0');
    assert.equal(await value(left, "GET_LOCK('job', 0)"), '1', 'it is taken twice');
    assert.equal(await value(left, "RELEASE_LOCK('job')"), '1');
    assert.equal(await value(right, "GET_LOCK('job', 0)"), '0');
    assert.equal(await value(left, "RELEASE_LOCK('job')"), '1');
    assert.equal(await value(left, "RELEASE_LOCK('job')"), null);
    assert.equal(await value(right, "IS_FREE_LOCK('job')"), '1');
    assert.equal(await value(right, "GET_LOCK('job', 0)"), '1');
    assert.equal(await value(right, 'RELEASE_ALL_LOCKS()'), '2');
    assert.equal(await value(left, "IS_USED_LOCK('job')"), null);
  }));

test('waiting for a lock of the other gateway ends with it, or with the timeout', () =>
  withGateways(async ({ world, a, b }) => {
    const [left, right] = [a.session(), b.session()];
    assert.equal(await value(left, "GET_LOCK('job', 0)"), '1');
    const startedMs = world.queue.nowMs;
    assert.equal(await value(right, "GET_LOCK('job', 2)"), '0');
    assert.ok(world.queue.nowMs - startedMs >= 2000);
    const waiting = right.start("SELECT GET_LOCK('job', 60)");
    await world.run(1000);
    await left.query("SELECT RELEASE_LOCK('job')");
    assert.deepEqual(await world.settle(waiting), [['1']]);
    assert.equal(await value(left, "GET_LOCK('job', 0)"), '0');
    await right.close();
    assert.equal(await value(left, "GET_LOCK('job', 0)"), '1', 'the end of a session frees its locks');
  }));

test('many who want one lock have it one after the other', () =>
  withGateways(async ({ world, a, b }) => {
    let holders = 0;
    let most = 0;
    const worker = async (session: GatewaySession): Promise<void> => {
      assert.deepEqual(await session.start("SELECT GET_LOCK('job', 300)"), [['1']]);
      most = Math.max(most, ++holders);
      await session.start('SELECT SLEEP(0.2)');
      holders--;
      assert.deepEqual(await session.start("SELECT RELEASE_LOCK('job')"), [['1']]);
    };
    const workers: Promise<void>[] = [];
    for (let i = 0; i < 6; i++) workers.push(worker(a.session()), worker(b.session()));
    await world.settle(Promise.all(workers));
    assert.equal(most, 1);
  }));

test('locks of a gateway that fell silent are free when its lease is over, and their connections are cut', () =>
  withGateways(async ({ world, a, b }) => {
    const [left, right] = [a.session(), b.session()];
    assert.equal(await value(right, "GET_LOCK('job', 0)"), '1');
    b.storage.hold();
    const startedMs = world.queue.nowMs;
    assert.equal(await value(left, "GET_LOCK('job', 60)"), '1');
    assert.ok(world.queue.nowMs - startedMs >= 3000, 'it waits for the lease');
    assert.equal(right.isCut, false);
    b.storage.release();
    await world.run(1000);
    assert.equal(right.isCut, true);
    await right.close();
    assert.equal(await value(b.session(), "GET_LOCK('job', 0)"), '0');
  }));

test('KILL QUERY while a lock is waited for leaves nothing behind', () =>
  withGateways(async ({ world, a, b }) => {
    const [left, right, third] = [a.session(), b.session(), b.session()];
    const id = await value(right, 'CONNECTION_ID()');
    assert.equal(await value(left, "GET_LOCK('job', 0)"), '1');
    const waiting = right.start("SELECT GET_LOCK('job', 60)");
    waiting.catch(() => undefined);
    await world.run(500);
    await left.query(`KILL QUERY ${id}`);
    await assert.rejects(world.settle(waiting), isError(1317));
    await left.query("SELECT RELEASE_LOCK('job')");
    assert.equal(await value(third, "GET_LOCK('job', 0)"), '1');
  }));

test('KILL reaches connections of every gateway', () =>
  withGateways(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    const id = Number(await value(right, 'CONNECTION_ID()'));
    assert.notEqual(id, Number(await value(left, 'CONNECTION_ID()')));
    await left.query(`KILL ${id}`);
    assert.equal(right.isCut, true);
    await right.close();
    await assert.rejects(left.query(`KILL ${id}`), isError(1094));
    await assert.rejects(left.query('KILL 7'), isError(1094));
  }));

test('cluster_processlist shows the connections of all gateways', () =>
  withGateways(async ({ a, b }) => {
    const [left, right] = [a.session(), b.session()];
    const ids = [await value(left, 'CONNECTION_ID()'), await value(right, 'CONNECTION_ID()')];
    const rows = await left.query('SELECT id, instance, info FROM information_schema.cluster_processlist ORDER BY id');
    assert.deepEqual(
      rows.map(([id]) => id),
      ids.sort((one, other) => Number(one) - Number(other)),
    );
    assert.equal(new Set(rows.map(([, instance]) => instance)).size, 2);
    assert.equal(rows.filter(([, , info]) => info?.includes('cluster_processlist')).length, 1);
    assert.equal((await left.query('SELECT id FROM information_schema.processlist')).length, 1);
  }));
