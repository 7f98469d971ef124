/** The fate of a transaction as CheckTxnStatus tells it, both ways. */

import { type Key, NO_TS, type Ts } from '../../../base/index.ts';
import { kvrpcpb } from '../../../base/rpc/index.ts';
import type { TxnStatus } from '../../mvcc/commands/check-txn-status.ts';
import type { LockInfo } from '../../mvcc/lock.ts';
import { lockInfoFromProto, lockInfoToProto } from './key-error.ts';

type ActionWord = Exclude<TxnStatus, { kind: 'committed' }>['action'];

const ACTIONS: Readonly<Record<ActionWord, kvrpcpb.Action>> = {
  'no-action': kvrpcpb.Action.NoAction,
  'ttl-expire-rollback': kvrpcpb.Action.TTLExpireRollback,
  'lock-not-exist-rollback': kvrpcpb.Action.LockNotExistRollback,
  'min-commit-ts-pushed': kvrpcpb.Action.MinCommitTSPushed,
  'ttl-expire-pessimistic-rollback': kvrpcpb.Action.TTLExpirePessimisticRollback,
  'lock-not-exist-do-nothing': kvrpcpb.Action.LockNotExistDoNothing,
};

export function txnStatusToProto(status: TxnStatus): kvrpcpb.CheckTxnStatusResponse {
  if (status.kind === 'committed') return { lockTtl: 0n, commitVersion: status.commitTs, action: 0 };
  const action = ACTIONS[status.action];
  if (status.kind !== 'alive') return { lockTtl: 0n, commitVersion: 0n, action };
  const { lock } = status;
  return { lockTtl: BigInt(lock.ttlMs), commitVersion: 0n, action, lockInfo: lockInfoToProto(lock) };
}

/** `primary` and `lockTs` are those of the request, for stores that do not send the lock. */
export function txnStatusFromProto(reply: kvrpcpb.CheckTxnStatusResponse, primary: Key, lockTs: Ts): TxnStatus {
  if (reply.commitVersion > 0n) return { kind: 'committed', commitTs: reply.commitVersion as Ts };
  if (reply.lockTtl > 0n) {
    const isPushed = reply.action === kvrpcpb.Action.MinCommitTSPushed;
    const lock = reply.lockInfo === undefined ? bareLock(reply, primary, lockTs) : lockInfoFromProto(reply.lockInfo);
    return { kind: 'alive', action: isPushed ? 'min-commit-ts-pushed' : 'no-action', lock };
  }
  switch (reply.action) {
    case kvrpcpb.Action.TTLExpireRollback:
      return { kind: 'rolled-back', action: 'ttl-expire-rollback' };
    case kvrpcpb.Action.LockNotExistRollback:
      return { kind: 'rolled-back', action: 'lock-not-exist-rollback' };
    case kvrpcpb.Action.TTLExpirePessimisticRollback:
      return { kind: 'nothing', action: 'ttl-expire-pessimistic-rollback' };
    case kvrpcpb.Action.LockNotExistDoNothing:
      return { kind: 'nothing', action: 'lock-not-exist-do-nothing' };
    default:
      return { kind: 'rolled-back', action: 'no-action' };
  }
}

function bareLock(reply: kvrpcpb.CheckTxnStatusResponse, primary: Key, lockTs: Ts): LockInfo {
  return {
    key: primary,
    primary,
    startTs: lockTs,
    ttlMs: Number(reply.lockTtl),
    kind: 'put',
    forUpdateTs: NO_TS,
    minCommitTs: NO_TS,
    txnSize: 0,
    secondaries: undefined,
  };
}
