/** ResolveLock: carries out a decided fate (commit_ts, or 0 for rollback) on the locks a transaction left behind. */

import { type Key, NO_TS, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { MvccReader } from '../reader.ts';
import { type CommandResult, commitKey } from './commit.ts';
import { rollbackKey } from './rollback.ts';

export interface ResolveLockRequest {
  readonly keys: readonly Key[];
  readonly startTs: Ts;
  /** 0 rolls back. */
  readonly commitTs: Ts;
}

/** A lock on a key that its transaction has committed already was left by a request that came twice: it only goes. */
export function resolveLock(reader: MvccReader, request: ResolveLockRequest): CommandResult {
  const { keys, startTs, commitTs } = request;
  if (commitTs !== NO_TS && commitTs <= startTs)
    return { kind: 'failed', error: { kind: 'invalid-txn-tso', startTs, commitTs } };
  const changes = new Changes();
  for (const key of keys) {
    const lock = reader.lock(key);
    if (lock === undefined || lock.startTs !== startTs) continue;
    if (commitTs === NO_TS) {
      rollbackKey(reader, changes, key, startTs, { isProtected: false });
      continue;
    }
    const error = commitKey(reader, changes, key, startTs, commitTs);
    if (error === undefined) continue;
    if (error.kind === 'txn-lock-not-found' && lock.kind === 'pessimistic') continue;
    if (error.kind === 'commit-ts-expired' && reader.transactionRecord(key, startTs).kind === 'committed') {
      changes.removeLock(key, lock);
      continue;
    }
    return { kind: 'failed', error };
  }
  return { kind: 'ok', changes };
}
