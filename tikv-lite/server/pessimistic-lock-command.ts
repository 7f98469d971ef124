/**
 * KvPessimisticLock. A request with several keys takes all or none while nobody is in the way. When somebody is, and the
 * request may wait or lock in spite of conflicts, they are locked one after the other; the first that fails ends it.
 */

import { keyFromBytes, NO_TS, type Ts } from '../../base/index.ts';
import { kvrpcpb } from '../../base/rpc/index.ts';
import type { PessimisticLockAllRequest } from '../mvcc/commands/pessimistic-lock-all.ts';
import type { KvService } from '../txn/kv-service.ts';
import type { PessimisticLockReply } from '../txn/region-service.ts';
import { atMostUint32, contextFromProto, NO_BYTES } from './convert/basics.ts';
import { keyErrorToProto } from './convert/key-error.ts';

/** What a request that names no time waits at most. */
const DEFAULT_WAIT_MS = 1000;

type Locked = Extract<PessimisticLockReply, { kind: 'locked' }>;

export async function lockPessimistically(
  kv: KvService,
  request: kvrpcpb.PessimisticLockRequest,
): Promise<kvrpcpb.PessimisticLockResponse> {
  const context = contextFromProto(request.context);
  const allowLockWithConflict = request.wakeUpMode === kvrpcpb.PessimisticLockWakeUpMode.WakeUpModeForceLock;
  const waitMs = request.waitTimeout === 0n ? DEFAULT_WAIT_MS : Math.max(Number(request.waitTimeout), 0);
  const taken: Locked[] = [];
  if (takesAllOrNone(request)) {
    const reply = await kv.handle(context, 'pessimisticLockAll', [lockAllOf(request)]);
    if (reply.kind === 'ok') return response({});
    if (reply.error.kind !== 'key-is-locked' || waitMs === 0)
      return response({ errors: [keyErrorToProto(reply.error)] });
  }
  for (const { key, assertion } of request.mutations) {
    const command = {
      ...commonOf(request),
      key: keyFromBytes(key),
      shouldNotExist: assertion === kvrpcpb.Assertion.NotExist,
      returnValues: request.returnValues,
      checkExistence: request.checkExistence,
      lockOnlyIfExists: request.lockOnlyIfExists,
      allowLockWithConflict,
    };
    const reply = await kv.handle(context, 'pessimisticLock', [command, waitMs]);
    if (reply.kind === 'failed') {
      const results = allowLockWithConflict ? [FAILED] : [];
      return response({ errors: [keyErrorToProto(reply.error)], results });
    }
    taken.push(reply);
  }
  return allowLockWithConflict ? response({ results: taken.map(resultOf) }) : response(valuesOf(request, taken));
}

/** Several keys that are all to be locked in the same way, and of which nothing is to be told. */
function takesAllOrNone(request: kvrpcpb.PessimisticLockRequest): boolean {
  const { mutations, returnValues, checkExistence, lockOnlyIfExists, wakeUpMode } = request;
  const [first] = mutations;
  if (first === undefined || mutations.length === 1 || returnValues || checkExistence || lockOnlyIfExists) return false;
  if (wakeUpMode !== kvrpcpb.PessimisticLockWakeUpMode.WakeUpModeNormal) return false;
  return mutations.every(({ assertion }) => assertion === first.assertion);
}

function lockAllOf(request: kvrpcpb.PessimisticLockRequest): PessimisticLockAllRequest {
  const shouldNotExist = request.mutations[0]?.assertion === kvrpcpb.Assertion.NotExist;
  return { ...commonOf(request), keys: request.mutations.map(({ key }) => keyFromBytes(key)), shouldNotExist };
}

function commonOf(request: kvrpcpb.PessimisticLockRequest) {
  return {
    primary: keyFromBytes(request.primaryLock),
    startTs: request.startVersion as Ts,
    forUpdateTs: request.forUpdateTs as Ts,
    lockTtlMs: atMostUint32(request.lockTtl),
    minCommitTs: request.minCommitTs as Ts,
  };
}

const FAILED: kvrpcpb.PessimisticLockKeyResult = {
  type: kvrpcpb.PessimisticLockKeyResultType.LockResultFailed,
  value: NO_BYTES,
  existence: false,
  lockedWithConflictTs: 0n,
  skipResolvingLock: false,
};

function resultOf({ value, exists, lockedWithConflictTs }: Locked): kvrpcpb.PessimisticLockKeyResult {
  const type =
    lockedWithConflictTs === NO_TS
      ? kvrpcpb.PessimisticLockKeyResultType.LockResultNormal
      : kvrpcpb.PessimisticLockKeyResultType.LockResultLockedWithConflict;
  return { ...FAILED, type, value: value ?? NO_BYTES, existence: exists, lockedWithConflictTs };
}

function valuesOf(
  { returnValues, checkExistence }: kvrpcpb.PessimisticLockRequest,
  taken: readonly Locked[],
): Partial<kvrpcpb.PessimisticLockResponse> {
  if (!returnValues && !checkExistence) return {};
  const notFounds = taken.map(({ exists }) => !exists);
  return returnValues ? { notFounds, values: taken.map(({ value }) => value ?? NO_BYTES) } : { notFounds };
}

function response(fields: Partial<kvrpcpb.PessimisticLockResponse>): kvrpcpb.PessimisticLockResponse {
  return { errors: [], commitTs: 0n, value: NO_BYTES, values: [], notFounds: [], results: [], ...fields };
}
