/** What the errors of regions and keys mean to the owner of a transaction. */

import { type Key, physicalMsOf } from '../../base/index.ts';
import { PdError } from '../../pd/index.ts';
import type { KeyError } from '../mvcc/key-error.ts';
import { RegionError } from '../raftstore/region-kv.ts';
import { StoreUnreachableError } from '../txn/kv-service.ts';
import type { BackOff } from './back-off.ts';
import { TransactionError } from './storage.ts';

export type RetryableError = RegionError | StoreUnreachableError;

/**
 * Whether the same call can be made again, perhaps elsewhere. It may have been carried out already ('stale-command', a
 * lost reply); the commands recognise their own work, and a leader that answers has applied all that could still come.
 */
export function isRetryable(error: unknown): error is RetryableError {
  if (error instanceof StoreUnreachableError) return true;
  if (!(error instanceof RegionError)) return false;
  switch (error.kind) {
    case 'disk-full':
    case 'raft-entry-too-large':
    case 'invalid-change':
    case 'store-failed':
      return false;
    default:
      return true;
  }
}

/** Whether the call that failed may have been carried out, now or later. */
export function mayHaveRun(error: unknown): boolean {
  if (error instanceof StoreUnreachableError) return error.mayHaveRun;
  return error instanceof RegionError && (error.kind === 'stale-command' || error.kind === 'store-failed');
}

/** Waits before the next attempt as the error asks for. */
export function waitAfter(error: RetryableError, backOff: BackOff): Promise<void> {
  if (error instanceof StoreUnreachableError) return backOff.wait('store-unreachable', error.message);
  const { kind, details, message } = error;
  switch (kind) {
    case 'server-is-busy':
      return backOff.wait('server-busy', message, details.backOffMs);
    case 'max-timestamp-not-synced':
      return backOff.wait('max-timestamp', message);
    case 'stale-command':
      return backOff.wait('stale-command', message);
    default:
      return backOff.wait('region-miss', `${kind}: ${message}`);
  }
}

/** Waits as the error asks for; false, at once, when patience is at its end. */
export function mayTryAgain(error: RetryableError, backOff: BackOff): Promise<boolean> {
  return waitAfter(error, backOff).then(
    () => true,
    () => false,
  );
}

/** The TransactionError for a region error that no retry helps. */
export function regionFailure(error: unknown): unknown {
  if (error instanceof PdError) return new TransactionError('unavailable', error.message);
  if (error instanceof StoreUnreachableError)
    return new TransactionError(error.mayHaveRun ? 'undetermined' : 'unavailable', error.message);
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

/** The key that an error is about, where it is about one. */
export function keyOf(error: KeyError): Key | undefined {
  if ('key' in error) return error.key;
  return 'lock' in error ? error.lock.key : undefined;
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
