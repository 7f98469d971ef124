import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { KeySpace, type Opts, ts } from './key-space.ts';

/** One row of the decision table: what is there, the prewrite of 'k' by transaction 10, and what comes of it. */
interface Row {
  readonly row: string;
  readonly given?: (space: KeySpace) => void;
  readonly prewrite?: Opts;
  readonly result: string;
  /** The lock on 'k' afterwards. */
  readonly lock?: string;
  readonly after?: (space: KeySpace) => void;
}

const pessimistic = (forUpdateTs: number, more: Opts = {}): Opts => ({
  forUpdateTs: ts(forUpdateTs),
  action: 'pessimistic-check',
  ...more,
});

const rows: readonly Row[] = [
  { row: 'nothing there', result: 'ok', lock: 'put 10 ttl 100' },
  {
    row: 'P1 pessimistic CheckNotExists',
    prewrite: pessimistic(10, { op: 'check-not-exists' }),
    result: 'invalid-request',
    lock: '',
  },
  {
    row: '1 insert raises max_ts to start_ts',
    prewrite: { op: 'insert' },
    result: 'ok',
    after: (space) => assert.equal(space.maxTs.current, ts(10)),
  },
  {
    row: '2 other lock, pessimistic check',
    given: (space) => space.prewrite('k', 5),
    prewrite: pessimistic(10),
    result: 'pessimistic-lock-not-found lock-missing',
  },
  {
    row: '3 other lock, optimistic',
    given: (space) => space.prewrite('k', 5),
    result: 'key-is-locked ttl 100',
    lock: 'put 5 ttl 100',
  },
  {
    row: '3 other lock, pessimistic without check: ttl 0',
    given: (space) => space.prewrite('k', 5),
    prewrite: pessimistic(10, { action: 'skip-check' }),
    result: 'key-is-locked ttl 0',
  },
  {
    row: '4 own pessimistic lock, optimistic prewrite',
    given: (space) => space.lock('k', 10, 10),
    result: 'lock-type-not-match',
  },
  {
    row: '5 own pessimistic lock with another for_update_ts than expected',
    given: (space) => space.lock('k', 10, 12),
    prewrite: pessimistic(12, { expectedForUpdateTs: ts(11) }),
    result: 'pessimistic-lock-not-found for-update-ts-changed',
  },
  {
    row: '6 own pessimistic lock: the greater ttl and min_commit_ts stand',
    given: (space) => space.lock('k', 10, 12, { lockTtlMs: 500, minCommitTs: ts(30) }),
    prewrite: pessimistic(12, { minCommitTs: ts(20) }),
    result: 'ok',
    lock: 'put 10 ttl 500 min 30',
  },
  {
    row: '6 no constraint check under an own pessimistic lock',
    given: (space) => {
      space.put('k', 11, 12);
      space.lock('k', 10, 12);
    },
    prewrite: pessimistic(12),
    result: 'ok',
  },
  {
    row: '7 the same generation again changes nothing',
    given: (space) => space.prewrite('k', 10, { generation: 2 }),
    prewrite: { generation: 2, op: 'delete' },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 an earlier generation that comes late changes nothing',
    given: (space) => space.prewrite('k', 10, { generation: 2 }),
    prewrite: { generation: 1, op: 'delete', lockTtlMs: 900 },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 a later generation overwrites',
    given: (space) => space.prewrite('k', 10, { generation: 1 }),
    prewrite: { generation: 2, op: 'delete' },
    result: 'ok',
    lock: 'delete 10 ttl 100',
  },
  {
    row: '7 the greater ttl and min_commit_ts outlive a later generation',
    given: (space) => space.prewrite('k', 10, { generation: 1, lockTtlMs: 500, minCommitTs: ts(30) }),
    prewrite: { generation: 2, minCommitTs: ts(11) },
    result: 'ok',
    lock: 'put 10 ttl 500 min 30',
  },
  {
    row: '7 insert over a put of an earlier generation',
    given: (space) => space.prewrite('k', 10, { generation: 1 }),
    prewrite: { generation: 2, op: 'insert' },
    result: 'already-exist',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 insert over a deletion of an earlier generation',
    given: (space) => space.prewrite('k', 10, { generation: 1, op: 'delete' }),
    prewrite: { generation: 2, op: 'insert' },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 insert over a deletion of an earlier generation, with data below: clients put instead',
    given: (space) => {
      space.put('k', 5, 6);
      space.prewrite('k', 10, { generation: 1, op: 'delete' });
    },
    prewrite: { generation: 2, op: 'insert' },
    result: 'already-exist',
    lock: 'delete 10 ttl 100',
  },
  {
    row: '7 CheckNotExists of a put of an earlier generation',
    given: (space) => space.prewrite('k', 10, { generation: 1 }),
    prewrite: { generation: 2, op: 'check-not-exists' },
    result: 'already-exist',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 CheckNotExists leaves the lock of an earlier generation',
    given: (space) => space.prewrite('k', 10, { generation: 1, op: 'delete' }),
    prewrite: { generation: 2, op: 'check-not-exists' },
    result: 'ok',
    lock: 'delete 10 ttl 100',
  },
  {
    row: '7 a rollback of somebody later under the lock of an earlier generation is a conflict',
    given: (space) => {
      space.prewrite('k', 10, { generation: 1 });
      space.rollback('k', 12);
    },
    prewrite: { generation: 2 },
    result: 'write-conflict optimistic',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 only the first flush of a key asserts',
    given: (space) => {
      const strict = { generation: 1, assertion: 'not-exist', assertionLevel: 'strict' } as const;
      assert.equal(space.prewrite('k', 10, strict), 'ok');
    },
    prewrite: { generation: 2, assertion: 'exist', assertionLevel: 'strict' },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '7 the first flush of a key asserts',
    prewrite: { generation: 1, assertion: 'exist', assertionLevel: 'strict' },
    result: 'assertion-failed',
    lock: '',
  },
  {
    row: '3 a flush meets the lock of somebody else',
    given: (space) => space.prewrite('k', 5, { generation: 1 }),
    prewrite: { generation: 2 },
    result: 'key-is-locked ttl 100',
    lock: 'put 5 ttl 100',
  },
  {
    row: '4 a flush meets an own pessimistic lock',
    given: (space) => space.lock('k', 10, 10),
    prewrite: { generation: 1 },
    result: 'lock-type-not-match',
  },
  {
    row: '10a a flush that comes after the rollback of its transaction',
    given: (space) => {
      space.prewrite('k', 10, { generation: 1, primary: 'p' });
      space.rollback('k', 10);
    },
    prewrite: { generation: 2 },
    result: 'write-conflict self-rolled-back',
    lock: '',
  },
  {
    row: '10 a flush that comes after the commit of its transaction',
    given: (space) => {
      space.prewrite('k', 10, { generation: 1 });
      space.commit('k', 10, 12);
    },
    prewrite: { generation: 1 },
    result: 'ok',
    lock: '',
  },
  {
    row: '8 own prewrite lock: idempotent',
    given: (space) => space.prewrite('k', 10),
    result: 'ok',
  },
  {
    row: '8 own async-commit lock: idempotent with its min_commit_ts',
    given: (space) => space.prewrite('k', 10, { secondaries: [], minCommitTs: ts(40) }),
    prewrite: { secondaries: [] },
    result: 'ok min 40',
  },
  {
    row: '9 lock lost, nobody came: amended',
    given: (space) => space.put('k', 5, 6),
    prewrite: pessimistic(12),
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '9 lock lost, somebody committed since the start',
    given: (space) => space.put('k', 11, 12),
    prewrite: pessimistic(13),
    result: 'pessimistic-lock-not-found lock-missing-amend-fail',
  },
  {
    row: '9 lock lost, a rollback at start_ts',
    given: (space) => space.rollback('k', 10),
    prewrite: pessimistic(13),
    result: 'pessimistic-lock-not-found lock-missing-amend-fail',
  },
  {
    row: '10 skip_constraint_check',
    given: (space) => space.put('k', 11, 12),
    prewrite: { skipConstraintCheck: true },
    result: 'ok',
  },
  {
    row: '10 pessimistic without check and no retry: nothing is looked at',
    given: (space) => space.put('k', 11, 12),
    prewrite: pessimistic(10, { action: 'skip-check' }),
    result: 'ok',
  },
  {
    row: '10a rolled back before',
    given: (space) => space.rollback('k', 10),
    result: 'write-conflict self-rolled-back',
  },
  {
    row: '10a rolled back under a version committed at start_ts (overlapped)',
    given: (space) => {
      space.put('k', 9, 10);
      space.rollback('k', 10);
    },
    result: 'write-conflict self-rolled-back',
  },
  { row: '10b newer commit', given: (space) => space.put('k', 11, 12), result: 'write-conflict optimistic' },
  {
    row: '10b newer rollback counts too',
    given: (space) => space.rollback('k', 11),
    result: 'write-conflict optimistic',
  },
  {
    row: '10b newer lock-only commit counts too',
    given: (space) => space.put('k', 11, 12, { op: 'lock' }),
    result: 'write-conflict optimistic',
  },
  { row: '10b a commit at start_ts is no conflict', given: (space) => space.put('k', 9, 10), result: 'ok' },
  {
    row: '10c lazy uniqueness check',
    given: (space) => space.put('k', 11, 12),
    prewrite: pessimistic(13, { action: 'constraint-check' }),
    result: 'write-conflict lazy-uniqueness-check',
  },
  {
    row: '10d retry meets a newer commit',
    given: (space) => space.put('k', 13, 14),
    prewrite: pessimistic(12, { action: 'skip-check', isRetryRequest: true }),
    result: 'pessimistic-lock-not-found non-lock-key-conflict',
  },
  {
    row: '10d retry meets a newer lock-only commit',
    given: (space) => space.put('k', 13, 14, { op: 'lock' }),
    prewrite: pessimistic(12, { action: 'skip-check', isRetryRequest: true }),
    result: 'pessimistic-lock-not-found non-lock-key-conflict',
  },
  {
    row: '10d retry looks past a newer rollback',
    given: (space) => space.rollback('k', 13),
    prewrite: pessimistic(12, { action: 'skip-check', isRetryRequest: true }),
    result: 'ok',
  },
  {
    row: '10d retry looks past a newer rollback at an older lock-only commit',
    given: (space) => {
      space.put('k', 13, 14, { op: 'lock' });
      space.rollback('k', 15);
    },
    prewrite: pessimistic(12, { action: 'skip-check', isRetryRequest: true }),
    result: 'pessimistic-lock-not-found non-lock-key-conflict',
  },
  {
    row: '10e insert of existing data',
    given: (space) => space.put('k', 5, 6),
    prewrite: { op: 'insert' },
    result: 'already-exist',
  },
  {
    row: '10e insert over a lock-only commit over data',
    given: (space) => {
      space.put('k', 5, 6);
      space.put('k', 7, 8, { op: 'lock' });
    },
    prewrite: { op: 'insert' },
    result: 'already-exist',
  },
  {
    row: '10e insert over a deletion',
    given: (space) => {
      space.put('k', 5, 6);
      space.put('k', 7, 8, { op: 'delete' });
    },
    prewrite: { op: 'insert' },
    result: 'ok',
  },
  {
    row: '11 assertion fast, loaded: exist fails on nothing',
    prewrite: { assertion: 'exist', assertionLevel: 'fast' },
    result: 'assertion-failed',
  },
  {
    row: '11 assertion strict: not-exist fails on data',
    given: (space) => space.put('k', 5, 6),
    prewrite: { assertion: 'not-exist', assertionLevel: 'strict' },
    result: 'assertion-failed',
  },
  {
    row: '11 assertion holds',
    given: (space) => space.put('k', 5, 6),
    prewrite: { assertion: 'exist', assertionLevel: 'strict' },
    result: 'ok',
  },
  {
    row: '11 assertion fast, nothing loaded: not checked',
    given: (space) => space.lock('k', 10, 10),
    prewrite: pessimistic(10, { assertion: 'exist', assertionLevel: 'fast' }),
    result: 'ok',
  },
  {
    row: '11 assertion strict under a pessimistic lock: loaded',
    given: (space) => space.lock('k', 10, 10),
    prewrite: pessimistic(10, { assertion: 'exist', assertionLevel: 'strict' }),
    result: 'assertion-failed',
  },
  {
    row: '11 a write conflict wins over a failed assertion',
    given: (space) => space.put('k', 11, 12),
    prewrite: { assertion: 'not-exist', assertionLevel: 'strict', skipConstraintCheck: true },
    result: 'write-conflict optimistic',
  },
  {
    row: '12 CheckNotExists writes nothing',
    prewrite: { op: 'check-not-exists' },
    result: 'ok',
    lock: '',
    after: (space) => assert.equal(space.maxTs.current, ts(10)),
  },
  {
    row: '12 CheckNotExists of data',
    given: (space) => space.put('k', 5, 6),
    prewrite: { op: 'check-not-exists' },
    result: 'already-exist',
  },
  {
    row: '14 min_commit_ts is above max_ts',
    given: (space) => space.maxTs.advance(ts(20)),
    prewrite: { secondaries: [] },
    result: 'ok min 20+1',
    lock: 'put 10 ttl 100 min 20+1',
  },
  { row: '14 min_commit_ts is above start_ts', prewrite: { secondaries: [] }, result: 'ok min 10+1' },
  {
    row: '14 min_commit_ts is above for_update_ts',
    given: (space) => space.lock('k', 10, 15),
    prewrite: pessimistic(15, { secondaries: [] }),
    result: 'ok min 15+1',
  },
  {
    row: '14 max_commit_ts out of reach: two-phase locks',
    given: (space) => space.maxTs.advance(ts(20)),
    prewrite: { secondaries: [], maxCommitTs: ts(20) },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '14 one-phase falls back likewise',
    given: (space) => space.maxTs.advance(ts(20)),
    prewrite: { tryOnePc: true, maxCommitTs: ts(20) },
    result: 'ok',
    lock: 'put 10 ttl 100',
  },
  {
    row: '15 one-phase writes versions, no locks',
    given: (space) => space.put('k', 5, 6),
    prewrite: { tryOnePc: true, value: 'one' },
    result: 'one-pc 10+1',
    lock: '',
    after: (space) => assert.deepEqual([space.get('k', 10), space.get('k', 11)], ['v5', 'one']),
  },
  {
    row: '15 one-phase falls back when an unlocked, unchecked key has a version at or above its commit_ts',
    given: (space) => space.put('k', 5, 12),
    prewrite: pessimistic(11, { tryOnePc: true, action: 'skip-check', minCommitTs: ts(12) }),
    result: 'ok',
    lock: 'put 10 ttl 100 min 12+1',
    after: (space) => {
      assert.equal(space.commit('k', 10, 12), 'commit-ts-expired min 12+1');
      assert.equal(space.commit('k', 10, 13), 'ok');
      assert.deepEqual([space.get('k', 12), space.get('k', 13)], ['v5', 'v10']);
    },
  },
  {
    row: '15 one-phase removes own pessimistic locks',
    given: (space) => space.lock('k', 10, 15),
    prewrite: pessimistic(15, { tryOnePc: true }),
    result: 'one-pc 15+1',
    lock: '',
  },
  {
    row: 'retry after a lost reply: committed by two phases',
    given: (space) => space.put('k', 10, 12),
    result: 'ok',
    lock: '',
  },
  {
    row: 'retry after a lost reply: async commit answers the commit_ts',
    given: (space) => space.put('k', 10, 12),
    prewrite: { secondaries: [] },
    result: 'ok min 12',
  },
  {
    row: 'retry after a lost reply: one-phase answers the commit_ts, however deep it lies',
    given: (space) => {
      space.put('k', 10, 12);
      space.put('k', 14, 15);
      space.put('k', 16, 17);
    },
    prewrite: { tryOnePc: true },
    result: 'one-pc 12',
  },
  {
    row: 'retry after a lost reply: committed, and locked by another since',
    given: (space) => {
      space.put('k', 10, 12);
      space.prewrite('k', 20);
    },
    result: 'ok',
    lock: 'put 20 ttl 100',
  },
];

