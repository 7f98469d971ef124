/**
 * The calls of a region as commands of BatchCommands, for our own client: arguments to requests, replies to results. What
 * the wire says about the region is thrown as RegionError.
 */

import {
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
  MAX_TS,
  NO_TS,
  type RegionId,
  type Ts,
} from '../../../base/index.ts';
import { type errorpb, kvrpcpb, type tikvpb } from '../../../base/rpc/index.ts';
import { endToProto, rangeFromProto } from '../../../pd/server/index.ts';
import {
  replyFromProto as coprocessorReplyFromProto,
  requestToProto as coprocessorToProto,
} from '../../coprocessor/wire/messages.ts';
import type { LockInfo } from '../../mvcc/lock.ts';
import type { ReadTs } from '../../mvcc/read.ts';
import { RegionError } from '../../raftstore/region-kv.ts';
import type { RegionArguments, RegionMethod, RegionReply, RequestContext } from '../../txn/kv-service.ts';
import { type Done, type Failed, LockedRead } from '../../txn/region-service.ts';
import { contextToProto, NO_BYTES } from './basics.ts';
import { keyErrorFromProto, lockInfoFromProto } from './key-error.ts';
import { flushToProto, prewriteToProto } from './prewrite.ts';
import { regionErrorFromProto } from './region-error.ts';
import { txnStatusFromProto } from './txn-status.ts';

/** Of a pessimistic lock: whoever holds the key is not waited for. */
const NO_WAIT = -1n;

export type WireRequest = NonNullable<tikvpb.BatchCommandsRequest_Request['cmd']>;
export type WireResponse = NonNullable<tikvpb.BatchCommandsResponse_Response['cmd']>;
type Case = WireRequest['$case'] & WireResponse['$case'];
type RequestValue<C extends Case> = Extract<WireRequest, { $case: C }>['value'];
type ResponseValue<C extends Case> = Extract<WireResponse, { $case: C }>['value'];

interface WireCall<M extends RegionMethod> {
  request(context: RequestContext, args: RegionArguments<M>): WireRequest;
  reply(response: WireResponse, args: RegionArguments<M>, regionId: RegionId): RegionReply<M>;
}

/** Ties a method to a case of BatchCommands. */
function call<M extends RegionMethod, C extends Case>(
  $case: C,
  encode: (context: RequestContext, ...args: RegionArguments<M>) => RequestValue<C>,
  decode: (reply: ResponseValue<C>, args: RegionArguments<M>, regionId: RegionId) => RegionReply<M>,
): WireCall<M> {
  return {
    request: (context, args) => ({ $case, value: encode(context, ...args) }) as WireRequest,
    reply(response, args, regionId) {
      if (response.$case !== $case)
        throw new RegionError('server-is-busy', regionId, `${$case} was answered as ${response.$case}`);
      const { regionError } = response.value as { readonly regionError?: errorpb.Error | undefined };
      if (regionError !== undefined) throw regionErrorFromProto(regionError, regionId);
      return decode(response.value as ResponseValue<C>, args, regionId);
    },
  };
}

/** The lock that a read met. Any other error is not for the eyes of readers: throws RegionError, to be waited out. */
function lockIn(error: kvrpcpb.KeyError, regionId: RegionId): LockInfo {
  if (error.locked !== undefined) return lockInfoFromProto(error.locked);
  throw notAnswered(JSON.stringify(keyErrorFromProto(error), textOfTs), regionId);
}

function notAnswered(reason: string, regionId: RegionId): RegionError {
  return new RegionError('server-is-busy', regionId, `the store could not answer: ${reason}`);
}

