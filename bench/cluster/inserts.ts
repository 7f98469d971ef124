/**
 * Committed inserts per second of three topologies in one run, interleaved: three stores, one store, and everything in one
 * process. sysbench's oltp_insert, prepared statements, all durable, client and servers on the same machine.
 */

import { createConnection } from 'mysql2/promise';
import { type ClusterProcesses, startCluster } from '../../test/support/cluster-process.ts';
import { untilReplicated } from '../../test/support/cluster-view.ts';
import { startServer } from '../../test/support/server-process.ts';
import { cpuMicros } from '../oltp/cpu-time.ts';
import { type Load, prepare, run, type Target } from '../oltp/sysbench.ts';

export interface InsertOptions {
  readonly threads: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly rows: number;
  /** Of the replicated contender. */
  readonly stores: number;
  /** Arguments of node for a member, e.g. a profiler. */
  readonly nodeArguments?: ((name: string) => readonly string[]) | undefined;
}

/** One topology under load. */
interface Contender {
  readonly name: string;
  readonly target: Target;
  readonly pids: ReadonlyMap<string, number | undefined>;
  stop(): Promise<void>;
}

interface Measured {
  readonly perSecond: number;
  readonly p95Ms: number;
  /** CPU microseconds per committed insert, by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

export interface InsertReport {
  readonly threeReplicas: Measured;
  readonly oneReplica: Measured;
  readonly embedded: Measured;
  /** Medians of the ratios within a round. */
  readonly threeToOne: number;
  readonly threeToEmbedded: number;
}

async function openCluster(stores: number, options: InsertOptions): Promise<Contender> {
  const cluster: ClusterProcesses = await startCluster({ stores, gateways: 1, nodeArguments: options.nodeArguments });
  const [gateway] = cluster.gateways;
  if (gateway === undefined) throw new Error('no gateway');
  await untilReplicated(cluster, stores);
  return {
    name: `${stores} ${stores === 1 ? 'store' : 'stores'}`,
    target: { name: `${stores}`, host: gateway.host, port: gateway.port, pid: undefined },
    pids: new Map(cluster.members.map(({ name, pid }) => [name, pid])),
    stop: () => cluster.stop(),
  };
}

async function openEmbedded(): Promise<Contender> {
  const server = await startServer();
  return {
    name: 'embedded',
    target: { name: 'embedded', host: server.host, port: server.sqlPort, pid: server.child.pid },
    pids: new Map([['shoal', server.child.pid]]),
    stop: () => server.stop(),
  };
}

async function prepareTarget(target: Target, load: Load): Promise<void> {
  const connection = await createConnection({ host: target.host, port: target.port, user: 'root' });
  await connection.query('CREATE DATABASE sbtest');
  await connection.end();
  await prepare(target, load);
}

async function measure({ target, pids }: Contender, load: Load): Promise<Measured> {
  const before = new Map([...pids].map(([name, pid]) => [name, cpuMicros(pid) ?? 0]));
  const { transactionsPerSecond, p95Ms } = await run('oltp_insert', target, load);
  const count = Math.max(1, transactionsPerSecond * load.seconds);
  const cpu = Object.fromEntries(
    [...pids].map(([name, pid]) => [name, ((cpuMicros(pid) ?? 0) - (before.get(name) ?? 0)) / count]),
  );
  return { perSecond: transactionsPerSecond, p95Ms, cpu };
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function medianOf(measured: readonly Measured[]): Measured {
  const sorted = [...measured].sort((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error('no measurement');
  return middle;
}

export async function benchInserts(options: InsertOptions): Promise<InsertReport> {
  const load: Load = {
    threads: options.threads,
    tableSize: options.rows,
    seconds: options.seconds,
    preparedStatements: true,
  };
  const contenders: Contender[] = [];
  try {
    contenders.push(await openCluster(options.stores, options), await openCluster(1, options), await openEmbedded());
    for (const { target } of contenders) await prepareTarget(target, load);
    // The first run of each is for the compilers.
    for (const contender of contenders) await measure(contender, load);
    const rounds: Measured[][] = [];
    for (let round = 0; round < options.rounds; round++) {
      const figures: Measured[] = [];
      for (const contender of contenders) figures.push(await measure(contender, load));
      rounds.push(figures);
    }
    const ratio = (a: number, b: number): number =>
      median(rounds.map((round) => (round[a]?.perSecond ?? 0) / (round[b]?.perSecond ?? 1)));
    const of = (at: number): Measured => medianOf(rounds.flatMap((round) => round[at] ?? []));
    return {
      threeReplicas: of(0),
      oneReplica: of(1),
      embedded: of(2),
      threeToOne: ratio(0, 1),
      threeToEmbedded: ratio(0, 2),
    };
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}

export function printInserts(report: InsertReport): void {
  const line = (name: string, { perSecond, p95Ms, cpu }: Measured): string => {
    const each = Object.entries(cpu).map(([process, micros]) => `${process} ${micros.toFixed(0)}`);
    return `${name.padEnd(14)} ${perSecond.toFixed(0).padStart(6)} inserts/s, 95 % in ${p95Ms.toFixed(1)} ms, CPU µs each: ${each.join(', ')}`;
  };
  console.log(line('three stores', report.threeReplicas));
  console.log(line('one store', report.oneReplica));
  console.log(line('embedded', report.embedded));
  console.log(
    `three stores : one store ${report.threeToOne.toFixed(2)}, three stores : embedded ${report.threeToEmbedded.toFixed(2)}`,
  );
}
