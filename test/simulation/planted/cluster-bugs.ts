/** Bugs planted in whole clusters: in the life of regions, and in the transactions on them. */

import type { Key } from '../../../base/index.ts';
import type { KvEngine, KvService, RegionArguments, RegionMethod } from '../../../tikv-lite/index.ts';
import { DATA_FAMILY } from '../../../tikv-lite/mvcc/keys.ts';
import { decodeCommand, encodeWrite } from '../../../tikv-lite/raftstore/command-codec.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { planCluster } from '../cluster/faults.ts';
import type { RawAccess } from '../cluster/raw-clients.ts';
import { type RegionsOptions, runRegions } from '../cluster/regions-run.ts';
import type { StoreComponents, StoreProcess } from '../cluster/store-process.ts';
import { runTransactions } from '../cluster/transactions-run.ts';
import { forgetfulLog, skippingDisk } from './faulty-parts.ts';
import type { PlantedBug } from './planted-bug.ts';

/** Every fourth split goes by this store unnoticed: its replica keeps the old range. */
function splitMissingLog(log: RaftLog): RaftLog {
  const write = log.write.bind(log);
  let splits = 0;
  log.write = (items) => {
    for (const item of items) {
      if (item.kind !== 'entries') continue;
      for (const entry of item.entries) {
        if (entry.data.byteLength === 0 || entry.type !== 'EntryNormal') continue;
        const command = decodeCommand(entry.data);
        if (command.kind !== 'split' || ++splits % 4 !== 0) continue;
        Object.assign(entry, { data: encodeWrite(command.epochVersion, []) });
      }
    }
    return write(items);
  };
  return log;
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

function regions(
  name: string,
  components: Partial<StoreComponents>,
  options: RegionsOptions & { readonly firstSeed?: number } = {},
): PlantedBug {
  return {
    name,
    firstSeed: options.firstSeed ?? 1,
    run: (seed) => runRegions(planCluster(seed, 15), { components, ...options }),
  };
}

function cluster(name: string, components: Partial<StoreComponents>): PlantedBug {
  return { name, firstSeed: 1, run: (seed) => runTransactions(planCluster(seed, 15), { components }) };
}

export const CLUSTER_BUGS: readonly PlantedBug[] = [
  regions(
    'disks of a cluster that skip syncs',
    { disk: (disk, random) => skippingDisk(disk, random, 2) },
    { firstSeed: 3 },
  ),
  regions('stores that forget terms and votes', { log: forgetfulLog }),
  regions('reads of a region without its lease', {}, { access: { read: (_, store) => store.running.store.reader } }),
  regions('a split that keeps the old range', { log: splitMissingLog }, { firstSeed: 10 }),
  regions('a snapshot that misses a family', { engine: snapshotWithoutData }),
  regions('a stale epoch accepted', {}, { access: staleAccess() }),
  cluster('prewrites that trust lost pessimistic locks', { service: trustingService }),
];
