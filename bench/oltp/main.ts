/**
 * `npm run bench -- oltp [--json] [--seconds 10] [--rounds 3] [--threads 8] [--rows 100000] [--text] [--only oltp_insert,…]
 *                        [--peer mysql://root@host:port]`
 *
 * sysbench's OLTP scripts against Shoal and a real MySQL, interleaved in one run, both durable. The figure that counts
 * is the median of the per-round ratios: absolute numbers swing with the machine's neighbours, ratios of one run do not.
 */

import { parseArgs } from 'node:util';
import { createConnection } from 'mysql2/promise';
import { startServer } from '../../test/support/server-process.ts';
import { cpuMicros, residentMb } from './cpu-time.ts';
import { closePeer, openPeer } from './peer.ts';
import { type Load, prepare, type Report, run, type Target } from './sysbench.ts';

const SCRIPTS = [
  'oltp_point_select',
  'oltp_read_only',
  'oltp_read_write',
  'oltp_insert',
  'oltp_update_index',
  'oltp_update_non_index',
  'oltp_delete',
] as const;

interface Measured extends Report {
  /** Server CPU microseconds per transaction. */
  readonly cpuMicros: number | undefined;
}

interface Line {
  readonly script: string;
  readonly ratio: number;
  readonly shoal: Measured;
  readonly peer: Measured;
}

function median<T>(items: readonly T[], by: (item: T) => number): T {
  const sorted = [...items].sort((a, b) => by(a) - by(b));
  const middle = sorted[sorted.length >> 1];
  if (middle === undefined) throw new Error('no measurement');
  return middle;
}

async function createDatabase(target: Target): Promise<void> {
  const connection = await createConnection({ host: target.host, port: target.port, user: 'root' });
  await connection.query('DROP DATABASE IF EXISTS sbtest');
  await connection.query('CREATE DATABASE sbtest');
  await connection.end();
}

async function measure(script: string, target: Target, load: Load): Promise<Measured> {
  const before = cpuMicros(target.pid);
  const report = await run(script, target, load);
  const after = cpuMicros(target.pid);
  const transactions = report.transactionsPerSecond * load.seconds;
  return {
    ...report,
    cpuMicros: before === undefined || after === undefined ? undefined : (after - before) / Math.max(1, transactions),
  };
}

function describe(measured: Measured): string {
  const cpu = measured.cpuMicros === undefined ? '' : ` ${measured.cpuMicros.toFixed(1)} µs`;
  return `${measured.transactionsPerSecond.toFixed(0)} tps${cpu}`.padEnd(24);
}

async function measureScript(script: string, shoal: Target, peer: Target, load: Load, rounds: number): Promise<Line> {
  const pairs: { readonly ratio: number; readonly shoal: Measured; readonly peer: Measured }[] = [];
  for (let round = 0; round < rounds; round++) {
    const shoalFigures = await measure(script, shoal, load);
    const peerFigures = await measure(script, peer, load);
    const ratio = shoalFigures.transactionsPerSecond / peerFigures.transactionsPerSecond;
    pairs.push({ ratio, shoal: shoalFigures, peer: peerFigures });
  }
  return { script, ...median(pairs, (pair) => pair.ratio) };
}

export async function runOltp(argv: readonly string[]): Promise<number> {
  const { values: flags } = parseArgs({
    args: [...argv],
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '10' },
      rounds: { type: 'string', default: '3' },
      threads: { type: 'string', default: '8' },
      rows: { type: 'string', default: '100000' },
      text: { type: 'boolean', default: false },
      only: { type: 'string' },
      peer: { type: 'string' },
    },
  });
  const load: Load = {
    threads: Number(flags.threads),
    tableSize: Number(flags.rows),
    seconds: Number(flags.seconds),
    preparedStatements: !flags.text,
  };
  const scripts = flags.only === undefined ? SCRIPTS : flags.only.split(',');
  const peer = await openPeer(flags.peer);
  const startedAt = performance.now();
  const server = await startServer();
  const readyMs = performance.now() - startedAt;
  const shoal: Target = { name: 'Shoal', host: server.host, port: server.sqlPort, pid: server.child.pid };
  const idleMb = residentMb(server.child.pid ?? 0);
  const lines: Line[] = [];
  try {
    for (const target of [shoal, peer]) {
      await createDatabase(target);
      await prepare(target, load);
    }
    if (!flags.json) {
      console.log(`ready in ${(readyMs / 1000).toFixed(2)} s, ${idleMb?.toFixed(0)} MB resident when idle`);
      console.log(
        `${load.threads} threads, ${load.tableSize} rows, ${load.seconds} s, median of ${flags.rounds} rounds`,
      );
    }
    for (const script of scripts) {
      const line = await measureScript(script, shoal, peer, load, Number(flags.rounds));
      lines.push(line);
      const errors = line.shoal.ignoredErrors > 0 ? `  ${line.shoal.ignoredErrors} retried errors` : '';
      if (!flags.json) {
        console.log(
          `${script.padEnd(22)} ${line.ratio.toFixed(2)}×  Shoal ${describe(line.shoal)} MySQL ${describe(line.peer)}${errors}`,
        );
      }
    }
  } finally {
    await server.stop();
    closePeer(peer);
  }
  if (flags.json) console.log(JSON.stringify({ load, readyMs, idleMb, lines }));
  return 0;
}
