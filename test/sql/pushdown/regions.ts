/** SQL sessions over one engine that is cut into regions at will: the same rows, read in two ways. */

import { type Key, type KeyRange, realEnv, type Ts } from '../../../base/index.ts';
import { type LocalStorage, openStorage } from '../../../tikv-lite/client/local-storage.ts';
import { MemoryEngine } from '../../../tikv-lite/kv/memory-engine.ts';
import { DATA_FAMILY, familyRange } from '../../../tikv-lite/mvcc/keys.ts';
import { MemoryRegion } from '../../tikv-lite/client/cluster.ts';
import { SqlHarness, type SqlResult } from '../support/sql-harness.ts';

const LOGICAL_BITS = 18n;
let last = 0n;

/** Timestamps of this process, increasing over all storages of a test. */
const oracle = {
  getTs(): Ts {
    const now = BigInt(Math.floor(realEnv.clock.nowMs())) << LOGICAL_BITS;
    last = now > last ? now : last + 1n;
    return last as Ts;
  },
};

export async function openRegions(
  engine: MemoryEngine,
  splits: readonly Key[],
  asyncScans: boolean,
): Promise<LocalStorage> {
  const edges = ['' as Key, ...splits];
  const regions = edges.map((start, i) => new MemoryRegion(i + 1, { start, end: edges[i + 1] }, engine));
  for (const region of regions) region.asyncScans = asyncScans;
  return openStorage({ regions, oracle, clock: realEnv.clock, timers: realEnv.timers });
}

/** Every `stride`-th user key of the engine inside table data: where its regions are to end. */
export function splitKeys(engine: MemoryEngine, stride: number): Key[] {
  const tables: KeyRange = { start: 't' as Key, end: 'u' as Key };
  const records = engine.scan(familyRange(DATA_FAMILY, tables), 1_000_000, false);
  return records.filter((_, i) => i % stride === stride - 1).map(({ key }) => key.slice(1) as Key);
}

/** The same data twice: one region without push-down, and many regions with it. */
export class TwoWays {
  readonly plain: SqlHarness;
  readonly pushed: SqlHarness;
  readonly #storages: readonly LocalStorage[];

  private constructor(plain: SqlHarness, pushed: SqlHarness, storages: readonly LocalStorage[]) {
    this.plain = plain;
    this.pushed = pushed;
    this.#storages = storages;
  }

  /** `fill` runs once, before the second way opens. A region ends every `stride` keys. */
  static async open(
    fill: (sql: SqlHarness) => Promise<void>,
    options: { readonly stride: number; readonly asyncScans: boolean },
  ): Promise<TwoWays> {
    const engine = new MemoryEngine();
    const whole = await openRegions(engine, [], false);
    const plain = await SqlHarness.open(whole);
    await plain.query('create database d');
    await plain.query('use d');
    await fill(plain);
    await plain.query('set shoal_coprocessor = off');
    const parts = await openRegions(engine, splitKeys(engine, options.stride), options.asyncScans);
    const pushed = await SqlHarness.open(parts);
    await pushed.query('use d');
    await pushed.query('set shoal_coprocessor = on');
    return new TwoWays(plain, pushed, [whole, parts]);
  }

  /** Both answers as comparable values: columns, rows, warnings, or the error. */
  async both(text: string): Promise<readonly [unknown, unknown]> {
    return [await outcome(this.plain, text), await outcome(this.pushed, text)];
  }

  async close(): Promise<void> {
    await this.plain.close();
    await this.pushed.close();
    for (const storage of this.#storages) await storage.close();
  }
}

async function outcome(sql: SqlHarness, text: string): Promise<unknown> {
  let result: SqlResult;
  try {
    result = await sql.query(text);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  const warnings = await sql.query('show warnings');
  return { columns: result.columns, rows: result.rows, warnings: warnings.rows };
}
