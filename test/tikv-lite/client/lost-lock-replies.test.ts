import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import type { Transaction } from '../../../tikv-lite/client/storage.ts';
import { StoreUnreachableError } from '../../../tikv-lite/txn/kv-service.ts';
import { type Client, Stores } from './stores.ts';

async function lock(stores: Stores, { storage }: Client, txn: Transaction, waitTimeoutMs: number): Promise<void> {
  const forUpdateTs = await stores.now(storage);
  await stores.world.settle(Promise.resolve(txn.lockKeys([keyOf('a')], { forUpdateTs, waitTimeoutMs })));
}

function loseLockReplies({ wire }: Client, seen: () => void): void {
  wire.beforeReply = (method, storeId) => {
    if (method !== 'pessimisticLock') return;
    seen();
    throw new StoreUnreachableError(storeId, 'the answer is lost', true);
  };
}

test('a statement that is killed while a store does not answer asks no further, and leaves no lock', async () => {
  const stores = await Stores.open({ seed: 9, stores: 3 });
  const client = stores.client();
  const startTs = await stores.now(client.storage);
  const killed = new Error('killed');
  let isKilled = false;
  const checkInterrupted = (): void => {
    if (isKilled) throw killed;
  };
  const txn = client.storage.begin(startTs, { mode: 'pessimistic', maxMemoryBytes: 1 << 20, checkInterrupted });
  let asked = 0;
  loseLockReplies(client, () => {
    asked++;
    isKilled = true;
  });
  await assert.rejects(lock(stores, client, txn, 50_000), killed);
  assert.equal(asked, 1);
  client.wire.beforeReply = undefined;
  await stores.world.settle(Promise.resolve(txn.rollback()));
  await stores.world.run(2000);
  const other = await stores.begin(client.storage);
  await lock(stores, client, other, 0);
  await stores.world.settle(Promise.resolve(other.rollback()));
});
