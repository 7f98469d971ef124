/** The cluster of a plan: everything about it that differs from seed to seed, in one place. */

import { SeededRandom } from '../../../base/index.ts';
import type { SplitLimits } from '../../../tikv-lite/raftstore/split-checker.ts';
import type { RunPlan } from '../support/plan.ts';
import { shapeOf } from './churn.ts';
import type { Schedule } from './pd-process.ts';
import type { StoreComponents } from './store-process.ts';
import { ClusterWorld } from './world.ts';

/** So small that the data of the workloads has several such regions. */
const SMALL_REGIONS: Partial<SplitLimits> = {
  splitBytes: 1 << 14,
  splitKeys: 24,
  requestsPerSecond: 8,
  busySeconds: 3,
};

/** The placement driver merges what is much smaller than that. */
const EAGER_MERGING: Schedule = { splitMergeIntervalMs: 3000, maxMergeRegionBytes: 1 << 12, maxMergeRegionKeys: 6 };

export function clusterOf({ seed }: RunPlan, components: Partial<StoreComponents> | undefined): ClusterWorld {
  const { stores, schedule, churn } = shapeOf(seed);
  const dice = new SeededRandom(seed ^ 0x3c6ef372);
  return new ClusterWorld({
    seed,
    stores,
    cacheBytes: dice.below(2) << 20,
    splitLimits: dice.below(2) === 0 ? SMALL_REGIONS : {},
    regionHeartbeatSeconds: dice.below(2) === 0 ? 3 : 60,
    components,
    schedule: churn.merges && dice.below(2) === 0 ? { ...schedule, ...EAGER_MERGING } : schedule,
    keepsLogs: dice.below(3) > 0,
  });
}
