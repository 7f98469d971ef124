/** SQL sessions over one engine that is cut into regions at will: the same rows, read in two ways. */

import { chain, composeTs, type Key, type KeyRange, NO_TS, realEnv, type Ts } from '../../../base/index.ts';
import { coprocessor } from '../../../base/rpc/index.ts';
import { ClientStorage } from '../../../tikv-lite/client/client-storage.ts';
import { LocalRouter, type RegionRouter } from '../../../tikv-lite/client/region-router.ts';
import type { CoprocessorReply, CoprocessorRequest } from '../../../tikv-lite/coprocessor/request.ts';
import {
  replyFromProto,
  replyToProto,
  requestFromProto,
  requestToProto,
} from '../../../tikv-lite/coprocessor/wire/messages.ts';
import { MemoryEngine } from '../../../tikv-lite/kv/memory-engine.ts';
import { DATA_FAMILY, familyRange } from '../../../tikv-lite/mvcc/keys.ts';
import { RegionHost } from '../../../tikv-lite/txn/region-host.ts';
import { LockedRead, type RegionService } from '../../../tikv-lite/txn/region-service.ts';
import { MemoryRegion } from '../../tikv-lite/client/cluster.ts';
import { SqlHarness, type SqlResult } from '../support/sql-harness.ts';

let last = NO_TS;

/** Timestamps of this process, increasing over all storages of a test. */
const oracle = {
  getTs(): Ts {
    const now = composeTs(realEnv.clock.nowMs(), 0);
    last = now > last ? now : ((last + 1n) as Ts);
    return last;
  },
};

export interface Cut {
  /** A region ends every `stride` keys. */
  readonly stride: number;
  /** Regions answer later, as over an engine on disk. */
  readonly asyncScans: boolean;
  /** Coprocessor calls pass through the bytes of the protocol. */
  readonly overWire: boolean;
}

export async function openRegions(
  engine: MemoryEngine,
  splits: readonly Key[],
  options: Omit<Cut, 'stride'>,
): Promise<ClientStorage> {
  const { clock, timers } = realEnv;
  const edges = ['' as Key, ...splits];
  const regions = edges.map((start, i) => new MemoryRegion(i + 1, { start, end: edges[i + 1] }, engine));
  for (const region of regions) region.asyncScans = options.asyncScans;
  const host = new RegionHost({ timers, oracle });
  host.adopt(regions);
  await Promise.resolve();
  await host.untilServing();
  const local = new LocalRouter(host, timers);
  const router: RegionRouter = !options.overWire
    ? local
    : {
        isRemote: true,
        locate: (key) => chain(local.locate(key), (region) => overWire(region)),
        failed: () => undefined,
      };
  return new ClientStorage({ router, oracle, clock, timers });
}

/** The region with its coprocessor calls turned into messages and back, on both ways. */
function overWire(region: RegionService): RegionService {
  const ask = async (request: CoprocessorRequest): Promise<CoprocessorReply | LockedRead> => {
    const bytes = coprocessor.Request.encode(requestToProto(request)).finish();
    const received = requestFromProto(coprocessor.Request.decode(bytes), request.bypass);
    if (typeof received === 'string') throw new Error(received);
    const reply = await region.coprocessor(received);
    if (reply instanceof LockedRead) return reply;
    const answer = coprocessor.Response.encode(replyToProto(received, reply)).finish();
    return replyFromProto(request, coprocessor.Response.decode(answer));
  };
  return new Proxy(region, {
    get(target, name) {
      if (name === 'coprocessor') return ask;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
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
  readonly #storages: readonly ClientStorage[];

  private constructor(plain: SqlHarness, pushed: SqlHarness, storages: readonly ClientStorage[]) {
    this.plain = plain;
    this.pushed = pushed;
    this.#storages = storages;
  }

  /** `fill` runs once, before the second way opens. */
  static async open(fill: (sql: SqlHarness) => Promise<void>, cut: Cut): Promise<TwoWays> {
    const engine = new MemoryEngine();
    const whole = await openRegions(engine, [], { asyncScans: false, overWire: false });
    const plain = await SqlHarness.open(whole);
    await plain.query('create database d');
    await plain.query('use d');
    await fill(plain);
    await plain.query('set shoal_coprocessor = off');
    const parts = await openRegions(engine, splitKeys(engine, cut.stride), cut);
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
    // The expression that an error quotes has its literals as values or as parameters.
    return { error: String(error).replace(/ in '.*'$/, '') };
  }
  // Which troubles are met depends on the order of conditions, and on what a LIMIT leaves unread.
  if (/ (limit|and) /.test(text)) return { columns: result.columns, rows: result.rows };
  const { rows: warnings } = await sql.query('show warnings');
  const kinds = new Set(warnings.map(([level, code]) => `${level} ${code}`));
  return { columns: result.columns, rows: result.rows, warnings: [...kinds].sort() };
}
