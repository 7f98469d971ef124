/** `shoal start`: runs the embedded cluster until a signal, and tells when and where it is ready. */

import { createLogger, realEnv } from '../base/index.ts';
import type { Config } from './config.ts';
import { type EmbeddedCluster, openEmbeddedCluster } from './embedded.ts';

export interface StartOptions {
  /** One JSON line per listening role and a last one, for scripts, instead of the sentence for people. */
  readonly json: boolean;
}

function announce(cluster: EmbeddedCluster, options: StartOptions): void {
  const { sqlAddress, statusAddress } = cluster;
  if (options.json) {
    const lines = [
      { role: 'sql', ...sqlAddress, pid: process.pid },
      { role: 'status', ...statusAddress, pid: process.pid },
      { ready: true },
    ];
    process.stdout.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    return;
  }
  process.stdout.write(
    `Shoal is ready: mariadb --host ${sqlAddress.host} --port ${sqlAddress.port} --user root` +
      ` (or mysql, or mysql://root@${sqlAddress.host}:${sqlAddress.port})\n`,
  );
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

/** Runs until stopped. Rejects when the cluster cannot start; everything opened so far is closed then. */
export async function runStart(config: Config, options: StartOptions): Promise<void> {
  const log = createLogger({ level: config.log.level });
  const stopped = stopSignal();
  const cluster = await openEmbeddedCluster(realEnv, config, log);
  announce(cluster, options);
  const signal = await stopped;
  log.info({ signal }, 'stopping');
  await cluster.close();
}
