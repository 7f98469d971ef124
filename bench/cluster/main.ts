/**
 * `npm run bench -- cluster [inserts|failover|cut|splits] [--json] [--seconds 6] [--rounds 3] [--threads 16] [--rows 10000] [--kills 5] [--stores 3]
 *                           [--regions 400] [--profile DIR]`
 *
 * What replication costs and how long a failover takes, with every process on this machine. `--profile` writes a CPU
 * profile of each process of the clusters to DIR.
 */

import { parseArgs } from 'node:util';
import { benchFailover, printFailover } from './failover.ts';
import { benchInserts, printInserts } from './inserts.ts';
import { benchSplits, printSplits } from './splits.ts';

const FAULTS = [
  ['failover', 'kill'],
  ['cut', 'cut'],
] as const;

export async function runClusterBench(argv: readonly string[]): Promise<number> {
  const { values: flags, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '6' },
      rounds: { type: 'string', default: '3' },
      threads: { type: 'string', default: '16' },
      rows: { type: 'string', default: '10000' },
      stores: { type: 'string', default: '3' },
      kills: { type: 'string', default: '5' },
      regions: { type: 'string', default: '400' },
      profile: { type: 'string' },
    },
  });
  const parts = positionals.length === 0 ? ['inserts', 'failover', 'cut', 'splits'] : positionals;
  const { profile } = flags;
  if (parts.includes('inserts')) {
    const report = await benchInserts({
      threads: Number(flags.threads),
      seconds: Number(flags.seconds),
      rounds: Number(flags.rounds),
      rows: Number(flags.rows),
      stores: Number(flags.stores),
      nodeArguments: profile === undefined ? undefined : () => ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    });
    if (flags.json) console.log(JSON.stringify(report));
    else printInserts(report);
  }
  for (const [part, fault] of FAULTS) {
    if (!parts.includes(part)) continue;
    const report = await benchFailover({ fault, faults: Number(flags.kills), clients: Number(flags.threads) });
    if (flags.json) console.log(JSON.stringify(report));
    else if (report !== undefined) printFailover(report);
    else console.log('no networks can be made here (Linux, root, iproute2): no store is cut off');
    if (report !== undefined && report.lost > 0) return 1;
  }
  if (parts.includes('splits')) {
    const report = await benchSplits({
      regions: Number(flags.regions),
      clients: Number(flags.threads),
      rows: Number(flags.rows),
      seconds: Number(flags.seconds),
    });
    if (flags.json) console.log(JSON.stringify(report));
    else printSplits(report);
  }
  return 0;
}
