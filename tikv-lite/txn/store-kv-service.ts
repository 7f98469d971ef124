/**
 * The transactional service of a store: checks whom the caller believes to talk to, in TiKV's order, and hands the call
 * to the region, or reads on a replica that does not lead.
 *
 * The epoch is compared in the same turn in which the command begins; the region itself checks the keys, and the epoch
 * again whenever the command had to wait.
 */

import type { Key, KeyRange, KvPair, RegionId, StoreId } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import { rangeContains } from '../kv/key-tree.ts';
import type { KvReader } from '../kv/kv-engine.ts';
import type { ReadTs, ScanPage } from '../mvcc/read.ts';
import { RegionError, type RegionErrorDetails, type RegionErrorKind, type RegionKv } from '../raftstore/region-kv.ts';
import type { KvService, RegionArguments, RegionMethod, RegionReply, RequestContext } from './kv-service.ts';
import type { RegionHost } from './region-host.ts';
import { LockedRead } from './region-service.ts';
import { replicaBatchGet, replicaGet, replicaScan } from './replica-reads.ts';
import { sizeOfPrewrite, WriteQuota } from './write-quota.ts';

/** What the service needs of its store. */
export interface ServedStore {
  readonly storeId: StoreId;
  region(regionId: RegionId): RegionKv | undefined;
  /** By start key. */
  readonly regions: readonly RegionKv[];
}

/** Bytes of one page of a scan; the caller asks for the rest. */
const MAX_PAGE_BYTES = 4 << 20;

export class StoreKvService implements KvService {
  readonly #store: ServedStore;
  readonly #host: RegionHost;
  readonly #writes: WriteQuota;

  constructor(store: ServedStore, host: RegionHost, writes = new WriteQuota()) {
    this.#store = store;
    this.#host = host;
    this.#writes = writes;
  }

  async handle<M extends RegionMethod>(
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
  ): Promise<RegionReply<M>> {
    const kv = this.check(context);
    if (context.staleRead === true || (context.replicaRead === true && !kv.isLeader))
      return (await this.#readReplica(kv, context, method, args)) as RegionReply<M>;
    const region = this.#host.region(kv.regionId);
    if (region === undefined) throw refused('not-leader', kv, 'the region is not served yet', { leader: kv.peer });
    const call = region[method] as unknown as (
      ...values: RegionArguments<M>
    ) => RegionReply<M> | Promise<RegionReply<M>>;
    const reply =
      method === 'prewrite'
        ? await this.#writes.run(kv.regionId, sizeOfPrewrite((args as RegionArguments<'prewrite'>)[0]), () =>
            call.apply(region, args),
          )
        : await call.apply(region, args);
    noteRead(kv, method, args, reply);
    return method === 'scan' ? (withinPage(reply as ScanPage | LockedRead, args) as RegionReply<M>) : reply;
  }

  /** The replica that the context means. Throws RegionError when it is not here, or not as the caller knows it. */
  check(context: RequestContext): RegionKv {
    const { regionId, peer, epoch, term } = context;
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
    if (epoch.version !== kv.epoch.version) {
      const message = `version ${epoch.version} of the region was asked, it is at ${kv.epoch.version}`;
      throw refused('epoch-not-match', kv, message, { currentRegions: this.#withNeighbours(kv) });
    }
    return kv;
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
    kv: RegionKv,
    context: RequestContext,
    method: M,
    args: RegionArguments<M>,
  ): Promise<unknown> {
    const { version } = kv.epoch;
    switch (method) {
      case 'get': {
        const [key, at, bypass] = args as RegionArguments<'get'>;
        if (!rangeContains(kv.regionRange, key)) throw refused('key-not-in-region', kv, 'the region lacks the key');
        const reader = await this.#replicaReader(kv, context, at);
        return this.#stillHere(kv, version, await replicaGet(reader, key, at, bypass));
      }
      case 'batchGet': {
        const [keys, at, bypass] = args as RegionArguments<'batchGet'>;
        if (!keys.every((key) => rangeContains(kv.regionRange, key)))
          throw refused('key-not-in-region', kv, 'the region lacks one of the keys');
        const reader = await this.#replicaReader(kv, context, at);
        return this.#stillHere(kv, version, await replicaBatchGet(reader, keys, at, bypass));
      }
      case 'scan': {
        const [range, at, limit, reverse, bypass] = args as RegionArguments<'scan'>;
        const { start, end } = kv.regionRange;
        if (range.start < start || (end !== undefined && (range.end === undefined || range.end > end)))
          throw refused('key-not-in-region', kv, 'the region lacks a part of the range');
        const reader = await this.#replicaReader(kv, context, at);
        const page = await replicaScan(reader, range, at, limit, reverse, bypass);
        return this.#stillHere(kv, version, withinPage(page, args));
      }
      default:
        throw refused('not-leader', kv, `${method} needs the leader`, { leader: kv.leader });
    }
  }

  async #replicaReader(kv: RegionKv, context: RequestContext, at: ReadTs): Promise<KvReader> {
    const { version } = kv.epoch;
    if (context.staleRead === true) throw refused('data-is-not-ready', kv, 'no safe timestamp is known here');
    const reader = await kv.readIndex(at.ts);
    return this.#stillHere(kv, version, reader);
  }

  /** Nobody may be told of data that the replica had before its region changed or it was removed. */
  #stillHere<T>(kv: RegionKv, version: number, value: T): T {
    if (this.#store.region(kv.regionId) !== kv) throw refused('region-not-found', kv, 'the replica was removed');
    if (kv.epoch.version !== version)
      throw refused('epoch-not-match', kv, 'the region changed while it was read', { currentRegions: [kv.region] });
    return value;
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

function refused(kind: RegionErrorKind, kv: RegionKv, message: string, details: RegionErrorDetails = {}): RegionError {
  return new RegionError(kind, kv.regionId, message, details);
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
