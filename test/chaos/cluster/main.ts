/**
 * `npm run test:chaos -- --cluster [--rounds 100] [--seed N] [--stores 3] [--gateways 2] [--clients 8]`
 *
 * A placement driver, stores and SQL gateways as processes, each in a network of its own where that is possible. Each
 * round: bank and list-append transactions through the MySQL port of all gateways, while members are killed with -9,
 * stopped and continued, or cut off, their disks fill up or stall, the placement driver is put back to a backup, and
 * regions are split and merged again; then everything heals, every gateway must acknowledge writes again, and what the
 * clients remember is compared with what is there: nothing acknowledged is lost, nothing that failed is there, every sum
 * was constant, histories have no cycle.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../../base/index.ts';
import { type ClusterProcesses, startCluster } from '../../support/cluster-process.ts';
import { clusterStatus } from '../../support/cluster-view.ts';
import { Disks } from '../../support/disks.ts';
import { makeAccount, urlOf } from '../../support/make-account.ts';
import { Networks } from '../../support/networks.ts';
import { audit } from '../audit.ts';
import { createSchema } from '../transfers.ts';
import { Bank } from './bank.ts';
import { ChaosClient, type Query, WrongResult } from './client.ts';
import { auditIndex } from './definitions.ts';
import { backUp, describeFaults, inflict, planFaults, type Tools, undoAll } from './faults.ts';
import { createLists, Lists } from './lists.ts';
import { Round } from './round.ts';

const ROUNDS_PER_AUDIT = 10;
const ROUNDS_PER_BACKUP = 5;
/** Regions are measured and told of all the time, and what was split is merged again a few seconds later. */
const STORMS: Readonly<Record<string, string>> = {
  SHOAL_STORE_REGION_SPLIT_MB: '1',
  SHOAL_STORE_SPLIT_CHECK_INTERVAL_S: '1',
  SHOAL_STORE_PD_HEARTBEAT_INTERVAL_S: '1',
  SHOAL_PD_MAX_MERGE_REGION_MB: '1',
  SHOAL_PD_SPLIT_MERGE_INTERVAL_S: '4',
};
const CHECK_LIMIT_MS = 60_000;
const CHECK_PAUSE_MS = 200;

interface Settings {
  readonly rounds: number;
  readonly seed: number;
  readonly stores: number;
  readonly gateways: number;
  readonly clients: number;
}

function settingsOf(argv: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      cluster: { type: 'boolean' },
      rounds: { type: 'string', default: '100' },
      seed: { type: 'string' },
      stores: { type: 'string', default: '3' },
      gateways: { type: 'string', default: '2' },
      clients: { type: 'string', default: '8' },
    },
  });
  return {
    rounds: Number(values.rounds),
    seed: Number(values.seed ?? Math.floor(Math.random() * 2 ** 31)),
    stores: Number(values.stores),
    gateways: Number(values.gateways),
    clients: Number(values.clients),
  };
}

/** Runs a check on a gateway until it gets through: right after faults single statements may still fail. */
async function checked(url: string, check: (query: Query) => Promise<void>): Promise<void> {
  const client = new ChaosClient(url);
  const endMs = performance.now() + CHECK_LIMIT_MS;
  try {
    while ((await client.transaction('BEGIN', check)) !== 'committed') {
      if (performance.now() > endMs) throw new WrongResult(`a check cannot be carried out: ${client.lastError}`);
      await delay(CHECK_PAUSE_MS);
    }
  } finally {
    client.close();
  }
}

