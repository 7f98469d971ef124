/** Commit: the second phase. Turns prewrite locks into versions; idempotent for what is committed already. */

import type { Key, Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { KeyError } from '../key-error.ts';
import type { Lock } from '../lock.ts';
import type { MvccReader } from '../reader.ts';

export interface CommitRequest {
  readonly keys: readonly Key[];
  readonly startTs: Ts;
  readonly commitTs: Ts;
}

export type CommandResult =
  | { readonly kind: 'ok'; readonly changes: Changes }
  | { readonly kind: 'failed'; readonly error: KeyError };

export function commit(reader: MvccReader, request: CommitRequest): CommandResult {
  const { startTs, commitTs } = request;
  if (commitTs <= startTs) return { kind: 'failed', error: { kind: 'invalid-txn-tso', startTs, commitTs } };
  const changes = new Changes();
  for (const key of request.keys) {
    const error = commitKey(reader, changes, key, startTs, commitTs);
    if (error !== undefined) return { kind: 'failed', error };
  }
  return { kind: 'ok', changes };
}

/** Commits one key into `changes`; answers why it cannot. */
export function commitKey(
  reader: MvccReader,
  changes: Changes,
  key: Key,
  startTs: Ts,
  commitTs: Ts,
): KeyError | undefined {
  const lock = reader.lock(key);
  if (lock === undefined || lock.startTs !== startTs) {
    const record = reader.transactionRecord(key, startTs);
    return record.kind === 'committed' ? undefined : { kind: 'txn-lock-not-found', key };
  }
  if (commitTs < lock.minCommitTs)
    return { kind: 'commit-ts-expired', key, minCommitTs: lock.minCommitTs, attemptedTs: commitTs };
  if (lock.kind !== 'pessimistic') writeVersion(reader, changes, key, reader.wholeLock(key, lock), commitTs);
  changes.removeLock(key, lock);
  return undefined;
}

function writeVersion(reader: MvccReader, changes: Changes, key: Key, lock: Lock, commitTs: Ts): void {
  const newest = reader.newest(key);
  const { startTs, order } = lock;
  if (lock.kind === 'lock') changes.putLockCommit(key, newest, startTs, commitTs);
  else if (lock.kind === 'delete') changes.putVersion(key, newest, { kind: 'delete', startTs, commitTs, order });
  else changes.putVersion(key, newest, { kind: 'put', startTs, commitTs, value: lock.value, order });
}
