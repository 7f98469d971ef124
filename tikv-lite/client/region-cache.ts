/**
 * What a client knows of the regions of a cluster: by user key, learned from the placement driver and corrected by what
 * stores answer. It may be out of date at any time; whoever is asked in vain says so, and that improves it.
 *
 * A cached description is replaced, never changed, but for the replica that is believed to lead. Descriptions expire, so
 * that a cluster that changed quietly is noticed; their number is bounded.
 */

import type { Clock, Key, KeyRange, Random, StoreId, Timers, ValueOrPromise } from '../../base/index.ts';
import { type PdClient, PdError, type PeerDescriptor, type Region, type RegionWithLeader } from '../../pd/index.ts';
import { endOf, type KeyTree, newKeyTree, rangeContains } from '../kv/key-tree.ts';
import { regionKeyOf, userRangeOf } from '../raftstore/region-keys.ts';
import { RegionError } from '../raftstore/region-kv.ts';
import { type StoreClient, StoreUnreachableError } from '../txn/kv-service.ts';
import type { RegionService } from '../txn/region-service.ts';
import { BackOff } from './back-off.ts';
import type { RegionRouter } from './region-router.ts';
import { RemoteRegion } from './remote-region.ts';
import { type KnownRegions, ReplicaRouter } from './replica-router.ts';
import type { ReadOptions } from './storage.ts';

/** client-go's, with as much again at random so that not all expire together. */
const TIME_TO_LIVE_MS = 600_000;
const MAX_REGIONS = 100_000;
/** Regions asked for at once: those behind the wanted one are likely wanted next. */
const REGIONS_PER_LOOKUP = 16;
/** How long a store that did not answer is asked last, unless it is known to be back sooner. */
const SUSPICION_MS = 5000;

export interface RegionCacheOptions {
  readonly pd: PdClient;
  readonly stores: StoreClient;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Whether a store stands where this process does; none without it. */
  readonly isNear?: ((storeId: StoreId) => boolean) | undefined;
}

interface CachedRegion {
  readonly service: RemoteRegion;
  readonly expiresAtMs: number;
}

export class RegionCache implements KnownRegions {
  readonly isRemote = true;
  readonly #options: RegionCacheOptions;
  readonly #byStart: KeyTree<CachedRegion> = newKeyTree<CachedRegion>();
  #lookup: Promise<void> | undefined;
  /** Stores that did not answer, with the end of the suspicion. */
  readonly #suspects = new Map<StoreId, number>();

  constructor(options: RegionCacheOptions) {
    this.#options = options;
  }

  forReads(reads: ReadOptions): RegionRouter {
    const { stores, random } = this.#options;
    return new ReplicaRouter({ known: this, stores, random, reads });
  }

  isSuspect(storeId: StoreId): boolean {
    this.#forgetSuspects();
    return this.#suspects.has(storeId);
  }

  isNear(storeId: StoreId): boolean {
    return this.#options.isNear?.(storeId) === true;
  }

  /** Regions known. */
  get size(): number {
    return this.#byStart.size;
  }

  locate(key: Key): ValueOrPromise<RegionService> {
    return this.#cached(key) ?? this.#locateSlowly(key);
  }

  failed(region: RegionService, error: unknown): void {
    if (!(region instanceof RemoteRegion)) return;
    if (error instanceof StoreUnreachableError) {
      this.#suspects.set(error.storeId, this.#options.clock.monotonicMs() + SUSPICION_MS);
      if (region.leader.storeId !== error.storeId) return;
      if (!region.tryNextPeer()) this.#forget(region);
      return;
    }
    if (error instanceof RegionError) this.#learn(region, error);
  }

