/** The placement driver in this process, or on another simulated machine: calls go straight to it. */

import type { Key, KeyRange, RegionId, StoreId, Ts, ValueOrPromise } from '../../base/index.ts';
import type { Region, StoreDescriptor } from '../meta.ts';
import { type PlacementDriver, statisticsOf, withLeader } from '../server/placement-driver.ts';
import type {
  GcState,
  PdClient,
  RegionHeartbeat,
  RegionInstruction,
  RegionWithLeader,
  SplitIds,
  StoreHeartbeat,
} from './pd-client.ts';

export class LocalPdClient implements PdClient {
  readonly clusterId: bigint;
  readonly #driver: PlacementDriver;
  #listeners: ((instruction: RegionInstruction) => void)[] = [];

  constructor(driver: PlacementDriver) {
    this.#driver = driver;
    this.clusterId = driver.clusterId;
  }

  getTs(): ValueOrPromise<Ts> {
    return this.#driver.getTs();
  }

  async isBootstrapped(): Promise<boolean> {
    return this.#driver.isBootstrapped;
  }

  bootstrap(store: StoreDescriptor, region: Region): Promise<void> {
    return this.#driver.bootstrap(store, region);
  }

  allocateIds(count: number): Promise<number> {
    return this.#driver.allocateIds(count);
  }

  putStore(store: StoreDescriptor): Promise<void> {
    return this.#driver.putStore(store);
  }

  async getStore(storeId: StoreId): Promise<StoreDescriptor | undefined> {
    return this.#driver.getStore(storeId);
  }

  async getAllStores(options?: { readonly includeTombstones: boolean }): Promise<readonly StoreDescriptor[]> {
    return this.#driver.getAllStores(options);
  }

  async storeHeartbeat(heartbeat: StoreHeartbeat): Promise<void> {
    this.#driver.storeHeartbeat(heartbeat);
  }

  async getStoreReport(storeId: StoreId): Promise<StoreHeartbeat | undefined> {
    return this.#driver.storeReport(storeId);
  }

  regionHeartbeat(heartbeat: RegionHeartbeat): void {
    this.#driver.regionHeartbeat(heartbeat, this.#deliver);
  }

  onInstruction(listener: (instruction: RegionInstruction) => void): void {
    this.#listeners.push(listener);
  }

  /** Never: both live in one process. */
  onReconnect(_listener: () => void): void {}

  askBatchSplit(region: Region, count: number): Promise<readonly SplitIds[]> {
    return this.#driver.askBatchSplit(region, count);
  }

  async reportBatchSplit(regions: readonly Region[]): Promise<void> {
    this.#driver.reportBatchSplit(regions);
  }

  async getRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    return answer(this.#driver.getRegion(regionKey));
  }

  async getPrevRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    return answer(this.#driver.getPrevRegion(regionKey));
  }

  async getRegionById(regionId: RegionId): Promise<RegionWithLeader | undefined> {
    return answer(this.#driver.getRegionById(regionId));
  }

  async scanRegions(range: KeyRange, limit: number): Promise<readonly RegionWithLeader[]> {
    return this.#driver.scanRegions(range, limit).map((info) => ({
      ...withLeader(info),
      statistics: statisticsOf(info, this.#driver.isScheduling(info.region.regionId)),
    }));
  }

  splitRegions(keys: readonly Key[]): ReturnType<PdClient['splitRegions']> {
    return this.#driver.splitRegions(keys);
  }

  async scatterRegions(regionIds: readonly RegionId[]): Promise<void> {
    await this.#driver.scatterRegions(regionIds);
  }

  async getGcState(): Promise<GcState> {
    return this.#driver.gcState;
  }

  async advanceTxnSafePoint(target: Ts): Promise<Ts> {
    return (await this.#driver.advanceTxnSafePoint(target)).txnSafePoint;
  }

  async advanceGcSafePoint(target: Ts): Promise<Ts> {
    return (await this.#driver.advanceGcSafePoint(target)).gcSafePoint;
  }

  async close(): Promise<void> {
    this.#listeners = [];
  }

  readonly #deliver = (instruction: RegionInstruction): void => {
    for (const listener of this.#listeners) listener(instruction);
  };
}

function answer(info: Parameters<typeof withLeader>[0] | undefined): RegionWithLeader | undefined {
  return info === undefined ? undefined : withLeader(info);
}
