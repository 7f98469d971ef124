/**
 * What idle regions cost: `node dist/bench/store/hibernation.js [regions [seconds]]`. Three stores in this process hold
 * the same regions; their messages are handed over in memory. CPU and memory are those of the process, divided by three.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { defined, type Key, type PeerId, type RegionId, realEnv, type StoreId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import {
  MemoryEngine,
  openStore,
  type RegionAdmin,
  type RegionMessage,
  type RegionSplit,
  type Store,
  type StoreTransport,
} from '../../tikv-lite/index.ts';

const STORES = [1, 2, 3] as StoreId[];
const FIRST_REGION = 2 as RegionId;
const SPLITS_AT_ONCE = 100;

const regions = Number(process.argv[2] ?? 10_000);
const seconds = Number(process.argv[3] ?? 20);
const stores = new Map<StoreId, Store>();
let messages = 0;
let lastId = 100;

function newId<T extends number>(): T {
  return ++lastId as T;
}

const transport: StoreTransport = {
  send: (batch) => {
    messages += batch.length;
    setImmediate(() => {
      for (const [storeId, store] of stores) {
        const own = batch.filter((message: RegionMessage) => message.to.storeId === storeId);
        if (own.length > 0) store.receive(own);
      }
    });
  },
  sendSnapshot: () => Promise.reject(new Error('no snapshots here')),
};

async function until(done: () => boolean): Promise<void> {
  while (!done()) await sleep(20);
}

function leaderOf(regionId: RegionId): RegionAdmin | undefined {
  for (const store of stores.values()) {
    const region = store.region(regionId);
    if (region?.isLeader === true) return region;
  }
  return undefined;
}

async function start(directory: string): Promise<void> {
  const region: Region = {
    regionId: FIRST_REGION,
    range: { start: '' as Key },
    epoch: { confVer: 1, version: 1 },
    peers: STORES.map((storeId) => ({ peerId: (10 + storeId) as PeerId, storeId, role: 'voter' })),
  };
  for (const storeId of STORES) {
    const store = await openStore(realEnv, {
      directory: join(directory, `${storeId}`),
      openEngine: () => Promise.resolve(new MemoryEngine()),
      cacheBytes: 0,
      bootstrap: { clusterId: 1, storeId, region },
      transport,
    });
    stores.set(storeId, store);
  }
}

async function split(): Promise<void> {
  for (let made = 1; made < regions; ) {
    const count = Math.min(SPLITS_AT_ONCE, regions - made);
    await until(() => leaderOf(FIRST_REGION) !== undefined);
    const splits = Array.from(
      { length: count },
      (_, i): RegionSplit => ({
        splitKey: `k${String(made + i).padStart(8, '0')}` as Key,
        newRegionId: newId<RegionId>(),
        newPeerIds: STORES.map(() => newId<PeerId>()),
      }),
    );
    try {
      await defined(leaderOf(FIRST_REGION), 'a leader').split(splits);
      made += count;
    } catch {
      await sleep(100);
    }
  }
}

function line(name: string, value: string): void {
  process.stdout.write(`${name.padEnd(46)} ${value}\n`);
}

const directory = await mkdtemp(join(tmpdir(), 'shoal-hibernation-'));
await start(directory);
const emptyBytes = process.memoryUsage.rss();
const startMs = performance.now();
await split();
const isAsleep = (store: Store): boolean => store.statistics.hibernatedRegions === regions;
await until(() => [...stores.values()].every(isAsleep));
line('regions on each of three stores', `${regions}`);
line('made, led and asleep after', `${((performance.now() - startMs) / 1000).toFixed(1)} s`);
globalThis.gc?.();
line('memory per replica', `${((process.memoryUsage.rss() - emptyBytes) / regions / 3 / 1024).toFixed(1)} KiB`);
const before = process.cpuUsage();
messages = 0;
await sleep(seconds * 1000);
const { user, system } = process.cpuUsage(before);
line('CPU of one core per store, asleep', `${((user + system) / 1e4 / seconds / 3).toFixed(2)} %`);
line('messages per second, all stores', `${(messages / seconds).toFixed(0)}`);
for (const store of stores.values()) await store.close();
await rm(directory, { recursive: true });
