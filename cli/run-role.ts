/** Runs one role until a signal, and tells when and where it is ready. */

import { type Address, createLogger, type Env, type Logger, realEnv } from '../base/index.ts';
import type { Config } from './config.ts';

/** Something that listens, as `--json` names it. */
export interface ListeningRole {
  readonly role: string;
  readonly address: Address;
}

export interface RunningRole {
  readonly listeners: readonly ListeningRole[];
  /** The sentence for people. */
  readonly greeting: string;
  /** Clean shutdown. */
  close(): Promise<void>;
}

export interface RunOptions {
  /** One JSON line per listening role and a last one, for scripts, instead of the sentence for people. */
  readonly json: boolean;
}

export type OpenRole = (env: Env, config: Config, log: Logger) => Promise<RunningRole>;

function announce({ listeners, greeting }: RunningRole, { json }: RunOptions): void {
  if (!json) {
    process.stdout.write(`${greeting}\n`);
    return;
  }
  const lines: object[] = listeners.map(({ role, address }) => ({ role, ...address, pid: process.pid }));
  lines.push({ ready: true });
  process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}

/** Resolves with the first SIGINT or SIGTERM; a second one ends the process at once. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let isStopping = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (isStopping) process.exit(130);
      isStopping = true;
      resolve(signal);
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
}

/** Runs until stopped. Rejects when the role cannot start; everything opened so far is closed then. */
export async function runRole(open: OpenRole, config: Config, options: RunOptions): Promise<void> {
  const log = createLogger({ level: config.log.level });
  const stopped = stopSignal();
  const running = await Promise.race([open(realEnv, config, log), stopped]);
  // Asked to stop while it still starts, e.g. waits for the placement driver: nothing was served, so nothing is to be ended.
  if (typeof running === 'string') process.exit(0);
  announce(running, options);
  log.info({ signal: await stopped }, 'stopping');
  await running.close();
}
