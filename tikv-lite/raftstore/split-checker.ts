/**
 * Watches the regions that a store leads and asks for splits: of regions that have become too large or hold too many keys,
 * at the places where they divide evenly, and of regions that get too many requests, where the requests divide.
 *
 * A region is looked at again when a sixteenth of the size of a new region was written to it. One region at a time.
 */

import { type Key, type Logger, type RegionId, Rounds, type Timers } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import type { LoadSampler } from './load-sampler.ts';
import type { RegionKv } from './region-kv.ts';
import type { FlowMeter } from './region-report.ts';
import { estimateBytes, estimateKeys, findSplitKeys } from './split-keys.ts';

/** Who gets ids from the placement driver and splits. May reject; the checker asks again after more writes. */
export interface SplitRequests {
  requestSplit(region: Region, keys: readonly Key[]): Promise<unknown>;
}

export interface SplitLimits {
  /** What a new region has; half as much again is too much. TiKV's region-split-size. */
  readonly splitBytes: number;
  readonly splitKeys: number;
  /** In each of `busySeconds` seconds. TiKV's split.qps-threshold. */
  readonly requestsPerSecond: number;
  readonly busySeconds: number;
  /** TiKV's split-region-check-tick-interval. */
  readonly secondsPerSizeCheck: number;
}

export const DEFAULT_SPLIT_LIMITS: SplitLimits = {
  splitBytes: 256 << 20,
  splitKeys: 2_560_000,
  requestsPerSecond: 3000,
  busySeconds: 10,
  secondsPerSizeCheck: 10,
};

/** A replica as the checker sees it. */
export interface CheckedRegion extends RegionKv {
  readonly flow: FlowMeter;
  readonly load: LoadSampler;
}

export interface CheckedStore {
  readonly engine: KvEngine;
  readonly checkedRegions: Iterable<CheckedRegion>;
}

export interface SplitCheckerOptions {
  readonly timers: Timers;
  readonly limits?: Partial<SplitLimits>;
  readonly logger?: Logger | undefined;
}

const SECOND_MS = 1000;
/** New regions from one split, the old one beside them. */
const MAX_NEW_REGIONS = 10;

export class SplitChecker {
  readonly #options: SplitCheckerOptions;
  readonly #limits: SplitLimits;
  #store: CheckedStore | undefined;
  #requests: SplitRequests | undefined;
  readonly #rounds: Rounds;
  #seconds = 0;
  #isChecking = false;

  constructor(options: SplitCheckerOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_SPLIT_LIMITS, ...options.limits };
    this.#rounds = new Rounds({ timers: options.timers, intervalMs: SECOND_MS, round: () => this.#check() });
  }

  start(store: CheckedStore, requests: SplitRequests): void {
    this.#store = store;
    this.#requests = requests;
    this.#rounds.start();
  }

  close(): void {
    this.#rounds.close();
  }

  /** Region keys in the middle of a region, for who wants it split without a reason of its own; none when it is too small. */
  async findMiddle(region: { readonly region: Region }): Promise<readonly Key[]> {
    return this.#store === undefined ? [] : await findSplitKeys(this.#store.engine, region.region.range, 2);
  }

  #check(): void {
    this.#seconds++;
    this.#checkLoads();
    if (this.#seconds % this.#limits.secondsPerSizeCheck === 0) void this.#checkSizes();
  }

  #checkLoads(): void {
    const { requestsPerSecond, busySeconds } = this.#limits;
    for (const region of this.#store?.checkedRegions ?? []) {
      const splitKey = region.load.second(requestsPerSecond, busySeconds);
      if (splitKey === undefined || !region.isLeader) continue;
      const { start, end } = region.region.range;
      if (splitKey > start && (end === undefined || splitKey < end)) void this.#ask(region, [splitKey], 'load');
    }
  }

  async #checkSizes(): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.#isChecking) return;
    this.#isChecking = true;
    try {
      const due: CheckedRegion[] = [];
      for (const region of store.checkedRegions) if (region.isLeader && this.#isDue(region)) due.push(region);
      for (const region of due) {
        if (this.#rounds.isClosed) return;
        await this.#checkSize(store.engine, region);
      }
    } catch (error) {
      this.#options.logger?.warn({ err: error }, 'the sizes of regions could not be checked');
    } finally {
      this.#isChecking = false;
    }
  }

  #isDue({ flow }: CheckedRegion): boolean {
    return !flow.isMeasured || flow.uncheckedBytes >= this.#limits.splitBytes / 16;
  }

  async #checkSize(engine: KvEngine, checked: CheckedRegion): Promise<void> {
    const { flow, region } = checked;
    const { splitBytes, splitKeys } = this.#limits;
    const expected = flow.approximateBytes + flow.uncheckedBytes;
    let bytes = await estimateBytes(engine, region.range);
    if (bytes < expected / 2 && expected > splitBytes) {
      await engine.flush();
      bytes = await estimateBytes(engine, region.range);
    }
    const keys = await estimateKeys(engine, region.range, bytes);
    flow.measured(bytes, keys);
    if (bytes < splitBytes * 1.5 && keys < splitKeys * 1.5) return;
    const parts = Math.min(MAX_NEW_REGIONS + 1, Math.ceil(Math.max(bytes / splitBytes, keys / splitKeys)));
    const found = await findSplitKeys(engine, region.range, parts);
    if (found.length > 0) await this.#ask(checked, found, 'size');
  }

  async #ask(checked: RegionKv, keys: readonly Key[], reason: 'size' | 'load'): Promise<void> {
    const { region } = checked;
    const regionId: RegionId = region.regionId;
    try {
      await this.#requests?.requestSplit(region, keys);
      this.#options.logger?.info({ regionId, parts: keys.length + 1, reason }, 'a region was split');
    } catch (error) {
      this.#options.logger?.info({ regionId, reason, err: error }, 'a region could not be split');
    }
  }
}
