/** The public face of `pd`. */
export { LocalPdClient } from './client/local-pd-client.ts';
export {
  type GcState,
  type PdClient,
  PdError,
  type PdErrorKind,
  type PeerChange,
  type PeerChangeKind,
  type RegionHeartbeat,
  type RegionInstruction,
  type RegionStatistics,
  type RegionWithLeader,
  type SplitIds,
  type StoreHeartbeat,
} from './client/pd-client.ts';
export type { TimestampOracle } from './client/timestamp-oracle.ts';
export {
  compareEpochs,
  type PeerDescriptor,
  type PeerRole,
  type Region,
  type RegionEpoch,
  type StoreDescriptor,
  type StoreState,
} from './meta.ts';
export { DEFAULT_SCHEDULE, type ScheduleConfig } from './schedule/config.ts';
export type { OperatorRecord } from './schedule/operator-controller.ts';
export { LocalOracle, type LocalOracleOptions } from './server/local-oracle.ts';
export { type InstructionListener, PlacementDriver, type PlacementDriverOptions } from './server/placement-driver.ts';
export { SAVE_AHEAD_MS, TimestampState } from './tso.ts';