  #learn(region: RemoteRegion, error: RegionError): void {
    const { leader, currentRegions = [] } = error.details;
    switch (error.kind) {
      case 'not-leader': {
        const isKnown = leader === undefined ? region.tryNextPeer() : region.led(leader);
        if (!isKnown) this.#forget(region);
        return;
      }
      case 'epoch-not-match':
        this.#forget(region);
        for (const current of currentRegions) this.#add({ region: current, leader: sameStore(current, region) });
        return;
      case 'region-not-found':
      case 'key-not-in-region':
      case 'store-not-match':
      case 'mismatch-peer-id':
        this.#forget(region);
        return;
      default:
        return;
    }
  }

  #cached(key: Key): RemoteRegion | undefined {
    const pair = this.#byStart.getPairOrNextLower(key);
    if (pair === undefined) return undefined;
    const { service, expiresAtMs } = pair[1];
    if (!rangeContains(service.range, key)) return undefined;
    if (this.#options.clock.monotonicMs() < expiresAtMs) {
      if (this.#suspects.size > 0) this.#avoidSuspects(service);
      return service;
    }
    this.#byStart.delete(pair[0]);
    return undefined;
  }

  #avoidSuspects(service: RemoteRegion): void {
    this.#forgetSuspects();
    if (this.#suspects.has(service.leader.storeId)) service.prefer(({ storeId }) => !this.#suspects.has(storeId));
  }

  #forgetSuspects(): void {
    if (this.#suspects.size === 0) return;
    const nowMs = this.#options.clock.monotonicMs();
    for (const [storeId, untilMs] of this.#suspects) {
      if (untilMs <= nowMs || this.#options.stores.isReachable?.(storeId) === true) this.#suspects.delete(storeId);
    }
  }

  /** One question to the placement driver at a time; those who wait look into the cache first when it is answered. */
  async #locateSlowly(key: Key): Promise<RegionService> {
    const { timers, random } = this.#options;
    const backOff = new BackOff({ timers, random });
    for (;;) {
      if (this.#lookup === undefined) {
        this.#lookup = this.#askFor(key).finally(() => {
          this.#lookup = undefined;
        });
      }
      let reason = 'the placement driver knows no region for a key';
      try {
        await this.#lookup;
      } catch (error) {
        if (!(error instanceof PdError)) throw error;
        reason = error.message;
      }
      const found = this.#cached(key);
      if (found !== undefined) return found;
      if (this.#lookup === undefined) await backOff.wait('placement-driver', reason);
    }
  }

  async #askFor(key: Key): Promise<void> {
    const { pd } = this.#options;
    const start = regionKeyOf(key);
    for (const found of await pd.scanRegions({ start }, REGIONS_PER_LOOKUP)) this.#add(found);
    if (this.#cached(key) !== undefined) return;
    const found = await pd.getRegion(start);
    if (found !== undefined) this.#add(found);
  }

  #add({ region, leader }: RegionWithLeader): void {
    if (region.peers.length === 0) return;
    const { stores, clock, random } = this.#options;
    const range = userRangeOf(region.range);
    if (range.end !== undefined && range.end <= range.start) return;
    if (!this.#makeRoom(range, region)) return;
    const service = new RemoteRegion({ stores, region, range, leader });
    const expiresAtMs = clock.monotonicMs() + TIME_TO_LIVE_MS * (1 + random.float());
    if (this.#byStart.size >= MAX_REGIONS) this.#byStart.clear();
    this.#byStart.set(range.start, { service, expiresAtMs });
  }

  /** Drops what `region` supersedes; false when something newer is known of its range. */
  #makeRoom(range: KeyRange, region: Region): boolean {
    const inTheWay: [Key, CachedRegion][] = [];
    const before = this.#byStart.getPairOrNextLower(range.start);
    if (before !== undefined && endOf(before[1].service.range) > range.start) inTheWay.push(before);
    this.#byStart.forRange(range.start, endOf(range), false, (start, cached) => {
      if (start !== before?.[0]) inTheWay.push([start, cached]);
    });
    const isStale = inTheWay.some(([, { service }]) => service.region.epoch.version > region.epoch.version);
    if (isStale) return false;
    for (const [start] of inTheWay) this.#byStart.delete(start);
    return true;
  }

  #forget(region: RemoteRegion): void {
    const { start } = region.range;
    if (this.#byStart.get(start)?.service === region) this.#byStart.delete(start);
  }
}

/** After a split the parts are most likely led where the whole was. */
function sameStore(region: Region, known: RemoteRegion): PeerDescriptor | undefined {
  return region.peers.find(({ storeId }) => storeId === known.leader.storeId);
}
