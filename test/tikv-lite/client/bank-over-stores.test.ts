import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, type StoreId } from '../../../base/index.ts';
import { Bank } from './bank.ts';
import { PipelinedTransfers } from './pipelined-transfers.ts';
import { Stores } from './stores.ts';

const WORKERS = 6;
const TRANSFERS = 150;
/** The bank's keys lie on both sides of these. */
const EDGES = ['b2', 'c', 'n2', 'p', 't2'];

/** Splits and merges, moves leaders, cuts the power of a store now and then, and troubles the network. */
async function vandal(stores: Stores, random: SeededRandom, isDone: () => boolean): Promise<void> {
  const { queue } = stores.world;
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      queue.schedule(ms, resolve);
    });
  const edges = [...EDGES];
  while (!isDone()) {
    await pause(100 + random.below(400));
    const [edge] = edges;
    const at = EDGES[random.below(EDGES.length)]!;
    if (random.below(3) === 0 && edge !== undefined) {
      const region = stores.regionAt(edge);
      if (region !== undefined && (await stores.splitOnce(region, edge))) edges.push(...edges.splice(0, 1));
    } else if (random.below(6) === 0) await stores.mergeOnce(at);
    else if (random.below(3) > 0) await stores.transferOnce(at, 1 + random.below(3));
    else if (stores.cluster.nodes.every(({ isUp }) => isUp)) {
      const storeId = (1 + random.below(3)) as StoreId;
      stores.crash(storeId);
      await pause(500 + random.below(3000));
      await stores.boot(storeId);
    }
  }
}

/** Answers what the pipelined transfers among them read back. */
async function underChaos(seed: number, isPipelined: (worker: number) => boolean): Promise<number> {
  const stores = await Stores.open({ seed, stores: 3 });
  const { world } = stores;
  const random = new SeededRandom(seed);
  const clients = [stores.client(), stores.client()];
  const bank = new Bank(random);
  await world.settle(bank.open(clients[0]!.storage));
  for (const { wire } of clients)
    Object.assign(wire.trouble, { requestLoss: 0.01, replyLoss: 0.01, duplication: 0.05 });
  const pipelined = clients.map((client) => new PipelinedTransfers(stores, client, bank, random));
  let left = TRANSFERS;
  let running = 0;
  const worker = async (i: number): Promise<void> => {
    running++;
    while (left-- > 0) {
      if (isPipelined(i)) await pipelined[i % clients.length]!.transfer();
      else await bank.transfer(clients[i % clients.length]!.storage);
    }
    running--;
  };
  const auditor = async (): Promise<void> => {
    while (left > 0) await bank.audit(clients[0]!.storage);
  };
  const workers = Array.from({ length: WORKERS }, (_, i) => worker(i));
  const chaos = vandal(stores, random.fork(), () => left <= 0);
  await world.settle(Promise.all([...workers, auditor(), chaos]), 3_600_000);
  assert.equal(running, 0);
  for (const { wire } of clients) Object.assign(wire.trouble, { requestLoss: 0, replyLoss: 0, duplication: 0 });
  await world.run(60_000);
  await world.settle(bank.verify(clients[1]!.storage));
  assert.deepEqual(await world.settle(bank.missing(clients[1]!.storage)), [], `seed ${seed}`);
  assert.ok(bank.acknowledged.length > 30, `${bank.acknowledged.length} transfers, ${[...bank.failures]}`);
  for (const { storage } of clients) await world.settle(storage.close());
  return pipelined[0]!.readBack + pipelined[1]!.readBack;
}

test('money is conserved while regions split, merge and move, stores crash, and calls and answers are lost and repeated', async () => {
  for (const seed of [1, 2]) await underChaos(seed, () => false);
});

test('so it is with pipelined transactions among the others', async () => {
  const readBack = await underChaos(3, (worker) => worker % 2 === 0);
  assert.ok(readBack > 30, `${readBack} values were read back`);
});
