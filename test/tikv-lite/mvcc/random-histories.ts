/**
 * Random histories of transactions over the pure commands, held against the simplest oracle there is: a list of what was
 * decided. Coordinators follow the protocol but may stop for ever at any step; readers and a resolver clean up behind
 * them; garbage is collected under way.
 *
 * Checked: I1 no lock of a transaction on a key where it is committed; I2 one commit_ts per transaction; I3 all keys of
 * a transaction share its fate; I4 commit_ts above start_ts and above what readers were promised; I5 reads repeat;
 * I6 max_ts covers every read; I7 every old version and every status record has its `d` record.
 */

import assert from 'node:assert/strict';
import { type Key, keyOf, NO_TS, SeededRandom, type Ts } from '../../../base/index.ts';
import { checkSecondaryLocks } from '../../../tikv-lite/mvcc/commands/check-secondary-locks.ts';
import { checkTxnStatus } from '../../../tikv-lite/mvcc/commands/check-txn-status.ts';
import { commit } from '../../../tikv-lite/mvcc/commands/commit.ts';
import { prewriteOfFlush } from '../../../tikv-lite/mvcc/commands/flush.ts';
import { gcKey } from '../../../tikv-lite/mvcc/commands/gc.ts';
import { pessimisticLock } from '../../../tikv-lite/mvcc/commands/pessimistic-lock.ts';
import {
  type Mutation,
  type MutationOp,
  type PrewriteResult,
  prewrite,
} from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { resolveLock } from '../../../tikv-lite/mvcc/commands/resolve-lock.ts';
import { batchRollback } from '../../../tikv-lite/mvcc/commands/rollback.ts';
import { dataKey, versionedUserKey } from '../../../tikv-lite/mvcc/keys.ts';
import { usesAsyncCommit } from '../../../tikv-lite/mvcc/lock.ts';
import { blocksRead, readTsOf, readValue } from '../../../tikv-lite/mvcc/read.ts';
import { KeySpace } from './key-space.ts';

const KEYS = ['', 'a', 'a\0', 'a\0\0\0\0\0\0\0', 'abcdefgh', 'abcdefghi', 'b'].map((text) => keyOf(text));
const STEPS = 60;
/** Far beyond every TTL. */
const FOREVER = (1n << 62n) as Ts;

interface Txn {
  readonly startTs: Ts;
  readonly kind: 'two-phase' | 'async' | 'one-phase' | 'pessimistic' | 'pipelined';
  readonly mutations: Mutation[];
  /** Of a pipelined transaction; the place of each is its generation, less one. */
  readonly flushes: Mutation[];
  readonly primary: Key;
  forUpdateTs: Ts;
  next: number;
  minCommitTs: Ts;
  isAsync: boolean;
  state: 'locking' | 'prewriting' | 'committing' | 'ended';
  commitTs: Ts | undefined;
}

interface Read {
  readonly key: Key;
  readonly at: Ts;
  readonly value: string | undefined;
}

