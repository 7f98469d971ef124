/** Starts the real server as a child process, the way a user does, and waits for its `{"ready":true}` line. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface ServerOptions {
  /** An existing directory to use and keep; without it a temporary one is made and removed by `stop`. */
  readonly dataDirectory?: string;
  readonly sqlPort?: number;
  readonly extraArguments?: readonly string[];
}

export interface ServerProcess {
  readonly child: ChildProcess;
  readonly dataDirectory: string;
  readonly host: string;
  readonly sqlPort: number;
  readonly statusPort: number;
  /** mysql://root@host:port, for mysql2. */
  readonly url: string;
  /** SIGTERM and wait; removes a temporary data directory. */
  stop(): Promise<void>;
  /** SIGKILL and wait; keeps the data directory. */
  kill(): Promise<void>;
}

interface RoleLine {
  readonly role?: string;
  readonly host?: string;
  readonly port?: number;
  readonly ready?: boolean;
}

const mainScript = join(import.meta.dirname, '..', '..', 'cli', 'shoal.cjs');

async function readUntilReady(child: ChildProcess): Promise<Map<string, RoleLine>> {
  const roles = new Map<string, RoleLine>();
  const output = child.stdout;
  if (output === null) throw new Error('the server has no standard output');
  for await (const line of createInterface({ input: output })) {
    if (!line.startsWith('{')) continue;
    const message = JSON.parse(line) as RoleLine;
    if (message.ready === true) {
      output.resume();
      return roles;
    }
    if (message.role !== undefined) roles.set(message.role, message);
  }
  throw new Error('the server ended before it was ready');
}

export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'shoal-test-')));
  const child = spawn(
    process.execPath,
    [
      '--enable-source-maps',
      mainScript,
      'start',
      '--json',
      '--data-dir',
      dataDirectory,
      '--sql-port',
      String(options.sqlPort ?? 0),
      '--status-port',
      '0',
      ...(options.extraArguments ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const roles = await readUntilReady(child);
  const sql = roles.get('sql');
  const status = roles.get('status');
  const host = sql?.host ?? '127.0.0.1';
  const sqlPort = sql?.port ?? 0;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  return {
    child,
    dataDirectory,
    host,
    sqlPort,
    statusPort: status?.port ?? 0,
    url: `mysql://root@${host}:${sqlPort}`,
    stop: async () => {
      await end('SIGTERM');
      if (options.dataDirectory === undefined) await rm(dataDirectory, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
  };
}
