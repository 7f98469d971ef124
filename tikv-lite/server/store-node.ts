/**
 * A store of a cluster, put together: who it is, its replicas, the transactions on them, and its talk with the placement
 * driver. The same in a process of its own and in the simulator; only transports and clients of the placement driver
 * differ.
 *
 * Order at the start: the identity is settled with the placement driver (once in a store's life), the store opens and
 * replays its log, then it registers and tells of its regions. A store that comes back does not wait for the placement
 * driver: its replicas are needed, whoever else is down. At the end leadership moves away first, so that nobody has to
 * wait for an election.
 */

import { type Disk, type Env, type Logger, MIN_KEY, type PeerId, pause, type StoreId } from '../../base/index.ts';
import type { PdClient, StoreDescriptor } from '../../pd/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import type { RaftLog, RaftLogOptions } from '../raftstore/log/raft-log.ts';
import { type Bootstrap, openStore, readStoreIdentity } from '../raftstore/open-store.ts';
import type { RegionAdmin, RegionKv, RegionObserver } from '../raftstore/region-kv.ts';
import { SplitChecker, type SplitLimits } from '../raftstore/split-checker.ts';
import type { Store } from '../raftstore/store.ts';
import { StoreError } from '../raftstore/store-error.ts';
import type { StoreTransport } from '../raftstore/transport.ts';
import type { DeadlockClient } from '../txn/deadlock-service.ts';
import { GcWorker } from '../txn/gc-worker.ts';
import type { LeaderCheckClient } from '../txn/leader-check.ts';
import type { LockTable } from '../txn/lock-table.ts';
import { type ClusterDeadlocks, RegionHost } from '../txn/region-host.ts';
import { ResolvedTsWorker } from '../txn/resolved-ts-worker.ts';
import { SafeTimestamps } from '../txn/safe-timestamps.ts';
import { StoreKvService } from '../txn/store-kv-service.ts';
import { WriteQuota } from '../txn/write-quota.ts';
import { joinCluster, joined } from './join-cluster.ts';
import { PdWorker, type StoreFigures } from './pd-worker.ts';

export interface StoreNodeOptions {
  /** Made when absent. */
  readonly directory: string;
  /** Of this store alone: instructions for its regions come back through it. */
  readonly pd: PdClient;
  readonly transport: StoreTransport;
  /** host:port where others reach it. */
  readonly address: string;
  /** host:port of its status port; '' when it has none. */
  readonly statusAddress?: string | undefined;
  readonly labels?: StoreDescriptor['labels'] | undefined;
  readonly cacheBytes?: number | undefined;
  readonly blockCacheBytes?: number | undefined;
  readonly segmentBytes?: number | undefined;
  /** When regions are split; by default as in TiKV. */
  readonly splitLimits?: Partial<SplitLimits> | undefined;
  /** How often the placement driver is told of every region led here; by default once a minute. */
  readonly regionHeartbeatSeconds?: number | undefined;
  readonly observers?: readonly RegionObserver[] | undefined;
  /** How the detector of deadlocks is asked; without it only those within this store are found at once. */
  readonly deadlocks?: DeadlockClient | undefined;
  /** How other stores are told up to where their replicas may be read; without it none is, except through its leader. */
  readonly leaderChecks?: LeaderCheckClient | undefined;
  /** How often they are told; by default once a second. */
  readonly resolvedTsIntervalMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly openEngine?: (() => Promise<KvEngine>) | undefined;
  readonly openLog?: ((options: RaftLogOptions) => Promise<RaftLog>) | undefined;
  /** For tests of the lock table. */
  readonly lockTable?: (() => LockTable) | undefined;
}

/** The version of TiKV whose behaviour the store has, as clients and placement drivers compare it. */
const TIKV_VERSION = '8.5.0';
/** How long a closing store waits for others to take its regions over. */
const HANDOVER_LIMIT_MS = 3000;
const HANDOVER_CHECK_MS = 50;

