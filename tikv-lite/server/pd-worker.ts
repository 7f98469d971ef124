/**
 * A store's half of the conversation with the placement driver: tells of the store every ten seconds and of each region it
 * leads once a minute and whenever epoch, leadership or the health of a follower changed, carries out what it is told to do
 * with regions, and gets ids for regions that are to be split.
 *
 * Everything here may fail and is then simply told or asked again: heartbeats come around, instructions are repeated until
 * a heartbeat shows them done, and the split checker asks anew.
 */

import {
  assertNever,
  type Clock,
  type Key,
  type Logger,
  type RegionId,
  Rounds,
  type StoreId,
  type Timers,
} from '../../base/index.ts';
import {
  compareEpochs,
  type PdClient,
  PdError,
  type Region,
  type RegionInstruction,
  type StoreDescriptor,
  type StoreHeartbeat,
} from '../../pd/index.ts';
import { type RegionAdmin, RegionError, type RegionKv, type RegionObserver } from '../raftstore/region-kv.ts';
import { untilAnswered } from './join-cluster.ts';

/** What the worker needs of the store it speaks for. */
export interface ReportedStore {
  readonly storeId: StoreId;
  readonly regions: readonly RegionKv[];
  region(regionId: RegionId): RegionAdmin | undefined;
}

export type StoreFigures = Omit<StoreHeartbeat, 'storeId' | 'regionCount' | 'leaderCount'>;

export interface PdWorkerOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly pd: PdClient;
  /** How others reach the store. */
  readonly descriptor: StoreDescriptor;
  /** Space and work, as far as the store knows. */
  readonly figures: () => Promise<StoreFigures>;
  /** Where the placement driver leaves the choice of split keys to the store: region keys, none when it is too small. */
  readonly findSplitKeys?: (region: RegionKv) => Promise<readonly Key[]>;
  /** Every region is told of once in so many seconds; by default 60. */
  readonly regionHeartbeatSeconds?: number | undefined;
  readonly logger?: Logger | undefined;
}

const TICK_MS = 1000;
const TICKS_PER_STORE_HEARTBEAT = 10;
const REGION_HEARTBEAT_SECONDS = 60;

export class PdWorker implements RegionObserver {
  readonly #options: PdWorkerOptions;
  readonly #pd: PdClient;
  #store: ReportedStore | undefined;
  readonly #rounds: Rounds;
  #ticks = 0;
  #isReporting = false;
  /** Led regions whose next heartbeat goes out at once. */
  readonly #changed = new Set<RegionId>();
  /** Regions with an instruction under way. */
  readonly #busy = new Set<RegionId>();
  #isFlushing = false;

