/**
 * Where the reads of one snapshot go when they need not go to leaders: each region is bound to one of its replicas, and to
 * its leader for good when that replica does not answer as wanted. Whatever is not a read of the snapshot (settling locks,
 * writing) goes to leaders by other ways.
 */

import { chain, type Key, type Random, type RegionId, type StoreId, type ValueOrPromise } from '../../base/index.ts';
import type { PeerDescriptor } from '../../pd/index.ts';
import { RegionError } from '../raftstore/region-kv.ts';
import { type StoreClient, StoreUnreachableError } from '../txn/kv-service.ts';
import type { RegionService } from '../txn/region-service.ts';
import type { RegionRouter } from './region-router.ts';
import { RemoteRegion } from './remote-region.ts';
import type { ReadOptions } from './storage.ts';

/** What is known of all regions and stores. */
export interface KnownRegions extends RegionRouter {
  /** It did not answer a moment ago. */
  isSuspect(storeId: StoreId): boolean;
  /** It stands where this process does. */
  isNear(storeId: StoreId): boolean;
}

export interface ReplicaRouterOptions {
  readonly known: KnownRegions;
  readonly stores: StoreClient;
  readonly random: Random;
  readonly reads: ReadOptions;
}

/** Regions of one snapshot that may fall back to their leaders; beyond, all do. */
const MAX_FALLEN = 4096;

export class ReplicaRouter implements RegionRouter {
  readonly isRemote = true;
  readonly #options: ReplicaRouterOptions;
  /** A region as it is read here: on one replica. */
  readonly #views = new WeakMap<RegionService, RegionService>();
  /** Regions whose replica failed once. */
  readonly #fallen = new Set<RegionId>();
  readonly #origins = new WeakMap<RegionService, RemoteRegion>();

  constructor(options: ReplicaRouterOptions) {
    this.#options = options;
  }

  locate(key: Key): ValueOrPromise<RegionService> {
    return chain(this.#options.known.locate(key), (region) => this.#viewOf(region));
  }

  failed(view: RegionService, error: unknown): void {
    const { known } = this.#options;
    const region = this.#origins.get(view);
    if (region === undefined) {
      known.failed(view, error);
      return;
    }
    this.#fallen.add(region.region.regionId);
    if (error instanceof StoreUnreachableError || isNews(error, region)) known.failed(region, error);
  }

  #viewOf(region: RegionService): RegionService {
    if (!(region instanceof RemoteRegion) || this.#fallen.has(region.region.regionId)) return region;
    if (this.#fallen.size >= MAX_FALLEN) return region;
    const known = this.#views.get(region);
    if (known !== undefined) return known;
    const peer = this.#choose(region);
    const view = peer === undefined ? region : this.#bind(region, peer);
    this.#views.set(region, view);
    return view;
  }

  #bind(origin: RemoteRegion, peer: PeerDescriptor): RegionService {
    const { region, range } = origin;
    const { stores, reads } = this.#options;
    const flags = reads.isStale === true ? { staleRead: true } : { replicaRead: true };
    const flagged: StoreClient = {
      call: (storeId, context, method, args, options) =>
        stores.call(storeId, { ...context, ...flags }, method, args, options),
      close: () => Promise.resolve(),
    };
    const view = new RemoteRegion({ stores: flagged, region: { ...region, peers: [peer] }, range, leader: peer });
    this.#origins.set(view, origin);
    return view;
  }

  /** Undefined when the leader is to be asked as usual. */
  #choose({ region, leader }: RemoteRegion): PeerDescriptor | undefined {
    const { known, reads, random } = this.#options;
    const { replicaRead = 'leader', isStale = false } = reads;
    const isLeader = ({ peerId }: PeerDescriptor): boolean => peerId === leader.peerId;
    const answering = region.peers.filter(({ storeId }) => !known.isSuspect(storeId));
    const full = answering.filter(({ role }) => role !== 'learner');
    const wanted = ((): readonly PeerDescriptor[] => {
      switch (replicaRead) {
        case 'leader':
          return isStale ? full : [];
        case 'prefer-leader':
          return full.some(isLeader) ? full.filter(isLeader) : full;
        case 'follower':
          return full.filter((peer) => !isLeader(peer));
        case 'leader-and-follower':
          return full;
        case 'closest-replicas':
          return full.filter(({ storeId }) => known.isNear(storeId));
        case 'learner':
          return answering.filter(({ role }) => role === 'learner');
      }
    })();
    const peer = wanted.length === 0 ? undefined : wanted[random.below(wanted.length)];
    return peer === undefined || (isLeader(peer) && !isStale) ? undefined : peer;
  }
}

/** Whether a refusal says that the region is elsewhere by now; a replica that lags behind knows less than the client. */
function isNews(error: unknown, { region }: RemoteRegion): boolean {
  if (!(error instanceof RegionError)) return false;
  switch (error.kind) {
    case 'epoch-not-match':
    case 'key-not-in-region':
      return error.details.currentRegions?.some(({ epoch }) => epoch.version > region.epoch.version) === true;
    case 'region-not-found':
    case 'store-not-match':
    case 'mismatch-peer-id':
      return true;
    default:
      return false;
  }
}
