/**
 * The transactional commands of tikvpb.Tikv over the store's `KvService`: requests of any client of TiKV in, replies as it
 * understands them out. Region errors and key errors are part of the reply; what is thrown here is a bug.
 */

import {
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
  type Logger,
  MAX_TS,
  NO_TS,
  type Ts,
} from '../../base/index.ts';
import { coprocessor, kvrpcpb } from '../../base/rpc/index.ts';
import { replyToProto, requestFromProto } from '../coprocessor/wire/messages.ts';
import type { LockInfo } from '../mvcc/lock.ts';
import { readTsOf } from '../mvcc/read.ts';
import type { KvService, RequestContext } from '../txn/kv-service.ts';
import { type Done, LockedRead } from '../txn/region-service.ts';
import {
  answerer,
  locked,
  lockedPair,
  pairToProto,
  type RegionsOfStore,
  regionRange,
  within,
} from './command-support.ts';
import { atMostUint32, bypassOf, contextFromProto, keysFromBytes, NO_BYTES, rangeOf } from './convert/basics.ts';
import { keyErrorToProto, lockInfoToProto } from './convert/key-error.ts';
import { flushFromProto, prewriteFromProto } from './convert/prewrite.ts';
import { txnStatusToProto } from './convert/txn-status.ts';
import { lockPessimistically } from './pessimistic-lock-command.ts';
import { scanForClient } from './scan-command.ts';

const LOCKS_PER_PAGE = 256;
/** ScanLock without a limit. */
const MAX_SCANNED_LOCKS = 4096;

export type TxnCommands = ReturnType<typeof txnCommands>;

