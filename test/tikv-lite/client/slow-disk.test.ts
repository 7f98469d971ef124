/** Clients of a cluster whose disks are overloaded: they come back later, and every transaction commits once. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { bytes } from './cluster.ts';
import { Stores } from './stores.ts';

const CLIENTS = 40;
const ROUNDS = 2;
const VALUE = 'x'.repeat(8192);

test('transactions wait out overloaded stores, none is lost and none fails', async () => {
  const stores = await Stores.open({ seed: 21, stores: 3, maxProposalBytes: 1 << 16 });
  await stores.split('k');
  for (const { machine } of stores.cluster.nodes) machine.disk.slowdown = 200;
  const { storage } = stores.client();
  const committed: string[] = [];
  const run = async (client: number): Promise<void> => {
    for (let round = 0; round < ROUNDS; round++) {
      const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 24 });
      const keys = [`a${client}-${round}`, `z${client}-${round}`];
      for (const key of keys) txn.put(keyOf(key), bytes(VALUE));
      await txn.commit();
      committed.push(...keys);
    }
  };
  await stores.world.settle(Promise.all(Array.from({ length: CLIENTS }, (_, client) => run(client))), 600_000);
  const refused = stores.cluster.nodes.reduce((sum, { store }) => sum + store.statistics.refusedProposals, 0);
  assert.ok(refused > 0, 'stores were too busy at times');
  assert.equal(committed.length, 2 * CLIENTS * ROUNDS);
  for (const { machine } of stores.cluster.nodes) machine.disk.slowdown = 1;
  for (const key of committed) assert.equal(await stores.read(storage, key), VALUE);
});