  constructor(options: PdWorkerOptions) {
    this.#options = options;
    this.#pd = options.pd;
    this.#rounds = new Rounds({ timers: options.timers, intervalMs: TICK_MS, round: () => this.#tick() });
    this.#pd.onInstruction((instruction) => {
      void this.#obey(instruction);
    });
    this.#pd.onReconnect(() => this.#tellAll());
  }

  /** Registers the store, waiting for the placement driver, and begins to tell of it. Rejects with PdError. */
  async start(store: ReportedStore): Promise<void> {
    const { descriptor } = this.#options;
    await untilAnswered(this.#options, async () => {
      if (!this.#rounds.isClosed) await this.#pd.putStore(descriptor);
    });
    if (this.#rounds.isClosed) return;
    this.#store = store;
    await this.#tellOfStore();
    this.#tellAll();
    this.#rounds.start();
  }

  close(): void {
    this.#rounds.close();
  }

  becameLeader(region: RegionKv): void {
    this.#tellSoon(region.regionId);
  }

  changed(region: RegionKv): void {
    this.#tellSoon(region.regionId);
  }

  recovered(region: RegionKv): void {
    this.#tellSoon(region.regionId);
  }

  split(_parent: RegionKv, parts: readonly RegionKv[]): void {
    for (const { regionId } of parts) this.#tellSoon(regionId);
  }

  merged(_source: RegionId, target: RegionKv): void {
    this.#tellSoon(target.regionId);
  }

  /**
   * Splits a region led here at region keys, with ids of the placement driver. Rejects with RegionError or PdError; the
   * one who wants the split asks again.
   */
  async requestSplit(region: Region, keys: readonly Key[]): Promise<readonly Region[]> {
    const { regionId } = region;
    const admin = this.#store?.region(regionId);
    if (admin === undefined) throw new RegionError('region-not-found', regionId, `region ${regionId} is not here`);
    if (!admin.isLeader) {
      throw new RegionError('not-leader', regionId, `region ${regionId} is led elsewhere`, { leader: admin.leader });
    }
    const ids = await this.#pd.askBatchSplit(region, keys.length);
    const taken = ids.find(({ newRegionId }) => this.#store?.region(newRegionId) !== undefined);
    if (taken !== undefined) {
      throw new RegionError('invalid-change', regionId, `there is a region ${taken.newRegionId} already`);
    }
    const splits = keys.flatMap((splitKey, at) => {
      const one = ids[at];
      return one === undefined ? [] : [{ splitKey, ...one }];
    });
    const parts = await admin.split(splits);
    await this.#pd.reportBatchSplit(parts);
    return parts;
  }

  #tick(): void {
    this.#ticks++;
    if (this.#ticks % TICKS_PER_STORE_HEARTBEAT === 0) void this.#tellOfStore();
    this.#tellOfShare();
  }

  /** A share of the regions at each tick, so that a store with many of them never tells of all at once. */
  #tellOfShare(): void {
    const regions = this.#store?.regions ?? [];
    const { regionHeartbeatSeconds: ticks = REGION_HEARTBEAT_SECONDS } = this.#options;
    for (let at = this.#ticks % ticks; at < regions.length; at += ticks) {
      const region = regions[at];
      if (region !== undefined) this.#tell(region.regionId);
    }
  }

  #tellAll(): void {
    for (const { regionId } of this.#store?.regions ?? []) this.#tellSoon(regionId);
  }

  #tellSoon(regionId: RegionId): void {
    if (this.#rounds.isClosed) return;
    this.#changed.add(regionId);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#options.timers.nextTurn(() => {
      this.#isFlushing = false;
      for (const changed of this.#changed) this.#tell(changed);
      this.#changed.clear();
    });
  }

  #tell(regionId: RegionId): void {
    const admin = this.#store?.region(regionId);
    if (this.#rounds.isClosed || admin === undefined || !admin.isLeader) return;
    this.#pd.regionHeartbeat({ region: admin.region, leader: admin.peer, term: admin.term, ...admin.report() });
  }

  async #tellOfStore(): Promise<void> {
    const store = this.#store;
    if (store === undefined || this.#isReporting || this.#rounds.isClosed) return;
    this.#isReporting = true;
    try {
      const figures = await this.#options.figures();
      const leaderCount = store.regions.reduce((count, { isLeader }) => count + (isLeader ? 1 : 0), 0);
      const heartbeat = { storeId: store.storeId, regionCount: store.regions.length, leaderCount, ...figures };
      await this.#pd.storeHeartbeat(heartbeat);
    } catch (error) {
      this.#options.logger?.warn({ err: error }, 'a heartbeat of the store did not reach the placement driver');
    } finally {
      this.#isReporting = false;
    }
  }

  async #obey(instruction: RegionInstruction): Promise<void> {
    const { regionId, epoch, target } = instruction;
    const admin = this.#store?.region(regionId);
    if (this.#rounds.isClosed || admin === undefined || !admin.isLeader || admin.peer.peerId !== target.peerId) return;
    if (compareEpochs(admin.epoch, epoch) !== 0) {
      this.#tellSoon(regionId);
      return;
    }
    if (this.#busy.has(regionId)) return;
    this.#busy.add(regionId);
    try {
      await this.#carryOut(admin, instruction);
    } catch (error) {
      if (!(error instanceof RegionError) && !(error instanceof PdError)) throw error;
      this.#options.logger?.info(
        { err: error, regionId, kind: instruction.kind },
        'an instruction could not be obeyed',
      );
    } finally {
      this.#busy.delete(regionId);
      this.#tellSoon(regionId);
    }
  }

  async #carryOut(admin: RegionAdmin, instruction: RegionInstruction): Promise<void> {
    switch (instruction.kind) {
      case 'transfer-leader':
        return await admin.transferLeader(instruction.to.peerId);
      case 'change-peers':
        await admin.changePeers(instruction.changes);
        return;
      case 'merge':
        return await admin.merge(instruction.into);
      case 'split': {
        const keys = instruction.keys.length > 0 ? instruction.keys : await this.#options.findSplitKeys?.(admin);
        if (keys !== undefined && keys.length > 0) await this.requestSplit(admin.region, keys);
        return;
      }
      default:
        assertNever(instruction);
    }
  }
}
