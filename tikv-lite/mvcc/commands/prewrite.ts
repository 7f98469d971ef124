/**
 * Prewrite: the first phase of Percolator, optimistic or pessimistic, and the whole of a one-phase commit.
 *
 * Rows in the comments are those of the decision table "Prewrite" in TiKV's rules. Rollback records never overlap with
 * versions in our layout, so the gc_fence and overlapped-rollback rows reduce to looking up the rollback itself.
 */

import { assertNever, type Key, NO_TS, type Ts } from '../../../base/index.ts';
import { Changes } from '../changes.ts';
import type { KeyError, WriteConflictReason } from '../key-error.ts';
import { dataKey } from '../keys.ts';
import { type Lock, type LockKind, lockInfo, usesAsyncCommit } from '../lock.ts';
import type { MaxTs } from '../max-ts.ts';
import type { MvccReader } from '../reader.ts';
import { commitTsOf, isPut, newestStatusOf, newestTsOf, startTsOf } from '../version.ts';

export type MutationOp = 'put' | 'delete' | 'lock' | 'insert' | 'check-not-exists';
/** What a pessimistic transaction knows about the key: nothing to check, its lock must be there, or check at commit. */
export type PessimisticAction = 'skip-check' | 'pessimistic-check' | 'constraint-check';

export interface Mutation {
  readonly op: MutationOp;
  readonly key: Key;
  readonly value?: Uint8Array | undefined;
  readonly order?: number | undefined;
  readonly action?: PessimisticAction | undefined;
  readonly assertion?: 'exist' | 'not-exist' | undefined;
  /** The for_update_ts the client believes its pessimistic lock has. */
  readonly expectedForUpdateTs?: Ts | undefined;
}

export interface PrewriteRequest {
  /** Keys are distinct. */
  readonly mutations: readonly Mutation[];
  readonly primary: Key;
  readonly startTs: Ts;
  readonly lockTtlMs: number;
  /** 0 for optimistic transactions. */
  readonly forUpdateTs: Ts;
  readonly txnSize: number;
  readonly minCommitTs: Ts;
  /** 0 for no bound. */
  readonly maxCommitTs: Ts;
  /** Present asks for async commit; the keys other than the primary, in the primary's request only. */
  readonly secondaries?: readonly Key[] | undefined;
  readonly tryOnePc: boolean;
  readonly skipConstraintCheck?: boolean;
  /** The client may have sent it before, or the store knows that the transaction is committed. */
  readonly isRetryRequest?: boolean;
  readonly assertionLevel?: 'off' | 'fast' | 'strict';
  /** Above 0: the number of the flush of a pipelined transaction (`flush.ts`). */
  readonly generation?: number;
}

export type PrewriteResult =
  /** minCommitTs 0: an ordinary two-phase lock. */
  | { readonly kind: 'prewritten'; readonly minCommitTs: Ts; readonly changes: Changes }
  /** `guard` must stand on the written keys until the changes are applied. */
  | { readonly kind: 'one-pc'; readonly commitTs: Ts; readonly changes: Changes; readonly guard: Lock | undefined }
  | { readonly kind: 'failed'; readonly errors: readonly KeyError[] };

type Checked =
  | { readonly kind: 'write'; readonly own: Lock | undefined; readonly newest: Uint8Array | undefined | 'unread' }
  | { readonly kind: 'done'; readonly minCommitTs: Ts }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly error: KeyError };

const NO_CHANGES = new Changes();
/** More than so many mutations are worth one look at their whole range. */
const MANY_MUTATIONS = 12;

export function prewrite(reader: MvccReader, maxTs: MaxTs, request: PrewriteRequest): PrewriteResult {
  return new Prewrite(reader, maxTs, request).run();
}

class Prewrite {
  readonly #reader: MvccReader;
  readonly #maxTs: MaxTs;
  readonly #request: PrewriteRequest;
  readonly #isPessimistic: boolean;
  readonly #promisesCommitTs: boolean;
  /** Row P2: nothing was ever committed or rolled back between the first key and the last. */
  #isRangeEmpty = false;

