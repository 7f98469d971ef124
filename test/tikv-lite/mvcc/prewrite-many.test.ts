import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import type { KvReader } from '../../../tikv-lite/kv/kv-engine.ts';
import { type Mutation, prewrite } from '../../../tikv-lite/mvcc/commands/prewrite.ts';
import { MvccReader } from '../../../tikv-lite/mvcc/reader.ts';
import { KeySpace, ts } from './key-space.ts';

function inserts(count: number): Mutation[] {
  return Array.from({ length: count }, (_, i) => ({
    op: 'insert',
    key: keyOf(`k${String(i).padStart(2, '0')}`),
    value: Buffer.from('v'),
  }));
}

/** How many records a prewrite looks up, and what comes of it. */
function lookups(space: KeySpace, mutations: readonly Mutation[], forUpdateTs = 0): { gets: number; kind: string } {
  let gets = 0;
  const kv: KvReader = {
    get: (key) => {
      gets++;
      return space.engine.get(key);
    },
    scan: (range, limit, reverse) => space.engine.scan(range, limit, reverse),
  };
  const reader = new MvccReader(kv, space.locks);
  const result = prewrite(reader, space.maxTs, {
    mutations,
    primary: mutations[0]!.key,
    startTs: ts(10),
    lockTtlMs: 100,
    forUpdateTs: ts(forUpdateTs),
    txnSize: mutations.length,
    minCommitTs: ts(0),
    maxCommitTs: ts(0),
    tryOnePc: true,
  });
  return { gets, kind: result.kind === 'failed' ? result.errors[0]!.kind : result.kind };
}

test('P2 more than twelve optimistic mutations over an empty range: nothing is looked up key by key', () => {
  assert.deepEqual(lookups(new KeySpace(), inserts(13)), { gets: 0, kind: 'one-pc' });
});

test('P2 twelve mutations: each key is looked up', () => {
  assert.deepEqual(lookups(new KeySpace(), inserts(12)), { gets: 12, kind: 'one-pc' });
});

test('P2 one committed key in the range: its existence is found', () => {
  const space = new KeySpace();
  space.prewrite('k07', 1);
  space.commit('k07', 1, 2);
  assert.equal(lookups(space, inserts(13)).kind, 'already-exist');
});

test('P2 one rollback of the transaction itself in the range: it is found', () => {
  const space = new KeySpace();
  space.rollback('k12', 10);
  assert.equal(lookups(space, inserts(13)).kind, 'write-conflict');
});

test('P2 a lock in the range counts as ever', () => {
  const space = new KeySpace();
  space.prewrite('k05', 1);
  assert.equal(lookups(space, inserts(13)).kind, 'key-is-locked');
});

test('P2 does not hold for pessimistic transactions, which check nothing here anyway', () => {
  const mutations = inserts(13).map((mutation): Mutation => ({ ...mutation, op: 'put', action: 'skip-check' }));
  assert.equal(lookups(new KeySpace(), mutations, 11).kind, 'one-pc');
});

test('a late pessimistic prewrite without locks finds the rollback of its transaction on the primary', () => {
  const space = new KeySpace();
  space.rollback('k00', 10);
  const mutations = inserts(2).map((mutation): Mutation => ({ ...mutation, op: 'put', action: 'skip-check' }));
  assert.equal(lookups(space, mutations, 11).kind, 'write-conflict');
});
