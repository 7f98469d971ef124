/** tidb_replica_read and reads of the past: what is asked of which replicas. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, Ts, ValueOrPromise } from '../../../base/index.ts';
import type { ReadOptions, Snapshot, Storage, Transaction, TransactionOptions } from '../../../tikv-lite/index.ts';
import { MemoryEngine } from '../../../tikv-lite/kv/memory-engine.ts';
import { openRegions } from '../pushdown/regions.ts';
import { SqlHarness } from '../support/sql-harness.ts';

/** Which replicas are asked; undefined for the leaders. */
type Replicas = Omit<ReadOptions, 'checkInterrupted'>;

function replicasOf(reads: ReadOptions | undefined): Replicas | undefined {
  if (reads === undefined) return undefined;
  const { checkInterrupted, ...replicas } = reads;
  return Object.keys(replicas).length === 0 ? undefined : replicas;
}

/** Notes from where data were read. */
class NotingStorage implements Storage {
  readonly #storage: Storage;
  readonly noted: (Replicas | 'newest' | undefined)[] = [];

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  currentTs(): ValueOrPromise<Ts> {
    return this.#storage.currentTs();
  }

  snapshot(ts: Ts, reads?: ReadOptions): Snapshot {
    this.noted.push(replicasOf(reads));
    return this.#storage.snapshot(ts, reads);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    this.noted.push(replicasOf(options.reads));
    return this.#storage.begin(startTs, options);
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined> {
    this.noted.push('newest');
    return this.#storage.getLatest(key);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.#storage.destroyRange(range);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}

test('reads go to the replicas that the session names, and nothing else does', async (context) => {
  const regions = await openRegions(new MemoryEngine(), [], { asyncScans: false, overWire: false });
  const storage = new NotingStorage(regions);
  const sql = await SqlHarness.open(storage);
  context.after(async () => {
    await sql.close();
    await regions.close();
  });
  await sql.query('create database d');
  await sql.query('use d');
  await sql.query('create table t(a int primary key, b int)');
  await sql.query('insert into t values (1, 10), (2, 20)');
  const noted = async (text: string): Promise<unknown> => {
    storage.noted.length = 0;
    await sql.query(text);
    return [...storage.noted];
  };
  assert.deepEqual(await noted('select * from t where a = 1'), ['newest']);
  assert.deepEqual(await noted('select * from t'), [undefined]);
  await sql.query('set tidb_replica_read = follower');
  const follower = { replicaRead: 'follower' };
  assert.deepEqual(await noted('select * from t where a = 1'), [follower]);
  assert.deepEqual(await noted('select count(*) from t'), [follower]);
  await sql.query('begin');
  assert.deepEqual(await noted('select * from t'), [follower]);
  await sql.query('update t set b = 11 where a = 1');
  assert.deepEqual((await sql.query('select b from t where a = 1')).rows, [['11']]);
  await sql.query('commit');
  await sql.query('set transaction_isolation = "read-committed"');
  await sql.query('begin');
  assert.deepEqual(await noted('select * from t'), [follower]);
  await sql.query('commit');
  await sql.query("set tidb_replica_read = 'leader-and-follower'");
  const now = async () => (await sql.query('select now(3)')).rows[0]?.[0] ?? '';
  for (const start = await now(); (await now()) === start; );
  const both = { replicaRead: 'leader-and-follower' };
  // The schema of that time comes from the leaders, before the data.
  const past = 'select * from t as of timestamp now(6) where a = 3';
  assert.deepEqual(await noted(past), [undefined, { ...both, isStale: true }]);
  await sql.query('set tidb_replica_read = default');
  assert.deepEqual(await noted(past), [undefined, { isStale: true }]);
});

test('tidb_replica_read takes the words of TiDB', async (context) => {
  const sql = await SqlHarness.open();
  context.after(() => sql.close());
  for (const word of ['leader', 'prefer-leader', 'follower', 'leader-and-follower', 'closest-replicas', 'learner']) {
    await sql.query(`set tidb_replica_read = '${word.toUpperCase()}'`);
    assert.deepEqual((await sql.query('select @@tidb_replica_read')).rows, [[word]]);
  }
  await assert.rejects(sql.query("set tidb_replica_read = 'leader,follower'"), {
    errno: 1231,
    message: "Variable 'tidb_replica_read' can't be set to the value of 'leader,follower'",
  });
});
