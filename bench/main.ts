/** `npm run bench -- NAME [options]`: one entry for all benchmarks. */

import { runClusterBench } from './cluster/main.ts';
import { runOltp } from './oltp/main.ts';
import { runRaft } from './raft/main.ts';
import { runReplication } from './replication/main.ts';
import { runRpc } from './rpc/main.ts';

const benchmarks: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  cluster: runClusterBench,
  oltp: runOltp,
  raft: runRaft,
  replication: runReplication,
  rpc: runRpc,
};

const [name = '', ...argv] = process.argv.slice(2);
const benchmark = benchmarks[name];
if (benchmark === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(benchmarks).join('|')} [--json]`);
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await benchmark(argv);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
