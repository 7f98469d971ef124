/**
 * tikvpb.Tikv: everything a store offers over the network. Each command is one function, reached by its own method and as
 * a case of BatchCommands; raft messages and snapshots of other stores come in here, too.
 */

import {
  type Clock,
  type Key,
  type KeyRange,
  keyFromBytes,
  type Logger,
  type RegionId,
  type Timers,
  type Ts,
} from '../../base/index.ts';
import { addHealthService, type GrpcServer, type Handlers, kvrpcpb, tikvpb } from '../../base/rpc/index.ts';
import type { PdClient } from '../../pd/index.ts';
import { regionToProto } from '../../pd/server/index.ts';
import { regionKeyOf } from '../raftstore/region-keys.ts';
import type { RegionAdmin } from '../raftstore/region-kv.ts';
import { rawRange } from '../raw/raw-keys.ts';
import type { RawApiVersion } from '../raw/raw-value.ts';
import type { KvService } from '../txn/kv-service.ts';
import { judgeClaims } from '../txn/leader-check.ts';
import type { LockWait } from '../txn/lock-waits.ts';
import type { SafeTimestamps } from '../txn/safe-timestamps.ts';
import { type CommandTable, serveBatchCommands } from './batch-commands.ts';
import { answerer, type RegionsOfStore, within } from './command-support.ts';
import { contextFromProto, NO_BYTES, rangeOf } from './convert/basics.ts';
import { claimFromProto } from './convert/leader-claim.ts';
import { addDeadlockService, type DeadlockHandler, waitToProto } from './grpc-deadlock-client.ts';
import { type RaftReceiver, raftHandlers } from './raft-handlers.ts';
import { rawCommands } from './raw-commands.ts';
import { type TxnCommands, txnCommands } from './txn-commands.ts';

/** What the service needs of its store. */
export interface NetworkedStore extends RaftReceiver, RegionsOfStore {
  readonly regions: readonly RegionAdmin[];
  region(regionId: RegionId): RegionAdmin | undefined;
  readonly flow: { readonly slowScore: number };
}

export interface TikvServiceOptions {
  readonly store: NetworkedStore;
  readonly kv: KvService;
  /** Up to where the replicas of the store may be read. */
  readonly safe: SafeTimestamps;
  readonly pd: Pick<PdClient, 'askBatchSplit'>;
  readonly timers: Timers;
  readonly clock: Clock;
  /** Serves the questions of other stores about deadlocks. */
  readonly deadlocks?: DeadlockHandler | undefined;
  /** Who waits for whose lock on this store. */
  readonly lockWaits?: (() => readonly LockWait[]) | undefined;
  /** How raw values are kept; a cluster never changes it. */
  readonly rawApi?: RawApiVersion | undefined;
  readonly logger?: Logger | undefined;
}

/** Adds the service of a store, and the health check for it. */
export function addTikvService(server: GrpcServer, options: TikvServiceOptions): void {
  const { store, kv, timers, clock, rawApi: api = 'v1', logger } = options;
  const txn = txnCommands(kv, store, logger);
  const raw = rawCommands({ kv, clock, api, logger });
  let feedbacks = 0n;
  const getHealthFeedback = () => healthFeedback(store, ++feedbacks);
  const commands: CommandTable = {
    ...txn,
    ...raw,
    getHealthFeedback: () => Promise.resolve(getHealthFeedback()),
    broadcastTxnStatus: () => Promise.resolve({}),
    empty: ({ testId }) => Promise.resolve({ testId }),
  };
  server.add(tikvpb.TikvDefinition, {
    ...txnMethods(txn),
    ...raw,
    ...storeMethods(options, getHealthFeedback),
    ...raftHandlers(store, logger),
    batchCommands: (stream) => serveBatchCommands(stream, commands, timers),
  });
  if (options.deadlocks !== undefined) addDeadlockService(server, options.deadlocks);
  addHealthService(server, [tikvpb.TikvDefinition.fullName]);
}

type TikvHandlers = Handlers<typeof tikvpb.TikvDefinition>;

