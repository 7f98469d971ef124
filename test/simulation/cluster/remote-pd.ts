/** The placement driver of a simulated cluster, as a process on another machine reaches it. */

import type { Key, KeyRange, RegionId, StoreId, Ts, ValueOrPromise } from '../../../base/index.ts';
import {
  type GcState,
  type PdClient,
  PdError,
  type Region,
  type RegionHeartbeat,
  type RegionInstruction,
  type RegionWithLeader,
  type SplitIds,
  type StoreDescriptor,
  type StoreHeartbeat,
  type TimestampOracle,
} from '../../../pd/index.ts';
import type { TimestampOrder } from '../check/timestamps.ts';
import { CallLost, type Fabric } from './fabric.ts';
import type { Host } from './host.ts';
import type { PdProcess } from './pd-process.ts';

const TIMEOUT_MS = 2000;
const RECONNECT_MS = 300;

export class RemotePd implements PdClient {
  readonly clusterId: bigint;
  readonly host: Host;
  readonly #fabric: Fabric;
  readonly #pd: PdProcess;
  readonly #life: number;
  readonly #oracle: TimestampOracle;
  #connectedTo: number;
  #heartbeats = 0;
  /** The youngest heartbeat of each region. */
  readonly #arrived = new Map<RegionId, number>();
  readonly #instructionListeners: ((instruction: RegionInstruction) => void)[] = [];
  readonly #reconnectListeners: (() => void)[] = [];

  /** `order` sees every timestamp. */
  constructor(fabric: Fabric, host: Host, pd: PdProcess, order: TimestampOrder) {
    this.#fabric = fabric;
    this.host = host;
    this.#pd = pd;
    this.#life = host.life;
    this.#connectedTo = pd.host.life;
    this.clusterId = pd.clusterId;
    this.#oracle = order.watch({ getTs: () => this.#call(async (connection) => connection.getTs()) });
    this.#watch();
  }

  getTs(): ValueOrPromise<Ts> {
    return this.#oracle.getTs();
  }

  isBootstrapped(): Promise<boolean> {
    return this.#call((pd) => pd.isBootstrapped());
  }

  bootstrap(store: StoreDescriptor, region: Region): Promise<void> {
    return this.#call((pd) => pd.bootstrap(store, region));
  }

  allocateIds(count: number): Promise<number> {
    return this.#call((pd) => pd.allocateIds(count));
  }

  putStore(store: StoreDescriptor): Promise<void> {
    return this.#call((pd) => pd.putStore(store));
  }

  getStore(storeId: StoreId): Promise<StoreDescriptor | undefined> {
    return this.#call((pd) => pd.getStore(storeId));
  }

  getAllStores(options?: { readonly includeTombstones: boolean }): Promise<readonly StoreDescriptor[]> {
    return this.#call((pd) => pd.getAllStores(options));
  }

  storeHeartbeat(heartbeat: StoreHeartbeat): Promise<void> {
    return this.#call((pd) => pd.storeHeartbeat(heartbeat));
  }

  getStoreReport(storeId: StoreId): Promise<StoreHeartbeat | undefined> {
    return this.#call((pd) => pd.getStoreReport(storeId));
  }

  /** In order, as a stream is: what was overtaken by a younger one of the same region does not arrive. */
  regionHeartbeat(heartbeat: RegionHeartbeat): void {
    const { regionId } = heartbeat.region;
    const number = ++this.#heartbeats;
    this.#fabric.send(this.host, this.#pd.host, () => {
      if (number < (this.#arrived.get(regionId) ?? 0)) return;
      this.#arrived.set(regionId, number);
      this.#pd.connection(this)?.regionHeartbeat(heartbeat);
    });
  }

  onInstruction(listener: (instruction: RegionInstruction) => void): void {
    this.#instructionListeners.push(listener);
  }

  onReconnect(listener: () => void): void {
    this.#reconnectListeners.push(listener);
  }

  askBatchSplit(region: Region, count: number): Promise<readonly SplitIds[]> {
    return this.#call((pd) => pd.askBatchSplit(region, count));
  }

  reportBatchSplit(regions: readonly Region[]): Promise<void> {
    return this.#call((pd) => pd.reportBatchSplit(regions));
  }

  getRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    return this.#call((pd) => pd.getRegion(regionKey));
  }

  getPrevRegion(regionKey: Key): Promise<RegionWithLeader | undefined> {
    return this.#call((pd) => pd.getPrevRegion(regionKey));
  }

  getRegionById(regionId: RegionId): Promise<RegionWithLeader | undefined> {
    return this.#call((pd) => pd.getRegionById(regionId));
  }

  scanRegions(range: KeyRange, limit: number): Promise<readonly RegionWithLeader[]> {
    return this.#call((pd) => pd.scanRegions(range, limit));
  }

  splitRegions(keys: readonly Key[]): ReturnType<PdClient['splitRegions']> {
    return this.#call((pd) => pd.splitRegions(keys));
  }

  scatterRegions(regionIds: readonly RegionId[]): Promise<void> {
    return this.#call((pd) => pd.scatterRegions(regionIds));
  }

  getGcState(): Promise<GcState> {
    return this.#call((pd) => pd.getGcState());
  }

  advanceTxnSafePoint(target: Ts): Promise<Ts> {
    return this.#call((pd) => pd.advanceTxnSafePoint(target));
  }

  advanceGcSafePoint(target: Ts): Promise<Ts> {
    return this.#call((pd) => pd.advanceGcSafePoint(target));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** An instruction is on its way back from the placement driver. */
  instruct(instruction: RegionInstruction): void {
    this.#fabric.send(this.#pd.host, this.host, () => {
      if (this.host.life !== this.#life) return;
      for (const listener of this.#instructionListeners) listener(instruction);
    });
  }

  async #call<T>(request: (pd: PdClient) => Promise<T>): Promise<T> {
    try {
      return await this.#fabric.call(this.host, this.#pd.host, TIMEOUT_MS, () => {
        const connection = this.#pd.connection(this);
        if (connection === undefined) return Promise.reject(new CallLost('the placement driver is starting', false));
        return request(connection);
      });
    } catch (error) {
      if (error instanceof CallLost) throw new PdError('unavailable', error.message);
      throw error;
    }
  }

  /** A stream to the placement driver breaks with its process, and is opened again once it can be reached. */
  #watch(): void {
    this.host.machine.timers.after(RECONNECT_MS, () => {
      const { host } = this.#pd;
      const isReachable = host.isUp && !this.#fabric.isCut(this.host, host) && !this.#fabric.isCut(host, this.host);
      if (isReachable && host.life !== this.#connectedTo) {
        this.#connectedTo = host.life;
        for (const listener of this.#reconnectListeners) listener();
      }
      this.#watch();
    });
  }
}
