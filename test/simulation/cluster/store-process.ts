/** One store of a simulated cluster: its machine, its lives, and what checks may look at. */

import {
  type Disk,
  DiskError,
  defined,
  isPromise,
  type Key,
  type KvPair,
  type PeerId,
  type Random,
  type RegionId,
  type StoreId,
} from '../../../base/index.ts';
import type { Entry } from '../../../raft/index.ts';
import {
  FaultEngine,
  type KvEngine,
  type KvService,
  MemoryEngine,
  openStoreNode,
  type RegionMessage,
  type Store,
  type StoreNode,
  type StoreTransport,
} from '../../../tikv-lite/index.ts';
import {
  DATA_FAMILY,
  type Family,
  familyRange,
  HISTORY_FAMILY,
  LOCK_FAMILY,
  STATUS_FAMILY,
} from '../../../tikv-lite/mvcc/keys.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { openRaftLog } from '../../../tikv-lite/raftstore/log/replay.ts';
import { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import type { SplitLimits } from '../../../tikv-lite/raftstore/split-checker.ts';
import type { PdWorker } from '../../../tikv-lite/server/pd-worker.ts';
import type { DeadlockClient } from '../../../tikv-lite/txn/deadlock-service.ts';
import type { LeaderCheckClient } from '../../../tikv-lite/txn/leader-check.ts';
import { LockTable } from '../../../tikv-lite/txn/lock-table.ts';
import type { Fabric } from './fabric.ts';
import type { Host } from './host.ts';
import type { ClusterMarks } from './marks.ts';
import type { PdProcess } from './pd-process.ts';
import { RemotePd } from './remote-pd.ts';

const DIRECTORY = '/data';
const SEGMENT_BYTES = 1 << 18;
export const FAMILIES = [LOCK_FAMILY, DATA_FAMILY, HISTORY_FAMILY, STATUS_FAMILY] as const;

/** The parts of a store that a run may replace by faulty ones; the defaults are the production parts. */
export interface StoreComponents {
  disk(disk: Disk, random: Random): Disk;
  engine(engine: KvEngine, random: Random): KvEngine;
  log(log: RaftLog): RaftLog;
  lockTable(random: Random): LockTable;
  service(service: KvService, store: Store): KvService;
  /** What the store hears of others. */
  arriving(message: RegionMessage): RegionMessage | undefined;
}

export const SOUND_STORE: StoreComponents = {
  disk: (disk) => disk,
  engine: (engine) => engine,
  log: (log) => log,
  lockTable: () => new LockTable(),
  service: (service) => service,
  arriving: (message) => message,
};

export interface StoreProcessOptions {
  readonly host: Host;
  readonly fabric: Fabric;
  readonly pd: PdProcess;
  readonly cacheBytes: number;
  readonly splitLimits: Partial<SplitLimits>;
  readonly regionHeartbeatSeconds: number;
  readonly keepsLogs: boolean;
  readonly transport: StoreTransport;
  readonly marks: ClusterMarks;
  readonly deadlocks: DeadlockClient;
  readonly leaderChecks: LeaderCheckClient;
  readonly components: StoreComponents;
}

export interface StoreLife {
  readonly node: StoreNode;
  readonly store: Store;
  readonly log: RaftLog;
  readonly engine: FaultEngine;
  readonly worker: PdWorker;
  readonly kv: KvService;
}

const NO_STORE = 0 as StoreId;

export class StoreProcess {
  readonly #options: StoreProcessOptions;
  readonly #memory = new MemoryEngine();
  #storeId = NO_STORE;
  #life: StoreLife | undefined;
  /** Of this life, also while it ends. */
  #opened: Store | undefined;
  /** The engine may hold the effects of entries up to here, although a start applies them again one after the other. */
  readonly #highestApplied = new Map<PeerId, number>();
  /** Replicas that applied something in this life, those that went since among them: a power cut can bring them back. */
  readonly #appliers = new Set<Peer>();

  constructor(options: StoreProcessOptions) {
    this.#options = options;
  }

  /** 0 until it has joined the cluster. */
  get storeId(): StoreId {
    return this.#storeId;
  }

  get host(): Host {
    return this.#options.host;
  }

  get life(): StoreLife | undefined {
    return this.#life;
  }

  /** Resolves when the placement driver knows of it. Rejects with DiskError when the disk is what fails. */
  async boot(): Promise<void> {
    const { host, fabric, pd, cacheBytes, splitLimits, regionHeartbeatSeconds, transport, components } = this.#options;
    const { deadlocks, leaderChecks, keepsLogs } = this.#options;
    const marks = this.#options.marks.life();
    const { machine, random } = host;
    const engine = new FaultEngine(components.engine(this.#memory.open(), random));
    let log: RaftLog | undefined;
    const node = await openStoreNode(
      { ...machine, disk: components.disk(machine.disk, random) },
      {
        directory: DIRECTORY,
        pd: new RemotePd(fabric, host, pd, pd.order),
        transport,
        deadlocks,
        leaderChecks,
        address: `${host.name}:20160`,
        segmentBytes: SEGMENT_BYTES,
        cacheBytes,
        splitLimits,
        regionHeartbeatSeconds,
        openEngine: () => Promise.resolve(engine),
        openLog: async (options) => {
          const opened = marks.log(components.log(await openRaftLog(options)));
          if (!keepsLogs) opened.regionsBehind = () => new Set(opened.regionIds);
          return (log = opened);
        },
        lockTable: () => components.lockTable(random),
        observers: [marks.observer, { applied: (regionId) => this.#noteApplier(regionId) }],
      },
    );
    if (log === undefined) throw new DiskError('EIO', 'the store came up without its log');
    const { store, worker } = node;
    this.#storeId = node.storeId;
    this.#opened = store;
    this.#life = { node, store, log, engine, worker, kv: components.service(node.kv, store) };
    host.started();
    await node.registered;
  }

  /** Hands over and closes; the power is still to be cut. Rejects with DiskError when the disk fails meanwhile. */
  async stop(): Promise<void> {
    const life = this.running;
    await life.node.handOver();
    if (this.#life !== life) return;
    this.#life = undefined;
    await life.node.close();
  }

  #noteApplier(regionId: RegionId): void {
    const region = this.#opened?.region(regionId);
    if (region instanceof Peer) this.#appliers.add(region);
  }

  /** A power cut. */
  crash(): void {
    for (const { peerId, appliedIndex } of [...peersOf(this.#opened), ...this.#appliers]) {
      const highest = this.#highestApplied.get(peerId) ?? 0;
      this.#highestApplied.set(peerId, Math.max(highest, appliedIndex));
    }
    this.#appliers.clear();
    this.#life = undefined;
    this.#opened = undefined;
    const { host } = this.#options;
    host.ended();
    host.machine.crash();
    this.#memory.crash(host.random);
  }

  receive(messages: readonly RegionMessage[]): void {
    const { arriving } = this.#options.components;
    const heard: RegionMessage[] = [];
    for (const message of messages) {
      const arrived = arriving(message);
      if (arrived !== undefined) heard.push(arrived);
    }
    this.#life?.store.receive(heard);
  }

  async receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await this.running.store.receiveSnapshot(header, chunks);
  }

  /** The replicas that know their range. */
  get peers(): readonly Peer[] {
    return peersOf(this.#life?.store);
  }

  peer(regionId: RegionId): Peer | undefined {
    const region = this.#life?.store.region(regionId);
    return region instanceof Peer ? region : undefined;
  }

  /** The replica whose user keys hold `key`. */
  peerOf(key: Key): Peer | undefined {
    const region = this.#life?.store.regionOf(key);
    return region instanceof Peer ? region : undefined;
  }

  /** Whether the engine holds exactly what the replica applied. */
  isSettled(peer: Peer): boolean {
    return !peer.isInstalling && peer.appliedIndex >= (this.#highestApplied.get(peer.peerId) ?? 0);
  }

  termAt(regionId: RegionId, index: number): number | undefined {
    const log = this.#life?.log;
    return log?.knows(regionId) === true ? log.region(regionId).termAt(index) : undefined;
  }

  /** Entries of a replica's log that it has not applied. */
  unapplied({ regionId, appliedIndex }: Peer): readonly Entry[] {
    const log = this.#life?.log.region(regionId);
    if (log === undefined || log.lastIndex <= appliedIndex) return [];
    return log.slice(Math.max(appliedIndex + 1, log.firstIndex), log.lastIndex + 1);
  }

  /** Everything a replica holds, as one string. */
  contents(peer: Peer): string {
    const parts: string[] = [];
    for (const family of FAMILIES) {
      for (const { key, value } of this.pairs(peer, family)) {
        parts.push(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1'));
      }
    }
    return parts.join('\n');
  }

  /** The records of one family that belong to a replica's range. */
  pairs(peer: Peer, family: Family): readonly KvPair[] {
    const pairs = this.running.engine.scan(familyRange(family, peer.regionRange), ENDLESS, false);
    if (isPromise(pairs)) throw new Error('the engine of a simulated store answers at once');
    return pairs;
  }

  /** The life that `boot` began. */
  get running(): StoreLife {
    return defined(this.#life, `store ${this.storeId} runs`);
  }
}

function peersOf(store: Store | undefined): readonly Peer[] {
  return store?.regions.filter((region) => region instanceof Peer) ?? [];
}

const ENDLESS = Number.MAX_SAFE_INTEGER;