  constructor(reader: MvccReader, maxTs: MaxTs, request: PrewriteRequest) {
    this.#reader = reader;
    this.#maxTs = maxTs;
    this.#request = request;
    this.#isPessimistic = request.forUpdateTs !== NO_TS;
    this.#promisesCommitTs = request.tryOnePc || request.secondaries !== undefined;
  }

  run(): PrewriteResult {
    const { mutations } = this.#request;
    this.#isRangeEmpty = !this.#isPessimistic && mutations.length > MANY_MUTATIONS && this.#findsNothing();
    const checked: Checked[] = [];
    const locked: KeyError[] = [];
    let assertionFailure: KeyError | undefined;
    for (const mutation of mutations) {
      const outcome = this.#check(mutation);
      checked.push(outcome);
      if (outcome.kind !== 'failed') continue;
      const { error } = outcome;
      if (error.kind === 'assertion-failed') {
        assertionFailure ??= error;
        continue;
      }
      const committed = this.#committedBefore(mutation.key, error);
      if (committed !== undefined) return committed;
      if (error.kind !== 'key-is-locked') return { kind: 'failed', errors: [error] };
      locked.push(error);
    }
    if (locked.length > 0) return { kind: 'failed', errors: locked };
    if (assertionFailure !== undefined) return { kind: 'failed', errors: [assertionFailure] };
    if (this.#request.tryOnePc) return this.#commitAtOnce(checked) ?? this.#asTwoPhase();
    return this.#writeLocks(checked) ?? this.#asTwoPhase();
  }

  /** Every key with a version or a status has a `d` record. */
  #findsNothing(): boolean {
    const { mutations } = this.#request;
    let first = mutations[0]!.key;
    let last = first;
    for (const { key } of mutations) {
      if (key < first) first = key;
      if (key > last) last = key;
    }
    const range = { start: dataKey(first), end: `${dataKey(last)}\0` as Key };
    return this.#reader.page(range, 1).length === 0;
  }

  /** The commit_ts bound is out of reach, or an earlier attempt left locks: ordinary two-phase locks always work. */
  #asTwoPhase(): PrewriteResult {
    return prewrite(this.#reader, this.#maxTs, { ...this.#request, tryOnePc: false, secondaries: undefined });
  }

