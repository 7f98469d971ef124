/**
 * The regions and stores of a cluster, for those who look at them and move them: statements about regions, system tables.
 * Keys are user keys here, except inside `Region`.
 */

import type { Key, KeyRange, RegionId } from '../../base/index.ts';
import type { PdClient, RegionStatistics, RegionWithLeader, StoreDescriptor, StoreHeartbeat } from '../../pd/index.ts';
import { regionKeyOf, regionRangeOf, userRangeOf } from '../raftstore/region-keys.ts';

export interface RegionStatus extends RegionWithLeader {
  /** The user keys it holds. */
  readonly keys: KeyRange;
  readonly statistics: RegionStatistics;
}

export interface StoreStatus {
  readonly store: StoreDescriptor;
  /** undefined when it told nothing lately. */
  readonly report: StoreHeartbeat | undefined;
}

export interface SplitResult {
  /** The regions that begin at one of the keys, were they there before or not. */
  readonly regionIds: readonly RegionId[];
  /** How many of them the call made. */
  readonly newRegions: number;
}

/** Every call may reject with PdError. */
export interface ClusterView {
  /** The regions that meet a range, in key order. */
  regions(range: KeyRange): Promise<readonly RegionStatus[]>;
  stores(): Promise<readonly StoreStatus[]>;
  /** Splits at keys and waits, but not for ever: fewer regions are answered then. */
  split(keys: readonly Key[]): Promise<SplitResult>;
  /** Spreads regions over the stores; answers when that was begun. */
  scatter(regionIds: readonly RegionId[]): Promise<void>;
}

/** Regions asked of the placement driver at a time. */
const PAGE_REGIONS = 1024;

const NO_STATISTICS: RegionStatistics = {
  approximateBytes: 0,
  approximateKeys: 0,
  bytesWritten: 0,
  bytesRead: 0,
  downPeers: [],
  pendingPeers: [],
  isScheduling: false,
};

/** A cluster as its placement driver sees it. */
export function clusterViewOf(pd: PdClient): ClusterView {
  const regions = async (range: KeyRange): Promise<readonly RegionStatus[]> => {
    const found: RegionStatus[] = [];
    const { start, end } = regionRangeOf(range);
    for (let from: Key | undefined = start; from !== undefined; ) {
      const page: readonly RegionWithLeader[] = await pd.scanRegions({ start: from, end }, PAGE_REGIONS);
      for (const one of page) {
        found.push({ ...one, keys: userRangeOf(one.region.range), statistics: one.statistics ?? NO_STATISTICS });
      }
      from = page.length < PAGE_REGIONS ? undefined : page.at(-1)?.region.range.end;
    }
    return found;
  };
  return {
    regions,
    stores: async () => {
      const stores = await pd.getAllStores();
      return await Promise.all(
        stores.map(async (store) => ({ store, report: await pd.getStoreReport(store.storeId) })),
      );
    },
    split: async (keys) => {
      const regionKeys = keys.map(regionKeyOf);
      const before = new Set<Key>();
      for (const key of regionKeys) {
        const known = await pd.getRegion(key);
        if (known?.region.range.start === key) before.add(key);
      }
      const { regionIds } = await pd.splitRegions(regionKeys);
      return { regionIds, newRegions: Math.max(0, regionIds.length - before.size) };
    },
    scatter: (regionIds) => pd.scatterRegions(regionIds),
  };
}
