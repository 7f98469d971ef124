/** sysbench 1.0's OLTP scripts as a child process: prepare, run, read its report. */

import { spawn } from 'node:child_process';

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** Of the server, for its CPU time; undefined where it is unknown. */
  readonly pid: number | undefined;
}

export interface Load {
  readonly threads: number;
  readonly tableSize: number;
  readonly seconds: number;
  readonly preparedStatements: boolean;
}

export interface Report {
  readonly transactionsPerSecond: number;
  readonly queriesPerSecond: number;
  readonly p95Ms: number;
  /** Errors that sysbench ignores and retries (deadlocks, lock waits). */
  readonly ignoredErrors: number;
  readonly reconnects: number;
}

const DATABASE = 'sbtest';

function commonArguments(target: Target, load: Load): string[] {
  return [
    '--db-driver=mysql',
    `--mysql-host=${target.host}`,
    `--mysql-port=${target.port}`,
    '--mysql-user=root',
    `--mysql-db=${DATABASE}`,
    '--tables=1',
    `--table-size=${load.tableSize}`,
    `--threads=${load.threads}`,
    `--time=${load.seconds}`,
    `--db-ps-mode=${load.preparedStatements ? 'auto' : 'disable'}`,
  ];
}

/** Output of a program; rejects with its output when it fails or is not installed. */
export function capture(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-100_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      reject(missing ? new Error(`${command} is missing: install it with apt-get install ${command}`) : error);
    });
    child.on('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output.slice(-3000)}`));
    });
  });
}

/** Creates and fills the tables; the database must exist. */
export async function prepare(target: Target, load: Load): Promise<void> {
  await capture('sysbench', ['oltp_read_write', ...commonArguments(target, load), 'prepare']);
}

function figure(output: string, pattern: RegExp, what: string): number {
  const match = pattern.exec(output);
  if (match?.[1] === undefined) throw new Error(`sysbench's report has no ${what}:\n${output.slice(-2000)}`);
  return Number(match[1]);
}

export async function run(script: string, target: Target, load: Load): Promise<Report> {
  const output = await capture('sysbench', [script, ...commonArguments(target, load), 'run']);
  return {
    transactionsPerSecond: figure(output, /transactions:\s+\d+\s+\(([\d.]+) per sec/, 'transactions'),
    queriesPerSecond: figure(output, /queries:\s+\d+\s+\(([\d.]+) per sec/, 'queries'),
    p95Ms: figure(output, /95th percentile:\s+([\d.]+)/, '95th percentile'),
    ignoredErrors: figure(output, /ignored errors:\s+(\d+)/, 'ignored errors'),
    reconnects: figure(output, /reconnects:\s+(\d+)/, 'reconnects'),
  };
}
