/**
 * Point selects over three stores while their table splits into as many regions as 100 GB have at 256 MiB each. The rows
 * are few: a split moves no data, its cost does not depend on their number.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { startCluster } from '../../test/support/cluster-process.ts';
import { clusterStatus, untilReplicated } from '../../test/support/cluster-view.ts';

export interface SplitOptions {
  readonly regions: number;
  readonly clients: number;
  readonly rows: number;
  readonly seconds: number;
}

interface Times {
  readonly reads: number;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface SplitReport {
  readonly before: Times;
  readonly during: Times;
  /** How long the splitting took. */
  readonly splitMs: number;
  /** Known to the placement driver in the end. */
  readonly regions: number;
}

const ROWS_PER_INSERT = 500;
/** From one key to the next: regions of less than a thousand keys are not made. */
const STRIDE = 1000;

async function fill(connection: Connection, rows: number): Promise<void> {
  await connection.query('CREATE DATABASE splits');
  await connection.query('CREATE TABLE splits.t (id INT PRIMARY KEY, v VARCHAR(100))');
  for (let at = 0; at < rows; at += ROWS_PER_INSERT) {
    const values = Array.from(
      { length: Math.min(ROWS_PER_INSERT, rows - at) },
      (_, i) => `(${(at + i) * STRIDE}, 'row ${at + i}')`,
    );
    await connection.query(`INSERT INTO splits.t VALUES ${values.join(', ')}`);
  }
}

function timesOf(measured: readonly number[]): Times {
  const sorted = [...measured].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { reads: sorted.length, medianMs: at(0.5), p99Ms: at(0.99) };
}

/** Reads on all connections as long as `work` takes. */
async function readDuring(
  connections: readonly Connection[],
  rows: number,
  work: () => Promise<unknown>,
): Promise<Times> {
  const measured: number[] = [];
  let isOver = false;
  const reading = connections.map(async (connection) => {
    while (!isOver) {
      const beganMs = performance.now();
      const id = Math.floor(Math.random() * rows) * STRIDE;
      const [found] = await connection.execute('SELECT v FROM splits.t WHERE id = ?', [id]);
      if ((found as unknown[]).length !== 1) throw new Error(`row ${id} is missing`);
      measured.push(performance.now() - beganMs);
    }
  });
  try {
    await work();
  } finally {
    isOver = true;
    await Promise.all(reading);
  }
  return timesOf(measured);
}

export async function benchSplits({ regions, clients, rows, seconds }: SplitOptions): Promise<SplitReport> {
  const cluster = await startCluster({ stores: 3, gateways: 1 });
  const connections: Connection[] = [];
  try {
    await untilReplicated(cluster, 3);
    const url = cluster.gateways[0]?.url ?? '';
    for (let i = 0; i <= clients; i++) connections.push(await createConnection(url));
    const [definer, ...readers] = connections;
    if (definer === undefined) throw new Error('no connection');
    await fill(definer, rows);
    await readDuring(readers, rows, () => delay(seconds * 500));
    const before = await readDuring(readers, rows, () => delay(seconds * 1000));
    const beganMs = performance.now();
    const during = await readDuring(readers, rows, () =>
      definer.query(`SPLIT TABLE splits.t BETWEEN (0) AND (${rows * STRIDE}) REGIONS ${regions}`),
    );
    const splitMs = performance.now() - beganMs;
    const status = await clusterStatus(cluster.pd);
    return { before, during, splitMs, regions: status.regions.length };
  } finally {
    for (const connection of connections) connection.destroy();
    await cluster.stop();
  }
}

export function printSplits({ before, during, splitMs, regions }: SplitReport): void {
  const line = ({ reads, medianMs, p99Ms }: Times): string =>
    `${reads} point selects, median ${medianMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms`;
  console.log(`before a split ${line(before)}`);
  console.log(`while it splits ${line(during)}`);
  console.log(
    `${regions} regions after ${splitMs.toFixed(0)} ms; p99 while splitting ${(during.p99Ms / before.p99Ms).toFixed(2)}× of before`,
  );
}
