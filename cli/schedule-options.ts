/** What the configuration says of splitting and merging, for processes of a cluster and the embedded one alike. */

import type { ScheduleConfig } from '../pd/index.ts';
import type { SplitLimits } from '../tikv-lite/index.ts';
import type { Config } from './config.ts';

export const MEGABYTE = 1 << 20;
const SECOND_MS = 1000;

export function scheduleOf({ pd }: Config): Partial<ScheduleConfig> {
  return {
    mergeScheduleLimit: pd['merge-schedule-limit'],
    maxMergeRegionBytes: pd['max-merge-region-mb'] * MEGABYTE,
    maxMergeRegionKeys: pd['max-merge-region-keys'],
    splitMergeIntervalMs: pd['split-merge-interval-s'] * SECOND_MS,
  };
}

export function splitLimitsOf({ store }: Config): Partial<SplitLimits> {
  return {
    splitBytes: store['region-split-mb'] * MEGABYTE,
    splitKeys: store['region-split-keys'],
    secondsPerSizeCheck: store['split-check-interval-s'],
  };
}
