/** Bugs planted in whole clusters: in the life of regions, and in the transactions on them. */

import type { Key, RegionId } from '../../../base/index.ts';
import type { Entry } from '../../../raft/index.ts';
import type { KvEngine, KvService, RegionArguments, RegionMessage, RegionMethod } from '../../../tikv-lite/index.ts';
import { DATA_FAMILY } from '../../../tikv-lite/mvcc/keys.ts';
import {
  decodeCommand,
  encodeAdmin,
  encodeWrite,
  isCommitMerge,
  type RegionCommand,
} from '../../../tikv-lite/raftstore/command-codec.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import type { ChurnOptions } from '../cluster/churn.ts';
import { type ClusterFaultKind, planCluster } from '../cluster/faults.ts';
import type { RawAccess } from '../cluster/raw-clients.ts';
import { type RegionsOptions, runRegions } from '../cluster/regions-run.ts';
import type { StoreComponents, StoreProcess } from '../cluster/store-process.ts';
import { runTransactions, type TransactionsOptions } from '../cluster/transactions-run.ts';
import { carelessReads } from './careless-reads.ts';
import { diskWithoutSnapshotSyncs, forgetfulLog, skippingDisk } from './faulty-parts.ts';
import type { PlantedBug } from './planted-bug.ts';

/** What `forge` answers for a command takes its place in the entry that is written, and applied. */
function forgingLog(
  log: RaftLog,
  forge: (command: RegionCommand, regionId: RegionId, index: number) => Uint8Array | undefined,
): RaftLog {
  const write = log.write.bind(log);
  log.write = (items) => {
    for (const item of items) {
      if (item.kind !== 'entries') continue;
      for (const entry of item.entries) {
        if (entry.data.byteLength === 0 || entry.type !== 'EntryNormal') continue;
        const data = forge(decodeCommand(entry.data), item.regionId, entry.index);
        if (data !== undefined) Object.assign(entry, { data });
      }
    }
    return write(items);
  };
  return log;
}

/** Every fourth split goes by this store unnoticed: its replica keeps the old range. */
function splitMissingLog(log: RaftLog): RaftLog {
  let splits = 0;
  return forgingLog(log, (command) =>
    command.kind === 'split' && ++splits % 4 === 0 ? encodeWrite(command.epochVersion, []) : undefined,
  );
}

/**
 * Followers that lag behind at a merge learn that the source was stopped, but not of its last writes. Every second append
 * gets lost, as it may, so that followers do lag behind.
 */
function mergeWithoutWrites(): (message: RegionMessage) => RegionMessage | undefined {
  const losing = losingAppends();
  return (message) => {
    const { message: inner } = message;
    if (inner?.type !== 'MsgApp' || !inner.entries.some(isCommitMerge)) return losing(message);
    const entries = inner.entries.map((entry) => (isCommitMerge(entry) ? withoutWrites(entry) : entry));
    return { ...message, message: { ...inner, entries } };
  };
}

/** Every second append gets lost, as it may, so that followers lag behind. */
function losingAppends(): (message: RegionMessage) => RegionMessage | undefined {
  let appends = 0;
  return (message) => {
    const { message: inner } = message;
    if (inner?.type !== 'MsgApp' || inner.entries.length === 0) return message;
    return ++appends % 2 === 0 ? message : undefined;
  };
}

function withoutWrites(entry: Entry): Entry {
  const command = decodeCommand(entry.data);
  if (command.kind !== 'commit-merge') return entry;
  const entries = command.entries.map((one) => {
    const isWrite = one.type === 'EntryNormal' && one.data.byteLength > 0 && decodeCommand(one.data).kind === 'write';
    return isWrite ? { ...one, data: new Uint8Array(0) } : one;
  });
  return { ...entry, data: encodeAdmin({ ...command, entries }) };
}

/** The last part of what arrives is taken for committed already when a change of members is among it. */
function hastyMembers(): (message: RegionMessage) => RegionMessage | undefined {
  const losing = losingAppends();
  return (message) => {
    const { message: inner } = message;
    const change = inner?.entries.findLast(({ type }) => type !== 'EntryNormal');
    if (inner?.type !== 'MsgApp' || change === undefined) return losing(message);
    return { ...message, message: { ...inner, commit: Math.max(inner.commit, change.index) } };
  };
}

/** What stands behind a split in the log is taken to be meant for what the split left, whenever it was proposed. */
function splitsUnnoticed(log: RaftLog): RaftLog {
  const versions = new Map<RegionId, number>();
  return forgingLog(log, (command, regionId) => {
    const version = versions.get(regionId) ?? 0;
    if (command.kind === 'split') versions.set(regionId, command.epochVersion + command.splits.length);
    return command.kind === 'write' && command.epochVersion < version
      ? encodeWrite(version, command.operations)
      : undefined;
  });
}

/** A region stops for a merge as if every member had all of its log. */
function mergeForgettingFollowers(log: RaftLog): RaftLog {
  return forgingLog(log, (command, _, index) =>
    command.kind === 'prepare-merge' ? encodeAdmin({ ...command, minIndex: index - 1 }) : undefined,
  );
}

