/**
 * The placement driver of a cluster: timestamps, ids, stores, regions and safe points.
 *
 * What was promised (ids, timestamps, stores, safe points) is durable before it is answered; regions are what heartbeats
 * say and are only remembered as a hint. Everything outside its state comes through `env`, so the simulator runs it too.
 */

import {
  type Env,
  type Key,
  type KeyRange,
  type Logger,
  type PeerId,
  pause,
  type RegionId,
  Rounds,
  type StoreId,
  type Ts,
  type ValueOrPromise,
} from '../../base/index.ts';
import {
  PdError,
  type RegionHeartbeat,
  type RegionInstruction,
  type RegionStatistics,
  type RegionWithLeader,
  type SplitIds,
  type StoreHeartbeat,
} from '../client/pd-client.ts';
import { infoOfHeartbeat, peerOnStore, type RegionInfo, unheardInfo } from '../cluster/region-info.ts';
import { RegionTree } from '../cluster/region-tree.ts';
import { StoreReports } from '../cluster/store-reports.ts';
import { checkBootstrap, clusterVersion, withStore, withStoreState } from '../cluster/store-rules.ts';
import {
  advanceGcSafePoint,
  advanceTxnSafePoint,
  type FullGcState,
  type GcBarrier,
  liveBarriers,
  setBarrier,
  withoutBarrier,
} from '../gc.ts';
import { compareEpochs, type Region, type StoreDescriptor } from '../meta.ts';
import type { ClusterView, StoreView } from '../schedule/cluster-view.ts';
import { DEFAULT_SCHEDULE, type ScheduleConfig } from '../schedule/config.ts';
import { Coordinator } from '../schedule/coordinator.ts';
import type { OperatorRecord } from '../schedule/operator-controller.ts';
import { type DurableState, newClusterState, StateFile } from './durable-state.ts';
import { IdAllocator } from './id-allocator.ts';
import { LocalOracle } from './local-oracle.ts';
import { RegionFile } from './region-file.ts';

export interface PlacementDriverOptions {
  readonly env: Env;
  /** Made when absent; holds `cluster`, `regions` and `tso`. */
  readonly directory: string;
  readonly logger?: Logger | undefined;
  /** Of a cluster that this driver begins; by default a random one. */
  readonly clusterId?: bigint | undefined;
  /** What differs from the defaults of scheduling. */
  readonly schedule?: Partial<ScheduleConfig>;
}

/** Where instructions for the regions of one store go. */
export type InstructionListener = (instruction: RegionInstruction) => void;

interface Parts {
  readonly options: PlacementDriverOptions;
  readonly file: StateFile;
  readonly oracle: LocalOracle;
  readonly tree: RegionTree;
  readonly regionFile: RegionFile;
}

const MAX_SCANNED_REGIONS = 100_000;
const MAX_SPLITS = 10_000;
const MAX_IDS = 1_000_000;
/** Cluster ids stay exact as numbers. */
const CLUSTER_ID_BITS = 47;
/** A life takes a window of ids at once and may be short; splits, moves of replicas and new stores take less. */
const IDS_PER_SECOND = 1000;
const TICK_MS = 500;
const SPLIT_WAIT_MS = 20_000;
const SPLIT_POLL_MS = 50;

export class PlacementDriver {
  readonly clusterId: bigint;
  readonly #env: Env;
  readonly #logger: Logger | undefined;
  readonly #file: StateFile;
  readonly #ids: IdAllocator;
  readonly #oracle: LocalOracle;
  readonly #tree: RegionTree;
  readonly #regionFile: RegionFile;
  readonly #reports = new StoreReports();
  readonly #listeners = new Map<StoreId, InstructionListener>();
  readonly #schedule: ScheduleConfig;
  readonly #coordinator = new Coordinator();
  readonly #ticks: Rounds;
  #isClosed = false;

