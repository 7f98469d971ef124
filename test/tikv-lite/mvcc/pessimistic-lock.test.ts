import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { KeySpace, ts } from './key-space.ts';

interface Row {
  readonly row: string;
  readonly given?: (space: KeySpace) => void;
  readonly when: (space: KeySpace) => string;
  readonly result: string;
  readonly lock?: string;
}

const rows: readonly Row[] = [
  {
    row: '0 lock_only_if_exists without return_values',
    when: (s) => s.lock('k', 10, 12, { lockOnlyIfExists: true }),
    result: 'lock-if-exists-failed',
  },
  {
    row: '2 other’s prewrite lock',
    given: (s) => s.prewrite('k', 5),
    when: (s) => s.lock('k', 10, 12),
    result: 'blocked by 5',
  },
  {
    row: '2 other’s pessimistic lock',
    given: (s) => s.lock('k', 5, 5),
    when: (s) => s.lock('k', 10, 12),
    result: 'blocked by 5',
  },
  {
    row: '3 own prewrite lock',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.lock('k', 10, 12),
    result: 'lock-type-not-match',
  },
  {
    row: '4 own lock: a later for_update_ts is kept, the ttl stays',
    given: (s) => s.lock('k', 10, 12, { lockTtlMs: 300 }),
    when: (s) => s.lock('k', 10, 14, { lockTtlMs: 400 }),
    result: 'locked',
    lock: 'pessimistic 10 ttl 300',
  },
  {
    row: '4 own lock: values as of for_update_ts',
    given: (s) => {
      s.put('k', 5, 6);
      s.lock('k', 10, 12);
    },
    when: (s) => s.lock('k', 10, 12, { returnValues: true }),
    result: 'locked value v5',
  },
  {
    row: '4 own lock: allow_conflict with an earlier for_update_ts',
    given: (s) => {
      s.put('k', 11, 14);
      s.lock('k', 10, 14);
    },
    when: (s) => s.lock('k', 10, 12, { returnValues: true, allowLockWithConflict: true }),
    result: 'locked value v11 conflict 14',
  },
  {
    row: '4 own lock: should_not_exist',
    given: (s) => {
      s.put('k', 5, 6);
      s.lock('k', 10, 12);
    },
    when: (s) => s.lock('k', 10, 12, { shouldNotExist: true }),
    result: 'already-exist',
  },
  {
    row: '5 changed after for_update_ts',
    given: (s) => s.put('k', 11, 14),
    when: (s) => s.lock('k', 10, 12),
    result: 'write-conflict pessimistic-retry',
    lock: '',
  },
  {
    row: '5 a rollback after for_update_ts counts',
    given: (s) => s.rollback('k', 14),
    when: (s) => s.lock('k', 10, 12),
    result: 'write-conflict pessimistic-retry',
  },
  {
    row: '5 committed by the transaction itself: a request that came again locks nothing',
    given: (s) => {
      s.lock('k', 10, 12);
      s.prewrite('k', 10, { forUpdateTs: ts(12), action: 'pessimistic-check' });
      s.commit('k', 10, 14);
    },
    when: (s) => s.lock('k', 10, 12, { allowLockWithConflict: true }),
    result: 'committed 14',
    lock: '',
  },
  {
    row: '5 lock with conflict',
    given: (s) => s.put('k', 11, 14),
    when: (s) => s.lock('k', 10, 12, { allowLockWithConflict: true, returnValues: true }),
    result: 'locked value v11 conflict 14',
    lock: 'pessimistic 10 ttl 100',
  },
  {
    row: '6 rolled back',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.lock('k', 10, 12),
    result: 'pessimistic-lock-rolled-back',
  },
  {
    row: '6 rolled back below a newer version',
    given: (s) => {
      s.rollback('k', 10);
      s.put('k', 11, 12);
    },
    when: (s) => s.lock('k', 10, 12),
    result: 'pessimistic-lock-rolled-back',
  },
  {
    row: '6 rolled back at another’s commit_ts',
    given: (s) => {
      s.put('k', 5, 10);
      s.rollback('k', 10);
    },
    when: (s) => s.lock('k', 10, 12),
    result: 'pessimistic-lock-rolled-back',
  },
  {
    row: '5 before 6',
    given: (s) => {
      s.rollback('k', 10);
      s.put('k', 13, 14);
    },
    when: (s) => s.lock('k', 10, 12),
    result: 'write-conflict pessimistic-retry',
  },
  {
    row: '7 should_not_exist',
    given: (s) => s.put('k', 5, 6),
    when: (s) => s.lock('k', 10, 12, { shouldNotExist: true }),
    result: 'already-exist',
    lock: '',
  },
  {
    row: '7 should_not_exist over a deletion',
    given: (s) => {
      s.put('k', 5, 6);
      s.put('k', 7, 8, { op: 'delete' });
    },
    when: (s) => s.lock('k', 10, 12, { shouldNotExist: true }),
    result: 'locked',
  },
  {
    row: '7 should_not_exist in conflict',
    given: (s) => s.put('k', 11, 14),
    when: (s) => s.lock('k', 10, 12, { shouldNotExist: true, allowLockWithConflict: true }),
    result: 'write-conflict pessimistic-retry',
  },
  {
    row: '6 before 7',
    given: (s) => {
      s.put('k', 5, 6);
      s.rollback('k', 10);
    },
    when: (s) => s.lock('k', 10, 12, { shouldNotExist: true }),
    result: 'pessimistic-lock-rolled-back',
  },
  {
    row: '8 lock_only_if_exists and nothing there',
    when: (s) => s.lock('k', 10, 12, { lockOnlyIfExists: true, returnValues: true }),
    result: 'not locked',
    lock: '',
  },
  {
    row: '8 lock_only_if_exists and something there',
    given: (s) => s.put('k', 5, 6),
    when: (s) => s.lock('k', 10, 12, { lockOnlyIfExists: true, returnValues: true }),
    result: 'locked value v5',
  },
  {
    row: '9 free',
    when: (s) => s.lock('k', 10, 12, { minCommitTs: ts(13) }),
    result: 'locked',
    lock: 'pessimistic 10 ttl 100 min 13',
  },
  {
    row: 'heart-beat raises the ttl',
    given: (s) => s.lock('k', 10, 12),
    when: (s) => s.heartBeat('k', 10, 500),
    result: 'ttl 500',
    lock: 'pessimistic 10 ttl 500',
  },
  {
    row: 'heart-beat never lowers it',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.heartBeat('k', 10, 50),
    result: 'ttl 100',
  },
  {
    row: 'heart-beat of a prewrite lock keeps its value',
    given: (s) => s.prewrite('k', 10),
    when: (s) => `${s.heartBeat('k', 10, 500)} ${s.commit('k', 10, 12)} ${s.get('k', 12)}`,
    result: 'ttl 500 ok v10',
  },
  {
    row: 'heart-beat without a lock',
    given: (s) => s.lock('k', 11, 12),
    when: (s) => s.heartBeat('k', 10, 500),
    result: 'txn-not-found',
  },
];

