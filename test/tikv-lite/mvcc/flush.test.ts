import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, NO_TS } from '../../../base/index.ts';
import { type FlushRequest, prewriteOfFlush, readFlushed } from '../../../tikv-lite/mvcc/commands/flush.ts';
import { txnHeartBeat } from '../../../tikv-lite/mvcc/commands/pessimistic-lock.ts';
import { type MutationOp, prewrite } from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { blocksRead } from '../../../tikv-lite/mvcc/read.ts';
import { KeySpace, show, ts } from './key-space.ts';

const LONG = 'long '.repeat(200);

class Pipelined {
  readonly space = new KeySpace();
  readonly startTs = ts(10);

  /** Flushes keys of the transaction whose primary is 'p'. */
  flush(generation: number, ...mutations: readonly (readonly [MutationOp, string, string?])[]): void {
    const request: FlushRequest = {
      mutations: mutations.map(([op, key, value]) => ({ op, key: keyOf(key), value: Buffer.from(value ?? '') })),
      primary: keyOf('p'),
      startTs: this.startTs,
      lockTtlMs: 100,
      generation,
      assertionLevel: 'off',
    };
    const result = prewrite(this.space.reader, this.space.maxTs, prewriteOfFlush(request));
    assert.equal(result.kind, 'prewritten');
    if (result.kind === 'prewritten') this.space.apply(result.changes);
  }

  read(...keys: readonly string[]): string[] {
    const pairs = readFlushed(this.space.engine, keys.map(keyOf), this.startTs);
    return pairs.map(({ key, value }) => `${key}=${Buffer.from(value).toString()}`);
  }
}

test('what was flushed is read back, the newest generation of it, deletions as nothing', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'p', 'primary'], ['put', 'a', '1'], ['put', 'b', '1'], ['insert', 'c', LONG]);
  txn.flush(2, ['delete', 'a'], ['put', 'b', LONG], ['put', 'c', 'short']);
  txn.flush(1, ['put', 'a', 'late'], ['put', 'b', 'late'], ['put', 'd', 'late']);
  assert.deepEqual(txn.read('c', 'b', 'a', 'x', 'b', 'd'), ['a=', `b=${LONG}`, 'c=short', 'd=late']);
});

test('locks without data, of others, and committed values are not read back', () => {
  const txn = new Pipelined();
  txn.space.put('committed', 5, 6);
  txn.space.prewrite('other', 7);
  txn.space.lock('pessimistic', 8, 8);
  txn.flush(1, ['lock', 'locked']);
  assert.deepEqual(txn.read('committed', 'other', 'pessimistic', 'locked'), []);
});

test('the commit takes the newest generation', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'p', '1'], ['put', 'a', '1']);
  txn.flush(2, ['put', 'a', LONG]);
  assert.equal(txn.space.commit('p', 10, 12), 'ok');
  assert.equal(txn.space.resolve('a', 10, 12), 'ok');
  assert.deepEqual([txn.space.get('p', 12), txn.space.get('a', 12), txn.space.get('a', 11)], ['1', LONG, undefined]);
  assert.deepEqual(txn.read('a'), []);
});

test('the rollback of a flushed key stays, however many others are rolled back after it', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'a', '1']);
  txn.space.resolve('a', 10, 0);
  for (const startTs of [12, 13]) txn.space.rollback('a', startTs);
  txn.space.gc('a', 5);
  assert.equal(txn.space.reader.transactionRecord(keyOf('a'), ts(10)).kind, 'rolled-back');
});

test('a reader pushes a pipelined transaction: its locks promise a commit_ts from the first flush on', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'p', LONG], ['put', 'a', '1']);
  const lock = txn.space.locks.get(keyOf('a'))!;
  assert.equal(show(lock.minCommitTs), '10+1');
  assert.ok(blocksRead(lock, keyOf('a'), ts(20), undefined));
  assert.equal(txn.space.checkTxnStatus('p', 10, 20, { callerStartTs: ts(20) }), 'alive min-commit-ts-pushed');
  txn.flush(2, ['put', 'p', LONG]);
  assert.equal(txn.space.commit('p', 10, 20), 'commit-ts-expired min 20+1');
  assert.equal(txn.space.commit('p', 10, 21), 'ok');
});

test('a heart beat raises the promise of the primary, and a later flush does not take it back', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'p', LONG]);
  const beat = { primary: keyOf('p'), startTs: txn.startTs, adviseTtlMs: 700, minCommitTs: ts(40) };
  const result = txnHeartBeat(txn.space.reader, beat);
  assert.equal(result.kind, 'ok');
  if (result.kind === 'ok') txn.space.apply(result.changes);
  assert.equal(txn.space.lockOn('p'), 'put 10 ttl 700 min 40');
  txn.flush(2, ['delete', 'p']);
  assert.equal(txn.space.lockOn('p'), 'delete 10 ttl 700 min 40');
});

test('a flush raises max_ts only where it looks', () => {
  const txn = new Pipelined();
  txn.flush(1, ['put', 'a', '1']);
  assert.equal(txn.space.maxTs.current, NO_TS);
  txn.flush(2, ['insert', 'b', '1']);
  assert.equal(txn.space.maxTs.current, txn.startTs);
});
