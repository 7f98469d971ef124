/** What every command carries: whom it is for, keys, timestamps. */

import { type Key, type KeyRange, keyFromBytes, type RegionId, type Ts } from '../../../base/index.ts';
import type { kvrpcpb } from '../../../base/rpc/index.ts';
import { epochFromProto, epochToProto, peerOrNone, peerToProto } from '../../../pd/server/index.ts';
import type { RequestContext } from '../../txn/kv-service.ts';

export const NO_BYTES = new Uint8Array(0);
const NO_IDS: readonly bigint[] = [];

/** What is kept must not hold the frame it came in. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? NO_BYTES : new Uint8Array(bytes);
}

export function keysFromBytes(keys: readonly Uint8Array[]): Key[] {
  return keys.map(keyFromBytes);
}

const MAX_UINT32 = 0xff_ff_ff_ffn;

/** Times to live in ms, and sizes of transactions in keys, for which clients write 2^64 - 1 for "whatever there may be". */
export function atMostUint32(value: bigint): number {
  return Number(value < MAX_UINT32 ? value : MAX_UINT32);
}

/** A range as requests carry it: an empty end is the end of the key space. */
export function rangeOf(start: Uint8Array, end: Uint8Array): KeyRange {
  return { start: keyFromBytes(start), end: end.length === 0 ? undefined : keyFromBytes(end) };
}

export function contextFromProto(context: kvrpcpb.Context | undefined): RequestContext {
  if (context === undefined) {
    return { regionId: 0 as RegionId, epoch: epochFromProto(undefined), peer: peerOrNone(undefined) };
  }
  return {
    regionId: Number(context.regionId) as RegionId,
    epoch: epochFromProto(context.regionEpoch),
    peer: peerOrNone(context.peer),
    term: context.term === 0n ? undefined : Number(context.term),
    replicaRead: context.replicaRead,
    staleRead: context.staleRead,
  };
}

export interface CallFlags {
  readonly isRetryRequest?: boolean | undefined;
  /** Transactions whose locks are read past. */
  readonly resolvedLocks?: ReadonlySet<Ts> | undefined;
}

export function contextToProto(context: RequestContext, flags?: CallFlags): kvrpcpb.Context {
  return {
    regionId: BigInt(context.regionId),
    regionEpoch: epochToProto(context.epoch),
    peer: peerToProto(context.peer),
    term: context.term === undefined ? 0n : BigInt(context.term),
    priority: 0,
    isolationLevel: 0,
    notFillCache: false,
    syncLog: false,
    recordTimeStat: false,
    recordScanStat: false,
    replicaRead: context.replicaRead === true,
    resolvedLocks: flags?.resolvedLocks === undefined ? (NO_IDS as bigint[]) : [...flags.resolvedLocks],
    maxExecutionDurationMs: 0n,
    appliedIndex: 0n,
    taskId: 0n,
    staleRead: context.staleRead === true,
    resourceGroupTag: NO_BYTES,
    isRetryRequest: flags?.isRetryRequest === true,
    apiVersion: 0,
    committedLocks: NO_IDS as bigint[],
    requestSource: '',
    txnSource: 0n,
    busyThresholdMs: 0,
    keyspaceName: '',
    keyspace: undefined,
    bucketsVersion: 0n,
    clusterId: 0n,
    traceId: NO_BYTES,
    traceControlFlags: 0n,
  };
}

/** Transactions the reader knows to be no obstacle. */
export function bypassOf(context: kvrpcpb.Context | undefined): ReadonlySet<Ts> | undefined {
  const locks = context?.resolvedLocks;
  return locks === undefined || locks.length === 0 ? undefined : new Set(locks as Ts[]);
}
