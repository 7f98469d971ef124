/**
 * The store that leads is killed with -9, or its network cable pulled, under inserts: how long until writes are
 * acknowledged again, and is any lost.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import { type ClusterProcesses, type Member, startCluster } from '../../test/support/cluster-process.ts';
import { busiestStore, untilReplicated } from '../../test/support/cluster-view.ts';
import { makeAccount, urlOf } from '../../test/support/make-account.ts';
import { Networks } from '../../test/support/networks.ts';

export interface FailoverOptions {
  readonly fault: 'kill' | 'cut';
  readonly faults: number;
  readonly clients: number;
}

export interface FailoverReport {
  readonly fault: FailoverOptions['fault'];
  /** From the fault to the first write that was acknowledged although it began after it, per fault. */
  readonly resumedMs: readonly number[];
  /** The longest time between two acknowledgements around the fault. */
  readonly gapMs: readonly number[];
  readonly acknowledged: number;
  readonly lost: number;
}

const BEFORE_FAULT_MS = 1500;
const LIMIT_MS = 30_000;
const WRITES_AFTER = 20;
const NAMES = ['pd', 'store1', 'store2', 'store3', 'sql1'];

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

/** Undefined where networks cannot be cut. */
export async function benchFailover(options: FailoverOptions): Promise<FailoverReport | undefined> {
  const networks = options.fault === 'cut' ? Networks.make(NAMES) : undefined;
  if (options.fault === 'cut' && networks === undefined) return undefined;
  let cluster: ClusterProcesses | undefined;
  try {
    cluster = await startCluster({
      stores: 3,
      gateways: 1,
      ...(networks && { siteOf: (name) => networks.siteOf(name) }),
    });
    await untilReplicated(cluster, 3);
    return await measure(cluster, options, networks);
  } finally {
    for (const name of NAMES) networks?.heal(name);
    await cluster?.stop();
    networks?.remove();
  }
}

async function measure(
  cluster: ClusterProcesses,
  { fault, faults, clients }: FailoverOptions,
  networks: Networks | undefined,
): Promise<FailoverReport> {
  const [gateway] = cluster.gateways;
  if (gateway === undefined) throw new Error('no gateway');
  makeAccount(gateway, networks?.siteOf(gateway.name).wrapper ?? []);
  const url = urlOf(gateway);
  const connection = await createConnection(url);
  await connection.query('CREATE DATABASE failover');
  await connection.query('CREATE TABLE failover.t (id INT PRIMARY KEY, v VARCHAR(40))');
  const writers = new Writers();
  writers.start(url, clients);
  const resumedMs: number[] = [];
  const gapMs: number[] = [];
  for (let i = 0; i < faults; i++) {
    await delay(BEFORE_FAULT_MS);
    const leader = await busiestStore(cluster);
    const from = writers.times.length;
    const brokenMs = performance.now();
    await inflict(leader, networks);
    const after = (): { readonly ackedMs: number }[] =>
      writers.times.slice(from).filter(({ beganMs }) => beganMs > brokenMs);
    while (after().length < WRITES_AFTER) {
      if (performance.now() - brokenMs > LIMIT_MS) throw new Error(`no writes within ${LIMIT_MS} ms`);
      await delay(10);
    }
    resumedMs.push((after()[0]?.ackedMs ?? Number.NaN) - brokenMs);
    const acks = [brokenMs, ...writers.times.slice(from).map(({ ackedMs }) => ackedMs)].sort((a, b) => a - b);
    gapMs.push(Math.max(...acks.slice(1).map((at, at0) => at - (acks[at0] ?? at))));
    await mend(leader, networks);
    await untilReplicated(cluster, 3);
  }
  await writers.stop();
  const [rows] = await connection.query({ sql: 'SELECT id FROM failover.t', rowsAsArray: true });
  const present = new Set((rows as number[][]).map(([id]) => id));
  await connection.end();
  const { acknowledged } = writers;
  return {
    fault,
    resumedMs,
    gapMs,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((id) => !present.has(id)).length,
  };
}

async function inflict(member: Member, networks: Networks | undefined): Promise<void> {
  if (networks === undefined) await member.end('SIGKILL');
  else networks.cut(member.name);
}

async function mend(member: Member, networks: Networks | undefined): Promise<void> {
  if (networks === undefined) await member.start();
  else networks.heal(member.name);
}

export function printFailover(report: FailoverReport): void {
  const list = (numbers: readonly number[]): string => numbers.map((ms) => ms.toFixed(0)).join(', ');
  console.log(
    `leader ${report.fault === 'kill' ? 'killed with -9' : 'cut off'}: writes again after ${list(report.resumedMs)} ms, longest gap ${list(report.gapMs)} ms`,
  );
  console.log(`${report.acknowledged} acknowledged inserts, ${report.lost} lost`);
}
