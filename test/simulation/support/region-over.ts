/** A region that behaves like another one but for what is replaced. */

import type { RegionKv } from '../../../tikv-lite/index.ts';

export function regionOver(region: RegionKv, replaced: Partial<RegionKv>): RegionKv {
  return {
    regionId: region.regionId,
    regionRange: region.regionRange,
    get epoch() {
      return region.epoch;
    },
    get region() {
      return region.region;
    },
    get peer() {
      return region.peer;
    },
    get isLeader() {
      return region.isLeader;
    },
    get term() {
      return region.term;
    },
    get leader() {
      return region.leader;
    },
    read: () => region.read(),
    readIndex: (readTs) => region.readIndex(readTs),
    propose: (operations, onApplied) => region.propose(operations, onApplied),
    destroyRange: (range) => region.destroyRange(range),
    ...replaced,
  };
}
