/**
 * Pessimistic locks on several keys of one transaction, all of them or none: what PessimisticLock does with many
 * mutations. Nobody is waited for, and no key is locked that changed since `forUpdateTs`.
 */

import type { Key } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { KeyError } from '../key-error.ts';
import { lockInfo } from '../lock.ts';
import type { MaxTs } from '../max-ts.ts';
import type { MvccReader } from '../reader.ts';
import { type PessimisticLockRequest, pessimisticLock } from './pessimistic-lock.ts';

export interface PessimisticLockAllRequest
  extends Pick<
    PessimisticLockRequest,
    'primary' | 'startTs' | 'forUpdateTs' | 'lockTtlMs' | 'minCommitTs' | 'shouldNotExist'
  > {
  readonly keys: readonly Key[];
}

export type PessimisticLockAllResult =
  | { readonly kind: 'ok'; readonly changes: Changes }
  /** Of the first key that could not be locked. */
  | { readonly kind: 'failed'; readonly error: KeyError };

/** `isPersisted`: the locks outlive the leader that takes them. */
export function pessimisticLockAll(
  reader: MvccReader,
  maxTs: MaxTs,
  { keys, ...request }: PessimisticLockAllRequest,
  isPersisted: boolean,
): PessimisticLockAllResult {
  const changes = new Changes();
  for (const key of keys) {
    const result = pessimisticLock(reader, maxTs, { ...request, key });
    if (result.kind === 'failed') return result;
    if (result.kind === 'blocked')
      return { kind: 'failed', error: { kind: 'key-is-locked', lock: lockInfo(key, result.lock) } };
    const { lock } = result;
    if (lock === undefined || result.changes.locks.length === 0) continue;
    changes.putLock(key, isPersisted ? { ...lock, isPersisted } : lock);
  }
  return { kind: 'ok', changes };
}
