/** Why a transactional command failed on a key, in the words of kvrpcpb.KeyError and TiKV's inner errors. */

import type { Key, Ts } from '../../base/index.ts';
import type { LockInfo } from './lock.ts';

export type WriteConflictReason =
  | 'optimistic'
  | 'pessimistic-retry'
  | 'self-rolled-back'
  | 'rc-check-ts'
  | 'lazy-uniqueness-check';

export type KeyError =
  | { readonly kind: 'key-is-locked'; readonly lock: LockInfo }
  | {
      readonly kind: 'write-conflict';
      readonly key: Key;
      readonly primary: Key;
      readonly startTs: Ts;
      /** start_ts and commit_ts of the record in the way. */
      readonly conflictStartTs: Ts;
      readonly conflictCommitTs: Ts;
      readonly reason: WriteConflictReason;
    }
  | { readonly kind: 'already-exist'; readonly key: Key }
  | { readonly kind: 'deadlock'; readonly key: Key; readonly lockTs: Ts; readonly waitChain: readonly Ts[] }
  | { readonly kind: 'commit-ts-expired'; readonly key: Key; readonly minCommitTs: Ts; readonly attemptedTs: Ts }
  | { readonly kind: 'commit-ts-too-large'; readonly minCommitTs: Ts }
  | { readonly kind: 'txn-not-found'; readonly primary: Key; readonly startTs: Ts }
  | { readonly kind: 'txn-lock-not-found'; readonly key: Key }
  | { readonly kind: 'primary-mismatch'; readonly lock: LockInfo }
  | { readonly kind: 'assertion-failed'; readonly key: Key; readonly assertion: 'exist' | 'not-exist' }
  | { readonly kind: 'committed'; readonly key: Key; readonly commitTs: Ts }
  | {
      readonly kind: 'pessimistic-lock-not-found';
      readonly key: Key;
      readonly reason: 'lock-missing' | 'lock-missing-amend-fail' | 'for-update-ts-changed' | 'non-lock-key-conflict';
    }
  | { readonly kind: 'pessimistic-lock-rolled-back'; readonly key: Key }
  | { readonly kind: 'lock-type-not-match'; readonly key: Key; readonly lock: LockInfo }
  | { readonly kind: 'lock-if-exists-failed'; readonly key: Key }
  | { readonly kind: 'invalid-txn-tso'; readonly startTs: Ts; readonly commitTs: Ts }
  | { readonly kind: 'invalid-request'; readonly message: string };
