/**
 * Transactions over a real store on this machine's disk: raft log with grouped fdatasync, LevelDB, one region.
 * CPU (all threads) and wall time per transaction. `node dist/bench/txn/durable.js [seconds]`
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Key, realEnv } from '../../base/index.ts';
import { LocalOracle } from '../../pd/index.ts';
import { openStorage, openStore, type Storage } from '../../tikv-lite/index.ts';

const ROWS = 20_000;
const VALUE = new Uint8Array(190).fill(7);
const SECONDS = Number(process.argv[2] ?? 2);
const OPTIMISTIC = { mode: 'optimistic', maxMemoryBytes: 1 << 24 } as const;

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-bench-'));
  const store = await openStore(realEnv, { directory: join(directory, 'store') });
  const oracle = await LocalOracle.open({ clock: realEnv.clock, disk: realEnv.disk, path: join(directory, 'tso') });
  const storage = await openStorage({
    regions: store.regions,
    oracle,
    clock: realEnv.clock,
    timers: realEnv.timers,
  });
  try {
    await run(storage);
  } finally {
    await storage.close();
    await store.close();
    rmSync(directory, { recursive: true });
  }
}

async function run(storage: Storage): Promise<void> {
  const keys = Array.from({ length: ROWS }, (_, i) => `t\x80row_${String(i).padStart(8, '0')}` as Key);
  for (let at = 0; at < ROWS; at += 1000) {
    const txn = storage.begin(await storage.currentTs(), OPTIMISTIC);
    for (const key of keys.slice(at, at + 1000)) txn.put(key, VALUE);
    await txn.commit();
  }
  let next = 0;
  const any = (): Key => keys[(next++ * 7919) % ROWS]!;
  await measure('getLatest', 8, () => storage.getLatest(any()));
  await measure('snapshot of 1 get', 8, async () => storage.snapshot(await storage.currentTs()).get(any()));
  await measure('snapshot scan of 100', 8, async () => {
    const at = (next++ * 7919) % (ROWS - 100);
    return storage
      .snapshot(await storage.currentTs())
      .scan({ start: keys[at]!, end: keys[at + 100]! }, {})
      .next(128);
  });
  for (const workers of [1, 8, 64]) {
    await measure(`insert of 2 keys, ${workers} at a time`, workers, async () => {
      const txn = storage.begin(await storage.currentTs(), OPTIMISTIC);
      txn.insert(`n${next++}` as Key, VALUE, 1);
      txn.put(`x${next}` as Key, VALUE, 2);
      await txn.commit();
    });
  }
  await measure('update of 1 key, 8 at a time', 8, async () => {
    const txn = storage.begin(await storage.currentTs(), OPTIMISTIC);
    txn.put(any(), VALUE, 1);
    await txn.commit();
  });
  await measure('pessimistic update of 4, 8 at a time', 8, async () => {
    const ts = await storage.currentTs();
    const txn = storage.begin(ts, { mode: 'pessimistic', maxMemoryBytes: 1 << 24 });
    for (let i = 0; i < 4; i++) {
      const key = any();
      await txn.lockKeys([key], { forUpdateTs: ts, waitTimeoutMs: 1000, returnValues: true });
      txn.put(key, VALUE, i);
    }
    await txn.commit();
  });
}

async function measure(name: string, workers: number, work: () => unknown): Promise<void> {
  let count = 0;
  let isOver = false;
  const before = process.cpuUsage();
  const startMs = performance.now();
  const timer = setTimeout(() => {
    isOver = true;
  }, SECONDS * 1000);
  const worker = async (): Promise<void> => {
    while (!isOver) {
      const done = work();
      if (done instanceof Promise) await done;
      if (++count % 1000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  clearTimeout(timer);
  const used = process.cpuUsage(before);
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = ((used.user + used.system) / count).toFixed(1);
  console.log(`${name.padEnd(40)} ${Math.round(count / seconds)}/s  ${cpu} µs CPU`);
}

await main();