function textOfTs(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

type Bypass = ReadonlySet<Ts> | undefined;

const calls: { readonly [M in RegionMethod]: WireCall<M> } = {
  get: call<'get', 'get'>('get', (context, key, at, bypass) => getToProto(context, key, at.ts, bypass), readOf),
  getLatest: call<'getLatest', 'get'>('get', (context, key) => getToProto(context, key, MAX_TS, undefined), readOf),

  batchGet: call<'batchGet', 'batchGet'>(
    'batchGet',
    (context, keys, at, bypass) => ({
      context: contextToProto(context, { resolvedLocks: bypass }),
      keys: keys.map(keyToBytes),
      version: at.ts,
      needCommitTs: false,
    }),
    ({ pairs, error }, _args, regionId) => {
      const locks: LockInfo[] = error === undefined ? [] : [lockIn(error, regionId)];
      const found: { key: Key; value: Uint8Array }[] = [];
      for (const pair of pairs) {
        if (pair.error !== undefined) locks.push(lockIn(pair.error, regionId));
        else found.push({ key: keyFromBytes(pair.key), value: pair.value });
      }
      return { pairs: found, locks };
    },
  ),

  scan: call<'scan', 'scan'>('scan', scanToProto, (reply, args, regionId) => pageOf(reply, args, regionId)),

  prewrite: call<'prewrite', 'prewrite'>('prewrite', prewriteToProto, ({ errors, minCommitTs, onePcCommitTs }) => {
    if (errors.length > 0) return { kind: 'failed', errors: errors.map(keyErrorFromProto) };
    if (onePcCommitTs > 0n) return { kind: 'one-pc', commitTs: onePcCommitTs as Ts };
    return { kind: 'prewritten', minCommitTs: minCommitTs as Ts };
  }),

  flush: call<'flush', 'flush'>('flush', flushToProto, ({ errors }) =>
    errors.length > 0 ? { kind: 'failed', errors: errors.map(keyErrorFromProto) } : { kind: 'ok' },
  ),

  bufferBatchGet: call<'bufferBatchGet', 'bufferBatchGet'>(
    'bufferBatchGet',
    (context, keys, startTs) => ({ context: contextToProto(context), keys: keys.map(keyToBytes), version: startTs }),
    ({ pairs, error }, _args, regionId) => {
      const wrong = error ?? pairs.find((pair) => pair.error !== undefined)?.error;
      if (wrong !== undefined) throw notAnswered(wrong.abort || wrong.retryable, regionId);
      return pairs.map(({ key, value }) => ({ key: keyFromBytes(key), value }));
    },
  ),

  commit: call<'commit', 'commit'>(
    'commit',
    (context, { keys, startTs, commitTs }) => ({
      context: contextToProto(context),
      startVersion: startTs,
      keys: keys.map(keyToBytes),
      commitVersion: commitTs,
      commitRole: kvrpcpb.CommitRole.Unknown,
      primaryKey: NO_BYTES,
      useAsyncCommit: false,
      isTxnFile: false,
    }),
    doneOf,
  ),

  batchRollback: call<'batchRollback', 'batchRollback'>(
    'batchRollback',
    (context, { keys, startTs }) => ({
      context: contextToProto(context),
      startVersion: startTs,
      keys: keys.map(keyToBytes),
      isTxnFile: false,
    }),
    doneOf,
  ),

  cleanup: call<'cleanup', 'cleanup'>(
    'cleanup',
    (context, { key, startTs, currentTs }) => ({
      context: contextToProto(context),
      key: keyToBytes(key),
      startVersion: startTs,
      currentTs,
    }),
    (reply, [{ key }]) => {
      if (reply.commitVersion === 0n) return doneOf(reply);
      return { kind: 'failed', error: { kind: 'committed', key, commitTs: reply.commitVersion as Ts } };
    },
  ),

  checkTxnStatus: call<'checkTxnStatus', 'checkTxnStatus'>(
    'checkTxnStatus',
    (context, request) => ({
      context: contextToProto(context),
      primaryKey: keyToBytes(request.primary),
      lockTs: request.lockTs,
      callerStartTs: request.callerStartTs,
      currentTs: request.currentTs,
      rollbackIfNotExist: request.rollbackIfNotExist,
      forceSyncCommit: request.forceSyncCommit,
      resolvingPessimisticLock: request.resolvingPessimisticLock,
      verifyIsPrimary: request.verifyIsPrimary,
      isTxnFile: false,
    }),
    (reply, [{ primary, lockTs }]) =>
      reply.error === undefined
        ? { kind: 'ok', status: txnStatusFromProto(reply, primary, lockTs) }
        : failedWith(reply.error),
  ),

  checkSecondaryLocks: call<'checkSecondaryLocks', 'checkSecondaryLocks'>(
    'checkSecondaryLocks',
    (context, { keys, startTs }) => ({
      context: contextToProto(context),
      keys: keys.map(keyToBytes),
      startVersion: startTs,
    }),
    ({ locks, commitTs, error }, [{ keys }], regionId) => {
      if (error !== undefined) throw notAnswered(error.abort || error.retryable, regionId);
      if (commitTs > 0n) return { kind: 'committed', commitTs: commitTs as Ts };
      if (locks.length === 0 && keys.length > 0) return { kind: 'rolled-back' };
      return { kind: 'locked', locks: locks.map(lockInfoFromProto) };
    },
  ),

  resolveLock: call<'resolveLock', 'resolveLock'>(
    'resolveLock',
    (context, { keys, startTs, commitTs }) => ({
      context: contextToProto(context),
      startVersion: startTs,
      commitVersion: commitTs,
      txnInfos: [],
      keys: keys.map(keyToBytes),
      isAsync: false,
      isTxnFile: false,
    }),
    doneOf,
  ),

  pessimisticLock: call<'pessimisticLock', 'pessimisticLock'>('pessimisticLock', lockToProto, lockedOf),

  pessimisticLockAll: call<'pessimisticLockAll', 'pessimisticLock'>('pessimisticLock', lockAllToProto, ({ errors }) =>
    doneOf({ error: errors[0] }),
  ),

  pessimisticRollback: call<'pessimisticRollback', 'pessimisticRollback'>(
    'pessimisticRollback',
    (context, { keys, startTs, forUpdateTs }) => ({
      context: contextToProto(context),
      startVersion: startTs,
      forUpdateTs,
      keys: keys.map(keyToBytes),
    }),
    () => undefined,
  ),

  txnHeartBeat: call<'txnHeartBeat', 'txnHeartBeat'>(
    'txnHeartBeat',
    (context, { primary, startTs, adviseTtlMs, minCommitTs }) => ({
      context: contextToProto(context),
      primaryLock: keyToBytes(primary),
      startVersion: startTs,
      adviseLockTtl: BigInt(adviseTtlMs),
      minCommitTs: minCommitTs ?? NO_TS,
      isTxnFile: false,
    }),
    ({ error, lockTtl }) => (error === undefined ? { kind: 'ok', ttlMs: Number(lockTtl) } : failedWith(error)),
  ),

  scanLocks: call<'scanLocks', 'scanLock'>(
    'scanLock',
    (context, range, limit, maxTs, startTs) => ({
      context: contextToProto(context),
      maxVersion: maxTs,
      startKey: keyToBytes(range.start),
      limit,
      endKey: endToProto(range.end),
      startVersion: startTs ?? NO_TS,
    }),
    ({ locks, error }, _args, regionId) => {
      // A lock that stands in memory alone yet: the others are not told.
      if (error !== undefined) throw notAnswered('a lock is on its way', regionId);
      return locks.map(lockInfoFromProto);
    },
  ),

  collectGarbage: call<'collectGarbage', 'gc'>(
    'gc',
    (context, safePoint, cursor) => ({ context: contextToProto(context), safePoint, cursor: keyToBytes(cursor) }),
    ({ next, isComplete, removedRecords }) => ({
      next: isComplete ? undefined : keyFromBytes(next),
      removedRecords: Number(removedRecords),
    }),
  ),

  coprocessor: call<'coprocessor', 'coprocessor'>(
    'coprocessor',
    (context, request) => ({
      ...coprocessorToProto(request),
      context: contextToProto(context, { resolvedLocks: request.bypass }),
    }),
    (reply, [request]) =>
      reply.locked === undefined
        ? coprocessorReplyFromProto(request, reply)
        : new LockedRead(lockInfoFromProto(reply.locked)),
  ),

  destroyRange: call<'destroyRange', 'deleteRange'>(
    'deleteRange',
    (context, range) => ({
      context: contextToProto(context),
      startKey: keyToBytes(range.start),
      endKey: endToProto(range.end),
      notifyOnly: false,
    }),
    ({ error }, _args, regionId) => {
      if (error !== '') throw notAnswered(error, regionId);
    },
  ),
};

export function requestOf<M extends RegionMethod>(
  method: M,
  context: RequestContext,
  args: RegionArguments<M>,
): WireRequest {
  return (calls[method] as WireCall<M>).request(context, args);
}

/** Throws RegionError as the store answered. */
export function replyOf<M extends RegionMethod>(
  method: M,
  response: WireResponse,
  args: RegionArguments<M>,
  regionId: RegionId,
): RegionReply<M> {
  return (calls[method] as WireCall<M>).reply(response, args, regionId);
}

function getToProto(context: RequestContext, key: Key, version: Ts, bypass: Bypass): kvrpcpb.GetRequest {
  return {
    context: contextToProto(context, { resolvedLocks: bypass }),
    key: keyToBytes(key),
    version,
    needCommitTs: false,
  };
}

function readOf(
  { error, notFound, value }: kvrpcpb.GetResponse,
  _args: unknown,
  regionId: RegionId,
): Uint8Array | undefined | LockedRead {
  if (error !== undefined) return new LockedRead(lockIn(error, regionId));
  return notFound ? undefined : value;
}

function scanToProto(
  context: RequestContext,
  { start, end }: KeyRange,
  at: ReadTs,
  limit: number,
  reverse: boolean,
  bypass: Bypass,
): kvrpcpb.ScanRequest {
  return {
    context: contextToProto(context, { resolvedLocks: bypass }),
    startKey: reverse ? endToProto(end) : keyToBytes(start),
    limit,
    version: at.ts,
    keyOnly: false,
    reverse,
    endKey: reverse ? keyToBytes(start) : endToProto(end),
    sampleStep: 0,
    singlePage: true,
  };
}

/** Stores other than ours fill the page, and have nothing left when they cannot; a page of ours ends before a lock. */
function pageOf(
  { pairs, rest, ...reply }: kvrpcpb.ScanResponse,
  [range, , limit, reverse]: RegionArguments<'scan'>,
  regionId: RegionId,
): RegionReply<'scan'> {
  if (reply.error !== undefined) return new LockedRead(lockIn(reply.error, regionId));
  const found: { key: Key; value: Uint8Array }[] = [];
  for (const { key, value, error } of pairs) {
    if (error === undefined) {
      found.push({ key: keyFromBytes(key), value });
      continue;
    }
    const lock = lockIn(error, regionId);
    if (found.length === 0) return new LockedRead(lock);
    const from = reverse ? { start: range.start, end: `${lock.key}\0` as Key } : { start: lock.key, end: range.end };
    return { pairs: found, rest: from };
  }
  if (rest !== undefined) return { pairs: found, rest: rangeFromProto(rest.startKey, rest.endKey) };
  const last = found.length < limit ? undefined : found.at(-1)?.key;
  if (last === undefined) return { pairs: found, rest: undefined };
  const after = reverse ? { start: range.start, end: last } : { start: `${last}\0` as Key, end: range.end };
  return { pairs: found, rest: after };
}

function lockToProto(
  context: RequestContext,
  { key, ...request }: RegionArguments<'pessimisticLock'>[0],
  waitMs: number,
): kvrpcpb.PessimisticLockRequest {
  const { WakeUpModeForceLock, WakeUpModeNormal } = kvrpcpb.PessimisticLockWakeUpMode;
  return {
    ...lockAllToProto(context, { ...request, keys: [key] }),
    waitTimeout: waitMs <= 0 ? NO_WAIT : BigInt(Math.ceil(waitMs)),
    returnValues: request.returnValues === true,
    checkExistence: request.checkExistence === true,
    lockOnlyIfExists: request.lockOnlyIfExists === true,
    wakeUpMode: request.allowLockWithConflict === true ? WakeUpModeForceLock : WakeUpModeNormal,
  };
}

function lockAllToProto(
  context: RequestContext,
  request: RegionArguments<'pessimisticLockAll'>[0],
): kvrpcpb.PessimisticLockRequest {
  const assertion = request.shouldNotExist === true ? kvrpcpb.Assertion.NotExist : kvrpcpb.Assertion.None;
  return {
    context: contextToProto(context),
    mutations: request.keys.map((key) => ({
      op: kvrpcpb.Op.PessimisticLock,
      key: keyToBytes(key),
      value: NO_BYTES,
      assertion,
      statementOrder: 0n,
    })),
    primaryLock: keyToBytes(request.primary),
    startVersion: request.startTs,
    lockTtl: BigInt(request.lockTtlMs),
    forUpdateTs: request.forUpdateTs,
    isFirstLock: false,
    waitTimeout: NO_WAIT,
    force: false,
    returnValues: false,
    minCommitTs: request.minCommitTs ?? NO_TS,
    checkExistence: false,
    lockOnlyIfExists: false,
    wakeUpMode: kvrpcpb.PessimisticLockWakeUpMode.WakeUpModeNormal,
  };
}

function lockedOf(
  { errors, results, values, notFounds }: kvrpcpb.PessimisticLockResponse,
  [request]: RegionArguments<'pessimisticLock'>,
): RegionReply<'pessimisticLock'> {
  if (errors[0] !== undefined) return failedWith(errors[0]);
  const result = results[0];
  const exists = result === undefined ? notFounds[0] === false : result.existence;
  const value = request.returnValues === true && exists ? (result?.value ?? values[0]) : undefined;
  const lockedWithConflictTs = (result?.lockedWithConflictTs ?? NO_TS) as Ts;
  return {
    kind: 'locked',
    isLocked: request.lockOnlyIfExists !== true || exists,
    value,
    exists,
    lockedWithConflictTs,
    forUpdateTs: lockedWithConflictTs > request.forUpdateTs ? lockedWithConflictTs : request.forUpdateTs,
  };
}

function doneOf({ error }: { readonly error?: kvrpcpb.KeyError | undefined }): Done {
  return error === undefined ? { kind: 'ok' } : failedWith(error);
}

function failedWith(error: kvrpcpb.KeyError): Failed {
  return { kind: 'failed', error: keyErrorFromProto(error) };
}