/** By the names of BatchCommands' cases. */
export function txnCommands(kv: KvService, store: RegionsOfStore, logger: Logger | undefined) {
  const answering = answerer(logger);
  return {
    get: answering(kvrpcpb.GetResponse, async (request: kvrpcpb.GetRequest) => {
      const context = contextFromProto(request.context);
      const key = keyFromBytes(request.key);
      const bypass = bypassOf(request.context);
      const isLatest = request.version === MAX_TS && bypass === undefined && context.replicaRead !== true;
      const found = isLatest
        ? await kv.handle(context, 'getLatest', [key])
        : await kv.handle(context, 'get', [key, readTsOf(request.version as Ts), bypass]);
      if (found === undefined) return { value: NO_BYTES, notFound: true, commitTs: 0n };
      if (found instanceof LockedRead)
        return { error: locked(found.lock), value: NO_BYTES, notFound: false, commitTs: 0n };
      return { value: found, notFound: false, commitTs: 0n };
    }),

    batchGet: answering(kvrpcpb.BatchGetResponse, async (request: kvrpcpb.BatchGetRequest) => {
      const at = readTsOf(request.version as Ts);
      const args = [keysFromBytes(request.keys), at, bypassOf(request.context)] as const;
      const { pairs, locks } = await kv.handle(contextFromProto(request.context), 'batchGet', [...args]);
      return { pairs: [...pairs.map(pairToProto), ...locks.map(lockedPair)] };
    }),

    scan: answering(kvrpcpb.ScanResponse, (request: kvrpcpb.ScanRequest) => scanForClient(kv, store, request)),

    coprocessor: answering(coprocessor.Response, async (request: coprocessor.Request) => {
      const decoded = requestFromProto(request, bypassOf(request.context));
      if (typeof decoded === 'string') return coprocessor.Response.create({ otherError: decoded });
      const reply = await kv.handle(contextFromProto(request.context), 'coprocessor', [decoded]);
      return reply instanceof LockedRead
        ? coprocessor.Response.create({ locked: lockInfoToProto(reply.lock) })
        : replyToProto(decoded, reply);
    }),

    prewrite: answering(kvrpcpb.PrewriteResponse, async (request: kvrpcpb.PrewriteRequest) => {
      const decoded = prewriteFromProto(request);
      if (typeof decoded === 'string') return prewriteReply({ errors: [invalid(decoded)] });
      const reply = await kv.handle(contextFromProto(request.context), 'prewrite', [decoded]);
      switch (reply.kind) {
        case 'prewritten':
          return prewriteReply({ minCommitTs: reply.minCommitTs });
        case 'one-pc':
          return prewriteReply({ onePcCommitTs: reply.commitTs });
        case 'failed':
          return prewriteReply({ errors: reply.errors.map(keyErrorToProto) });
        case 'max-timestamp-not-synced':
          return prewriteReply({ regionError: { message: 'max timestamp not synced', maxTimestampNotSynced: {} } });
      }
    }),

    flush: answering(kvrpcpb.FlushResponse, async (request: kvrpcpb.FlushRequest) => {
      const decoded = flushFromProto(request);
      if (typeof decoded === 'string') return { errors: [invalid(decoded)] };
      const reply = await kv.handle(contextFromProto(request.context), 'flush', [decoded]);
      return { errors: reply.kind === 'failed' ? reply.errors.map(keyErrorToProto) : [] };
    }),

    bufferBatchGet: answering(kvrpcpb.BufferBatchGetResponse, async (request: kvrpcpb.BufferBatchGetRequest) => {
      const args = [keysFromBytes(request.keys), request.version as Ts] as const;
      const pairs = await kv.handle(contextFromProto(request.context), 'bufferBatchGet', [...args]);
      return { pairs: pairs.map(pairToProto) };
    }),

    commit: answering(kvrpcpb.CommitResponse, async (request: kvrpcpb.CommitRequest) => {
      const keys = keysFromBytes(request.keys);
      const { startVersion, commitVersion } = request;
      const command = { keys, startTs: startVersion as Ts, commitTs: commitVersion as Ts };
      const done = await kv.handle(contextFromProto(request.context), 'commit', [command]);
      return done.kind === 'ok' ? { commitVersion } : { commitVersion: 0n, error: keyErrorToProto(done.error) };
    }),

    cleanup: answering(kvrpcpb.CleanupResponse, async (request: kvrpcpb.CleanupRequest) => {
      const { startVersion, currentTs } = request;
      const command = { key: keyFromBytes(request.key), startTs: startVersion as Ts, currentTs: currentTs as Ts };
      const done = await kv.handle(contextFromProto(request.context), 'cleanup', [command]);
      if (done.kind === 'ok') return { commitVersion: 0n };
      if (done.error.kind === 'committed') return { commitVersion: done.error.commitTs };
      return { commitVersion: 0n, error: keyErrorToProto(done.error) };
    }),

    batchRollback: answering(kvrpcpb.BatchRollbackResponse, async (request: kvrpcpb.BatchRollbackRequest) => {
      const command = { keys: keysFromBytes(request.keys), startTs: request.startVersion as Ts };
      return errorOf(await kv.handle(contextFromProto(request.context), 'batchRollback', [command]));
    }),

    checkTxnStatus: answering(kvrpcpb.CheckTxnStatusResponse, async (request: kvrpcpb.CheckTxnStatusRequest) => {
      const command = {
        primary: keyFromBytes(request.primaryKey),
        lockTs: request.lockTs as Ts,
        callerStartTs: request.callerStartTs as Ts,
        currentTs: request.currentTs as Ts,
        rollbackIfNotExist: request.rollbackIfNotExist,
        forceSyncCommit: request.forceSyncCommit,
        resolvingPessimisticLock: request.resolvingPessimisticLock,
        verifyIsPrimary: request.verifyIsPrimary,
      };
      const reply = await kv.handle(contextFromProto(request.context), 'checkTxnStatus', [command]);
      if (reply.kind === 'ok') return txnStatusToProto(reply.status);
      return { lockTtl: 0n, commitVersion: 0n, action: kvrpcpb.Action.NoAction, error: keyErrorToProto(reply.error) };
    }),

    checkSecondaryLocks: answering(
      kvrpcpb.CheckSecondaryLocksResponse,
      async (request: kvrpcpb.CheckSecondaryLocksRequest) => {
        const command = { keys: keysFromBytes(request.keys), startTs: request.startVersion as Ts };
        const status = await kv.handle(contextFromProto(request.context), 'checkSecondaryLocks', [command]);
        if (status.kind === 'committed') return { locks: [], commitTs: status.commitTs };
        return { locks: status.kind === 'locked' ? status.locks.map(lockInfoToProto) : [], commitTs: 0n };
      },
    ),

    resolveLock: answering(kvrpcpb.ResolveLockResponse, async (request: kvrpcpb.ResolveLockRequest) => {
      const context = contextFromProto(request.context);
      const { startVersion, commitVersion, txnInfos, keys } = request;
      if (keys.length > 0) {
        const command = { keys: keysFromBytes(keys), startTs: startVersion as Ts, commitTs: commitVersion as Ts };
        return errorOf(await kv.handle(context, 'resolveLock', [command]));
      }
      const fates = txnInfos.length > 0 ? txnInfos : [{ txn: startVersion, status: commitVersion }];
      for (const { txn, status } of fates) {
        const done = await resolveEverywhere(kv, store, context, txn as Ts, status as Ts);
        if (done.kind === 'failed') return errorOf(done);
      }
      return {};
    }),

    pessimisticLock: answering(kvrpcpb.PessimisticLockResponse, (request: kvrpcpb.PessimisticLockRequest) =>
      lockPessimistically(kv, request),
    ),

    pessimisticRollback: answering(
      kvrpcpb.PessimisticRollbackResponse,
      async (request: kvrpcpb.PessimisticRollbackRequest) => {
        const context = contextFromProto(request.context);
        const startTs = request.startVersion as Ts;
        const forUpdateTs = request.forUpdateTs as Ts;
        if (request.keys.length > 0) {
          await kv.handle(context, 'pessimisticRollback', [
            { keys: keysFromBytes(request.keys), startTs, forUpdateTs },
          ]);
          return { errors: [] };
        }
        await inPages(kv, regionRange(store, context), context, startTs, async (locks) => {
          const keys = locks.filter(({ kind }) => kind === 'pessimistic').map(({ key }) => key);
          await kv.handle(context, 'pessimisticRollback', [{ keys, startTs, forUpdateTs }]);
          return true;
        });
        return { errors: [] };
      },
    ),

    txnHeartBeat: answering(kvrpcpb.TxnHeartBeatResponse, async (request: kvrpcpb.TxnHeartBeatRequest) => {
      const command = {
        primary: keyFromBytes(request.primaryLock),
        startTs: request.startVersion as Ts,
        adviseTtlMs: atMostUint32(request.adviseLockTtl),
        minCommitTs: request.minCommitTs as Ts,
      };
      const reply = await kv.handle(contextFromProto(request.context), 'txnHeartBeat', [command]);
      if (reply.kind === 'ok') return { lockTtl: BigInt(reply.ttlMs) };
      return { lockTtl: 0n, error: keyErrorToProto(reply.error) };
    }),

    scanLock: answering(kvrpcpb.ScanLockResponse, async (request: kvrpcpb.ScanLockRequest) => {
      const context = contextFromProto(request.context);
      const range = within(rangeOf(request.startKey, request.endKey), regionRange(store, context));
      const limit = request.limit === 0 ? MAX_SCANNED_LOCKS : Math.min(request.limit, MAX_SCANNED_LOCKS);
      const of = request.startVersion === 0n ? undefined : (request.startVersion as Ts);
      const locks = await kv.handle(context, 'scanLocks', [range, limit, request.maxVersion as Ts, of]);
      return { locks: locks.map(lockInfoToProto) };
    }),

    deleteRange: answering(kvrpcpb.DeleteRangeResponse, async (request: kvrpcpb.DeleteRangeRequest) => {
      const range = rangeOf(request.startKey, request.endKey);
      if (!request.notifyOnly) await kv.handle(contextFromProto(request.context), 'destroyRange', [range]);
      return { error: '' };
    }),

    gc: answering(kvrpcpb.GCResponse, async (request: kvrpcpb.GCRequest) => {
      const args = [request.safePoint as Ts, keyFromBytes(request.cursor)] as const;
      const { next, removedRecords } = await kv.handle(contextFromProto(request.context), 'collectGarbage', [...args]);
      return {
        next: next === undefined ? NO_BYTES : keyToBytes(next),
        isComplete: next === undefined,
        removedRecords: BigInt(removedRecords),
      };
    }),
  };
}