async function runRounds(tools: Tools, settings: Settings): Promise<void> {
  const { cluster, networks } = tools;
  const random = new SeededRandom(settings.seed);
  const [first] = cluster.gateways;
  if (first === undefined) throw new Error('no gateway');
  const wrapper = networks?.siteOf(first.name).wrapper ?? [];
  makeAccount(first, wrapper);
  const url = urlOf(first);
  await createSchema(url);
  await checked(url, createLists);
  const bank = new Bank();
  const recoveries: number[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    const lists = new Lists(round);
    await checked(url, (query) => lists.setUp(query));
    if (round % ROUNDS_PER_BACKUP === 1) await backUp(tools, cluster.pd.name);
    const faults = planFaults(tools, random);
    const before = bank.acknowledged.size;
    const run = new Round(cluster.gateways, bank, lists, random);
    const inflicted = faults.map((fault) => inflict(fault, tools, random.fork()));
    const recoveryMs = await run.run(settings.clients, inflicted).catch((error: unknown) => {
      console.log(
        `round ${round}: ${describeFaults(faults)}; what clients were told last:\n${run.lastErrors.join('\n')}`,
      );
      throw error;
    });
    recoveries.push(recoveryMs);
    try {
      await checked(url, (query) => lists.verify(query));
    } catch (error) {
      console.log(`round ${round}: ${describeFaults(faults)}; the lists' history:\n${lists.dump()}`);
      throw error;
    }
    if (round % ROUNDS_PER_AUDIT === 0 || round === settings.rounds) await auditAll(url, bank);
    const { regions } = await clusterStatus(cluster.pd);
    const errors = [...run.errors].map(([errno, count]) => `${errno}: ${count}`).join(', ');
    console.log(
      `round ${round}: ${describeFaults(faults)}; ${bank.acknowledged.size - before} transfers, ${lists.size} list ` +
        `transactions, index ${run.definition ?? 'left alone'}, ${regions.length} regions, writes again after ${recoveryMs.toFixed(0)} ms${errors === '' ? '' : `; errors ${errors}`}`,
    );
  }
  recoveries.sort((a, b) => a - b);
  console.log(
    `${bank.acknowledged.size} acknowledged transfers, ${bank.unknown.size} of unknown outcome, ${bank.reads} sums; ` +
      `writes again after ${recoveries[recoveries.length >> 1]?.toFixed(0)} ms (median), ${recoveries.at(-1)?.toFixed(0)} ms (longest)`,
  );
}

async function auditAll(url: string, bank: Bank): Promise<void> {
  const problems = await audit(url, bank.acknowledged);
  await checked(url, async (query) => {
    problems.push(...(await bank.revenants(query)));
  });
  await checked(url, async (query) => {
    problems.push(...(await auditIndex(query)));
  });
  if (problems.length > 0) throw new WrongResult(problems.join('\n  '));
}

/** Prints `N passed, N failed`; answers the exit status. */
export async function runCluster(argv: readonly string[]): Promise<number> {
  const settings = settingsOf(argv);
  const names = ['pd'];
  for (let i = 1; i <= settings.stores; i++) names.push(`store${i}`);
  for (let i = 1; i <= settings.gateways; i++) names.push(`sql${i}`);
  const networks = Networks.make(names);
  if (networks === undefined)
    console.log('no networks can be made here (Linux, root, iproute2): members are not cut off');
  console.log(`seed ${settings.seed}, ${settings.rounds} rounds on ${names.join(', ')}`);
  const directory = await mkdtemp(join(tmpdir(), 'shoal-chaos-'));
  const disks = Disks.make(
    directory,
    names.filter((name) => name.startsWith('store')),
  );
  if (disks === undefined)
    console.log('no disks can be made here (Linux, root, loop devices): none fills up or stalls');
  let cluster: ClusterProcesses | undefined;
  try {
    const siteOf = networks && ((name: string) => networks.siteOf(name));
    cluster = await startCluster({ ...settings, directory, environment: STORMS, ...(siteOf && { siteOf }) });
    await runRounds({ cluster, networks, disks }, settings);
    await cluster.stop();
    disks?.remove();
    await rm(directory, { recursive: true, force: true });
    console.log(`${settings.rounds} passed, 0 failed`);
    return 0;
  } catch (error) {
    console.log(`seed ${settings.seed}, data in ${directory}: ${error instanceof Error ? error.message : error}`);
    if (cluster !== undefined) undoAll({ cluster, networks, disks });
    await Promise.all((cluster?.members ?? []).map((member) => member.end('SIGKILL')));
    console.log('0 passed, 1 failed');
    return 1;
  } finally {
    networks?.remove();
  }
}