for (const row of rows) {
  test(`prewrite ${row.row}`, () => {
    const space = new KeySpace();
    row.given?.(space);
    assert.equal(space.prewrite('k', 10, row.prewrite), row.result);
    if (row.lock !== undefined) assert.equal(space.lockOn('k'), row.lock);
    row.after?.(space);
  });
}

test('prewrite collects the locks of all keys and writes nothing', () => {
  const space = new KeySpace();
  space.prewrite('b', 5);
  space.prewrite('c', 6);
  const mutations = ['a', 'b', 'c'].map((name) => ({ op: 'put' as const, key: keyOf(name), value: new Uint8Array(1) }));
  assert.equal(space.prewriteAll(mutations, 10, 'a'), 'key-is-locked ttl 100, key-is-locked ttl 100');
  assert.equal(space.lockOn('a'), '');
});

test('prewrite lists the secondaries in the primary’s lock only', () => {
  const space = new KeySpace();
  const mutations = ['a', 'b'].map((name) => ({ op: 'put' as const, key: keyOf(name), value: new Uint8Array(1) }));
  assert.equal(space.prewriteAll(mutations, 10, 'a', { secondaries: [keyOf('b')] }), 'ok min 10+1');
  assert.deepEqual(space.locks.get(keyOf('a'))?.secondaries, ['b']);
  assert.deepEqual(space.locks.get(keyOf('b'))?.secondaries, []);
});

test('one-phase commit uses one commit_ts for all keys, the greatest', () => {
  const space = new KeySpace();
  space.lock('b', 10, 30);
  const mutations = [
    { op: 'put' as const, key: keyOf('a'), value: Buffer.from('1'), action: 'skip-check' as const },
    { op: 'lock' as const, key: keyOf('b'), action: 'pessimistic-check' as const },
  ];
  assert.equal(space.prewriteAll(mutations, 10, 'b', { tryOnePc: true, forUpdateTs: ts(30) }), 'one-pc 30+1');
  assert.deepEqual([space.get('a', 30), space.get('a', 31)], [undefined, '1']);
  assert.equal(space.checkTxnStatus('b', 10, 40), 'committed 30+1');
});

test('the statement order goes from the mutation through the lock into the version', () => {
  const space = new KeySpace();
  const order = 2 ** 40 + 12345;
  space.prewrite('k', 10, { order });
  assert.equal(space.locks.get(keyOf('k'))?.order, order);
  space.commit('k', 10, 11);
  space.prewrite('o', 20, { order: 7, tryOnePc: true });
  space.put('k', 30, 31);
  assert.equal(space.get('k', 11), 'v10');
  assert.equal(space.get('o', 21), 'v20');
});
