/** The public face of `tikv-lite`. */
export { ClusterStorage, type ClusterStorageOptions, openClusterStorage } from './client/cluster-storage.ts';
export {
  type ClusterView,
  clusterViewOf,
  type RegionStatus,
  type SplitResult,
  type StoreStatus,
} from './client/cluster-view.ts';
export type { GcOptions } from './client/garbage-collector.ts';
export { LocalStorage, openStorage, type StorageOptions } from './client/local-storage.ts';
export {
  type Checkpoint,
  type CommitBound,
  type DagSelect,
  type DagStream,
  type LockOptions,
  type LockResult,
  type Reader,
  type ReadOptions,
  type ReplicaRead,
  type Scanner,
  type ScanOptions,
  type Snapshot,
  type StatementOrder,
  type Storage,
  type Transaction,
  TransactionError,
  type TransactionErrorKind,
  type TransactionOptions,
} from './client/storage.ts';
export { type CompiledDag, compileDag, type PairSource } from './coprocessor/compile-dag.ts';
export type {
  DagAggregation,
  DagExecutor,
  DagLimit,
  DagProjection,
  DagRequest,
  DagScan,
  DagSelection,
  DagSortItem,
  DagTopN,
} from './coprocessor/dag.ts';
export { isPushable, isPushableAggregate } from './coprocessor/pushable.ts';
export type { CoprocessorReply, CoprocessorRequest, DagSettings } from './coprocessor/request.ts';
export { CachedEngine, type CachedEngineOptions } from './kv/cached-engine.ts';
export { FaultEngine } from './kv/fault-engine.ts';
export type { KvEngine, KvEngineState, KvReader, KvSnapshot, WriteOperation, WriteOptions } from './kv/kv-engine.ts';
export { LevelEngine, type LevelEngineOptions, openLevelEngine } from './kv/level-engine.ts';
export { MemoryEngine } from './kv/memory-engine.ts';
export { dumpSegment } from './raftstore/log/dump.ts';
export { type Bootstrap, openStore, STORE_FORMAT_VERSION, type StoreOptions } from './raftstore/open-store.ts';
export {
  type RegionAdmin,
  RegionError,
  type RegionErrorDetails,
  type RegionErrorKind,
  type RegionKv,
  type RegionObserver,
  type RegionReport,
  type RegionSplit,
} from './raftstore/region-kv.ts';
export {
  DEFAULT_SPLIT_LIMITS,
  SplitChecker,
  type SplitCheckerOptions,
  type SplitLimits,
  type SplitRequests,
} from './raftstore/split-checker.ts';
export type { Store, StoreStatistics } from './raftstore/store.ts';
export { StoreError, type StoreErrorKind } from './raftstore/store-error.ts';
export type { OutgoingSnapshot, PeerSignal, RegionMessage, StoreTransport } from './raftstore/transport.ts';
export { type JoinOptions, joinCluster, joined, type StoreIdentity } from './server/join-cluster.ts';
export { type LoneStore, type LoneStoreOptions, openLoneStore } from './server/lone-store.ts';
export { PdWorker, type PdWorkerOptions, type ReportedStore, type StoreFigures } from './server/pd-worker.ts';
export { openStoreNode, type StoreNode, type StoreNodeOptions } from './server/store-node.ts';
export type { DeadlockClient, DeadlockRequest, WaitForEdge } from './txn/deadlock-service.ts';
export {
  type KvService,
  type RegionArguments,
  type RegionMethod,
  type RegionReply,
  type RequestContext,
  type StoreClient,
  StoreUnreachableError,
} from './txn/kv-service.ts';
export { type ClusterDeadlocks, RegionHost, type RegionHostOptions } from './txn/region-host.ts';
export type { RegionService } from './txn/region-service.ts';
export { type ServedStore, StoreKvService } from './txn/store-kv-service.ts';