/** Snapshots for other stores leave the newest versions out. */
function snapshotWithoutData(engine: KvEngine): KvEngine {
  const snapshot = engine.snapshot.bind(engine);
  engine.snapshot = () => {
    const whole = snapshot();
    return {
      get: (key) => whole.get(key),
      scan: (range, limit, reverse) => (range.start.startsWith(DATA_FAMILY) ? [] : whole.scan(range, limit, reverse)),
      release: () => whole.release(),
    };
  };
  return engine;
}

/** Once a store has found the region of a key it goes on with it, whatever became of it since. */
function staleAccess(): Partial<RawAccess> {
  const known = new Map<string, Peer>();
  return {
    locate: (store: StoreProcess, key: Key) => {
      const place = `${store.storeId}/${store.host.life}/${key}`;
      const peer = known.get(place) ?? store.peerOf(key);
      if (peer !== undefined) known.set(place, peer);
      return peer;
    },
  };
}

/** Prewrites of pessimistic transactions do not ask whether their locks are still there. */
function trustingService(service: KvService): KvService {
  return {
    check: (context) => service.check(context),
    lead: (context) => service.lead(context),
    handle: (context, method, args) => service.handle(context, method, withoutChecks(method, args)),
  };
}

function withoutChecks<M extends RegionMethod>(method: M, args: RegionArguments<M>): RegionArguments<M> {
  if (method !== 'prewrite') return args;
  const [request] = args as RegionArguments<'prewrite'>;
  const mutations = request.mutations.map((mutation) =>
    mutation.action === 'pessimistic-check' ? { ...mutation, action: 'skip-check' as const } : mutation,
  );
  return [{ ...request, mutations }] as unknown as RegionArguments<M>;
}

interface RegionsBug extends RegionsOptions {
  readonly firstSeed?: number;
  /** What goes wrong beside the bug; by default everything. */
  readonly kinds?: readonly ClusterFaultKind[];
}

interface TransactionsBug extends TransactionsOptions {
  readonly firstSeed?: number;
  readonly kinds?: readonly ClusterFaultKind[];
}

function regions(
  name: string,
  components: Partial<StoreComponents>,
  { firstSeed = 1, kinds, ...options }: RegionsBug = {},
): PlantedBug {
  return { name, firstSeed, run: (seed) => runRegions(planCluster(seed, 15, kinds), { components, ...options }) };
}

function cluster(
  name: string,
  components: Partial<StoreComponents>,
  { firstSeed = 1, kinds, ...options }: TransactionsBug = {},
): PlantedBug {
  return { name, firstSeed, run: (seed) => runTransactions(planCluster(seed, 15, kinds), { components, ...options }) };
}

/** Replicas come and go all the time. */
const BUSY_WITH_MEMBERS: Partial<ChurnOptions> = { longestCalmMs: 150, merges: false, movesReplicas: true };

export const CLUSTER_BUGS: readonly PlantedBug[] = [
  regions(
    'disks of a cluster that skip syncs',
    { disk: (disk, random) => skippingDisk(disk, random, 2) },
    { firstSeed: 12 },
  ),
  regions('stores that forget terms and votes', { log: forgetfulLog }),
  regions(
    'reads of a region without its lease',
    {},
    { access: { read: (_, store) => store.running.store.reader }, firstSeed: 29 },
  ),
  regions('a split that keeps the old range', { log: splitMissingLog }, { firstSeed: 25 }),
  regions(
    'a merge that does not catch up with the writes of its source',
    { arriving: mergeWithoutWrites() },
    { firstSeed: 15, kinds: ['cut'] },
  ),
  regions('a snapshot that misses a family', { engine: snapshotWithoutData }),
  regions('a stale epoch accepted', {}, { access: staleAccess(), firstSeed: 13 }),
  cluster(
    'prewrites that trust lost pessimistic locks',
    { service: trustingService },
    { firstSeed: 6, kinds: ['crash-store'], longestHesitationMs: 3000, thinkingMs: 60 },
  ),
  regions(
    'members that change before the change is committed',
    { arriving: hastyMembers() },
    { firstSeed: 28, kinds: ['slow-disk', 'crash-overtaken'], churn: BUSY_WITH_MEMBERS },
  ),
  regions(
    'proposals that a split overtook',
    { log: splitsUnnoticed },
    { firstSeed: 12, churn: { longestCalmMs: 150 } },
  ),
  regions(
    'a merge that forgets who lags behind',
    { log: mergeForgettingFollowers, arriving: losingAppends() },
    { firstSeed: 2, kinds: ['cut'] },
  ),
  regions(
    'snapshots that are not synced',
    { disk: diskWithoutSnapshotSyncs },
    { firstSeed: 2, kinds: ['slow-disk', 'crash-installing'], churn: BUSY_WITH_MEMBERS },
  ),
  cluster(
    'stale reads above what is safe',
    { service: (service, store) => carelessReads('stale', service, store) },
    { firstSeed: 2, kinds: ['cut'] },
  ),
  cluster(
    'reads of followers that ask no leader',
    { service: (service, store) => carelessReads('follower', service, store) },
    { firstSeed: 2, kinds: ['cut'] },
  ),
];