export interface StoreNode {
  readonly storeId: StoreId;
  readonly store: Store;
  readonly host: RegionHost;
  readonly kv: StoreKvService;
  readonly worker: PdWorker;
  /** Up to where its replicas may be read. */
  readonly safe: SafeTimestamps;
  /**
   * Resolves when the placement driver knows the store and where it is: from then on others find it. Rejects with
   * PdError when it is refused, for then it must not go on, or with DiskError.
   */
  readonly registered: Promise<void>;
  /** Hands the leadership of its regions over, as far as others take it in time. */
  handOver(): Promise<void>;
  /** Flushes and lets go of the files. Call `handOver` before, while messages still come and go. */
  close(): Promise<void>;
}

/**
 * Opens the store and begins to register it; a new store waits as long as the placement driver does not answer. Rejects
 * with StoreError ('locked', 'mismatch' when it belongs to another cluster …), DiskError or PdError.
 */
export async function openStoreNode(env: Env, options: StoreNodeOptions): Promise<StoreNode> {
  const { pd, logger } = options;
  const bootstrap = await identify(env, options);
  const { storeId } = bootstrap;
  let store: Store | undefined;
  const { splitLimits = {}, lockTable } = options;
  const deadlocks = clusterDeadlocks(storeId, options);
  const host = new RegionHost({ timers: env.timers, clock: env.clock, oracle: pd, deadlocks, lockTable });
  const checker = new SplitChecker({ timers: env.timers, limits: splitLimits, logger });
  const worker = new PdWorker({
    clock: env.clock,
    timers: env.timers,
    pd,
    descriptor: { ...descriptorOf(env, options), storeId },
    figures: () => figuresOf(env, options.directory, store),
    findSplitKeys: (region) => checker.findMiddle(region),
    regionHeartbeatSeconds: options.regionHeartbeatSeconds,
    logger,
  });
  store = await open(env, options, bootstrap, [host, worker, ...(options.observers ?? [])]);
  const safe = new SafeTimestamps();
  const kv = new StoreKvService(store, host, new WriteQuota(), safe);
  const { leaderChecks: client, resolvedTsIntervalMs: intervalMs } = options;
  const { timers } = env;
  const resolved =
    client && new ResolvedTsWorker({ storeId, store, host, safe, oracle: pd, client, timers, intervalMs, logger });
  const collector = new GcWorker({ host, pd, timers: env.timers, logger });
  const registered = register(env.disk, options.directory, { store, worker, checker });
  registered.catch(() => undefined);
  return new OpenStoreNode(env, { store, host, kv, safe, worker, checker, collector, resolved, registered });
}

async function register(
  disk: Disk,
  directory: string,
  { store, worker, checker }: Pick<NodeParts, 'store' | 'worker' | 'checker'>,
): Promise<void> {
  await joined(disk, directory);
  await worker.start(store);
  checker.start(store, worker);
}

function clusterDeadlocks(storeId: StoreId, { deadlocks, pd }: StoreNodeOptions): ClusterDeadlocks | undefined {
  if (deadlocks === undefined) return undefined;
  return { storeId, client: deadlocks, findDetector: async () => (await pd.getRegion(MIN_KEY))?.leader?.storeId };
}

/** Who the store is: as its directory says, or new in the cluster. */
async function identify(env: Env, options: StoreNodeOptions): Promise<Bootstrap> {
  const { directory, pd, logger } = options;
  const known = await readStoreIdentity(env.disk, directory);
  if (known === undefined) {
    const store = descriptorOf(env, options);
    return joinCluster({ disk: env.disk, timers: env.timers, directory, pd, store, logger });
  }
  if (BigInt(known.clusterId) !== pd.clusterId) {
    throw new StoreError(
      'mismatch',
      `${directory} belongs to cluster ${known.clusterId}, the placement driver to cluster ${pd.clusterId}`,
    );
  }
  return known;
}

/** What the placement driver is told of a store. */
export function descriptorOf(
  { clock }: Env,
  options: Pick<StoreNodeOptions, 'address' | 'statusAddress' | 'labels'>,
): Omit<StoreDescriptor, 'storeId'> {
  return {
    address: options.address,
    statusAddress: options.statusAddress ?? '',
    state: 'up',
    version: TIKV_VERSION,
    labels: options.labels ?? [],
    startedAtMs: clock.nowMs(),
    lastHeartbeatMs: 0,
  };
}

