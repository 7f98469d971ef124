/**
 * What a small replicated commit costs: CPU of three stores and the client together, in one process with real disks, layer
 * by layer: proposals alone, transactions on top, and both with gRPC between all of them. `npm run bench -- replication`
 */

import { type Key, keyOf } from '../../base/index.ts';
import { openReplicatedStores, type ReplicatedStores, type Wire } from './stores.ts';

const VALUE = Buffer.alloc(150, 7);
const WIDTHS = [1, 8, 64] as const;
const DEFAULT_SECONDS = 2;

interface Figures {
  readonly perSecond: number;
  readonly cpuMicros: number;
  /** Of each log write of a store. */
  readonly commitsPerWrite: number;
}

let rows = 0;

/** New rows of one of two tables: what `propose` writes is no record of a transaction. */
function rowKey(table: 'a' | 'b'): Key {
  return keyOf(`t\0\0\0\0\0\0\0${table}_r${String(rows++).padStart(8, '0')}`);
}

async function propose({ leader }: ReplicatedStores): Promise<void> {
  await leader.propose([{ kind: 'put', key: `d${rowKey('a')}` as Key, value: VALUE }]);
}

async function commit({ storage }: ReplicatedStores): Promise<void> {
  const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
  txn.put(rowKey('b'), VALUE);
  await txn.commit();
}

async function measure(
  stores: ReplicatedStores,
  act: (stores: ReplicatedStores) => Promise<void>,
  width: number,
  durationMs: number,
): Promise<Figures> {
  const writesOf = (): number => stores.nodes.reduce((sum, { store }) => sum + store.statistics.logWrites, 0);
  const writesBefore = writesOf();
  const before = process.cpuUsage();
  const startMs = performance.now();
  let count = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < startMs + durationMs) {
      await act(stores);
      count++;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: (count * 1000) / (performance.now() - startMs),
    cpuMicros: (user + system) / count,
    commitsPerWrite: (count * stores.nodes.length) / Math.max(1, writesOf() - writesBefore),
  };
}

export async function runReplication(argv: readonly string[]): Promise<number> {
  const seconds = Number(argv.find((word) => /^[\d.]+$/.test(word)) ?? DEFAULT_SECONDS);
  const results: Record<string, Figures> = {};
  for (const wire of ['direct', 'grpc'] satisfies Wire[]) {
    const stores = await openReplicatedStores(wire);
    try {
      const acts = [
        ['proposal', propose],
        ['transaction', commit],
      ] as const;
      for (const [what, act] of acts) {
        await measure(stores, act, 16, 1000);
        for (const width of WIDTHS) {
          const figures = await measure(stores, act, width, seconds * 1000);
          results[`${what}, ${wire}, ${width} at a time`] = figures;
          if (!argv.includes('--json')) print(`${what}, ${wire}, ${width} at a time`, figures);
        }
      }
    } finally {
      await stores.close();
    }
  }
  if (argv.includes('--json')) console.log(JSON.stringify(results));
  return 0;
}

function print(name: string, { perSecond, cpuMicros, commitsPerWrite }: Figures): void {
  const figures = `${perSecond.toFixed(0).padStart(7)}/s ${cpuMicros.toFixed(0).padStart(5)} µs of CPU each`;
  console.log(`${name.padEnd(36)}${figures}, ${commitsPerWrite.toFixed(1)} in a log write`);
}