  #check(mutation: Mutation): Checked {
    const { key, op } = mutation;
    const request = this.#request;
    if (mustNotExist(mutation)) this.#maxTs.advance(request.startTs);
    if (this.#isPessimistic && op === 'check-not-exists')
      return failed({ kind: 'invalid-request', message: 'a pessimistic transaction cannot check for absence' });
    const lock = this.#reader.lock(key);
    const action = this.#isPessimistic ? (mutation.action ?? 'skip-check') : 'skip-check';
    if (lock !== undefined && lock.startTs !== request.startTs) return this.#metLock(key, lock, action);
    if (lock !== undefined && lock.kind === 'pessimistic') {
      if (!this.#isPessimistic) return failed({ kind: 'lock-type-not-match', key, lock: lockInfo(key, lock) });
      const expected = mutation.expectedForUpdateTs;
      if (expected !== undefined && expected !== lock.forUpdateTs)
        return failed({ kind: 'pessimistic-lock-not-found', key, reason: 'for-update-ts-changed' });
      return this.#checkAssertion(mutation, lock, 'unread');
    }
    if (lock !== undefined) return this.#metOwnPrewrite(mutation, lock);
    if (action === 'pessimistic-check') return this.#amend(mutation);
    return this.#checkConstraints(mutation, action, undefined);
  }

  /** Rows 2 and 3. */
  #metLock(key: Key, lock: Lock, action: PessimisticAction): Checked {
    if (action === 'pessimistic-check')
      return failed({ kind: 'pessimistic-lock-not-found', key, reason: 'lock-missing' });
    const info = lockInfo(key, lock);
    return failed({ kind: 'key-is-locked', lock: this.#isPessimistic ? { ...info, ttlMs: 0 } : info });
  }

  /**
   * Rows 7 and 8. A pipelined transaction flushes a key as often as it changes it. The constraints hold each time; an
   * assertion is about what was there before the transaction, so only the first one counts.
   */
  #metOwnPrewrite(mutation: Mutation, lock: Lock): Checked {
    const generation = this.#request.generation ?? 0;
    if (generation > 0 && lock.generation >= generation) return { kind: 'done', minCommitTs: NO_TS };
    if (lock.generation > 0 && lock.kind === 'put' && mustNotExist(mutation))
      return failed({ kind: 'already-exist', key: mutation.key });
    if (generation > 0) return this.#checkConstraints({ ...mutation, assertion: undefined }, 'skip-check', lock);
    return { kind: 'done', minCommitTs: usesAsyncCommit(lock) ? lock.minCommitTs : NO_TS };
  }

  /** Row 9: the pessimistic lock was lost (it lived in memory); nobody may have committed since the start. */
  #amend(mutation: Mutation): Checked {
    const { key } = mutation;
    const newest = this.#reader.newest(key);
    if (newest !== undefined && newestTsOf(newest) >= this.#request.startTs)
      return failed({ kind: 'pessimistic-lock-not-found', key, reason: 'lock-missing-amend-fail' });
    return this.#checkAssertion(mutation, undefined, newest);
  }

  /** Rows 10 to 12. */
  #checkConstraints(mutation: Mutation, action: PessimisticAction, own: Lock | undefined): Checked {
    const request = this.#request;
    const needed = this.#isPessimistic
      ? action === 'constraint-check' || request.isRetryRequest === true
      : request.skipConstraintCheck !== true;
    let newest: Uint8Array | undefined | 'unread' = 'unread';
    if (this.#isRangeEmpty) newest = undefined;
    else if (needed) {
      newest = this.#reader.newest(mutation.key);
      const error = this.#constraintError(mutation, newest);
      if (error !== undefined) return failed(error);
    } else if (this.#isPessimistic && mutation.key === request.primary) {
      newest = this.#reader.newest(mutation.key);
      if (this.#reader.isRolledBack(mutation.key, newest, request.startTs))
        return failed(this.#conflict(mutation.key, request.startTs, request.startTs, 'self-rolled-back'));
    }
    const checked = this.#checkAssertion(mutation, own, newest, !needed);
    if (mutation.op !== 'check-not-exists' || checked.kind === 'failed') return checked;
    return { kind: 'nothing' };
  }

  #constraintError(mutation: Mutation, newest: Uint8Array | undefined): KeyError | undefined {
    if (newest === undefined) return undefined;
    const { key } = mutation;
    const { startTs, forUpdateTs } = this.#request;
    const newestTs = newestTsOf(newest);
    const status = newestStatusOf(newest);
    if (newestTs === startTs && status?.ts === startTs && status.kind !== 'lock')
      return this.#conflict(key, startTs, startTs, 'self-rolled-back');
    if (newestTs > startTs && (!this.#isPessimistic || mutation.action === 'constraint-check')) {
      const isStatus = status?.ts === newestTs;
      const conflictStartTs = isStatus ? status.ts : startTsOf(newest);
      return this.#conflict(
        key,
        conflictStartTs,
        newestTs,
        this.#isPessimistic ? 'lazy-uniqueness-check' : 'optimistic',
      );
    }
    if (this.#isPessimistic && newestTs > forUpdateTs) {
      const error = this.#nonLockKeyConflict(key, newest);
      if (error !== undefined) return error;
    }
    if (mustNotExist(mutation) && isPut(newest)) return { kind: 'already-exist', key };
    return undefined;
  }

  /** Row 10d: commits above for_update_ts are conflicts, rollbacks of others are not. */
  #nonLockKeyConflict(key: Key, newest: Uint8Array): KeyError | undefined {
    const { startTs, forUpdateTs } = this.#request;
    const conflict: KeyError = { kind: 'pessimistic-lock-not-found', key, reason: 'non-lock-key-conflict' };
    if (commitTsOf(newest) > forUpdateTs) return conflict;
    const status = newestStatusOf(newest);
    if (status === undefined) return undefined;
    if (status.kind === 'lock' || this.#reader.lockCommitAbove(key, forUpdateTs, status.ts) !== undefined)
      return conflict;
    if (this.#reader.isRolledBack(key, newest, startTs))
      return this.#conflict(key, startTs, startTs, 'self-rolled-back');
    return undefined;
  }

  /** Row 11. `newest` is what was loaded so far; a strict level loads it. */
  #checkAssertion(
    mutation: Mutation,
    own: Lock | undefined,
    loaded: Uint8Array | undefined | 'unread',
    constraintsUnchecked = false,
  ): Checked {
    const { key, assertion } = mutation;
    const level = this.#request.assertionLevel ?? 'off';
    if (assertion === undefined || level === 'off') return { kind: 'write', own, newest: loaded };
    if (loaded === 'unread' && level === 'fast') return { kind: 'write', own, newest: loaded };
    const newest = loaded === 'unread' ? this.#reader.newest(key) : loaded;
    const exists = newest !== undefined && isPut(newest);
    if (exists === (assertion === 'exist')) return { kind: 'write', own, newest };
    if (constraintsUnchecked) {
      const conflict = this.#constraintError(mutation, newest);
      if (conflict !== undefined) return failed(conflict);
    }
    return failed({ kind: 'assertion-failed', key, assertion });
  }

  /** A retry after a lost reply finds its own commit instead of its locks: that is success. */
  #committedBefore(key: Key, error: KeyError): PrewriteResult | undefined {
    const { startTs, tryOnePc, secondaries } = this.#request;
    if (error.kind === 'write-conflict' ? error.conflictCommitTs <= startTs : !mayHideCommit(error)) return undefined;
    const record = this.#reader.transactionRecord(key, startTs);
    if (record.kind !== 'committed') return undefined;
    if (tryOnePc) return { kind: 'one-pc', commitTs: record.commitTs, changes: NO_CHANGES, guard: undefined };
    const minCommitTs = secondaries === undefined ? NO_TS : record.commitTs;
    return { kind: 'prewritten', minCommitTs, changes: NO_CHANGES };
  }

  /** Row 14; undefined when the bound is too low. */
  #promise(own: Lock | undefined): Ts | undefined {
    const { startTs, forUpdateTs, minCommitTs, maxCommitTs } = this.#request;
    let base = this.#maxTs.current;
    if (startTs > base) base = startTs;
    if (forUpdateTs > base) base = forUpdateTs;
    let promised = (base + 1n) as Ts;
    if (minCommitTs > promised) promised = minCommitTs;
    if (own !== undefined && own.minCommitTs > promised) promised = own.minCommitTs;
    return maxCommitTs !== NO_TS && promised > maxCommitTs ? undefined : promised;
  }

