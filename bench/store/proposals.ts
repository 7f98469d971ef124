/**
 * CPU and wall time of durable proposals through one store: `node dist/bench/store/proposals.js [seconds [proposers…]]`.
 * Each proposer waits for its proposal before the next; a proposal is one put of 150 bytes at a random key.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Key, realEnv } from '../../base/index.ts';
import { openStore, type RegionKv, type Store } from '../../tikv-lite/index.ts';

const KEYS = 200_000;
const value = Buffer.alloc(150, 7);

function randomKey(): Key {
  const key = Buffer.alloc(21);
  key.write('dt', 0, 'latin1');
  key.writeUInt32BE(45, 6);
  key.write('_r', 11, 'latin1');
  key.writeUInt32BE(Math.floor(Math.random() * KEYS), 17);
  return key.toString('latin1') as Key;
}

async function propose(region: RegionKv, untilMs: number): Promise<number> {
  let count = 0;
  while (performance.now() < untilMs) {
    await region.propose([{ kind: 'put', key: randomKey(), value }]);
    count++;
  }
  return count;
}

async function measure(store: Store, region: RegionKv, proposers: number, durationMs: number): Promise<void> {
  const cpu = process.cpuUsage();
  const writes = store.statistics.logWrites;
  const loop = performance.eventLoopUtilization();
  const startMs = performance.now();
  const runs = Array.from({ length: proposers }, () => propose(region, startMs + durationMs));
  const counts = await Promise.all(runs);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const used = process.cpuUsage(cpu);
  const perSecond = Math.round((total * 1000) / (performance.now() - startMs));
  const each = (micros: number): string => (micros / total).toFixed(1);
  const busy = performance.eventLoopUtilization(loop);
  process.stdout.write(
    `${String(proposers).padStart(4)} proposers: ${perSecond}/s; µs each: ${each(busy.active * 1000)} event loop, ` +
      `${each(used.user)} user, ${each(used.system)} kernel; ` +
      `${(total / (store.statistics.logWrites - writes)).toFixed(1)} per sync\n`,
  );
}

const seconds = Number(process.argv[2] ?? 2);
const counts = process.argv.length > 3 ? process.argv.slice(3).map(Number) : [8, 1, 8, 64];
const directory = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
const store = await openStore(realEnv, { directory });
const region = store.regions[0];
if (region !== undefined) {
  for (const proposers of counts) await measure(store, region, proposers, seconds * 1000);
}
await store.close();
await rm(directory, { recursive: true, force: true });