for (const row of rows) {
  test(`pessimistic lock ${row.row}`, () => {
    const space = new KeySpace();
    row.given?.(space);
    assert.equal(row.when(space), row.result);
    if (row.lock !== undefined) assert.equal(space.lockOn('k'), row.lock);
  });
}

test('row 1: only requests that look at data raise max_ts', () => {
  const space = new KeySpace();
  space.lock('a', 10, 12);
  assert.equal(space.maxTs.current, 0n);
  space.lock('b', 10, 13, { shouldNotExist: true });
  assert.equal(space.maxTs.current, ts(13));
  space.lock('c', 10, 14, { returnValues: true });
  assert.equal(space.maxTs.current, ts(14));
});

test('pessimistic rollback drops own pessimistic locks up to a for_update_ts and nothing else', () => {
  const space = new KeySpace();
  space.lock('a', 10, 12);
  space.unlock('a', 10, 11);
  assert.equal(space.lockOn('a'), 'pessimistic 10 ttl 100');
  space.unlock('a', 11, 20);
  assert.equal(space.lockOn('a'), 'pessimistic 10 ttl 100');
  space.unlock('a', 10, 12);
  assert.equal(space.lockOn('a'), '');
  space.prewrite('b', 10);
  space.unlock('b', 10, 20);
  assert.equal(space.lockOn('b'), 'put 10 ttl 100');
  assert.equal(space.engine.get(keyOf('sa')), undefined);
});
