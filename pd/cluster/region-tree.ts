/**
 * The regions of a cluster by id and by key, as heartbeats tell of them in any order. Of overlapping descriptions the
 * newest stays, so ranges in the tree never overlap; they may have gaps for a moment, between the heartbeat of one half of
 * a split and that of the other.
 */

import sortedBtree from 'sorted-btree';
import { assert, type Key, type KeyRange, type RegionId, type StoreId } from '../../base/index.ts';
import { type RegionInfo, weightOf } from './region-info.ts';

const { default: BTree } = sortedBtree;

/** What the regions of one store add up to. */
export interface StoreLoad {
  readonly peerCount: number;
  readonly leaderCount: number;
  /** Peers that lag behind their leaders. */
  readonly pendingCount: number;
  /** With MIN_REGION_BYTES for each at least, so that empty regions weigh something. */
  readonly peerBytes: number;
}

interface StoreRegions {
  readonly peers: Map<RegionId, RegionInfo>;
  readonly leaders: Map<RegionId, RegionInfo>;
  pendingCount: number;
  peerBytes: number;
}

const NO_LOAD: StoreLoad = { peerCount: 0, leaderCount: 0, pendingCount: 0, peerBytes: 0 };

function compareKeys(a: Key, b: Key): number {
  return a < b ? -1 : a === b ? 0 : 1;
}

function isBelowEnd(key: Key, end: Key | undefined): boolean {
  return end === undefined || key < end;
}

export class RegionTree {
  readonly #byId = new Map<RegionId, RegionInfo>();
  readonly #byStart = new BTree<Key, RegionInfo>(undefined, compareKeys);
  readonly #stores = new Map<StoreId, StoreRegions>();
  #heardCount = 0;

  get size(): number {
    return this.#byId.size;
  }

  get(regionId: RegionId): RegionInfo | undefined {
    return this.#byId.get(regionId);
  }

  /** The region that holds `key`. */
  find(key: Key): RegionInfo | undefined {
    const info = this.#byStart.getPairOrNextLower(key)?.[1];
    return info !== undefined && isBelowEnd(key, info.region.range.end) ? info : undefined;
  }

  /** The region that ends where the one that holds `key` begins. */
  findPrevious(key: Key): RegionInfo | undefined {
    const current = this.find(key);
    return current === undefined ? undefined : this.neighbours(current).left;
  }

  /** The regions next to it; undefined at the ends of the key space and where the neighbour is not known. */
  neighbours({ region }: RegionInfo): {
    readonly left: RegionInfo | undefined;
    readonly right: RegionInfo | undefined;
  } {
    const { start, end } = region.range;
    const before = this.#byStart.nextLowerPair(start)?.[1];
    const left = before?.region.range.end === start ? before : undefined;
    return { left, right: end === undefined ? undefined : this.#byStart.get(end) };
  }

  /** The regions that meet `range`, in key order. */
  scan(range: KeyRange, limit: number): RegionInfo[] {
    const found: RegionInfo[] = [];
    const first = this.find(range.start);
    let pair = first === undefined ? this.#atOrAfter(range.start) : ([first.region.range.start, first] as const);
    while (pair !== undefined && found.length < limit && isBelowEnd(pair[0], range.end)) {
      found.push(pair[1]);
      pair = this.#byStart.nextHigherPair(pair[0]);
    }
    return found;
  }

  /**
   * Takes a description in unless a newer one is known: an overlapping region of a larger version, or the region itself
   * with a larger term, version or confVer. Answers whether it did; what it replaces or covers is gone then.
   */
  put(info: RegionInfo): boolean {
    const known = this.#byId.get(info.region.regionId);
    if (known !== undefined && isStale(info, known)) return false;
    if (known !== undefined && hasSameRange(known, info)) {
      this.#subtract(known);
      this.#set(info);
      return true;
    }
    const overlapping = this.#overlapping(info.region.range);
    const { version } = info.region.epoch;
    if (overlapping.some(({ region }) => region.epoch.version > version)) return false;
    if (known !== undefined) this.#remove(known);
    for (const other of overlapping) if (other !== known) this.#remove(other);
    this.#set(info);
    return true;
  }

  #set(info: RegionInfo): void {
    this.#byId.set(info.region.regionId, info);
    this.#byStart.set(info.region.range.start, info);
    this.#add(info);
  }

