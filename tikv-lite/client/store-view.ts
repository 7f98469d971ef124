/** The view of a cluster that is one store without a placement driver: ids for new regions follow the highest it has. */

import type { Key, KeyRange, PeerId, RegionId } from '../../base/index.ts';
import type { Region, StoreDescriptor } from '../../pd/index.ts';
import { regionKeyOf, regionRangeOf } from '../raftstore/region-keys.ts';
import type { RegionAdmin } from '../raftstore/region-kv.ts';
import type { Store } from '../raftstore/store.ts';
import type { ClusterView, RegionStatus, SplitResult } from './cluster-view.ts';

export interface LoneStoreOptions {
  readonly store: Store;
  readonly descriptor: Omit<StoreDescriptor, 'storeId'>;
  /** Capacity and free space of its disk. */
  readonly space: () => Promise<{ readonly capacityBytes: number; readonly availableBytes: number }>;
}

/** For a store that holds every region alone. */
export function storeViewOf(options: LoneStoreOptions): ClusterView {
  return new LoneStoreView(options);
}

class LoneStoreView implements ClusterView {
  readonly #options: LoneStoreOptions;
  /** Splits take their turns, so that no id is given twice. */
  #tail: Promise<unknown> = Promise.resolve();

  constructor(options: LoneStoreOptions) {
    this.#options = options;
  }

  async regions(range: KeyRange): Promise<readonly RegionStatus[]> {
    const wanted = regionRangeOf(range);
    return this.#sorted()
      .filter(({ region }) => meets(region.range, wanted))
      .map((region) => ({
        region: region.region,
        leader: region.leader,
        keys: region.regionRange,
        statistics: { ...region.report(), isScheduling: false },
      }));
  }

  async stores(): ReturnType<ClusterView['stores']> {
    const { store, descriptor, space } = this.#options;
    const { storeId, regions } = store;
    const { capacityBytes, availableBytes } = await space();
    const report = {
      storeId,
      capacityBytes,
      availableBytes,
      usedBytes: regions.reduce((sum, region) => sum + region.report().approximateBytes, 0),
      regionCount: regions.length,
      leaderCount: regions.filter(({ isLeader }) => isLeader).length,
      sendingSnapshots: 0,
      receivingSnapshots: 0,
      isBusy: false,
    };
    return [{ store: { ...descriptor, storeId }, report }];
  }

  split(keys: readonly Key[]): Promise<SplitResult> {
    const turn = this.#tail.then(() => this.#split(keys.map(regionKeyOf)));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  scatter(): Promise<void> {
    return Promise.resolve();
  }

  async #split(keys: readonly Key[]): Promise<SplitResult> {
    let newRegions = 0;
    for (const region of [...this.#sorted()]) {
      const { range } = region.region;
      const inside = [...new Set(keys)].filter((key) => key > range.start && isBelow(key, range.end)).sort();
      if (inside.length === 0) continue;
      let next = this.#highestId() + 1;
      const splits = inside.map((splitKey) => ({
        splitKey,
        newRegionId: next++ as RegionId,
        newPeerIds: region.region.peers.map(() => next++ as PeerId),
      }));
      await region.split(splits);
      newRegions += inside.length;
    }
    const wanted = new Set(keys);
    const regionIds = this.#sorted()
      .filter(({ region }) => wanted.has(region.range.start))
      .map(({ regionId }) => regionId);
    return { regionIds, newRegions };
  }

  #highestId(): number {
    const ids = this.#options.store.regions.flatMap(({ region }) => [
      region.regionId,
      ...region.peers.map(({ peerId }) => peerId),
    ]);
    return Math.max(this.#options.store.storeId, ...ids);
  }

  #sorted(): readonly RegionAdmin[] {
    return [...this.#options.store.regions].sort((a, b) => (a.region.range.start < b.region.range.start ? -1 : 1));
  }
}

function isBelow(key: Key, end: Region['range']['end']): boolean {
  return end === undefined || key < end;
}

function meets(a: KeyRange, b: KeyRange): boolean {
  return isBelow(a.start, b.end) && isBelow(b.start, a.end);
}