export class History {
  readonly #random: SeededRandom;
  readonly #space = new KeySpace();
  readonly #txns: Txn[] = [];
  readonly #reads: Read[] = [];
  #clock = 1000n;
  #safePoint: Ts = NO_TS;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#step();
    for (const key of KEYS) this.#settle(key, true);
    this.#checkEnd();
  }

  #step(): void {
    const dice = this.#random.below(100);
    if (dice < 20) this.#begin();
    else if (dice < 65) this.#advance(this.#pick(this.#txns.filter((txn) => txn.state !== 'ended')));
    else if (dice < 70) this.#stop(this.#pick(this.#txns.filter((txn) => txn.state !== 'ended')));
    else if (dice < 73) this.#flushAgain(this.#pick(this.#txns.filter((txn) => txn.flushes.length > 0)));
    else if (dice < 80) this.#settle(this.#pick(KEYS)!, this.#random.below(2) === 0);
    else if (dice < 97) this.#read(this.#pick(KEYS)!);
    else this.#collect();
  }

  #now(): Ts {
    this.#clock += 2n;
    return this.#clock as Ts;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.#random.below(items.length)];
  }

  #begin(): void {
    const startTs = this.#now();
    const keys = KEYS.filter(() => this.#random.below(3) === 0);
    if (keys.length === 0) return;
    const kind = this.#pick(['two-phase', 'async', 'one-phase', 'pessimistic', 'pipelined'] as const)!;
    const action = kind === 'pessimistic' ? ('pessimistic-check' as const) : undefined;
    const mutations = keys.map((key): Mutation => {
      const op = this.#pick<MutationOp>(['put', 'put', 'put', 'delete', 'lock', 'insert'])!;
      return {
        op: kind === 'pessimistic' && op === 'insert' ? 'put' : op,
        key,
        value: Buffer.from(`${startTs}`),
        action,
      };
    });
    this.#txns.push({
      startTs,
      kind,
      mutations,
      flushes: [],
      primary: this.#pick(keys)!,
      forUpdateTs: kind === 'pessimistic' ? startTs : NO_TS,
      next: 0,
      minCommitTs: NO_TS,
      isAsync: kind === 'async',
      state: kind === 'pessimistic' ? 'locking' : 'prewriting',
      commitTs: undefined,
    });
  }

  #advance(txn: Txn | undefined): void {
    if (txn === undefined) return;
    if (txn.state === 'locking') this.#lockNext(txn);
    else if (txn.state === 'prewriting' && txn.kind === 'pipelined') this.#flushNext(txn);
    else if (txn.state === 'prewriting') this.#prewriteNext(txn);
    else this.#commitNext(txn);
  }

  #lockNext(txn: Txn): void {
    const mutation = txn.mutations[txn.next]!;
    const result = pessimisticLock(this.#space.reader, this.#space.maxTs, {
      key: mutation.key,
      primary: txn.primary,
      startTs: txn.startTs,
      forUpdateTs: txn.forUpdateTs,
      lockTtlMs: 0,
    });
    if (result.kind === 'blocked') {
      this.#settle(mutation.key, this.#random.below(2) === 0);
      return;
    }
    if (result.kind === 'failed') {
      if (result.error.kind === 'write-conflict') txn.forUpdateTs = this.#now();
      else this.#abort(txn);
      return;
    }
    this.#space.apply(result.changes);
    txn.next++;
    if (txn.next < txn.mutations.length) return;
    txn.next = 0;
    txn.state = 'prewriting';
  }

  #prewriteNext(txn: Txn): void {
    const isOnePhase = txn.kind === 'one-phase';
    const mutations = isOnePhase ? txn.mutations : [txn.mutations[txn.next]!];
    const secondaries = txn.mutations.map((mutation) => mutation.key).filter((key) => key !== txn.primary);
    const isPrimary = mutations.some((mutation) => mutation.key === txn.primary);
    const result = prewrite(this.#space.reader, this.#space.maxTs, {
      mutations,
      primary: txn.primary,
      startTs: txn.startTs,
      lockTtlMs: 0,
      forUpdateTs: txn.forUpdateTs,
      txnSize: txn.mutations.length,
      minCommitTs: this.#random.below(2) === 0 ? NO_TS : ((txn.startTs + 1n) as Ts),
      maxCommitTs: NO_TS,
      secondaries: txn.isAsync ? (isPrimary ? secondaries : []) : undefined,
      tryOnePc: isOnePhase,
      assertionLevel: 'off',
    });
    if (result.kind === 'failed') {
      const [error] = result.errors;
      if (error?.kind === 'key-is-locked') this.#settle(error.lock.key, this.#random.below(2) === 0);
      else this.#abort(txn);
      return;
    }
    this.#space.apply(result.changes);
    if (result.kind === 'one-pc') {
      this.#decided(txn, result.commitTs);
      txn.state = 'ended';
      return;
    }
    if (result.minCommitTs === NO_TS) txn.isAsync = false;
    if (result.minCommitTs > txn.minCommitTs) txn.minCommitTs = result.minCommitTs;
    txn.next += mutations.length;
    if (txn.next < txn.mutations.length) return;
    txn.state = 'committing';
    txn.next = 0;
    if (txn.isAsync) this.#decided(txn, txn.minCommitTs);
  }

  /** Flushes the next key, or changes one that was flushed. */
  #flushNext(txn: Txn): void {
    const isChange = txn.next > 0 && this.#random.below(2) === 0;
    const at = isChange ? this.#random.below(txn.next) : txn.next;
    const planned = txn.mutations[at]!;
    const generation = txn.flushes.length + 1;
    const op = this.#pick<MutationOp>(['put', 'put', 'delete', 'lock'])!;
    const mutation = isChange ? { ...planned, op, value: Buffer.from(`${txn.startTs}/${generation}`) } : planned;
    const result = this.#flush(txn, generation, mutation);
    if (result.kind === 'failed') {
      const [error] = result.errors;
      if (error?.kind === 'key-is-locked') this.#settle(error.lock.key, this.#random.below(2) === 0);
      else this.#abort(txn);
      return;
    }
    txn.flushes.push(mutation);
    txn.mutations[at] = mutation;
    if (!isChange) txn.next++;
    if (txn.next < txn.mutations.length) return;
    txn.state = 'committing';
    txn.next = 0;
  }

  /** A flush that arrives once more, whatever became of its transaction. */
  #flushAgain(txn: Txn | undefined): void {
    if (txn === undefined || txn.startTs <= this.#safePoint) return;
    const at = this.#random.below(txn.flushes.length);
    this.#flush(txn, at + 1, txn.flushes[at]!);
  }

  #flush({ primary, startTs }: Txn, generation: number, mutation: Mutation): PrewriteResult {
    const request = {
      mutations: [mutation],
      primary,
      startTs,
      generation,
      lockTtlMs: 0,
      assertionLevel: 'off',
    } as const;
    const result = prewrite(this.#space.reader, this.#space.maxTs, prewriteOfFlush(request));
    if (result.kind !== 'failed') this.#space.apply(result.changes);
    return result;
  }

  #commitNext(txn: Txn): void {
    if (txn.commitTs === undefined) {
      const commitTs = this.#now();
      const done = commit(this.#space.reader, { keys: [txn.primary], startTs: txn.startTs, commitTs });
      if (done.kind === 'failed') {
        if (done.error.kind !== 'commit-ts-expired') this.#abort(txn);
        return;
      }
      this.#space.apply(done.changes);
      this.#decided(txn, commitTs);
      return;
    }
    const key = txn.mutations[txn.next]!.key;
    const done = commit(this.#space.reader, { keys: [key], startTs: txn.startTs, commitTs: txn.commitTs });
    assert.equal(done.kind, 'ok', 'I3: a decided transaction commits on every key');
    if (done.kind === 'ok') this.#space.apply(done.changes);
    txn.next++;
    if (txn.next === txn.mutations.length) txn.state = 'ended';
  }

  #decided(txn: Txn, commitTs: Ts): void {
    assert.ok(txn.commitTs === undefined || txn.commitTs === commitTs, 'I2: one commit_ts');
    assert.ok(commitTs > txn.startTs, 'I4: commit_ts is above start_ts');
    txn.commitTs = commitTs;
    if (commitTs > this.#clock) this.#clock = commitTs + (commitTs % 2n);
  }

  /** The coordinator gives up and cleans after itself, or only stops. */
  #abort(txn: Txn): void {
    txn.state = 'ended';
    if (txn.commitTs !== undefined || this.#random.below(3) === 0) return;
    const keys = txn.mutations.map((mutation) => mutation.key);
    const done = batchRollback(this.#space.reader, { keys, startTs: txn.startTs });
    if (done.kind === 'ok') this.#space.apply(done.changes);
  }

  #stop(txn: Txn | undefined): void {
    if (txn !== undefined) txn.state = 'ended';
  }

  /** What the lock resolver does with the lock on a key; answers whether it is gone. */
  #settle(key: Key, isExpired: boolean): boolean {
    const lock = this.#space.locks.get(key);
    if (lock === undefined) return true;
    const result = checkTxnStatus(this.#space.reader, this.#space.maxTs, {
      primary: lock.primary,
      lockTs: lock.startTs,
      callerStartTs: this.#random.below(2) === 0 ? NO_TS : (this.#clock as Ts),
      currentTs: isExpired ? FOREVER : NO_TS,
      rollbackIfNotExist: isExpired,
      forceSyncCommit: false,
      resolvingPessimisticLock: lock.kind === 'pessimistic',
      verifyIsPrimary: true,
    });
    if (result.kind === 'failed') return false;
    this.#space.apply(result.changes);
    const { status } = result;
    if (status.kind === 'committed') this.#resolve(key, lock.startTs, status.commitTs);
    else if (status.kind === 'rolled-back' || status.kind === 'nothing') this.#resolve(key, lock.startTs, NO_TS);
    else if (isExpired && status.lock.secondaries !== undefined)
      this.#decideAsync(lock.startTs, status.lock.secondaries, status.lock.minCommitTs, lock.primary);
    return !this.#space.locks.has(key);
  }

  #decideAsync(startTs: Ts, secondaries: readonly Key[], minCommitTs: Ts, primary: Key): void {
    const result = checkSecondaryLocks(this.#space.reader, this.#space.maxTs, { keys: secondaries, startTs });
    this.#space.apply(result.changes);
    const { status } = result;
    let commitTs = minCommitTs;
    if (status.kind === 'committed') commitTs = status.commitTs;
    else if (status.kind === 'rolled-back') commitTs = NO_TS;
    else for (const lock of status.locks) if (lock.minCommitTs > commitTs) commitTs = lock.minCommitTs;
    for (const key of [primary, ...secondaries]) this.#resolve(key, startTs, commitTs);
    const txn = this.#txns.find((each) => each.startTs === startTs)!;
    if (commitTs !== NO_TS) this.#decided(txn, commitTs);
    else assert.equal(txn.commitTs, undefined, 'I3: a decided transaction is not rolled back');
  }

  #resolve(key: Key, startTs: Ts, commitTs: Ts): void {
    const lock = this.#space.locks.get(key);
    assert.ok(lock === undefined || lock.startTs !== startTs || commitTs === NO_TS || lock.minCommitTs <= commitTs);
    const done = resolveLock(this.#space.reader, { keys: [key], startTs, commitTs });
    assert.equal(done.kind, 'ok');
    if (done.kind === 'ok') this.#space.apply(done.changes);
  }

  #read(key: Key): void {
    const at = this.#random.below(3) === 0 ? this.#somewhereSafe() : this.#now();
    this.#space.maxTs.advance(at);
    const lock = this.#space.locks.get(key);
    if (lock !== undefined && blocksRead(lock, key, at, undefined)) {
      if (!this.#settle(key, true)) return;
    }
    const blocked = this.#space.locks.get(key);
    if (blocked !== undefined && blocksRead(blocked, key, at, undefined)) return;
    const value = this.#valueAt(key, at);
    assert.equal(value, this.#expected(key, at), 'a read sees what was decided at or below its timestamp');
    this.#reads.push({ key, at, value });
    assert.ok(this.#space.maxTs.current >= at, 'I6: max_ts covers reads');
  }

  #somewhereSafe(): Ts {
    const span = this.#clock - this.#safePoint;
    const offset = BigInt(this.#random.below(Number(span > 1000n ? 1000n : span) + 1));
    return (this.#clock - offset) as Ts;
  }

  #valueAt(key: Key, at: Ts): string | undefined {
    const value = readValue(this.#space.engine, key, readTsOf(at));
    assert.ok(!(value instanceof Promise));
    return value === undefined ? undefined : Buffer.from(value).toString();
  }

  #expected(key: Key, at: Ts): string | undefined {
    let newest: Txn | undefined;
    let found: Mutation | undefined;
    for (const txn of this.#txns) {
      if (txn.commitTs === undefined || txn.commitTs > at || (newest !== undefined && txn.commitTs < newest.commitTs!))
        continue;
      const mutation = txn.mutations.find((each) => each.key === key);
      if (mutation === undefined || mutation.op === 'lock') continue;
      newest = txn;
      found = mutation;
    }
    return found === undefined || found.op === 'delete' ? undefined : Buffer.from(found.value!).toString();
  }

  #collect(): void {
    let safePoint = this.#now();
    for (const txn of this.#txns) {
      if (txn.state !== 'ended' && txn.startTs < safePoint) safePoint = (txn.startTs - 1n) as Ts;
    }
    if (safePoint <= this.#safePoint) return;
    for (const key of KEYS) {
      const lock = this.#space.locks.get(key);
      if (lock !== undefined && lock.startTs <= safePoint && !this.#settle(key, true)) return;
    }
    this.#safePoint = safePoint;
    for (const key of KEYS) this.#space.apply(gcKey(this.#space.reader, key, safePoint));
  }

  #checkEnd(): void {
    for (const read of this.#reads) {
      if (read.at < this.#safePoint) continue;
      assert.equal(this.#valueAt(read.key, read.at), read.value, 'I5: reads repeat');
    }
    for (const txn of this.#txns) this.#checkFate(txn);
    for (const [key, lock] of this.#space.locks) {
      assert.ok(!usesAsyncCommit(lock), 'an async-commit lock can be settled');
      const record = this.#space.reader.transactionRecord(key, lock.startTs);
      assert.notEqual(record.kind, 'committed', 'I1: no lock where it is committed');
    }
    for (const family of ['h', 's']) {
      for (const pair of this.#space.records(family)) {
        const owner = dataKey(versionedUserKey(pair.key));
        assert.ok(this.#space.engine.get(owner) !== undefined, `I7: ${family} record without a d record`);
      }
    }
  }

  #checkFate(txn: Txn): void {
    for (const { key } of txn.mutations) {
      const record = this.#space.reader.transactionRecord(key, txn.startTs);
      if (txn.commitTs === undefined) {
        assert.notEqual(record.kind, 'committed', 'I3: nothing of an undecided transaction is committed');
        continue;
      }
      if (txn.commitTs <= this.#safePoint) continue;
      const isLocked = this.#space.locks.get(key)?.startTs === txn.startTs;
      if (isLocked) continue;
      assert.deepEqual(record, { kind: 'committed', commitTs: txn.commitTs }, 'I2, I3: committed on every key');
    }
  }
}
