/** What an operator may tune about scheduling; names and defaults are PD's where it has them. */

export interface ScheduleConfig {
  readonly maxReplicas: number;
  /** How many operators of a kind may run at a time; 0 turns the kind off. */
  readonly leaderScheduleLimit: number;
  readonly regionScheduleLimit: number;
  readonly replicaScheduleLimit: number;
  readonly mergeScheduleLimit: number;
  /** Peers of a store that was silent for so long are replaced. */
  readonly maxStoreDownMs: number;
  /** A store that was silent for so long gets nothing new. */
  readonly storeDisconnectedMs: number;
  readonly maxMergeRegionBytes: number;
  readonly maxMergeRegionKeys: number;
  /** A region is not merged for so long after it was split off. */
  readonly splitMergeIntervalMs: number;
  readonly maxSnapshotCount: number;
  readonly maxPendingPeerCount: number;
  /** Peers a store may get, and may lose, in a minute; a small region counts as a fifth. */
  readonly storeLimitPerMinute: number;
  /** A store of whose capacity a larger share is used has little space: it gets no peers. */
  readonly lowSpaceRatio: number;
  /** With a slow score of so much a store loses its leaders; above 100 none does. */
  readonly slowStoreScore: number;
  /** Regions looked at in one tick. */
  readonly patrolBatch: number;
  /** An operator whose step takes longer is given up: small steps, and those that copy data. */
  readonly fastStepTimeoutMs: number;
  readonly slowStepTimeoutMs: number;
  /** An instruction is repeated when no heartbeat showed it done for so long. */
  readonly resendMs: number;
}

const MINUTE_MS = 60_000;

export const DEFAULT_SCHEDULE: ScheduleConfig = {
  maxReplicas: 3,
  leaderScheduleLimit: 4,
  regionScheduleLimit: 2048,
  replicaScheduleLimit: 64,
  mergeScheduleLimit: 8,
  maxStoreDownMs: 30 * MINUTE_MS,
  storeDisconnectedMs: 20_000,
  maxMergeRegionBytes: 54 << 20,
  maxMergeRegionKeys: 540_000,
  splitMergeIntervalMs: 60 * MINUTE_MS,
  maxSnapshotCount: 64,
  maxPendingPeerCount: 64,
  storeLimitPerMinute: 15,
  lowSpaceRatio: 0.8,
  slowStoreScore: 80,
  patrolBatch: 1024,
  fastStepTimeoutMs: MINUTE_MS,
  slowStepTimeoutMs: 10 * MINUTE_MS,
  resendMs: 2000,
};