  private constructor({ options, file, oracle, tree, regionFile }: Parts) {
    this.#env = options.env;
    this.#logger = options.logger;
    this.#file = file;
    this.#ids = new IdAllocator(file);
    this.#ids.skipTo(idsUsedBy(options.env.clock.nowMs(), file.state));
    this.#oracle = oracle;
    this.#tree = tree;
    this.#regionFile = regionFile;
    this.#schedule = { ...DEFAULT_SCHEDULE, ...options.schedule };
    this.clusterId = file.state.clusterId;
    this.#ticks = new Rounds({ timers: options.env.timers, intervalMs: TICK_MS, round: () => this.#tick() });
    this.#ticks.start();
  }

  /** Reads or makes the state below the directory. Rejects with DiskError, or when the state cannot be read. */
  static async open(options: PlacementDriverOptions): Promise<PlacementDriver> {
    const { env, directory } = options;
    const { clock, disk, random, timers } = env;
    await disk.makeDirectory(directory);
    const newState = (): DurableState => {
      const clusterId = options.clusterId ?? BigInt(1 + random.below(2 ** CLUSTER_ID_BITS));
      return newClusterState(clusterId, clock.nowMs());
    };
    const file = await StateFile.open(disk, `${directory}/cluster`, newState);
    const oracle = await LocalOracle.open({ clock, disk, path: `${directory}/tso` });
    const tree = new RegionTree();
    const { bootstrapRegion } = file.state;
    if (bootstrapRegion !== undefined) tree.put(unheardInfo(bootstrapRegion, bootstrapRegion.peers[0]));
    const regionFile = new RegionFile(disk, timers, `${directory}/regions`, tree);
    await regionFile.load();
    return new PlacementDriver({ options, file, oracle, tree, regionFile });
  }

  getTs(): ValueOrPromise<Ts> {
    return this.#oracle.getTs();
  }

  /** The last of `count` consecutive timestamps. */
  getTsBatch(count: number): ValueOrPromise<Ts> {
    return this.#oracle.getTsBatch(count);
  }

  get isBootstrapped(): boolean {
    return this.#state.bootstrapRegion !== undefined;
  }

