/** KvPessimisticLock: the keys of a request are locked one after the other; the first that fails ends it. */

import { keyFromBytes, NO_TS, type Ts } from '../../base/index.ts';
import { kvrpcpb } from '../../base/rpc/index.ts';
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
  for (const { key, assertion } of request.mutations) {
    const command = {
      key: keyFromBytes(key),
      primary: keyFromBytes(request.primaryLock),
      startTs: request.startVersion as Ts,
      forUpdateTs: request.forUpdateTs as Ts,
      lockTtlMs: atMostUint32(request.lockTtl),
      minCommitTs: request.minCommitTs as Ts,
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
