/**
 * Several stores in a simulated world, with a transport in memory between them. For tests of what stores do together:
 * they crash and come back, messages are cut off and lost, and every test waits on conditions in virtual time.
 */

import assert from 'node:assert/strict';
import {
  defined,
  type Key,
  type KeyRange,
  type PeerId,
  type RegionId,
  type SimulatedMachine,
  SimulatedWorld,
  type StoreId,
} from '../../../base/index.ts';
import type { PeerDescriptor, Region } from '../../../pd/index.ts';
import {
  MemoryEngine,
  type OutgoingSnapshot,
  openStore,
  type RegionAdmin,
  type RegionMessage,
  type RegionObserver,
  type Store,
  type StoreTransport,
} from '../../../tikv-lite/index.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { openRaftLog } from '../../../tikv-lite/raftstore/log/replay.ts';

export const FIRST_REGION = 2 as RegionId;
const DIRECTORY = '/data';

export interface ClusterOptions {
  readonly seed: number;
  /** Stores 1 … n. */
  readonly stores: number;
  /** Stores with a voter of the first region; default all. */
  readonly voters?: readonly number[];
  readonly observers?: (storeId: StoreId) => readonly RegionObserver[];
  readonly maxProposalBytes?: number | undefined;
  /** Default: so small that logs are truncated all the time. */
  readonly segmentBytes?: number | undefined;
}

export class StoreNode {
  readonly storeId: StoreId;
  readonly machine: SimulatedMachine;
  readonly engine = new MemoryEngine();
  readonly #cluster: Cluster;
  #store: Store | undefined;
  #log: RaftLog | undefined;

  constructor(cluster: Cluster, storeId: StoreId) {
    this.#cluster = cluster;
    this.storeId = storeId;
    this.machine = cluster.world.machine(`store-${storeId}`);
  }

