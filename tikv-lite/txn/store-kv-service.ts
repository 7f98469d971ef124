/**
 * The transactional service of a store: checks whom the caller believes to talk to, in TiKV's order, and hands the call
 * to the region, or reads on a replica that does not lead.
 *
 * The epoch is compared in the same turn in which the command begins, after the leader has regained its lease or another
 * replica heard of the leader; the region itself checks the keys, and the epoch
 * again whenever the command had to wait.
 */

import type { Key, KeyRange, KvPair, RegionId, StoreId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { ScanPage } from '../mvcc/read.ts';
import { RegionError, type RegionKv, type RegionReplica } from '../raftstore/region-kv.ts';
import type { KvService, RegionArguments, RegionMethod, RegionReply, RequestContext } from './kv-service.ts';
import { refused } from './region-checks.ts';
import type { RegionHost } from './region-host.ts';
import { LockedRead } from './region-service.ts';
import { ReplicaRegion, readTsOfCall } from './replica-region.ts';
import { SafeTimestamps } from './safe-timestamps.ts';
import { sizeOfMutations, WriteQuota } from './write-quota.ts';

/** What the service needs of its store. */
export interface ServedStore {
  readonly storeId: StoreId;
  region(regionId: RegionId): RegionReplica | undefined;
  /** By start key. */
  readonly regions: readonly RegionKv[];
}

/** Bytes of one page of a scan; the caller asks for the rest. */
const MAX_PAGE_BYTES = 4 << 20;

export class StoreKvService implements KvService {
  readonly #store: ServedStore;
  readonly #host: RegionHost;
  readonly #writes: WriteQuota;
  readonly #safe: SafeTimestamps;

  constructor(store: ServedStore, host: RegionHost, writes = new WriteQuota(), safe = new SafeTimestamps()) {
    this.#store = store;
    this.#host = host;
    this.#safe = safe;
    this.#writes = writes;
  }

  async handle<M extends RegionMethod>(
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
  ): Promise<RegionReply<M>> {
    const kv = this.#replica(context);
    if (context.staleRead === true || (context.replicaRead === true && !kv.isLeader))
      return pageOf(method, args, (await this.#readReplica(kv, context, method, args)) as RegionReply<M>);
    await this.#regainLease(kv, context);
    const region = this.#host.region(kv.regionId);
    if (region === undefined) throw refused('not-leader', kv, 'the region is not served yet', { leader: kv.peer });
    const call = region[method] as unknown as (
      ...values: RegionArguments<M>
    ) => RegionReply<M> | Promise<RegionReply<M>>;
    const reply =
      method === 'prewrite' || method === 'flush'
        ? await this.#writes.run(kv.regionId, sizeOfMutations((args as RegionArguments<'prewrite' | 'flush'>)[0]), () =>
            call.apply(region, args),
          )
        : await call.apply(region, args);
    noteRead(kv, method, args, reply);
    return pageOf(method, args, reply);
  }

  /** The replica that the context means. Throws RegionError when it is not here, or not as the caller knows it. */
  check(context: RequestContext): RegionKv {
    return this.#replica(context);
  }

  async lead(context: RequestContext): Promise<RegionKv> {
    const kv = this.#replica(context);
    await this.#regainLease(kv, context);
    return kv;
  }

  /** Resolves when the leader may read. Whom the context means is looked at again, as that may take a while. */
  async #regainLease(kv: RegionReplica, context: RequestContext): Promise<void> {
    const confirming = kv.confirmLeadership();
    if (confirming === undefined) return;
    await confirming;
    this.check(context);
  }

  #replica(context: RequestContext): RegionReplica {
    const { regionId, peer, term } = context;
    if (peer.storeId !== this.#store.storeId)
      throw new RegionError('store-not-match', regionId, `this is store ${this.#store.storeId}, not ${peer.storeId}`);
    const kv = this.#store.region(regionId);
    if (kv === undefined) throw new RegionError('region-not-found', regionId, 'the region is not on this store');
    if (kv.peer.peerId !== peer.peerId)
      throw refused('mismatch-peer-id', kv, `the replica is ${kv.peer.peerId}, not ${peer.peerId}`);
    const mayFollow = context.replicaRead === true || context.staleRead === true;
    if (!mayFollow && !kv.isLeader)
      throw refused('not-leader', kv, 'this replica does not lead', { leader: kv.leader });
    if (kv.region.peers.length === 0) throw refused('region-not-initialized', kv, 'the replica has no data yet');
    if (term !== undefined && term !== 0 && term + 1 < kv.term)
      throw refused('stale-command', kv, `the request is of term ${term}, the replica of ${kv.term}`);
    this.#checkEpoch(kv, context);
    return kv;
  }

  #checkEpoch(kv: RegionReplica, { epoch }: RequestContext): void {
    if (epoch.version === kv.epoch.version) return;
    const message = `version ${epoch.version} of the region was asked, it is at ${kv.epoch.version}`;
    throw refused('epoch-not-match', kv, message, { currentRegions: this.#withNeighbours(kv) });
  }

  /** The region and those beside it on this store: after a split the caller finds all parts among them. */
  #withNeighbours(kv: RegionKv): readonly Region[] {
    const { start, end } = kv.region.range;
    const beside = this.#store.regions.filter(
      ({ region }) => region.peers.length > 0 && (region.range.start === end || region.range.end === start),
    );
    return [kv.region, ...beside.map(({ region }) => region).filter(({ regionId }) => regionId !== kv.regionId)];
  }

  async #readReplica<M extends RegionMethod>(
    kv: RegionReplica,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
  ): Promise<unknown> {
    const readTs = readTsOfCall(method, args);
    if (readTs === undefined) throw refused('not-leader', kv, `${method} needs the leader`, { leader: kv.leader });
    const isStale = context.staleRead === true;
    if (!isStale) {
      await kv.readIndex(readTs);
      this.#checkEpoch(kv, context);
    } else if (readTs > this.#safe.of(kv)) {
      const safeTs = this.#safe.of(kv);
      throw refused('data-is-not-ready', kv, `the replica can be read up to ${safeTs}`, { safeTs });
    }
    const isHere = (): boolean => this.#store.region(kv.regionId) === kv;
    const pause = (): Promise<void> => this.#host.pause();
    return new ReplicaRegion({ kv, isHere, pause, heedsLocks: !isStale }).call(method, args);
  }
}

