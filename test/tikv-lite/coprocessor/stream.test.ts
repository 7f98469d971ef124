/** A DAG over many regions: pages, order, and locks in the way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, TableId } from '../../../base/index.ts';
import {
  encodeIntHandle,
  fieldTypes,
  findTimeZone,
  RowEncoder,
  recordKey,
  recordRange,
  type SqlMode,
} from '../../../engine/index.ts';
import { MAX_PAGE_ROWS } from '../../../tikv-lite/coprocessor/limits.ts';
import type { DagExecutor, DagRequest, DagSelect } from '../../../tikv-lite/index.ts';
import { column, table as tableOf } from '../../engine/encoding/fixtures.ts';
import { type Cluster, openCluster } from '../client/cluster.ts';

const ROWS = 3000;
const TTL_MS = 30_000;
const id = 7 as TableId;

const value = column(0, 'v', fieldTypes.int());
const table = tableOf([value], [], { id });
const zone = findTimeZone('UTC')!;
const encoder = new RowEncoder([value]);
const keyAt = (row: number): Key => recordKey(id, encodeIntHandle(row));

async function openFilled(): Promise<Cluster> {
  const cluster = await openCluster({ splitKeys: [keyAt(500), keyAt(501), keyAt(1700)] });
  for (const [at, region] of cluster.regions.entries()) region.asyncScans = at % 2 === 0;
  const txn = await cluster.begin('optimistic');
  for (let row = 0; row < ROWS; row++) txn.put(keyAt(row), encoder.encode([row % 10], zone));
  await cluster.world.settle(Promise.resolve(txn.commit()));
  await cluster.world.run(1000);
  assert.ok(cluster.regions.every(({ proposals }) => proposals > 0));
  assert.equal(cluster.storage.state.locks, 0);
  return cluster;
}

function selecting(executors: readonly DagExecutor[], reverse = false, ranges?: readonly KeyRange[]): DagSelect {
  const types = [fieldTypes.int(), fieldTypes.bigint()];
  const dag: DagRequest = { scan: { table, index: undefined, offsets: [0, -1], types, reverse }, executors };
  const sqlMode = { strict: true } as SqlMode;
  const settings = {
    sqlMode,
    timeZone: zone,
    statementKind: 'select',
    ignoreErrors: false,
    maxAllowedPacket: 1,
  } as const;
  return { dag, ranges: ranges ?? [recordRange(id)], parameters: [], settings, warn: () => undefined };
}

async function rowsOf(cluster: Cluster, request: DagSelect): Promise<unknown[][]> {
  const snapshot = cluster.storage.snapshot(await cluster.now());
  const stream = snapshot.select!(request)!;
  const rows: unknown[][] = [];
  for (;;) {
    const batch = await cluster.world.settle(Promise.resolve(stream.next()));
    if (batch === null) return rows;
    for (let i = 0; i < batch.length; i++) rows.push(batch.columns.map(({ values }) => values[i]));
  }
}

const COUNT: DagExecutor = {
  kind: 'aggregation',
  groupBy: [],
  aggregates: [{ name: 'count', args: [], distinct: false, separator: ',', orderBy: [], type: fieldTypes.bigint() }],
};
const all = Array.from({ length: ROWS }, (_, row) => [row % 10, row]);

test('rows of all regions come in key order, or in reverse', async () => {
  const cluster = await openFilled();
  assert.ok(ROWS < MAX_PAGE_ROWS, 'pages end by growing, not by the largest one');
  assert.deepEqual(await rowsOf(cluster, selecting([])), all);
  assert.deepEqual(await rowsOf(cluster, selecting([], true)), all.toReversed());
  const ranges = [
    { start: keyAt(10), end: keyAt(12) },
    { start: keyAt(499), end: keyAt(502) },
    { start: keyAt(2990), end: undefined },
  ];
  const wanted = [...all.slice(10, 12), ...all.slice(499, 502), ...all.slice(2990)];
  assert.deepEqual(await rowsOf(cluster, selecting([], false, ranges)), wanted);
  assert.deepEqual(await rowsOf(cluster, selecting([], true, ranges)), wanted.toReversed());
});

test('partial counts add up; regions without rows answer nothing', async () => {
  const cluster = await openFilled();
  const counts = await rowsOf(cluster, selecting([COUNT]));
  assert.equal(
    counts.reduce((sum, [count]) => sum + Number(count), 0),
    ROWS,
  );
  assert.deepEqual(await rowsOf(cluster, selecting([COUNT], false, [{ start: keyAt(ROWS), end: undefined }])), []);
});

test('locks of a crashed commit are settled on the way', async () => {
  const cluster = await openFilled();
  const txn = await cluster.begin('optimistic');
  for (let row = 400; row < 1000; row++) txn.delete(keyAt(row));
  for (const region of cluster.regions) region.failures.push(undefined, 'store-failed');
  await assert.rejects(cluster.world.settle(Promise.resolve(txn.commit())));
  await cluster.restart();
  for (const region of cluster.regions) region.failures.length = 0;
  assert.ok(cluster.storage.state.locks > 0);
  await cluster.world.run(TTL_MS);
  const counts = await rowsOf(cluster, selecting([COUNT]));
  const total = counts.reduce((sum, [count]) => sum + Number(count), 0);
  assert.ok(total === ROWS || total === ROWS - 600, `all or nothing of the commit: ${total}`);
});