function txnMethods(txn: TxnCommands): TikvHandlers {
  return {
    kvGet: txn.get,
    coprocessor: txn.coprocessor,
    kvBatchGet: txn.batchGet,
    kvScan: txn.scan,
    kvPrewrite: txn.prewrite,
    kvFlush: txn.flush,
    kvBufferBatchGet: txn.bufferBatchGet,
    kvCommit: txn.commit,
    kvCleanup: txn.cleanup,
    kvBatchRollback: txn.batchRollback,
    kvCheckTxnStatus: txn.checkTxnStatus,
    kvCheckSecondaryLocks: txn.checkSecondaryLocks,
    kvResolveLock: txn.resolveLock,
    kvPessimisticLock: txn.pessimisticLock,
    kVPessimisticRollback: txn.pessimisticRollback,
    kvTxnHeartBeat: txn.txnHeartBeat,
    kvScanLock: txn.scanLock,
    kvDeleteRange: txn.deleteRange,
    kvGC: txn.gc,
  };
}

function storeMethods(
  { store, kv, safe, pd, lockWaits = () => [], logger }: TikvServiceOptions,
  getHealthFeedback: () => kvrpcpb.GetHealthFeedbackResponse,
): TikvHandlers {
  const answering = answerer(logger);
  return {
    splitRegion: answering(kvrpcpb.SplitRegionResponse, async (request: kvrpcpb.SplitRegionRequest) => {
      const context = contextFromProto(request.context);
      kv.check(context);
      const region = store.region(context.regionId)!;
      const keys = splitKeysOf(request, region.region.range);
      if (keys.length === 0) return { regions: [regionToProto(region.region)], errors: [] };
      const ids = await pd.askBatchSplit(region.region, keys.length);
      const regions = await region.split(keys.map((splitKey, at) => ({ splitKey, ...ids[at]! })));
      const messages = regions.map(regionToProto);
      return { regions: messages, left: messages[0], right: messages.at(-1), errors: [] };
    }),

    async unsafeDestroyRange(request) {
      const range = rangeOf(request.startKey, request.endKey);
      try {
        for (const region of store.regions) if (region.isLeader) await destroyWithin(kv, region, range);
        return { error: '' };
      } catch (error) {
        return { error: error instanceof Error ? error.message : String(error) };
      }
    },

    readIndex: answering(kvrpcpb.ReadIndexResponse, async (request: kvrpcpb.ReadIndexRequest) => {
      const context = { ...contextFromProto(request.context), replicaRead: true };
      kv.check(context);
      const region = store.region(context.regionId)!;
      await region.readIndex(request.startTs as Ts);
      kv.check(context);
      return { readIndex: BigInt(region.appliedIndex) };
    }),

    checkLeader: ({ regions, ts }) => ({
      regions: judgeClaims(store, safe, regions.map(claimFromProto)).map(BigInt),
      ts,
    }),

    getStoreSafeTS({ keyRange }) {
      const range = rangeOf(keyRange?.startKey ?? NO_BYTES, keyRange?.endKey ?? NO_BYTES);
      return { safeTs: safe.least(store.regions, range) };
    },

    getHealthFeedback,
    broadcastTxnStatus: () => ({}),
    getLockWaitInfo: () => ({ error: '', entries: lockWaits().map(waitToProto) }),
    getLockWaitHistory: () => ({ error: '', entries: [] }),
  };
}

/** Region keys at which a region is really cut, in order. */
function splitKeysOf({ splitKeys, splitKey, isRawKv }: kvrpcpb.SplitRegionRequest, range: KeyRange): Key[] {
  const asked = splitKeys.length > 0 ? splitKeys : [splitKey];
  const keys = new Set<Key>();
  for (const bytes of asked) {
    const key = isRawKv ? keyFromBytes(bytes) : regionKeyOf(keyFromBytes(bytes));
    if (key > range.start && (range.end === undefined || key < range.end)) keys.add(key);
  }
  return [...keys].sort();
}

/** What of the range a region holds. */
async function destroyWithin(kv: KvService, region: RegionAdmin, range: KeyRange): Promise<void> {
  const raw = within(range, region.region.range);
  if (!isEmpty(raw)) await region.destroyRange(rawRange(raw));
  const part = within(range, region.regionRange);
  const context = { regionId: region.regionId, epoch: region.epoch, peer: region.peer };
  if (!isEmpty(part)) await kv.handle(context, 'destroyRange', [part]);
}

function isEmpty({ start, end }: KeyRange): boolean {
  return end !== undefined && start >= end;
}

function healthFeedback({ storeId, flow }: NetworkedStore, feedbackSeqNo: bigint): kvrpcpb.GetHealthFeedbackResponse {
  return { healthFeedback: { storeId: BigInt(storeId), feedbackSeqNo, slowScore: Math.floor(flow.slowScore) } };
}