function open(
  env: Env,
  options: StoreNodeOptions,
  bootstrap: Bootstrap,
  observers: readonly RegionObserver[],
): Promise<Store> {
  const { directory, transport, logger, cacheBytes, blockCacheBytes, segmentBytes, openEngine, openLog } = options;
  return openStore(env, {
    directory,
    transport,
    observers,
    bootstrap,
    ...(logger && { logger }),
    ...(cacheBytes !== undefined && { cacheBytes }),
    ...(blockCacheBytes !== undefined && { blockCacheBytes }),
    ...(segmentBytes !== undefined && { segmentBytes }),
    ...(openEngine && { openEngine }),
    ...(openLog && { openLog }),
  });
}

async function figuresOf(env: Env, directory: string, store: Store | undefined): Promise<StoreFigures> {
  const availableBytes = await env.disk.freeBytes(directory);
  const usedBytes = store?.statistics.logBytes ?? 0;
  return {
    capacityBytes: availableBytes + usedBytes,
    availableBytes,
    usedBytes,
    sendingSnapshots: 0,
    receivingSnapshots: 0,
    isBusy: (store?.flow.pressure.level ?? 0) > 0,
    slowScore: store?.flow.takeSlowScore() ?? 1,
  };
}

interface NodeParts {
  readonly store: Store;
  readonly host: RegionHost;
  readonly kv: StoreKvService;
  readonly worker: PdWorker;
  readonly checker: SplitChecker;
  readonly collector: GcWorker;
  readonly safe: SafeTimestamps;
  readonly resolved: ResolvedTsWorker | undefined;
  readonly registered: Promise<void>;
}

class OpenStoreNode implements StoreNode {
  readonly store: Store;
  readonly host: RegionHost;
  readonly kv: StoreKvService;
  readonly worker: PdWorker;
  readonly safe: SafeTimestamps;
  readonly registered: Promise<void>;
  readonly #env: Env;
  readonly #checker: SplitChecker;
  readonly #collector: GcWorker;
  readonly #resolved: ResolvedTsWorker | undefined;

  constructor(env: Env, parts: NodeParts) {
    const { store, host, kv, safe, worker, checker, collector, resolved, registered } = parts;
    this.#env = env;
    this.#checker = checker;
    this.#collector = collector;
    this.#resolved = resolved;
    this.safe = safe;
    this.store = store;
    this.host = host;
    this.kv = kv;
    this.worker = worker;
    this.registered = registered;
  }

  get storeId(): StoreId {
    return this.store.storeId;
  }

  async handOver(): Promise<void> {
    const { clock } = this.#env;
    this.#checker.close();
    this.worker.close();
    const endMs = clock.monotonicMs() + HANDOVER_LIMIT_MS;
    for (let attempt = 0; ; attempt++) {
      const led = this.store.regions.filter(({ isLeader }) => isLeader);
      const movable = led.flatMap((region) => {
        const heir = heirOf(region, attempt);
        const admin = heir === undefined ? undefined : this.store.region(region.regionId);
        return admin === undefined || heir === undefined ? [] : [{ admin, heir }];
      });
      if (movable.length === 0 || clock.monotonicMs() > endMs) return;
      await Promise.all(movable.map(({ admin, heir }) => transfer(admin, heir)));
      await pause(this.#env.timers, HANDOVER_CHECK_MS);
    }
  }

  async close(): Promise<void> {
    this.#collector.close();
    this.#resolved?.close();
    this.#checker.close();
    this.worker.close();
    this.host.close();
    await this.store.close();
  }
}

/** Some other voter, another one at each attempt; raft sees to it that it is up to date first. */
function heirOf({ region, peer }: RegionKv, attempt: number): PeerId | undefined {
  const others = region.peers.filter(({ peerId, role }) => role === 'voter' && peerId !== peer.peerId);
  return others[attempt % others.length]?.peerId;
}

/** Whoever does not take over leaves the region to an election. */
async function transfer(admin: RegionAdmin, heir: PeerId): Promise<void> {
  await admin.transferLeader(heir).catch(() => undefined);
}