  /** The running store; fails the test when there is none. */
  get store(): Store {
    return defined(this.#store, `store ${this.storeId} runs`);
  }

  /** Of the last start. */
  get log(): RaftLog {
    return defined(this.#log, `store ${this.storeId} was started`);
  }

  get isUp(): boolean {
    return this.#store !== undefined;
  }

  start(): Promise<void> {
    return this.#cluster.world.settle(this.boot());
  }

  /** Like `start`, inside a run of the world. */
  async boot(): Promise<void> {
    const { cluster, storeId, machine } = { cluster: this.#cluster, storeId: this.storeId, machine: this.machine };
    this.#store = await openStore(machine, {
      directory: DIRECTORY,
      segmentBytes: cluster.options.segmentBytes ?? 1 << 18,
      cacheBytes: 0,
      maxProposalBytes: cluster.options.maxProposalBytes,
      openEngine: () => Promise.resolve(this.engine.open()),
      openLog: async (options) => (this.#log = await openRaftLog(options)),
      bootstrap: { clusterId: 1, storeId, ...cluster.firstRegionOf(storeId) },
      transport: cluster.transport,
      observers: cluster.options.observers?.(storeId) ?? [],
    });
  }

  /** A power cut: what was not synced is lost. */
  crash(): void {
    this.#store = undefined;
    this.machine.crash();
    this.engine.crash(this.#cluster.world.random);
  }

  async stop(): Promise<void> {
    const { store } = this;
    this.#store = undefined;
    await this.#cluster.world.settle(store.close());
  }

  /** What the store holds in a range of engine keys, as text. */
  contents(range: KeyRange): readonly string[] {
    return this.engine
      .scan(range, Number.MAX_SAFE_INTEGER, false)
      .map(({ key, value }) => `${key}=${Buffer.from(value).toString('latin1')}`);
  }
}

export class Cluster {
  readonly world: SimulatedWorld;
  readonly options: ClusterOptions;
  readonly nodes: readonly StoreNode[];
  /** Probability that a message is lost. */
  loss = 0;
  /** Sees every message that a store sends. */
  onSend: ((message: RegionMessage) => void) | undefined;
  /** Messages for which it holds are lost. */
  loses: ((message: RegionMessage) => boolean) | undefined;
  /** So many of the next snapshots: their senders fall silent, and nobody ends the connection. */
  silentSnapshots = 0;
  snapshotsSent = 0;
  snapshotBytes = 0;
  readonly #cuts = new Set<string>();
  #lastId = 1000;

  constructor(options: ClusterOptions) {
    this.options = options;
    this.world = new SimulatedWorld(options.seed);
    this.nodes = Array.from({ length: options.stores }, (_, i) => new StoreNode(this, (i + 1) as StoreId));
  }

  static async start(options: ClusterOptions): Promise<Cluster> {
    const cluster = new Cluster(options);
    for (const node of cluster.nodes) await node.start();
    return cluster;
  }

  node(storeId: number): StoreNode {
    return defined(this.nodes[storeId - 1], `store ${storeId}`);
  }

  /** The first region has its voter on store n under the id 100 + n. */
  firstRegionOf(storeId: StoreId): { readonly region?: Region } {
    const voters = this.options.voters ?? this.nodes.map((node) => node.storeId);
    if (!voters.includes(storeId)) return {};
    const peers = voters.map(
      (id): PeerDescriptor => ({ peerId: (100 + id) as PeerId, storeId: id as StoreId, role: 'voter' }),
    );
    const region: Region = {
      regionId: FIRST_REGION,
      range: { start: '' as Key },
      epoch: { confVer: 1, version: 1 },
      peers,
    };
    return { region };
  }

  /** Ids that nothing else in the cluster has. */
  newId<T extends number>(): T {
    return ++this.#lastId as T;
  }

  newPeerOn(storeId: number, role: PeerDescriptor['role'] = 'voter'): PeerDescriptor {
    return { peerId: this.newId<PeerId>(), storeId: storeId as StoreId, role };
  }

  /** Ids for a split of `region` into one more part. */
  splitIds(region: Region): { readonly newRegionId: RegionId; readonly newPeerIds: readonly PeerId[] } {
    return { newRegionId: this.newId<RegionId>(), newPeerIds: region.peers.map(() => this.newId<PeerId>()) };
  }

  /** Nothing arrives any more from one store at another. */
  cut(from: number, to: number): void {
    this.#cuts.add(`${from}>${to}`);
  }

  mend(from: number, to: number): void {
    this.#cuts.delete(`${from}>${to}`);
  }

  /** Cuts a store off from all others, both ways. */
  isolate(storeId: number): void {
    for (const { storeId: other } of this.nodes) {
      if (other === storeId) continue;
      this.cut(storeId, other);
      this.cut(other, storeId);
    }
  }

  heal(): void {
    this.#cuts.clear();
    this.loss = 0;
    this.loses = undefined;
  }

  readonly transport: StoreTransport = {
    send: (messages) => {
      for (const message of messages) this.#dispatch(message);
    },
    sendSnapshot: (snapshot) => this.#sendSnapshot(snapshot),
  };

  #isCut(from: number, to: number): boolean {
    return this.#cuts.has(`${from}>${to}`);
  }

  #latencyMs(): number {
    return 0.2 + this.world.random.float() * 2;
  }

  #dispatch(message: RegionMessage): void {
    this.onSend?.(message);
    const isLost = this.world.random.float() < this.loss || this.loses?.(message) === true;
    const latencyMs = this.#latencyMs();
    if (isLost) return;
    const [from, to] = [message.from.storeId, message.to.storeId];
    this.world.queue.schedule(latencyMs, () => {
      const node = this.nodes[to - 1];
      if (node?.isUp === true && !this.#isCut(from, to)) node.store.receive([message]);
    });
  }

  /** Chunks travel one after the other; a cut between the stores, or a crash of the receiver, ends it. */
  async #sendSnapshot({ header, chunks }: OutgoingSnapshot): Promise<void> {
    const [from, to] = [header.from.storeId, header.to.storeId];
    const target = this.nodes[to - 1];
    this.snapshotsSent++;
    if (target?.isUp !== true || this.#isCut(from, to)) throw new Error(`store ${to} cannot be reached`);
    const { store } = target;
    const isBroken = (): boolean => this.#isCut(from, to) || !target.isUp || target.store !== store;
    const isSilent = this.silentSnapshots > 0;
    if (isSilent) this.silentSnapshots--;
    const arriving = isSilent ? this.#silence() : this.#arriving(chunks, isBroken);
    let isDone = false;
    const done = store.receiveSnapshot(header, arriving).finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    while (!isDone) {
      await this.#travel();
      if (isBroken()) throw new Error(`store ${to} was lost`);
    }
    await done;
  }

  async *#arriving(chunks: AsyncIterable<Uint8Array>, isBroken: () => boolean): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      await this.#travel();
      if (isBroken()) throw new Error('the connection was lost');
      this.snapshotBytes += chunk.byteLength;
      yield Uint8Array.from(chunk);
    }
  }

  async *#silence(): AsyncGenerator<Uint8Array> {
    yield await new Promise<never>(() => {});
  }

  #travel(): Promise<void> {
    return new Promise((resolve) => {
      this.world.queue.schedule(this.#latencyMs(), resolve);
    });
  }

  /** Runs the world until `done` holds; fails the test after `limitMs` virtual milliseconds. */
  async until(what: string, done: () => boolean, limitMs = 30_000): Promise<void> {
    const reached = await this.world.run(limitMs, done);
    assert.ok(reached, `seed ${this.options.seed}: ${what} within ${limitMs} virtual ms`);
  }

  /** The replica that leads a region and serves it. */
  leaderOf(regionId: RegionId): RegionAdmin | undefined {
    for (const node of this.nodes) {
      const replica = node.isUp ? node.store.region(regionId) : undefined;
      if (replica?.isLeader !== true) continue;
      try {
        replica.read();
        return replica;
      } catch {}
    }
    return undefined;
  }

  async untilLed(regionId: RegionId): Promise<RegionAdmin> {
    await this.until(`region ${regionId} has a leader that serves`, () => this.leaderOf(regionId) !== undefined);
    return defined(this.leaderOf(regionId), 'a leader');
  }

  /** Writes one pair under an engine key through whoever leads the region, until it is acknowledged. */
  async put(regionId: RegionId, key: string, value: string): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const leader = await this.untilLed(regionId);
      try {
        await this.world.settle(leader.propose([{ kind: 'put', key: key as Key, value: Buffer.from(value) }]));
        return;
      } catch (error) {
        if (attempt >= 20) throw error;
      }
    }
  }

  /** Calls an admin method of whoever leads, until it is not refused for lack of leadership. */
  async admin<T>(regionId: RegionId, call: (leader: RegionAdmin) => Promise<T>): Promise<T> {
    const leader = await this.untilLed(regionId);
    return await this.world.settle(call(leader));
  }

  /** Waits until every replica of a region is on the same applied state as its leader's description of it. */
  async untilAgreed(regionId: RegionId): Promise<Region> {
    const leader = await this.untilLed(regionId);
    const agreed = (): boolean =>
      leader.region.peers.every(({ storeId, peerId }) => {
        const node = this.node(storeId);
        const replica = node.isUp ? node.store.region(regionId) : undefined;
        return (
          replica?.peer.peerId === peerId &&
          replica.epoch.version === leader.epoch.version &&
          replica.epoch.confVer === leader.epoch.confVer
        );
      });
    await this.until(`the members of region ${regionId} agree`, agreed);
    return leader.region;
  }
}