  /** Throws PdError 'already-bootstrapped' for all but the first, 'invalid-value' for a region that is no first one. */
  async bootstrap(store: StoreDescriptor, region: Region): Promise<void> {
    checkBootstrap(store, region);
    const highestId = Math.max(store.storeId, highestIdOf(region));
    await this.#change((state) => {
      if (state.bootstrapRegion !== undefined) {
        throw new PdError('already-bootstrapped', `cluster ${state.clusterId} has been bootstrapped already`);
      }
      const idBound = Math.max(state.idBound, highestId + 1);
      return { ...state, idBound, bootstrapRegion: region, stores: withStore(state.stores, store) };
    });
    this.#ids.skipTo(highestId + 1);
    this.#take(unheardInfo(region, region.peers[0]));
    this.#logger?.info({ storeId: store.storeId, regionId: region.regionId }, 'the cluster is bootstrapped');
  }

  async allocateIds(count: number): Promise<number> {
    checkCount(count, MAX_IDS, 'ids');
    return await durably(() => this.#ids.allocate(count));
  }

  async putStore(store: StoreDescriptor): Promise<void> {
    this.#checkBootstrapped();
    this.#ids.skipTo(store.storeId + 1);
    const started = { ...store, lastHeartbeatMs: 0 };
    await this.#change((state) => ({ ...state, stores: withStore(state.stores, started) }));
    this.#reports.expect(store.storeId, this.#nowMs);
  }

  getStore(storeId: StoreId): StoreDescriptor | undefined {
    this.#checkBootstrapped();
    const store = this.#state.stores.get(storeId);
    return store === undefined ? undefined : this.#withHeartbeat(store);
  }

  getAllStores(options: { readonly includeTombstones: boolean } = { includeTombstones: false }): StoreDescriptor[] {
    this.#checkBootstrapped();
    return [...this.#state.stores.values()]
      .filter(({ state }) => state !== 'tombstone' || options.includeTombstones)
      .map((store) => this.#withHeartbeat(store));
  }

  /** The last figures a store told, when it told any in this life of the placement driver. */
  storeReport(storeId: StoreId): StoreHeartbeat | undefined {
    const { heartbeat } = this.#reports.expect(storeId, this.#nowMs);
    return heartbeat === undefined ? undefined : { ...heartbeat, leaderCount: this.#tree.loadOf(storeId).leaderCount };
  }

  /** Empties a store of its regions; it is gone for good when it has none left. Throws PdError 'store-not-found'. */
  async removeStore(storeId: StoreId): Promise<void> {
    await this.#change((state) => ({ ...state, stores: withStoreState(state.stores, storeId, 'offline') }));
  }

  /** Keeps a store that is being emptied. Throws PdError 'store-not-found', 'store-tombstone'. */
  async keepStore(storeId: StoreId): Promise<void> {
    await this.#change((state) => ({ ...state, stores: withStoreState(state.stores, storeId, 'up') }));
  }

  storeHeartbeat(heartbeat: StoreHeartbeat): void {
    this.#checkBootstrapped();
    const { storeId } = heartbeat;
    const store = this.#state.stores.get(storeId);
    if (store === undefined) throw new PdError('store-not-found', `store ${storeId} is not known`);
    if (store.state === 'tombstone') throw new PdError('store-tombstone', `store ${storeId} was removed for good`);
    this.#reports.heard(heartbeat, this.#nowMs, this.#env.clock.nowMs());
  }

  get maxReplicas(): number {
    return this.#schedule.maxReplicas;
  }

  /** What the oldest store understands; '' without stores. */
  get clusterVersion(): string {
    const version = clusterVersion(this.#state.stores);
    return version === undefined ? '' : `${version.major}.${version.minor}.${version.patch}`;
  }

  /** Nobody is behind it any more. */
  dropListener(listener: InstructionListener): void {
    for (const [storeId, known] of this.#listeners) if (known === listener) this.#listeners.delete(storeId);
  }

  /**
   * Answers false when the heartbeat was overtaken by another. Ids that are in use are not handed out again, even where
   * the state is an old copy that was put back. From then on instructions for regions led on its store go
   * to `listener`, in a later turn.
   */
  regionHeartbeat(heartbeat: RegionHeartbeat, listener: InstructionListener): boolean {
    if (!this.isBootstrapped) return false;
    this.#listeners.set(heartbeat.leader.storeId, listener);
    const info = infoOfHeartbeat(heartbeat);
    const known = this.#tree.get(info.region.regionId);
    if (!this.#take(info)) return false;
    const isChanged = known === undefined || !known.isHeard || isWorthSaving(known, info);
    if (isChanged) this.#ids.skipTo(highestIdOf(heartbeat.region) + 1);
    const instruction = this.#coordinator.regionHeard(info, isChanged, this.#schedule, this.#nowMs);
    if (instruction !== undefined) this.#send(instruction);
    return true;
  }

  /** Throws PdError 'region-not-found', or 'invalid-value' for a region that is no longer so. */
  async askBatchSplit(region: Region, count: number): Promise<readonly SplitIds[]> {
    this.#checkBootstrapped();
    checkCount(count, MAX_SPLITS, 'splits');
    const known = this.#tree.get(region.regionId);
    if (known === undefined) throw new PdError('region-not-found', `region ${region.regionId} is not known`);
    if (compareEpochs(region.epoch, known.region.epoch) < 0) {
      throw new PdError('invalid-value', `region ${region.regionId} has a newer epoch than the one that asks`);
    }
    const peerCount = region.peers.length;
    let next = await this.allocateIds(count * (1 + peerCount));
    return Array.from({ length: count }, () => {
      const newRegionId = next++ as RegionId;
      return { newRegionId, newPeerIds: Array.from({ length: peerCount }, () => next++ as PeerId) };
    });
  }

  /** The parts of a split, before their leaders tell of them. They are likely led where the whole was. */
  reportBatchSplit(regions: readonly Region[]): void {
    this.#checkBootstrapped();
    this.#coordinator.regionsSplit(
      regions.map(({ regionId }) => regionId),
      this.#nowMs,
    );
    const first = regions[0];
    const parent = first === undefined ? undefined : this.#tree.find(first.range.start);
    const storeId = parent?.leader?.storeId;
    for (const region of regions) {
      const known = this.#tree.get(region.regionId);
      if (known !== undefined && compareEpochs(region.epoch, known.region.epoch) <= 0) continue;
      const leader = storeId === undefined ? undefined : peerOnStore(region, storeId);
      this.#take({ ...unheardInfo(region, leader), term: known?.term ?? 0 });
    }
  }

  getRegion(regionKey: Key): RegionInfo | undefined {
    this.#checkBootstrapped();
    return this.#tree.find(regionKey);
  }

  getPrevRegion(regionKey: Key): RegionInfo | undefined {
    this.#checkBootstrapped();
    return this.#tree.findPrevious(regionKey);
  }

  getRegionById(regionId: RegionId): RegionInfo | undefined {
    this.#checkBootstrapped();
    return this.#tree.get(regionId);
  }

  /** A limit that is not positive means as many as there are. */
  scanRegions(range: KeyRange, limit: number): readonly RegionInfo[] {
    this.#checkBootstrapped();
    return this.#tree.scan(range, limit > 0 ? Math.min(limit, MAX_SCANNED_REGIONS) : MAX_SCANNED_REGIONS);
  }

  /** Spreads the peers and leaders of regions over the stores; answers those that cannot be moved just now. */
  async scatterRegions(regionIds: readonly RegionId[]): Promise<readonly RegionId[]> {
    this.#checkBootstrapped();
    await durably(() => this.#ids.prepare(regionIds.length * this.#schedule.maxReplicas));
    return this.#coordinator.scatter(regionIds, this.#view());
  }

  /** See PdClient. */
  async splitRegions(
    keys: readonly Key[],
  ): Promise<{ readonly regionIds: readonly RegionId[]; readonly isComplete: boolean }> {
    this.#checkBootstrapped();
    const untilMs = this.#nowMs + SPLIT_WAIT_MS;
    for (;;) {
      const starting = keys
        .map((key) => this.#tree.find(key))
        .filter((info, at) => info?.region.range.start === keys[at]);
      const regionIds = starting.flatMap((info) => (info === undefined ? [] : [info.region.regionId]));
      const isComplete = regionIds.length === keys.length;
      if (isComplete || this.#nowMs >= untilMs || this.#isClosed) return { regionIds, isComplete };
      const view = this.#view();
      this.#coordinator.split(keys, view);
      for (const instruction of this.#coordinator.operators.tick(view)) this.#send(instruction);
      await pause(this.#env.timers, SPLIT_POLL_MS);
    }
  }

  isScheduling(regionId: RegionId): boolean {
    return this.#coordinator.operators.has(regionId);
  }

  /** What is being done with a region, or was done last. */
  getOperator(regionId: RegionId): OperatorRecord | undefined {
    this.#checkBootstrapped();
    return this.#coordinator.operators.find(regionId);
  }

  get gcState(): FullGcState {
    const { gc } = this.#state;
    return { ...gc, barriers: liveBarriers(gc, this.#env.clock.nowMs()) };
  }

  async advanceTxnSafePoint(target: Ts): Promise<FullGcState> {
    return await this.#changeGc((gc) => advanceTxnSafePoint(gc, target, this.#env.clock.nowMs()));
  }

  async advanceGcSafePoint(target: Ts): Promise<FullGcState> {
    return await this.#changeGc((gc) => advanceGcSafePoint(gc, target));
  }

  /** Throws PdError 'invalid-value' when the barrier lies below the transaction safe point. */
  async setGcBarrier(barrier: GcBarrier): Promise<FullGcState> {
    return await this.#changeGc((gc) => {
      const next = setBarrier(gc, barrier, this.#env.clock.nowMs());
      if (next !== undefined) return next;
      throw new PdError('invalid-value', `barrier ${barrier.barrierId} lies below the transaction safe point`);
    });
  }

  async deleteGcBarrier(barrierId: string): Promise<FullGcState> {
    return await this.#changeGc((gc) => withoutBarrier(gc, barrierId));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#ticks.close();
    await this.#regionFile.close();
  }

  get #state(): DurableState {
    return this.#file.state;
  }

  get #nowMs(): number {
    return this.#env.clock.monotonicMs();
  }

  #tick(): void {
    if (!this.isBootstrapped) return;
    for (const instruction of this.#coordinator.tick(this.#view())) this.#send(instruction);
    this.#buryEmptyStores();
  }

  #send(instruction: RegionInstruction): void {
    const listener = this.#listeners.get(instruction.target.storeId);
    if (listener !== undefined) this.#env.timers.nextTurn(() => listener(instruction));
  }

  #view(): ClusterView {
    const nowMs = this.#nowMs;
    const stores = new Map<StoreId, StoreView>();
    for (const store of this.#state.stores.values()) {
      if (store.state === 'tombstone') continue;
      const { storeId } = store;
      const { heartbeat } = this.#reports.expect(storeId, nowMs);
      stores.set(storeId, { store, heartbeat, silentMs: this.#reports.silentMs(storeId, nowMs) });
    }
    return {
      config: this.#schedule,
      nowMs,
      regions: this.#tree,
      stores,
      takePeerId: () => this.#ids.takeNow() as PeerId | undefined,
    };
  }

  /** A store that was to be emptied and has no peer left is gone for good. */
  #buryEmptyStores(): void {
    for (const { storeId, state } of this.#state.stores.values()) {
      if (state !== 'offline' || this.#tree.loadOf(storeId).peerCount > 0) continue;
      if (this.#tree.heardCount < this.#tree.size) continue;
      this.#change((now) => ({ ...now, stores: withStoreState(now.stores, storeId, 'tombstone') })).catch(
        (error: unknown) => this.#logger?.warn({ err: error, storeId }, 'a store could not be buried'),
      );
    }
  }

  #checkBootstrapped(): void {
    if (this.isBootstrapped) return;
    throw new PdError('not-bootstrapped', `cluster ${this.clusterId} is not bootstrapped`);
  }

  #withHeartbeat(store: StoreDescriptor): StoreDescriptor {
    return { ...store, lastHeartbeatMs: this.#reports.expect(store.storeId, this.#nowMs).heardAtWallMs };
  }

  #take(info: RegionInfo): boolean {
    const known = this.#tree.get(info.region.regionId);
    if (!this.#tree.put(info)) return false;
    if (known === undefined || isWorthSaving(known, info)) this.#regionFile.changed();
    return true;
  }

  async #changeGc(change: (gc: FullGcState) => FullGcState): Promise<FullGcState> {
    const { gc } = await this.#change((state) => ({ ...state, gc: change(state.gc) }));
    return gc;
  }

  #change(change: (state: DurableState) => DurableState): Promise<DurableState> {
    return durably(() => this.#file.change(change));
  }
}

export function statisticsOf(info: RegionInfo, isScheduling: boolean): RegionStatistics {
  const { approximateBytes, approximateKeys, bytesWritten, bytesRead, downPeers, pendingPeers } = info;
  return { approximateBytes, approximateKeys, bytesWritten, bytesRead, downPeers, pendingPeers, isScheduling };
}

/** The answers clients get about a region. */
export function withLeader({ region, leader }: RegionInfo): RegionWithLeader {
  return { region, leader };
}

/**
 * A state that was put back from a backup knows nothing of the ids that were handed out since. The clock does: as with
 * timestamps, a new life begins above whatever a former one may have come to by now.
 */
function idsUsedBy(nowMs: number, { createdAtMs }: DurableState): number {
  return createdAtMs === 0 ? 0 : Math.floor(Math.max(0, nowMs - createdAtMs) / 1000) * IDS_PER_SECOND;
}

function highestIdOf({ regionId, peers }: Region): number {
  return Math.max(regionId, ...peers.map(({ peerId }) => peerId));
}

function isWorthSaving(known: RegionInfo, info: RegionInfo): boolean {
  return compareEpochs(known.region.epoch, info.region.epoch) !== 0 || known.leader?.peerId !== info.leader?.peerId;
}

function checkCount(count: number, limit: number, what: string): void {
  if (Number.isSafeInteger(count) && count > 0 && count <= limit) return;
  throw new PdError('invalid-value', `${count} ${what} cannot be had at once; at most ${limit}`);
}

/** A disk that fails makes the placement driver unavailable; callers come again. */
async function durably<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof PdError) throw error;
    throw new PdError('unavailable', `the placement driver cannot write its state: ${String(error)}`);
  }
}
