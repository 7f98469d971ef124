/** Runs one role of Shoal as a child process and waits for its `{"ready":true}` line. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface RoleLine {
  readonly role?: string;
  readonly host?: string;
  readonly port?: number;
  readonly ready?: boolean;
}

export interface RoleProcess {
  readonly child: ChildProcess;
  /** What listens, by role. */
  readonly roles: ReadonlyMap<string, RoleLine>;
  readonly isRunning: boolean;
  /** Sends a signal that ends the process and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface RoleOptions {
  /** Words in front of the command, e.g. `ip netns exec NAME`. */
  readonly wrapper?: readonly string[] | undefined;
  /** Arguments of node itself, e.g. a profiler. */
  readonly nodeArguments?: readonly string[] | undefined;
  /** Settings as variables, e.g. SHOAL_STORE_REGION_SPLIT_MB. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

const mainScript = join(import.meta.dirname, '..', '..', 'cli', 'shoal.cjs');

async function readUntilReady(child: ChildProcess): Promise<Map<string, RoleLine>> {
  const roles = new Map<string, RoleLine>();
  const output = child.stdout;
  if (output === null) throw new Error('the process has no standard output');
  for await (const line of createInterface({ input: output })) {
    if (!line.startsWith('{')) continue;
    const message = JSON.parse(line) as RoleLine;
    if (message.ready === true) {
      output.resume();
      return roles;
    }
    if (message.role !== undefined) roles.set(message.role, message);
  }
  throw new Error('the process ended before it was ready');
}

/** Starts `shoal COMMAND --json ARGUMENTS…`. Rejects when it ends before it is ready. */
export async function startRole(
  command: string,
  args: readonly string[],
  options: RoleOptions = {},
): Promise<RoleProcess> {
  const words = [
    ...(options.wrapper ?? []),
    process.execPath,
    ...(options.nodeArguments ?? []),
    '--enable-source-maps',
    mainScript,
    command,
    '--json',
    ...args,
  ];
  const env = { ...process.env, ...options.environment };
  const child = spawn(words[0] ?? '', words.slice(1), { stdio: ['ignore', 'pipe', 'inherit'], env });
  const roles = await readUntilReady(child);
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    child,
    roles,
    get isRunning() {
      return isRunning();
    },
    end: async (signal) => {
      if (!isRunning()) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
  };
}

/** Ports of this machine that nobody listens on just now. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return address !== null && typeof address === 'object' ? address.port : 0;
  });
  for (const server of servers) server.close();
  return ports;
}