/** Tells the region what was read of it. */
function noteRead(kv: RegionKv, method: RegionMethod, args: readonly unknown[], reply: unknown): void {
  if (kv.noteRead === undefined || reply instanceof LockedRead) return;
  switch (method) {
    case 'get':
    case 'getLatest':
      kv.noteRead(args[0] as Key, 1, reply instanceof Uint8Array ? reply.length : 0);
      return;
    case 'batchGet': {
      const [first] = args[0] as readonly Key[];
      const { pairs } = reply as RegionReply<'batchGet'>;
      if (first !== undefined) kv.noteRead(first, pairs.length, bytesOf(pairs));
      return;
    }
    case 'bufferBatchGet': {
      const pairs = reply as RegionReply<'bufferBatchGet'>;
      if (pairs[0] !== undefined) kv.noteRead(pairs[0].key, pairs.length, bytesOf(pairs));
      return;
    }
    case 'scan': {
      const { pairs } = reply as ScanPage;
      kv.noteRead((args[0] as KeyRange).start, pairs.length, bytesOf(pairs));
      return;
    }
    default:
      return;
  }
}

function bytesOf(pairs: readonly KvPair[]): number {
  let bytes = 0;
  for (const { key, value } of pairs) bytes += key.length + value.length;
  return bytes;
}

function pageOf<M extends RegionMethod>(method: M, args: RegionArguments<M>, reply: RegionReply<M>): RegionReply<M> {
  return method === 'scan' ? (withinPage(reply as ScanPage | LockedRead, args) as RegionReply<M>) : reply;
}

/** Cuts a page that is too long for one message. */
function withinPage(page: ScanPage | LockedRead, args: readonly unknown[]): ScanPage | LockedRead {
  if (page instanceof LockedRead) return page;
  let bytes = 0;
  const cut = page.pairs.findIndex((pair: KvPair) => {
    bytes += pair.key.length + pair.value.length;
    return bytes > MAX_PAGE_BYTES;
  });
  if (cut <= 0) return page;
  const [range, , , reverse] = args as RegionArguments<'scan'>;
  const { key } = page.pairs[cut]!;
  const rest = reverse
    ? { start: range.start, end: `${key}\0` as typeof key }
    : { start: key, end: page.rest?.end ?? range.end };
  return { pairs: page.pairs.slice(0, cut), rest };
}
