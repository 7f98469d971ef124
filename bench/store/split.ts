/**
 * `node dist/bench/store/split.js [--regions 400] [--rows 100000] [--seconds 3]`
 *
 * Point reads while one region splits into as many as 100 GB have at 256 MiB each. A client asks in every turn of the
 * event loop, so that its times contain whatever the splits do to the loop. The rows are few: a split moves no data, its
 * cost does not depend on their number.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Key, keyOf, type PeerId, type RegionId, realEnv } from '../../base/index.ts';
import { LocalOracle } from '../../pd/index.ts';
import { type LocalStorage, openStorage, openStore, RegionHost, type Store } from '../../tikv-lite/index.ts';
import { regionKeyOf } from '../../tikv-lite/raftstore/region-keys.ts';

const { values: flags } = parseArgs({
  options: {
    regions: { type: 'string', default: '400' },
    rows: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '3' },
  },
});
const ROW_BYTES = 100;
const ROWS_PER_TRANSACTION = 2000;
const SPLITS_PER_ENTRY = 10;
const CLIENTS = 8;

function rowKey(i: number): Key {
  return keyOf(`t/${String(i).padStart(9, '0')}`);
}

async function load(storage: LocalStorage, rows: number): Promise<void> {
  for (let at = 0; at < rows; at += ROWS_PER_TRANSACTION) {
    const options = { mode: 'optimistic', maxMemoryBytes: 1 << 26 } as const;
    const transaction = storage.begin(await storage.currentTs(), options);
    for (let i = at; i < Math.min(rows, at + ROWS_PER_TRANSACTION); i++)
      transaction.put(rowKey(i), Buffer.alloc(ROW_BYTES, i % 251));
    await transaction.commit();
  }
}

/** Times of point reads in milliseconds, from the turn in which a client asks. */
async function readFor(storage: LocalStorage, rows: number, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  const client = async (): Promise<void> => {
    while (!isOver()) {
      const askedMs = performance.now();
      await new Promise((resolve) => setImmediate(resolve));
      const value = await storage.snapshot(await storage.currentTs()).get(rowKey(Math.floor(Math.random() * rows)));
      if (value === undefined) throw new Error('a row is missing');
      times.push(performance.now() - askedMs);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return times.sort((a, b) => a - b);
}

/** Splits evenly over `seconds`; a few regions per log entry, as a split checker asks for them. */
async function split(store: Store, rows: number, regions: number, seconds: number): Promise<number> {
  const { regionId } = store.regions[0]!;
  let nextId = 1_000_000;
  const keys = Array.from({ length: regions - 1 }, (_, i) =>
    regionKeyOf(rowKey(Math.floor(((i + 1) * rows) / regions))),
  );
  const pauseMs = (seconds * 1000 * SPLITS_PER_ENTRY) / keys.length;
  for (let at = 0; at < keys.length; at += SPLITS_PER_ENTRY) {
    const splits = keys.slice(at, at + SPLITS_PER_ENTRY).map((splitKey) => ({
      splitKey,
      newRegionId: nextId++ as RegionId,
      newPeerIds: [nextId++ as PeerId],
    }));
    const region = store.region(regionId);
    if (region === undefined) throw new Error('the region is gone');
    await region.split(splits);
    await delay(pauseMs);
  }
  return store.regions.length;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
}

const directory = await mkdtemp(join(tmpdir(), 'shoal-split-'));
const oracle = await LocalOracle.open({ clock: realEnv.clock, disk: realEnv.disk, path: join(directory, 'tso') });
const host = new RegionHost({ timers: realEnv.timers, oracle });
const store = await openStore(realEnv, { directory: join(directory, 'store'), observers: [host] });
const storage = await openStorage({ host, oracle, clock: realEnv.clock, timers: realEnv.timers });
const rows = Number(flags.rows);
const seconds = Number(flags.seconds);
await load(storage, rows);
const timed = async (work: () => Promise<unknown>): Promise<number[]> => {
  let isOver = false;
  const reading = readFor(storage, rows, () => isOver);
  await work();
  isOver = true;
  return reading;
};
await timed(() => delay(seconds * 500));
const before = await timed(() => delay(seconds * 1000));
let count = 0;
const during = await timed(async () => {
  count = await split(store, rows, Number(flags.regions), seconds);
});
const after = await timed(() => delay(seconds * 1000));
for (const [name, times] of Object.entries({ before, during, after })) {
  const figures = [0.5, 0.99, 0.999].map((share) => percentile(times, share).toFixed(3));
  console.log(
    `${name.padEnd(7)} ${times.length} reads, median ${figures[0]} ms, p99 ${figures[1]} ms, p999 ${figures[2]} ms`,
  );
}
console.log(
  `${count} regions; p99 while splitting ${(percentile(during, 0.99) / percentile(before, 0.99)).toFixed(2)}× of before`,
);
await storage.close();
await store.close();
await rm(directory, { recursive: true, force: true });