  /** Undefined when the request has to fall back to two-phase locks. */
  #writeLocks(checked: readonly Checked[]): PrewriteResult | undefined {
    const { mutations, startTs } = this.#request;
    const changes = new Changes();
    let minCommitTs = NO_TS;
    for (let i = 0; i < mutations.length; i++) {
      const outcome = checked[i]!;
      let promised: Ts | undefined = NO_TS;
      switch (outcome.kind) {
        case 'failed':
          continue;
        case 'done':
          if (this.#promisesCommitTs && outcome.minCommitTs === NO_TS) return undefined;
          promised = outcome.minCommitTs;
          break;
        case 'nothing':
          this.#maxTs.advance(startTs);
          if (this.#promisesCommitTs) promised = this.#promise(undefined);
          break;
        case 'write':
          if (this.#promisesCommitTs) promised = this.#promise(outcome.own);
          if (promised !== undefined)
            changes.putLock(mutations[i]!.key, this.#lock(mutations[i]!, outcome, promised), outcome.own);
          break;
        default:
          assertNever(outcome);
      }
      if (promised === undefined) return undefined;
      if (promised > minCommitTs) minCommitTs = promised;
    }
    return { kind: 'prewritten', minCommitTs, changes };
  }

  #lock(mutation: Mutation, outcome: Extract<Checked, { kind: 'write' }>, promised: Ts): Lock {
    const request = this.#request;
    const { own } = outcome;
    const isPrimary = mutation.key === request.primary;
    return {
      kind: lockKindOf(mutation.op),
      primary: request.primary,
      startTs: request.startTs,
      ttlMs: Math.max(request.lockTtlMs, own?.ttlMs ?? 0),
      value: mutation.op === 'put' || mutation.op === 'insert' ? mutation.value : undefined,
      forUpdateTs: maxOf(request.forUpdateTs, own?.forUpdateTs ?? NO_TS),
      minCommitTs: maxOf(maxOf(promised, request.minCommitTs), own?.minCommitTs ?? this.#aboveNewest(outcome)),
      txnSize: request.txnSize,
      generation: request.generation ?? 0,
      secondaries: request.secondaries === undefined ? undefined : isPrimary ? request.secondaries : [],
      order: mutation.order,
    };
  }

  /** The least commit_ts of a key without a lock that keeps its versions in order, as far as they were looked at. */
  #aboveNewest({ newest }: Extract<Checked, { kind: 'write' }>): Ts {
    if (!this.#isPessimistic || newest === undefined || newest === 'unread') return NO_TS;
    const newestTs = commitTsOf(newest);
    return newestTs > this.#request.startTs ? ((newestTs + 1n) as Ts) : NO_TS;
  }

  /**
   * Row 15, one-phase: writes the versions themselves. Undefined when it has to fall back, as it does when a pessimistic
   * transaction that neither locked nor checked its key would commit no later than the newest version there.
   */
  #commitAtOnce(checked: readonly Checked[]): PrewriteResult | undefined {
    const { mutations, startTs, primary, forUpdateTs, lockTtlMs } = this.#request;
    let commitTs = NO_TS;
    for (const outcome of checked) {
      if (outcome.kind === 'done') return undefined;
      const promised = this.#promise(outcome.kind === 'write' ? outcome.own : undefined);
      if (promised === undefined) return undefined;
      if (promised > commitTs) commitTs = promised;
    }
    const changes = new Changes();
    for (let i = 0; i < mutations.length; i++) {
      const outcome = checked[i]!;
      if (outcome.kind !== 'write') continue;
      const { key, op, value, order } = mutations[i]!;
      const newest = outcome.newest === 'unread' ? this.#reader.newest(key) : outcome.newest;
      const isUnguarded = this.#isPessimistic && outcome.own === undefined && newest !== undefined;
      if (isUnguarded && commitTsOf(newest) >= commitTs) return undefined;
      if (op === 'lock') changes.putLockCommit(key, newest, startTs, commitTs);
      else {
        const kind = op === 'delete' ? 'delete' : 'put';
        changes.putVersion(key, newest, { kind, startTs, commitTs, value: kind === 'put' ? value : undefined, order });
      }
      if (outcome.own !== undefined) changes.removeLock(key, outcome.own);
    }
    const guard: Lock = {
      kind: 'put',
      primary,
      startTs,
      ttlMs: lockTtlMs,
      value: undefined,
      forUpdateTs,
      minCommitTs: commitTs,
      txnSize: mutations.length,
      generation: 0,
      secondaries: undefined,
      order: undefined,
      isGuard: true,
    };
    return { kind: 'one-pc', commitTs, changes, guard };
  }

  #conflict(key: Key, conflictStartTs: Ts, conflictCommitTs: Ts, reason: WriteConflictReason): KeyError {
    const { primary, startTs } = this.#request;
    return { kind: 'write-conflict', key, primary, startTs, conflictStartTs, conflictCommitTs, reason };
  }
}

function failed(error: KeyError): Checked {
  return { kind: 'failed', error };
}

function mustNotExist({ op }: Mutation): boolean {
  return op === 'insert' || op === 'check-not-exists';
}

function mayHideCommit(error: KeyError): boolean {
  return (
    error.kind === 'pessimistic-lock-not-found' ||
    error.kind === 'key-is-locked' ||
    error.kind === 'commit-ts-too-large'
  );
}

function lockKindOf(op: MutationOp): LockKind {
  if (op === 'insert') return 'put';
  if (op === 'check-not-exists') return 'lock';
  return op;
}

function maxOf(a: Ts, b: Ts): Ts {
  return a > b ? a : b;
}
