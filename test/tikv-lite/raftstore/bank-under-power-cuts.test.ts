import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, type SimulatedMachine, SimulatedWorld } from '../../../base/index.ts';
import { LocalOracle } from '../../../pd/index.ts';
import { MemoryEngine, openStorage, openStore, type Storage, TransactionError } from '../../../tikv-lite/index.ts';

const ACCOUNTS = 12;
const START = 100;

interface Bank {
  readonly storage: Storage;
  readonly oracle: LocalOracle;
}

function account(n: number): Key {
  return keyOf(`account${String(n).padStart(3, '0')}`);
}

async function open(machine: SimulatedMachine, engine: MemoryEngine): Promise<Bank> {
  const store = await openStore(machine, {
    directory: '/data',
    segmentBytes: 1 << 18,
    openEngine: () => Promise.resolve(engine.open()),
  });
  const { clock, timers, disk } = machine;
  const oracle = await LocalOracle.open({ clock, disk, path: '/data/tso' });
  return { oracle, storage: await openStorage({ regions: store.regions, oracle, clock, timers }) };
}

async function transfer(bank: Bank, pick: (bound: number) => number): Promise<void> {
  const from = account(pick(ACCOUNTS));
  const to = account(pick(ACCOUNTS));
  const startTs = await bank.oracle.getTs();
  const mode = pick(2) === 0 ? 'optimistic' : 'pessimistic';
  const transaction = bank.storage.begin(startTs, { mode, maxMemoryBytes: 1 << 20 });
  try {
    if (mode === 'pessimistic') {
      await transaction.lockKeys([from, to], { forUpdateTs: startTs, waitTimeoutMs: 200 });
    }
    const balance = Number(Buffer.from((await transaction.get(from)) ?? []));
    transaction.put(from, Buffer.from(`${balance - 1}`));
    const other = Number(Buffer.from((await transaction.get(to)) ?? []));
    transaction.put(to, Buffer.from(`${other + 1}`));
    await transaction.commit();
  } catch (error) {
    if (!(error instanceof TransactionError)) throw error;
    await transaction.rollback();
  }
}

async function total(bank: Bank): Promise<number> {
  const snapshot = bank.storage.snapshot(await bank.oracle.getTs());
  let sum = 0;
  for (let n = 0; n < ACCOUNTS; n++) sum += Number(Buffer.from((await snapshot.get(account(n))) ?? []));
  return sum;
}

async function run(seed: number): Promise<number> {
  const world = new SimulatedWorld(seed);
  const machine = world.machine('store');
  const engine = new MemoryEngine();
  const pick = (bound: number): number => world.random.below(bound);
  const first = await world.settle(open(machine, engine));
  const opening = first.storage.begin(await first.oracle.getTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
  for (let n = 0; n < ACCOUNTS; n++) opening.put(account(n), Buffer.from(`${START}`));
  await world.settle(Promise.resolve(opening.commit()));
  let bank = first;
  let transfers = 0;
  for (let life = 0; life < 3; life++) {
    const current = bank;
    const client = async (): Promise<void> => {
      for (;;) {
        await transfer(current, pick);
        transfers++;
      }
    };
    for (let n = 0; n < 6; n++) client().catch(() => {});
    await world.run(20 + pick(60));
    machine.crash();
    engine.crash(world.random);
    bank = await world.settle(open(machine, engine));
    assert.equal(await world.settle(total(bank)), ACCOUNTS * START, `seed ${seed}, life ${life}`);
  }
  return transfers;
}

test('transfers under power cuts keep the sum', async () => {
  let transfers = 0;
  for (let seed = 1; seed <= 6; seed++) transfers += await run(seed);
  assert.ok(transfers > 200, `${transfers} transfers`);
});
