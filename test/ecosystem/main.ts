/**
 * Clients that others wrote against our servers: `npm run test:ecosystem -- tikv`. Needs the client's own tools and the
 * network to fetch it; says so when they are missing.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { startCluster } from '../support/cluster-process.ts';

const sources = join(import.meta.dirname, '..', '..', '..', 'test', 'ecosystem');
/** Ends what hangs. */
const TIMEOUT_MS = 10 * 60 * 1000;

const suites: Readonly<Record<string, () => Promise<number>>> = {
  tikv: () => runClientInGo('tikv', { RAW_PD: 1, TXN_PD: 3 }),
  'tikv-pipelined': () => runClientInGo('tikv-pipelined', { TXN_PD: 3 }),
};

/** client-go in the folder `name`, for each variable against a cluster of its own with so many stores. */
async function runClientInGo(name: string, storeCounts: Readonly<Record<string, number>>): Promise<number> {
  if (spawnSync('go', ['version']).status !== 0) {
    console.error('go is not installed: the client of TiKV in Go cannot be run');
    return 2;
  }
  let worst = 0;
  for (const [variable, stores] of Object.entries(storeCounts)) {
    const cluster = await startCluster({ stores, gateways: 0 });
    try {
      const address = `${cluster.pd.host}:${cluster.pd.port}`;
      const test = spawn('go', ['test', '-count=1', '-v', ...process.argv.slice(3), './...'], {
        cwd: join(sources, name),
        env: { ...process.env, [variable]: address },
        stdio: ['ignore', 'inherit', 'inherit'],
        timeout: TIMEOUT_MS,
      });
      worst = Math.max(worst, await exitCodeOf(test));
    } finally {
      await cluster.stop();
    }
  }
  return worst;
}

async function exitCodeOf(child: ChildProcess): Promise<number> {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

const names = process.argv[2] === undefined ? Object.keys(suites) : [process.argv[2]];
let exitCode = 0;
for (const name of names) {
  const suite = suites[name];
  if (suite === undefined) {
    console.error(`no suite ${name}; there are ${Object.keys(suites).join(', ')}`);
    exitCode = 2;
  } else {
    exitCode = Math.max(exitCode, await suite());
  }
}
process.exitCode = exitCode;
