/**
 * `npm run test:chaos -- [--rounds 200] [--clients 8] [--seed N]`
 *
 * Each round: transfers on 8 connections, kill -9 at a random instant, restart on the same directory, audit. The ledger
 * of acknowledged commits is kept across all rounds; the database grows with them. With `--cluster` see cluster/main.ts.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../base/index.ts';
import { startServer } from '../support/server-process.ts';
import { audit } from './audit.ts';
import { runCluster } from './cluster/main.ts';
import { createSchema, type Progress, runClient } from './transfers.ts';

const argv = process.argv.slice(2);
const MIN_LIFE_MS = 30;
const MAX_LIFE_MS = 500;

async function main(): Promise<number> {
  const { values: flags } = parseArgs({
    options: {
      rounds: { type: 'string', default: '200' },
      clients: { type: 'string', default: '8' },
      seed: { type: 'string' },
    },
  });
  const seed = Number(flags.seed ?? Math.floor(Math.random() * 2 ** 31));
  const rounds = Number(flags.rounds);
  console.log(`seed ${seed}, ${rounds} rounds of kill -9 under ${flags.clients} clients`);
  const random = new SeededRandom(seed);
  const dataDirectory = await mkdtemp(join(tmpdir(), 'shoal-chaos-'));
  const progress: Progress = { acknowledged: new Set(), nextId: 1, deadlocks: 0 };
  let server = await startServer({ dataDirectory });
  await createSchema(server.url);
  let slowestStartMs = 0;
  for (let round = 1; round <= rounds; round++) {
    const { url } = server;
    const clients = Array.from({ length: Number(flags.clients) }, () => runClient(url, random.fork(), progress));
    const everyone = Promise.all(clients);
    await Promise.race([everyone, delay(MIN_LIFE_MS + random.below(MAX_LIFE_MS))]);
    await server.kill();
    await everyone;
    const startedAt = performance.now();
    server = await startServer({ dataDirectory });
    slowestStartMs = Math.max(slowestStartMs, performance.now() - startedAt);
    const problems = await audit(server.url, progress.acknowledged);
    if (problems.length > 0) {
      console.log(`round ${round} of seed ${seed}, data kept in ${dataDirectory}:`);
      for (const problem of problems) console.log(`  ${problem}`);
      await server.kill();
      console.log(`${round - 1} passed, 1 failed`);
      return 1;
    }
    if (round % 10 === 0)
      console.log(`round ${round}: ${progress.acknowledged.size} transfers acknowledged, all there`);
  }
  await server.stop();
  await rm(dataDirectory, { recursive: true, force: true });
  console.log(
    `${progress.acknowledged.size} acknowledged transfers, ${progress.deadlocks} deadlocks, slowest restart ${slowestStartMs.toFixed(0)} ms`,
  );
  console.log(`${rounds} passed, 0 failed`);
  return 0;
}

process.exitCode = argv.includes('--cluster') ? await runCluster(argv) : await main();
