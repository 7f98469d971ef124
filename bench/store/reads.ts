/** Reads through the range cache and through LevelDB alone, and the coding of entries: `node dist/bench/store/reads.js`. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Key, type KeyRange, realEnv } from '../../base/index.ts';
import { CachedEngine, type KvEngine, openLevelEngine, type WriteOperation } from '../../tikv-lite/index.ts';
import { decodeCommand, encodeWrite } from '../../tikv-lite/raftstore/command-codec.ts';

const ROWS = 100_000;
const value = Buffer.alloc(150, 7);

function rowKey(row: number): Key {
  const key = Buffer.alloc(21);
  key.write('dt', 0, 'latin1');
  key.writeUInt32BE(45, 6);
  key.write('_r', 11, 'latin1');
  key.writeUInt32BE(row, 17);
  return key.toString('latin1') as Key;
}

const keys = Array.from({ length: ROWS }, (_, row) => rowKey(row));

async function report(name: string, count: number, work: () => unknown): Promise<void> {
  await work();
  const startMs = performance.now();
  await work();
  process.stdout.write(`${name.padEnd(44)} ${(((performance.now() - startMs) * 1000) / count).toFixed(2)} µs\n`);
}

async function measure(name: string, engine: KvEngine, gets: number, scans: number): Promise<void> {
  await report(`${name}: get`, gets, () => {
    for (let i = 0; i < gets; i++) engine.get(keys[(i * 7919) % ROWS] as Key);
  });
  await report(`${name}: 100 rows`, scans, async () => {
    for (let i = 0; i < scans; i++) {
      const row = (i * 7919) % (ROWS - 100);
      const range: KeyRange = { start: keys[row] as Key, end: keys[row + 100] };
      const page = engine.scan(range, 1000, false);
      if (page instanceof Promise) await page;
    }
  });
}

const directory = await mkdtemp(join(tmpdir(), 'shoal-bench-'));
const level = await openLevelEngine({ directory: join(directory, 'db'), timers: realEnv.timers, disk: realEnv.disk });
for (let row = 0; row < ROWS; row += 1000) {
  const batch = keys.slice(row, row + 1000).map((key): WriteOperation => ({ kind: 'put', key, value }));
  await level.write(batch, { sync: false });
}
await level.flush();
const before = process.memoryUsage().rss;
const cached = new CachedEngine(level, { cachedRange: { start: 'd' as Key, end: 'e' as Key }, quotaBytes: 256 << 20 });
await measure('LevelDB', level, 100_000, 2000);
await cached.scan({ start: 'd' as Key, end: 'e' as Key }, ROWS, false);
await measure('range cache', cached, 100_000, 20_000);
const grown = process.memoryUsage().rss - before;
process.stdout.write(`cache: ${cached.cacheStatistics.sizeBytes >> 20} MB counted, ${grown >> 20} MB more in memory\n`);
await report('write of a cached key', 50_000, () => {
  for (let i = 0; i < 50_000; i++) {
    const key = keys[(i * 7919) % ROWS] as Key;
    cached.write([{ kind: 'put', key, value }], { sync: false }).catch(() => {});
  }
});
const operations: WriteOperation[] = keys.slice(0, 10).map((key) => ({ kind: 'put', key, value }));
const entry = encodeWrite(1, operations);
await report('encode one operation of an entry', 1_000_000, () => {
  for (let i = 0; i < 100_000; i++) encodeWrite(1, operations);
});
await report('decode one operation of an entry', 1_000_000, () => {
  for (let i = 0; i < 100_000; i++) decodeCommand(entry);
});
await level.close();
await rm(directory, { recursive: true, force: true });
