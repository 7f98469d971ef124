import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRange, Ts } from '../../../base/index.ts';
import type {
  Reader,
  Scanner,
  ScanOptions,
  Snapshot,
  Transaction,
  TransactionOptions,
} from '../../../tikv-lite/index.ts';
import { MemoryStorage } from '../support/memory-storage.ts';
import { SqlHarness } from '../support/sql-harness.ts';

const PAGE = 3;

/** Scanners that answer less than they are asked for, as at the ends of regions. */
function withShortPages<T extends Reader>(reader: T): T {
  const scan = reader.scan.bind(reader);
  reader.scan = (range: KeyRange, options: ScanOptions): Scanner => {
    const scanner = scan(range, options);
    return { next: (maxPairs) => scanner.next(Math.min(PAGE, maxPairs)), close: () => scanner.close() };
  };
  return reader;
}

class ShortPages extends MemoryStorage {
  override snapshot(ts: Ts): Snapshot {
    return withShortPages(super.snapshot(ts));
  }

  override begin(startTs: Ts, options: TransactionOptions): Transaction {
    return withShortPages(super.begin(startTs, options));
  }
}

test('an index over many regions has an entry for every row', async () => {
  const sql = await SqlHarness.open(new ShortPages());
  await sql.query('CREATE DATABASE d');
  await sql.query('USE d');
  await sql.query('CREATE TABLE t (id INT PRIMARY KEY, v INT)');
  const rows = Array.from({ length: 20 }, (_, i) => `(${i}, ${i % 7})`);
  await sql.query(`INSERT INTO t VALUES ${rows.join(', ')}`);
  await sql.query('CREATE INDEX by_v ON t (v)');
  assert.equal((await sql.query('SELECT v, id FROM t FORCE INDEX (by_v)')).rows.length, 20);
  await sql.query('ALTER TABLE t MODIFY v VARCHAR(10)');
  assert.deepEqual((await sql.query('SELECT COUNT(*) FROM t')).rows, [['20']]);
  await sql.close();
});
