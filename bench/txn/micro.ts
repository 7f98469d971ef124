/**
 * What the transaction layer costs above the engine: CPU per operation over regions in memory, one process, no log.
 * `node dist/bench/txn/micro.js`
 */

import {
  type Key,
  type KeyRange,
  type KvPair,
  keyOf,
  type PeerId,
  type RegionId,
  realEnv,
  type StoreId,
  type Ts,
} from '../../base/index.ts';
import { TimestampState } from '../../pd/index.ts';
import { type KvReader, openStorage, type RegionKv, type Storage, type WriteOperation } from '../../tikv-lite/index.ts';
import { newKeyTree } from '../../tikv-lite/kv/key-tree.ts';

const ROWS = 20_000;
const VALUE = Buffer.alloc(120, 7);

/** The cheapest region there is: what remains is the layer above. */
class BareRegion implements RegionKv, KvReader {
  readonly regionId = 1 as RegionId;
  readonly epoch = { confVer: 1, version: 1 };
  readonly regionRange: KeyRange = { start: '' as Key };
  readonly peer = { peerId: 1 as PeerId, storeId: 1 as StoreId, role: 'voter' as const };
  readonly isLeader = true;
  readonly term = 1;
  readonly leader = this.peer;
  readonly region = { regionId: this.regionId, range: this.regionRange, epoch: this.epoch, peers: [this.peer] };
  readonly #tree = newKeyTree<Uint8Array>();
  #cachedRange: KeyRange | undefined;
  #cachedPage: readonly KvPair[] = [];

  read(): KvReader {
    return this;
  }

  readIndex(): Promise<KvReader> {
    return Promise.resolve(this);
  }

  get(key: Key): Uint8Array | undefined {
    return this.#tree.get(key);
  }

  /** Answers a repeated page from memory, so that the bench sees the cost above it. */
  scan(range: KeyRange, limit: number): readonly KvPair[] {
    if (range.start === this.#cachedRange?.start) return this.#cachedPage;
    const page: KvPair[] = [];
    for (const [key, value] of this.#tree.entries(range.start)) {
      if (page.length >= limit || (range.end !== undefined && key >= range.end)) break;
      page.push({ key, value });
    }
    this.#cachedRange = range;
    this.#cachedPage = page;
    return page;
  }

  async propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void> {
    for (const operation of operations) {
      if (operation.kind === 'put') this.#tree.set(operation.key, operation.value);
      else this.#tree.delete(operation.key);
    }
    onApplied?.();
  }

  async destroyRange(): Promise<void> {}
}

async function main(): Promise<void> {
  const kv = new BareRegion();
  const state = new TimestampState(0, Date.now());
  state.boundSaved(Date.now() + 1e9);
  const oracle = { getTs: (): Ts => state.take(Date.now())! };
  const storage = await openStorage({ regions: [kv], oracle, clock: realEnv.clock, timers: realEnv.timers });
  const keys = Array.from({ length: ROWS }, (_, i) => keyOf(`t\x80row_${String(i).padStart(8, '0')}`));
  for (const key of keys) await insertOne(storage, key);
  const engineKeys = keys.map((key) => `d${key}` as Key);
  const snapshot = storage.snapshot(oracle.getTs());
  const any = (i: number): number => (i * 7919) % ROWS;

  await measure('engine get', 1_000_000, (i) => kv.get(engineKeys[any(i)]!));
  await measure('getLatest', 1_000_000, (i) => storage.getLatest(keys[any(i)]!));
  await measure('snapshot get', 1_000_000, (i) => snapshot.get(keys[any(i)]!));
  await measure('begin, get, commit', 300_000, (i) => {
    const txn = storage.begin(oracle.getTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
    void txn.get(keys[any(i)]!);
    void txn.commit();
  });
  const range = { start: keys[100]!, end: keys[200]! };
  await measure('scan of 100 rows', 50_000, () => snapshot.scan(range, {}).next(256));
  await measureAsync('insert of 2 keys, one phase', 100_000, async (i) => {
    const txn = storage.begin(oracle.getTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
    txn.insert(`n${i}` as Key, VALUE, 1);
    txn.put(`x${i}` as Key, VALUE, 2);
    await txn.commit();
  });
  await measureAsync('update of 1 key, one phase', 100_000, async (i) => {
    const txn = storage.begin(oracle.getTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
    txn.put(keys[any(i)]!, VALUE, 1);
    await txn.commit();
  });
  await measureAsync('pessimistic: lock 1, write 2', 100_000, async (i) => {
    const ts = oracle.getTs();
    const txn = storage.begin(ts, { mode: 'pessimistic', maxMemoryBytes: 1 << 20 });
    await txn.lockKeys([keys[any(i)]!], { forUpdateTs: ts, waitTimeoutMs: 1000, returnValues: true });
    txn.put(keys[any(i)]!, VALUE, 1);
    txn.put(`y${i}` as Key, VALUE, 2);
    await txn.commit();
  });
  await storage.close();
}

async function insertOne(storage: Storage, key: Key): Promise<void> {
  const txn = storage.begin(await storage.currentTs(), { mode: 'optimistic', maxMemoryBytes: 1 << 20 });
  txn.put(key, VALUE, 1);
  await txn.commit();
}

async function measure(name: string, count: number, work: (i: number) => unknown): Promise<void> {
  return measureAsync(name, count, work, true);
}

async function measureAsync(name: string, count: number, work: (i: number) => unknown, isSync = false): Promise<void> {
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage();
    for (let i = 0; i < count; i++) {
      const done = work(i + round * count);
      if (!isSync) await done;
    }
    const used = process.cpuUsage(before);
    const micros = (used.user + used.system) / count;
    if (round === 2) console.log(`${name.padEnd(32)} ${micros.toFixed(2)} µs`);
  }
}

await main();
