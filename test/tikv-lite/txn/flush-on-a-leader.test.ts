import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Key, keyOf, NO_TS, type Ts } from '../../../base/index.ts';
import type { FlushRequest } from '../../../tikv-lite/mvcc/commands/flush.ts';
import { readTsOf } from '../../../tikv-lite/mvcc/read.ts';
import { ConcurrencyManager } from '../../../tikv-lite/txn/concurrency-manager.ts';
import type { FlushReply } from '../../../tikv-lite/txn/region-service.ts';
import { TransactionRegion } from '../../../tikv-lite/txn/transaction-region.ts';
import { bytes, type MemoryRegion, openCluster, text } from '../client/cluster.ts';

const START = 100n as Ts;
const LONG = 'long '.repeat(200);

/** A region and one pipelined transaction in it, whose primary is 'p'. */
class Flushing {
  readonly region: TransactionRegion;
  readonly kv: MemoryRegion;
  readonly #run: (ms: number) => Promise<void>;

  constructor(region: TransactionRegion, kv: MemoryRegion, run: (ms: number) => Promise<void>) {
    this.region = region;
    this.kv = kv;
    this.#run = run;
  }

  static async open(): Promise<Flushing> {
    const { world, machine, regions } = await openCluster();
    const kv = regions[0]!;
    const oracle = { getTs: () => 1n as Ts };
    const concurrency = new ConcurrencyManager();
    const region = new TransactionRegion({ kv, concurrency, timers: machine.timers, oracle });
    region.lead();
    const run = async (ms: number): Promise<void> => {
      await world.run(ms);
    };
    await run(10);
    return new Flushing(region, kv, run);
  }

  async flush(generation: number, values: Readonly<Record<string, string>>): Promise<FlushReply> {
    const request: FlushRequest = {
      mutations: Object.entries(values).map(([key, value]) => ({ op: 'put', key: keyOf(key), value: bytes(value) })),
      primary: keyOf('p'),
      startTs: START,
      lockTtlMs: 3000,
      generation,
      assertionLevel: 'off',
    };
    return await this.region.flush(request);
  }

  async flushed(...keys: readonly string[]): Promise<string[]> {
    await this.#run(100);
    const pairs = await this.region.bufferBatchGet(keys.map(keyOf), START);
    return pairs.map(({ key, value }) => `${key}=${text(value)}`);
  }

  /** Commits everything and answers what is there then. */
  async commit(...names: readonly string[]): Promise<(string | undefined)[]> {
    const keys: Key[] = names.map(keyOf);
    assert.deepEqual(await this.region.commit({ keys, startTs: START, commitTs: 200n as Ts }), { kind: 'ok' });
    const { pairs } = await this.region.batchGet(keys, readTsOf(200n as Ts), undefined);
    return keys.map((key) => text(pairs.find((pair) => pair.key === key)?.value));
  }

  async blocks(key: string): Promise<boolean> {
    const { locks } = await this.region.batchGet([keyOf(key)], readTsOf(150n as Ts), undefined);
    return locks.length > 0;
  }
}

test('flushes are read back and committed, and block readers meanwhile', async () => {
  const txn = await Flushing.open();
  assert.deepEqual(await txn.flush(1, { p: '1', a: '1' }), { kind: 'ok' });
  assert.deepEqual(await txn.flush(2, { a: LONG, b: '2' }), { kind: 'ok' });
  assert.deepEqual(await txn.flush(1, { a: 'late' }), { kind: 'ok' });
  assert.deepEqual(await txn.flushed('a', 'b', 'p', 'x'), [`a=${LONG}`, 'b=2', 'p=1']);
  assert.ok(await txn.blocks('a'));
  assert.equal(txn.region.resolvedTs(180n as Ts), START - 1n);
  assert.deepEqual(await txn.commit('p', 'a', 'b'), ['1', LONG, '2']);
  assert.equal(txn.region.resolvedTs(220n as Ts), 220n);
});

test('a flush that the log refuses leaves the locks of the one before it, and none of its own', async () => {
  const txn = await Flushing.open();
  await txn.flush(1, { p: '1', a: LONG });
  txn.kv.failures.push('server-is-busy');
  await assert.rejects(txn.flush(2, { a: '2', b: '2' }), { kind: 'server-is-busy' });
  assert.deepEqual([await txn.blocks('a'), await txn.blocks('b')], [true, false]);
  assert.equal(txn.region.lockCount, 2);
  assert.deepEqual(await txn.flushed('a', 'b'), [`a=${LONG}`]);
  assert.deepEqual(await txn.flush(2, { a: '2', b: '2' }), { kind: 'ok' });
  assert.deepEqual(await txn.commit('p', 'a', 'b'), ['1', '2', '2']);
});

for (const isApplied of [true, false]) {
  test(`a flush of unknown outcome that is ${isApplied ? '' : 'not '}applied is found out`, async () => {
    const txn = await Flushing.open();
    await txn.flush(1, { p: '1', a: '1' });
    txn.kv.failures.push('stale-command');
    txn.kv.appliesFailed = isApplied;
    await assert.rejects(txn.flush(2, { a: LONG, b: '2' }), { kind: 'stale-command' });
    assert.deepEqual(await txn.flushed('a', 'b'), isApplied ? [`a=${LONG}`, 'b=2'] : ['a=1']);
    assert.deepEqual([await txn.blocks('a'), await txn.blocks('b')], [true, isApplied]);
    await txn.flush(2, { a: LONG, b: '2' });
    assert.deepEqual(await txn.commit('p', 'a', 'b'), ['1', LONG, '2']);
  });
}

test('what is on its way through the log is not read back yet', async () => {
  const txn = await Flushing.open();
  await txn.flush(1, { p: '1', a: '1' });
  txn.kv.hold();
  const late = txn.flush(2, { a: LONG, b: '2' });
  assert.deepEqual(await txn.flushed('a', 'b'), ['a=1']);
  txn.kv.release();
  await late;
  assert.deepEqual(await txn.flushed('a', 'b'), [`a=${LONG}`, 'b=2']);
});

test('a flush that is refused after its key went to another region leaves no lock of it here', async () => {
  const txn = await Flushing.open();
  await txn.flush(1, { a: '1', p: '1' });
  txn.kv.hold();
  txn.kv.failures.push('epoch-not-match');
  const late = assert.rejects(txn.flush(2, { a: '2', p: '2' }), { kind: 'epoch-not-match' });
  Object.assign(txn.kv, { regionRange: { start: keyOf(''), end: keyOf('m') } });
  txn.region.shrink();
  txn.kv.release();
  await late;
  assert.equal(txn.region.lockCount, 1);
  assert.ok(await txn.blocks('a'));
  await assert.rejects(async () => await txn.region.bufferBatchGet([keyOf('p')], START), { kind: 'key-not-in-region' });
});

test('a flush meets a lock of another transaction: nothing of it is written', async () => {
  const txn = await Flushing.open();
  const other = {
    mutations: [{ op: 'put' as const, key: keyOf('b'), value: bytes('other') }],
    primary: keyOf('b'),
    startTs: 50n as Ts,
    lockTtlMs: 3000,
    forUpdateTs: NO_TS,
    txnSize: 1,
    minCommitTs: NO_TS,
    maxCommitTs: NO_TS,
    tryOnePc: false,
  };
  await txn.region.prewrite(other);
  const reply = await txn.flush(1, { a: '1', b: '1' });
  assert.equal(reply.kind, 'failed');
  assert.deepEqual(reply.kind === 'failed' && reply.errors.map(({ kind }) => kind), ['key-is-locked']);
  assert.deepEqual(await txn.flushed('a', 'b'), []);
});
