/** What the errors of regions and keys mean to the owner of a transaction. */

import { physicalMsOf } from '../../base/index.ts';
import type { KeyError } from '../mvcc/key-error.ts';
import { RegionError } from '../raftstore/region-kv.ts';
import { TransactionError } from './storage.ts';

/**
 * Whether the same call can be made again, perhaps elsewhere. After 'stale-command' it may have been carried out; the
 * commands recognise their own work, and a leader that answers has applied all that could still come.
 */
export function isRetryable(error: unknown): error is RegionError {
  if (!(error instanceof RegionError)) return false;
  return (
    error.kind === 'not-leader' ||
    error.kind === 'region-not-found' ||
    error.kind === 'epoch-not-match' ||
    error.kind === 'server-is-busy' ||
    error.kind === 'stale-command'
  );
}

/** Whether the outcome of the call is unknown. */
export function isUndetermined(error: unknown): boolean {
  return error instanceof RegionError && error.kind === 'store-failed';
}

/** The TransactionError for a region error that no retry helps. */
export function regionFailure(error: unknown): unknown {
  if (!(error instanceof RegionError)) return error;
  switch (error.kind) {
    case 'disk-full':
      return new TransactionError('disk-full', error.message);
    case 'raft-entry-too-large':
      return new TransactionError('too-large', error.message);
    case 'stale-command':
    case 'store-failed':
      return new TransactionError('undetermined', error.message);
    default:
      return new TransactionError('unavailable', error.message);
  }
}

/** The TransactionError for a key error that ends a transaction or a locking statement. */
export function keyFailure(error: KeyError): TransactionError {
  switch (error.kind) {
    case 'write-conflict': {
      const when = physicalMsOf(error.conflictCommitTs);
      const text = `write conflict (${error.reason}): changed at ${error.conflictCommitTs} (${when} ms), started at ${error.startTs}`;
      return new TransactionError('write-conflict', text, error.key);
    }
    case 'already-exist':
      return new TransactionError('key-exists', 'the key exists', error.key);
    case 'deadlock':
      return new TransactionError('deadlock', `deadlock of the transactions ${error.waitChain.join(', ')}`, error.key);
    case 'key-is-locked':
      return new TransactionError('lock-wait-timeout', 'the key stayed locked', error.lock.key);
    case 'pessimistic-lock-not-found':
    case 'pessimistic-lock-rolled-back':
    case 'txn-lock-not-found':
      return new TransactionError('aborted', `${error.kind}: the transaction lost its locks`, error.key);
    default:
      return new TransactionError('aborted', error.kind);
  }
}