  /** What the regions with a peer on the store add up to. */
  loadOf(storeId: StoreId): StoreLoad {
    const regions = this.#stores.get(storeId);
    if (regions === undefined) return NO_LOAD;
    const { peers, leaders, pendingCount, peerBytes } = regions;
    return { peerCount: peers.size, leaderCount: leaders.size, pendingCount, peerBytes };
  }

  /** The regions led on the store, the one that was silent for longest first. */
  leadersOn(storeId: StoreId): Iterable<RegionInfo> {
    return this.#stores.get(storeId)?.leaders.values() ?? [];
  }

  /** The regions with a peer on the store, the one that was silent for longest first. */
  peersOn(storeId: StoreId): Iterable<RegionInfo> {
    return this.#stores.get(storeId)?.peers.values() ?? [];
  }

  /** Regions whose leaders were heard in this life of the placement driver. */
  get heardCount(): number {
    return this.#heardCount;
  }

  values(): IterableIterator<RegionInfo> {
    return this.#byStart.values();
  }

  #atOrAfter(key: Key): readonly [Key, RegionInfo] | undefined {
    return this.#byStart.getPairOrNextHigher(key);
  }

  #overlapping(range: KeyRange): RegionInfo[] {
    return this.scan(range, Number.MAX_SAFE_INTEGER);
  }

  #remove(info: RegionInfo): void {
    const { regionId, range } = info.region;
    assert(this.#byId.delete(regionId) && this.#byStart.delete(range.start), 'both indexes hold the same regions');
    this.#subtract(info);
  }

  #add(info: RegionInfo): void {
    const { region, leader, pendingPeers, isHeard } = info;
    for (const { storeId } of region.peers) {
      const regions = this.#regionsOn(storeId);
      regions.peers.set(region.regionId, info);
      regions.peerBytes += weightOf(info);
    }
    for (const { storeId } of pendingPeers) this.#regionsOn(storeId).pendingCount++;
    if (leader !== undefined) this.#regionsOn(leader.storeId).leaders.set(region.regionId, info);
    if (isHeard) this.#heardCount++;
  }

  #subtract(info: RegionInfo): void {
    const { region, leader, pendingPeers, isHeard } = info;
    for (const { storeId } of region.peers) {
      const regions = this.#regionsOn(storeId);
      regions.peers.delete(region.regionId);
      regions.peerBytes -= weightOf(info);
    }
    for (const { storeId } of pendingPeers) this.#regionsOn(storeId).pendingCount--;
    if (leader !== undefined) this.#regionsOn(leader.storeId).leaders.delete(region.regionId);
    if (isHeard) this.#heardCount--;
  }

  #regionsOn(storeId: StoreId): StoreRegions {
    let regions = this.#stores.get(storeId);
    if (regions === undefined) {
      regions = { peers: new Map(), leaders: new Map(), pendingCount: 0, peerBytes: 0 };
      this.#stores.set(storeId, regions);
    }
    return regions;
  }
}

function hasSameRange({ region: a }: RegionInfo, { region: b }: RegionInfo): boolean {
  return a.epoch.version === b.epoch.version && a.range.start === b.range.start && a.range.end === b.range.end;
}

function isStale(info: RegionInfo, known: RegionInfo): boolean {
  const { epoch } = info.region;
  const newest = known.region.epoch;
  return info.term < known.term || epoch.version < newest.version || epoch.confVer < newest.confVer;
}
