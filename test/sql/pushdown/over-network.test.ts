/** A SQL session over stores behind real sockets: pushes down by default, and answers as it does without. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../base/index.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { openNetworkedCluster } from '../../tikv-lite/server/network.ts';
import { SqlHarness } from '../support/sql-harness.ts';
import { queries } from './queries.ts';

test('filters, aggregates and limits run on the stores', async (context) => {
  const cluster = await openNetworkedCluster(context, 1);
  const sql = await SqlHarness.open(cluster.storage);
  context.after(() => sql.close());
  await sql.query('create database d');
  await sql.query('use d');
  await sql.query('create table t(a int primary key, b int, c varchar(20), d decimal(10,2), e double, key(b))');
  const rows = Array.from({ length: 300 }, (_, i) => {
    const b = i % 7 === 6 ? 'null' : String(i % 7);
    return `(${i + 1}, ${b}, 'v${i + 1}', ${i + 1}.25, ${i + 1} / 3)`;
  });
  await sql.query(`insert into t values ${rows.join(', ')}`);
  const keys: Key[] = [];
  const snapshot = cluster.storage.snapshot(await cluster.storage.currentTs());
  const scanner = snapshot.scan({ start: 't' as Key, end: 'u' as Key }, {});
  for (let page = await scanner.next(500); page.length > 0; page = await scanner.next(500)) {
    keys.push(...page.map((pair) => pair.key));
  }
  const { node } = cluster.nodes[0]!;
  const splits = keys.filter((_, i) => i % 97 === 50).slice(0, 6);
  const region = node.store.regionOf(splits[0]!)!;
  const ids = await cluster.driver.askBatchSplit(region.region, splits.length);
  await region.split(ids.map((each, at) => ({ ...each, splitKey: regionKeyOf(splits[at]!) })));
  assert.ok(node.store.regions.length >= 6);

  const plan = await sql.query('explain select count(*) from t where b = 3');
  assert.ok(plan.rows.some(([, , task]) => task === 'cop[tikv]'));
  for (const text of queries) {
    await sql.query('set shoal_coprocessor = off');
    const plain = await sql.query(text);
    await sql.query('set shoal_coprocessor = auto');
    const pushed = await sql.query(text);
    assert.deepEqual([pushed.columns, pushed.rows], [plain.columns, plain.rows], text);
  }

  // Queries under way while regions split find the parts.
  const counts: Promise<unknown>[] = [];
  const split = async (): Promise<void> => {
    for (const at of [20, 80, 130, 220]) {
      const parent = node.store.regionOf(keys[at]!)!;
      const [id] = await cluster.driver.askBatchSplit(parent.region, 1);
      await parent.split([{ ...id!, splitKey: regionKeyOf(keys[at]!) }]);
    }
  };
  const reading = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) counts.push(Promise.resolve((await sql.query('select count(*), sum(a) from t')).rows));
  };
  await Promise.all([split(), reading()]);
  for (const rows of await Promise.all(counts)) assert.deepEqual(rows, [['300', '45150']]);
});
