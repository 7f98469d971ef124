/** A read that is not wanted any more ends, whatever it waits for; and nothing is asked for it after that. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, type StoreId, type ValueOrPromise } from '../../../base/index.ts';
import type { Reader, Snapshot } from '../../../tikv-lite/client/storage.ts';
import { StoreUnreachableError } from '../../../tikv-lite/txn/kv-service.ts';
import { FIRST_REGION } from '../raftstore/cluster.ts';
import { type Client, Stores } from './stores.ts';

const KILLED = new Error('killed');
const A = keyOf('a');
const Z = keyOf('z');

class Statement {
  isKilled = false;

  readonly checkInterrupted = (): void => {
    if (this.isKilled) throw KILLED;
  };
}

const READS: Readonly<Record<string, (reader: Reader) => ValueOrPromise<unknown>>> = {
  get: (reader) => reader.get(A),
  'batch get': (reader) => reader.batchGet([A, Z]),
  scan: (reader) => reader.scan({ start: A }, {}).next(10),
  'scan from the end': (reader) => reader.scan({ start: A }, { reverse: true }).next(10),
};

/** The read waits for a second, is interrupted, and asks for nothing from then on. */
async function endsEarly(stores: Stores, { wire }: Client, read: (statement: Statement) => ValueOrPromise<unknown>) {
  const statement = new Statement();
  let isOver = false;
  const outcome = Promise.resolve(read(statement)).then(
    () => 'an answer',
    (error: unknown) => error,
  );
  void outcome.then(() => {
    isOver = true;
  });
  await stores.world.run(1000);
  assert.equal(isOver, false, 'the read waits');
  statement.isKilled = true;
  const killedAtMs = stores.world.queue.nowMs;
  assert.equal(await stores.world.settle(outcome), KILLED);
  assert.ok(stores.world.queue.nowMs - killedAtMs <= 200, 'the read ends within a moment');
  // As with a session's, the kill is over with the statement.
  statement.isKilled = false;
  await stores.world.run(6000);
  const asked = [...wire.calls.values()].reduce((sum, count) => sum + count, 0);
  await stores.world.run(20_000);
  assert.equal(
    [...wire.calls.values()].reduce((sum, count) => sum + count, 0),
    asked,
    'nothing is asked for it any more',
  );
}

async function leaderless(): Promise<{
  readonly stores: Stores;
  readonly client: Client;
  readonly snapshot: Snapshot;
}> {
  const stores = await Stores.open({ seed: 21, stores: 3 });
  const client = stores.client();
  await stores.write(client.storage, { a: '1', z: '1' });
  const snapshot = client.storage.snapshot(await stores.now(client.storage));
  const leader = (await stores.cluster.untilLed(FIRST_REGION)).peer.storeId;
  const others = stores.cluster.nodes.map(({ storeId }) => storeId).filter((storeId) => storeId !== leader);
  stores.crash(leader);
  stores.crash(others[0] as StoreId);
  return { stores, client, snapshot };
}

for (const [name, read] of Object.entries(READS)) {
  test(`a read of a region without a leader can be interrupted: ${name}`, async () => {
    const { stores, client, snapshot } = await leaderless();
    await endsEarly(stores, client, ({ checkInterrupted }) =>
      read(client.storage.snapshot(snapshot.ts, { checkInterrupted })),
    );
  });
}

test('a read of the newest version can be interrupted, too', async () => {
  const { stores, client } = await leaderless();
  await endsEarly(stores, client, ({ checkInterrupted }) => client.storage.getLatest(A, checkInterrupted));
});

test('so can reads inside a transaction, of its snapshot and of the newest data', async () => {
  const { stores, client, snapshot } = await leaderless();
  const begin = ({ checkInterrupted }: Statement) =>
    client.storage.begin(snapshot.ts, { mode: 'pessimistic', maxMemoryBytes: 1 << 20, checkInterrupted });
  await endsEarly(stores, client, (statement) => begin(statement).get(A));
  const forUpdateTs = await stores.now(client.storage);
  await endsEarly(stores, client, (statement) => begin(statement).currentReader(forUpdateTs).get(A));
});

/** A transaction over two regions that is committed as soon as somebody says so to its keys, and nobody can. */
async function locked(): Promise<{ readonly stores: Stores; readonly client: Client }> {
  const stores = await Stores.open({ seed: 22, stores: 3 });
  await stores.split('m');
  const writer = stores.client();
  writer.wire.beforeCall = (method, storeId) => {
    if (method === 'commit') throw new StoreUnreachableError(storeId, 'the request is lost', false);
  };
  await stores.write(writer.storage, { a: '1', z: '1' });
  return { stores, client: stores.client() };
}

for (const [name, read] of Object.entries(READS)) {
  test(`a read that waits for the lock of another transaction can be interrupted: ${name}`, async () => {
    const { stores, client } = await locked();
    const ts = await stores.now(client.storage);
    await endsEarly(stores, client, ({ checkInterrupted }) => read(client.storage.snapshot(ts, { checkInterrupted })));
  });
}