function invalid(message: string): kvrpcpb.KeyError {
  return keyErrorToProto({ kind: 'invalid-request', message });
}

function errorOf(done: Done): { error?: kvrpcpb.KeyError } {
  return done.kind === 'ok' ? {} : { error: keyErrorToProto(done.error) };
}

function prewriteReply(fields: Partial<kvrpcpb.PrewriteResponse>): kvrpcpb.PrewriteResponse {
  return { errors: [], minCommitTs: NO_TS, onePcCommitTs: NO_TS, ...fields };
}

/** All locks of one transaction in a region. */
async function resolveEverywhere(
  kv: KvService,
  store: RegionsOfStore,
  context: RequestContext,
  startTs: Ts,
  commitTs: Ts,
): Promise<Done> {
  let done: Done = { kind: 'ok' };
  await inPages(kv, regionRange(store, context), context, startTs, async (locks) => {
    done = await kv.handle(context, 'resolveLock', [{ keys: locks.map(({ key }) => key), startTs, commitTs }]);
    return done.kind === 'ok';
  });
  return done;
}

/** Walks the locks of one transaction; `visit` tells whether to go on. */
async function inPages(
  kv: KvService,
  region: KeyRange,
  context: RequestContext,
  startTs: Ts,
  visit: (locks: readonly LockInfo[]) => Promise<boolean>,
): Promise<void> {
  let range = region;
  for (;;) {
    const locks = await kv.handle(context, 'scanLocks', [range, LOCKS_PER_PAGE, startTs, startTs]);
    if (locks.length > 0 && !(await visit(locks))) return;
    if (locks.length < LOCKS_PER_PAGE) return;
    range = { start: `${locks.at(-1)!.key}\0` as Key, end: region.end };
  }
}
