/** Starts the embedded cluster as a child process, the way a user does. */

import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRole } from './role-process.ts';

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

export async function startServer(options: ServerOptions = {}): Promise<ServerProcess> {
  const dataDirectory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'shoal-test-')));
  const ports = ['--sql-port', String(options.sqlPort ?? 0), '--status-port', '0'];
  const args = ['--data-dir', dataDirectory, ...ports, ...(options.extraArguments ?? [])];
  const { child, roles, end } = await startRole('start', args);
  const sql = roles.get('sql');
  const status = roles.get('status');
  const host = sql?.host ?? '127.0.0.1';
  const sqlPort = sql?.port ?? 0;
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
