/**
 * Garbage collection of a store: follows the safe point of the cluster and cleans the regions that this store leads,
 * slice by slice. The removals go through the logs of the regions, so that replicas stay the same; a region that changed
 * hands in the middle is cleaned by its next leader.
 */

import {
  type Logger,
  NO_TS,
  pause,
  type RegionId,
  Rounds,
  type Timers,
  type Ts,
  untilNextTurn,
} from '../../base/index.ts';
import type { PdClient } from '../../pd/index.ts';
import { RegionError } from '../raftstore/region-kv.ts';
import type { RegionHost } from './region-host.ts';
import type { GcCursor, RegionService } from './region-service.ts';

export interface GcWorkerOptions {
  readonly host: RegionHost;
  readonly pd: Pick<PdClient, 'getGcState'>;
  readonly timers: Timers;
  readonly intervalMs?: number;
  readonly logger?: Logger | undefined;
}

/** How often the safe point is looked at (TiKV: 10 s). */
const DEFAULT_INTERVAL_MS = 10_000;
/** A sleeping region is woken by the first attempt, and a busy one needs a moment. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;

export class GcWorker {
  readonly #options: GcWorkerOptions;
  /** Safe points up to which regions led here are clean. */
  #cleaned = new Map<RegionId, Ts>();
  readonly #rounds: Rounds;
  #removedRecords = 0;

  constructor(options: GcWorkerOptions) {
    this.#options = options;
    this.#rounds = new Rounds({
      timers: options.timers,
      intervalMs: options.intervalMs ?? DEFAULT_INTERVAL_MS,
      round: () => this.#round(),
      failed: (error) => options.logger?.warn({ error: String(error) }, 'a round of garbage collection ended early'),
    });
    this.#rounds.start();
  }

  /** Since the start. */
  get removedRecords(): number {
    return this.#removedRecords;
  }

  /** A round under way ends with its slice. */
  close(): void {
    this.#rounds.close();
  }

  async #round(): Promise<void> {
    const { host, pd } = this.#options;
    const { gcSafePoint } = await pd.getGcState();
    if (gcSafePoint === NO_TS) return;
    const before = this.#cleaned;
    this.#cleaned = new Map();
    for (const region of host.regions) {
      const done = before.get(region.regionId) ?? NO_TS;
      if (done >= gcSafePoint || (await this.#cleanPatiently(region, gcSafePoint))) {
        this.#cleaned.set(region.regionId, done > gcSafePoint ? done : gcSafePoint);
      }
      if (this.#rounds.isClosed) return;
    }
  }

  async #cleanPatiently(region: RegionService, safePoint: Ts): Promise<boolean> {
    for (let attempt = 0; attempt < ATTEMPTS && !this.#rounds.isClosed; attempt++) {
      if (await this.#clean(region, safePoint)) return true;
      await pause(this.#options.timers, PAUSE_MS);
    }
    return false;
  }

  /** False when the region went elsewhere, or takes no reads or writes now. */
  async #clean(region: RegionService, safePoint: Ts): Promise<boolean> {
    let cursor: GcCursor | undefined = '' as GcCursor;
    try {
      while (cursor !== undefined && !this.#rounds.isClosed) {
        const slice = await region.collectGarbage(safePoint, cursor);
        this.#removedRecords += slice.removedRecords;
        cursor = slice.next;
        await untilNextTurn(this.#options.timers);
      }
    } catch (error) {
      if (error instanceof RegionError) return false;
      throw error;
    }
    return cursor === undefined;
  }
}
