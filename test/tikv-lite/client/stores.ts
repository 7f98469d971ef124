/**
 * Transactions over several stores in a simulated world: real stores, a real placement driver, and clients whose calls
 * take time, get lost or lose their answers on purpose.
 */

import {
  defined,
  type Key,
  keyOf,
  type RegionId,
  type SeededRandom,
  type SimulatedMachine,
  type StoreId,
  type Ts,
} from '../../../base/index.ts';
import { LocalPdClient, type PdClient, PlacementDriver } from '../../../pd/index.ts';
import { type ClusterStorage, openClusterStorage } from '../../../tikv-lite/client/cluster-storage.ts';
import type { Storage, Transaction } from '../../../tikv-lite/client/storage.ts';
import { regionKeyOf } from '../../../tikv-lite/raftstore/region-keys.ts';
import { PdWorker } from '../../../tikv-lite/server/pd-worker.ts';
import { GcWorker } from '../../../tikv-lite/txn/gc-worker.ts';
import {
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from '../../../tikv-lite/txn/kv-service.ts';
import { judgeClaims, type LeaderClaim } from '../../../tikv-lite/txn/leader-check.ts';
import { RegionHost } from '../../../tikv-lite/txn/region-host.ts';
import { ResolvedTsWorker } from '../../../tikv-lite/txn/resolved-ts-worker.ts';
import { SafeTimestamps } from '../../../tikv-lite/txn/safe-timestamps.ts';
import { StoreKvService } from '../../../tikv-lite/txn/store-kv-service.ts';
import { aStore } from '../../pd/support/fixtures.ts';
import { Cluster, type ClusterOptions, FIRST_REGION } from '../raftstore/cluster.ts';
import { bytes, text } from './cluster.ts';

const TIMEOUT_MS = 5000;

/** What the next calls suffer; looked at once per call. */
export interface Trouble {
  /** Probability that a request does not arrive. */
  requestLoss: number;
  /** Probability that it is carried out but the answer does not arrive. */
  replyLoss: number;
  /** Probability that a request arrives once more, much later. */
  duplication: number;
}

/** The transport of one client. */
export class WireStores implements StoreClient {
  readonly #stores: Stores;
  readonly #random: SeededRandom;
  readonly trouble: Trouble = { requestLoss: 0, replyLoss: 0, duplication: 0 };
  /** Calls so far, by method. */
  readonly calls = new Map<RegionMethod, number>();
  /** Sees a call before it leaves; what it throws the caller gets. */
  beforeCall: ((method: RegionMethod, storeId: StoreId, args: readonly unknown[]) => void) | undefined;
  /** Sees a reply before it arrives; what it throws the caller gets instead. */
  beforeReply: ((method: RegionMethod, storeId: StoreId) => void) | undefined;

  constructor(stores: Stores) {
    this.#stores = stores;
    this.#random = stores.cluster.world.random.fork();
  }

  async call<M extends RegionMethod>(
    storeId: StoreId,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<RegionReply<M>> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    this.beforeCall?.(method, storeId, args);
    const { requestLoss, replyLoss, duplication } = this.trouble;
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    await this.#delay();
    if (this.#random.float() < duplication) this.#again(storeId, context, method, args);
    if (this.#random.float() < requestLoss) return this.#lost(storeId, timeoutMs);
    const service = this.#stores.service(storeId);
    if (service === undefined) throw new StoreUnreachableError(storeId, 'the store is down', false);
    const reply = await Promise.race([service.handle(context, method, args), this.#timeout(storeId, timeoutMs)]);
    if (this.#random.float() < replyLoss) return this.#lost(storeId, timeoutMs);
    this.beforeReply?.(method, storeId);
    await this.#delay();
    return reply;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #again<M extends RegionMethod>(storeId: StoreId, context: RequestContext, method: M, args: RegionArguments<M>): void {
    this.#stores.cluster.world.queue.schedule(1 + this.#random.below(2000), () => {
      this.#stores
        .service(storeId)
        ?.handle(context, method, args)
        .catch(() => undefined);
    });
  }

  #delay(): Promise<void> {
    return new Promise((resolve) => {
      this.#stores.cluster.world.queue.schedule(0.2 + this.#random.float(), resolve);
    });
  }

  async #lost(storeId: StoreId, timeoutMs: number): Promise<never> {
    return this.#timeout(storeId, timeoutMs);
  }

  #timeout(storeId: StoreId, timeoutMs: number): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.#stores.cluster.world.queue.schedule(timeoutMs, () =>
        reject(new StoreUnreachableError(storeId, 'no answer', true)),
      );
    });
  }
}

export interface Client {
  readonly storage: ClusterStorage;
  readonly wire: WireStores;
}

export type StoresOptions = Pick<ClusterOptions, 'seed' | 'stores' | 'maxProposalBytes' | 'segmentBytes'>;

interface Side {
  readonly host: RegionHost;
  readonly worker: PdWorker;
}

