/**
 * Clients that others wrote against our servers: `npm run test:ecosystem -- tikv` (in Go), `-- tikv-rust`. Needs the
 * client's own tools and the network to fetch it; says so when they are missing.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../support/cluster-process.ts';

const sources = join(import.meta.dirname, '..', '..', '..', 'test', 'ecosystem');
/** Ends what hangs. */
const TIMEOUT_MS = 10 * 60 * 1000;

/** How the tests of a client are run, and how many stores the cluster behind each variable has. */
interface Suite {
  readonly command: readonly [string, ...string[]];
  readonly storeCounts: Readonly<Record<string, number>>;
}

const GO_TEST = ['go', 'test', '-count=1', '-v', './...'] as const;
const RAW_AND_TXN = { RAW_PD: 1, TXN_PD: 3 };

const suites: Readonly<Record<string, Suite>> = {
  tikv: { command: GO_TEST, storeCounts: RAW_AND_TXN },
  'tikv-pipelined': { command: GO_TEST, storeCounts: { TXN_PD: 3 } },
  'tikv-rust': { command: ['cargo', 'test', '--locked'], storeCounts: RAW_AND_TXN },
};

/** Runs the client in the folder `name`, for each variable against a cluster of its own. */
async function runClient(name: string, { command: [tool, ...args], storeCounts }: Suite): Promise<number> {
  if (spawnSync(tool, ['version']).error !== undefined) {
    console.error(`${tool} is not installed: the client in ${name} cannot be run`);
    return 2;
  }
  let worst = 0;
  for (const [variable, stores] of Object.entries(storeCounts)) {
    const cluster = await startCluster({ stores, gateways: 0 });
    try {
      const address = `${cluster.pd.host}:${cluster.pd.port}`;
      const test = spawn(tool, [...args, ...process.argv.slice(3)], {
        cwd: join(sources, name),
        env: { CARGO_TARGET_DIR: join(tmpdir(), 'shoal-ecosystem-cargo'), ...process.env, [variable]: address },
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
    exitCode = Math.max(exitCode, await runClient(name, suite));
  }
}
process.exitCode = exitCode;
