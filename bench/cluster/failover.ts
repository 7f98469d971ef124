/** The store that leads is killed with -9 under inserts: how long until writes are acknowledged again, and is any lost. */

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { startCluster } from '../../test/support/cluster-process.ts';
import { busiestStore, untilReplicated } from './view.ts';

export interface FailoverOptions {
  readonly kills: number;
  readonly clients: number;
}

export interface FailoverReport {
  /** From the kill to the first write that was acknowledged although it began after it, per kill. */
  readonly resumedMs: readonly number[];
  /** The longest time between two acknowledgements around the kill. */
  readonly gapMs: readonly number[];
  readonly acknowledged: number;
  readonly lost: number;
}

const BEFORE_KILL_MS = 1500;
const LIMIT_MS = 30_000;
const WRITES_AFTER = 20;

class Writers {
  readonly acknowledged: number[] = [];
  /** When writes were acknowledged, and when they had begun. */
  readonly times: { readonly beganMs: number; readonly ackedMs: number }[] = [];
  #nextId = 1;
  #isOver = false;
  #running: Promise<void>[] = [];

  start(url: string, count: number): void {
    this.#running = Array.from({ length: count }, () => this.#write(url));
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  async #write(url: string): Promise<void> {
    const connection: Connection = await createConnection(url);
    while (!this.#isOver) {
      const id = this.#nextId++;
      const beganMs = performance.now();
      try {
        await connection.execute('INSERT INTO failover.t VALUES (?, ?)', [id, `row ${id}`]);
        this.acknowledged.push(id);
        this.times.push({ beganMs, ackedMs: performance.now() });
      } catch {
        // Nothing was acknowledged.
        await delay(10);
      }
    }
    await connection.end();
  }
}

export async function benchFailover(options: FailoverOptions): Promise<FailoverReport> {
  const cluster = await startCluster({ stores: 3, gateways: 1 });
  try {
    const url = cluster.gateways[0]?.url ?? '';
    await untilReplicated(cluster, 3);
    const connection = await createConnection(url);
    await connection.query('CREATE DATABASE failover');
    await connection.query('CREATE TABLE failover.t (id INT PRIMARY KEY, v VARCHAR(40))');
    const writers = new Writers();
    writers.start(url, options.clients);
    const resumedMs: number[] = [];
    const gapMs: number[] = [];
    for (let kill = 0; kill < options.kills; kill++) {
      await delay(BEFORE_KILL_MS);
      const leader = await busiestStore(cluster);
      const from = writers.times.length;
      const killedMs = performance.now();
      await leader.end('SIGKILL');
      const after = (): { readonly ackedMs: number }[] =>
        writers.times.slice(from).filter(({ beganMs }) => beganMs > killedMs);
      while (after().length < WRITES_AFTER) {
        if (performance.now() - killedMs > LIMIT_MS) throw new Error(`no writes within ${LIMIT_MS} ms`);
        await delay(10);
      }
      resumedMs.push((after()[0]?.ackedMs ?? Number.NaN) - killedMs);
      const acks = [killedMs, ...writers.times.slice(from).map(({ ackedMs }) => ackedMs)].sort((a, b) => a - b);
      gapMs.push(Math.max(...acks.slice(1).map((at, i) => at - (acks[i] ?? at))));
      await leader.start();
      await untilReplicated(cluster, 3);
    }
    await writers.stop();
    const [rows] = await connection.query({ sql: 'SELECT id FROM failover.t', rowsAsArray: true });
    const present = new Set((rows as number[][]).map(([id]) => id));
    await connection.end();
    return {
      resumedMs,
      gapMs,
      acknowledged: writers.acknowledged.length,
      lost: writers.acknowledged.filter((id) => !present.has(id)).length,
    };
  } finally {
    await cluster.stop();
  }
}

export function printFailover(report: FailoverReport): void {
  const list = (numbers: readonly number[]): string => numbers.map((ms) => ms.toFixed(0)).join(', ');
  console.log(
    `leader killed with -9: writes again after ${list(report.resumedMs)} ms, longest gap ${list(report.gapMs)} ms`,
  );
  console.log(`${report.acknowledged} acknowledged inserts, ${report.lost} lost`);
}