export class Stores {
  readonly cluster: Cluster;
  readonly #pdMachine: SimulatedMachine;
  readonly #clientMachine: SimulatedMachine;
  readonly #sides = new Map<StoreId, Side>();
  readonly #services = new Map<StoreId, StoreKvService>();
  readonly #safe = new Map<StoreId, SafeTimestamps>();
  #driver: PlacementDriver | undefined;

  private constructor(options: StoresOptions) {
    this.cluster = new Cluster({ ...options, observers: (storeId) => this.#observers(storeId) });
    this.#pdMachine = this.cluster.world.machine('pd');
    this.#clientMachine = this.cluster.world.machine('client');
  }

  static async open(options: StoresOptions): Promise<Stores> {
    const stores = new Stores(options);
    const { cluster } = stores;
    const { world } = cluster;
    stores.#driver = await world.settle(PlacementDriver.open({ env: stores.#pdMachine, directory: '/pd' }));
    await world.settle(stores.#driver.allocateIds(1000));
    const region = defined(cluster.firstRegionOf(1 as StoreId).region, 'the first region');
    const peers = region.peers.slice(0, 1);
    await world.settle(stores.#driver.bootstrap(aStore(1 as StoreId), { ...region, peers }));
    for (const { storeId } of cluster.nodes) await stores.start(storeId);
    await cluster.untilLed(FIRST_REGION);
    return stores;
  }

  get world() {
    return this.cluster.world;
  }

  get pd(): PdClient {
    return new LocalPdClient(defined(this.#driver, 'a placement driver'));
  }

  async start(storeId: StoreId): Promise<void> {
    const node = this.cluster.node(storeId);
    await node.start();
    const { host, worker } = defined(this.#sides.get(storeId), 'the observers of the store');
    this.#serve(storeId, host);
    await this.world.settle(worker.start(node.store));
  }

  /** Like `start`, inside a run of the world. */
  async boot(storeId: StoreId): Promise<void> {
    const node = this.cluster.node(storeId);
    await node.boot();
    const { host, worker } = defined(this.#sides.get(storeId), 'the observers of the store');
    this.#serve(storeId, host);
    await worker.start(node.store);
  }

  #serve(storeId: StoreId, host: RegionHost): void {
    const { store } = this.cluster.node(storeId);
    const safe = new SafeTimestamps();
    this.#safe.set(storeId, safe);
    this.#services.set(storeId, new StoreKvService(store, host, undefined, safe));
  }

  /** From now on leaders tell the other replicas up to where they may be read, until a store restarts. */
  followTimestamps(): void {
    for (const { storeId, machine, store } of this.cluster.nodes) {
      const { host, pd: oracle } = { host: this.host(storeId), pd: this.pd };
      const client = {
        checkLeaders: (to: StoreId, claims: readonly LeaderClaim[]) => this.#checkLeaders(storeId, to, claims),
      };
      const { timers } = machine;
      new ResolvedTsWorker({ storeId, store, host, safe: this.safe(storeId), oracle, client, timers });
    }
  }

  safe(storeId: StoreId): SafeTimestamps {
    return defined(this.#safe.get(storeId), 'a running store');
  }

  async #checkLeaders(from: StoreId, to: StoreId, claims: readonly LeaderClaim[]): Promise<readonly RegionId[]> {
    const travels = (): Promise<void> =>
      new Promise((resolve) => {
        this.world.queue.schedule(1, resolve);
      });
    await travels();
    if (this.isCut(from, to)) throw new Error('the message is lost');
    const { store } = this.cluster.node(to);
    const agreed = judgeClaims(store, this.safe(to), claims);
    await travels();
    return agreed;
  }

  /** Whether claims between two stores are lost. */
  isCut: (from: StoreId, to: StoreId) => boolean = () => false;

  crash(storeId: StoreId): void {
    this.#services.delete(storeId);
    this.cluster.node(storeId).crash();
  }

  service(storeId: StoreId): StoreKvService | undefined {
    return this.cluster.node(storeId).isUp ? this.#services.get(storeId) : undefined;
  }

  host(storeId: StoreId): RegionHost {
    return defined(this.#sides.get(storeId), 'a running store').host;
  }

  client(pd = this.pd): Client {
    const wire = new WireStores(this);
    const { clock, timers, random } = this.#clientMachine;
    return { wire, storage: openClusterStorage({ pd, stores: wire, clock, timers, random }) };
  }

  /** Lets every store follow the safe point of the cluster; the answer counts the records they removed. */
  collect(): () => number {
    const { pd } = this;
    const workers = this.cluster.nodes.map(({ storeId, machine }) => {
      return new GcWorker({ host: this.host(storeId), pd, timers: machine.timers });
    });
    return () => workers.reduce((sum, worker) => sum + worker.removedRecords, 0);
  }

  /** Splits the region that holds `key` there; waits until all parts are led. */
  async split(key: string): Promise<void> {
    const at = keyOf(key);
    const leader = await this.leaderAt(key);
    const ids = this.cluster.splitIds(leader.region);
    const regions = await this.world.settle(leader.split([{ splitKey: regionKeyOf(at), ...ids }]));
    for (const { regionId } of regions) await this.cluster.untilLed(regionId);
  }

  regionAt(key: string): RegionId | undefined {
    return this.cluster.nodes.find(({ isUp }) => isUp)?.store.regionOf(keyOf(key))?.regionId;
  }

  /** Tries once; answers whether the region was split. */
  async splitOnce(regionId: RegionId, key: string): Promise<boolean> {
    const leader = this.cluster.leaderOf(regionId);
    if (leader === undefined) return false;
    const ids = this.cluster.splitIds(leader.region);
    return leader.split([{ splitKey: regionKeyOf(keyOf(key)), ...ids }]).then(
      () => true,
      () => false,
    );
  }

  /** Tries once to merge the region of `key` into its left neighbour. */
  async mergeOnce(key: string): Promise<void> {
    const regionId = this.regionAt(key);
    const source = regionId === undefined ? undefined : this.cluster.leaderOf(regionId);
    const target = this.cluster.nodes
      .find(({ isUp }) => isUp)
      ?.store.regions.find(
        ({ region }) => region.range.end !== undefined && region.range.end === source?.region.range.start,
      );
    if (source !== undefined && target !== undefined) await source.merge(target.region).catch(() => undefined);
  }

  /** Tries once to hand the leadership over the region of `key` to another store. */
  async transferOnce(key: string, storeId: number): Promise<void> {
    const regionId = this.regionAt(key);
    const leader = regionId === undefined ? undefined : this.cluster.leaderOf(regionId);
    const target = leader?.region.peers.find((peer) => peer.storeId === storeId);
    if (leader !== undefined && target !== undefined) await leader.transferLeader(target.peerId).catch(() => undefined);
  }

  async leaderAt(key: string) {
    const at = keyOf(key);
    const regionOf = (): RegionId | undefined =>
      this.cluster.nodes.find(({ isUp }) => isUp)?.store.regionOf(at)?.regionId;
    return this.cluster.untilLed(defined(regionOf(), 'a region'));
  }

  /** Hands the leadership over the region of `key` to another store, until it serves there: a transfer may fail. */
  async moveLeader(key: string, storeId: number): Promise<void> {
    for (;;) {
      const leader = await this.leaderAt(key);
      if (leader.peer.storeId === storeId) return;
      const target = leader.region.peers.find((peer) => peer.storeId === storeId);
      const transfer = leader.transferLeader(defined(target, 'a replica there').peerId);
      await this.world.settle(transfer.catch(() => undefined));
      const isThere = (): boolean => this.cluster.leaderOf(leader.regionId)?.peer.storeId === storeId;
      await this.world.run(3000, isThere);
    }
  }

  async begin(storage: Storage, mode: 'pessimistic' | 'optimistic' = 'pessimistic'): Promise<Transaction> {
    const startTs = await this.world.settle(Promise.resolve(storage.currentTs()));
    return storage.begin(startTs, { mode, maxMemoryBytes: 1 << 26 });
  }

  now(storage: Storage): Promise<Ts> {
    return this.world.settle(Promise.resolve(storage.currentTs()));
  }

  async write(storage: Storage, pairs: Readonly<Record<string, string>>): Promise<void> {
    const txn = await this.begin(storage, 'optimistic');
    for (const [key, value] of Object.entries(pairs)) txn.put(keyOf(key), bytes(value));
    await this.world.settle(Promise.resolve(txn.commit()));
  }

  async read(storage: Storage, key: string): Promise<string | undefined> {
    const snapshot = storage.snapshot(await this.now(storage));
    return text(await this.world.settle(Promise.resolve(snapshot.get(keyOf(key)))));
  }

  #observers(storeId: StoreId): readonly [RegionHost, PdWorker] {
    const { clock, timers } = this.cluster.node(storeId).machine;
    const { pd } = this;
    const host = new RegionHost({
      timers,
      oracle: pd,
      deadlocks: {
        storeId,
        client: { ask: (to, request) => this.#ask(to, request) },
        findDetector: async () => (await pd.getRegion('' as Key))?.leader?.storeId,
      },
    });
    const figures = () => Promise.resolve(FIGURES);
    const worker = new PdWorker({ clock, timers, pd, descriptor: aStore(storeId), figures });
    this.#sides.set(storeId, { host, worker });
    return [host, worker];
  }

  async #ask(storeId: StoreId, request: Parameters<NonNullable<RegionHost['deadlocks']>['handle']>[0]) {
    await new Promise<void>((resolve) => {
      this.world.queue.schedule(1, resolve);
    });
    if (!this.cluster.node(storeId).isUp) throw new Error('the store is down');
    return defined(this.host(storeId).deadlocks, 'a deadlock service').handle(request);
  }
}

const FIGURES = {
  capacityBytes: 1e12,
  availableBytes: 9e11,
  usedBytes: 1e11,
  sendingSnapshots: 0,
  receivingSnapshots: 0,
  isBusy: false,
} as const;
