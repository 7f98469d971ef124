import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, MAX_TS, type Ts } from '../../../base/index.ts';
import { KeySpace, ts } from './key-space.ts';

interface Row {
  readonly row: string;
  readonly given?: (space: KeySpace) => void;
  readonly when: (space: KeySpace) => string;
  readonly result: string;
  readonly lock?: string;
  readonly after?: (space: KeySpace) => void;
}

const rollbackStands = (space: KeySpace): void =>
  assert.match(space.prewrite('k', 10), /write-conflict/, 'a late prewrite fails');

const rows: readonly Row[] = [
  { row: 'commit: commit_ts not above start_ts', when: (s) => s.commit('k', 10, 10), result: 'invalid-txn-tso' },
  {
    row: 'commit: below the promised min_commit_ts',
    given: (s) => s.prewrite('k', 10, { minCommitTs: ts(20) }),
    when: (s) => s.commit('k', 10, 15),
    result: 'commit-ts-expired min 20',
    lock: 'put 10 ttl 100 min 20',
  },
  {
    row: 'commit: own pessimistic lock goes without a record',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.commit('k', 10, 15),
    result: 'ok',
    lock: '',
    after: (s) => assert.equal(s.records('d').length, 0),
  },
  {
    row: 'commit: min_commit_ts is checked before the kind of lock',
    given: (s) => s.lock('k', 10, 10, { minCommitTs: ts(20) }),
    when: (s) => s.commit('k', 10, 15),
    result: 'commit-ts-expired min 20',
  },
  {
    row: 'commit: put',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.commit('k', 10, 15),
    result: 'ok',
    lock: '',
    after: (s) => assert.deepEqual([s.get('k', 14), s.get('k', 15)], [undefined, 'v10']),
  },
  {
    row: 'commit: delete',
    given: (s) => {
      s.put('k', 5, 6);
      s.prewrite('k', 10, { op: 'delete' });
    },
    when: (s) => s.commit('k', 10, 15),
    result: 'ok',
    after: (s) => assert.deepEqual([s.get('k', 14), s.get('k', 15)], ['v5', undefined]),
  },
  {
    row: 'commit: lock-only leaves a record and the value',
    given: (s) => {
      s.put('k', 5, 6);
      s.prewrite('k', 10, { op: 'lock' });
    },
    when: (s) => s.commit('k', 10, 15),
    result: 'ok',
    after: (s) => assert.deepEqual([s.get('k', 20), s.checkTxnStatus('k', 10, 20)], ['v5', 'committed 15']),
  },
  {
    row: 'commit: again, idempotent',
    given: (s) => s.put('k', 10, 15),
    when: (s) => s.commit('k', 10, 15),
    result: 'ok',
  },
  {
    row: 'commit: rolled back',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.commit('k', 10, 15),
    result: 'txn-lock-not-found',
  },
  { row: 'commit: nothing known', when: (s) => s.commit('k', 10, 15), result: 'txn-lock-not-found' },
  {
    row: 'commit: other’s lock',
    given: (s) => s.prewrite('k', 11),
    when: (s) => s.commit('k', 10, 15),
    result: 'txn-lock-not-found',
  },

  {
    row: 'cleanup: alive, in its last millisecond',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.cleanup('k', 10, 110),
    result: 'key-is-locked ttl 100',
  },
  {
    row: 'cleanup: expired',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.cleanup('k', 10, 111),
    result: 'ok',
    lock: '',
    after: rollbackStands,
  },
  {
    row: 'cleanup: current_ts 0 ignores the TTL',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.cleanup('k', 10, 0),
    result: 'ok',
    after: rollbackStands,
  },
  {
    row: 'cleanup: committed',
    given: (s) => s.put('k', 10, 12),
    when: (s) => s.cleanup('k', 10, 0),
    result: 'committed 12',
  },
  {
    row: 'cleanup: rolled back already',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.cleanup('k', 10, 0),
    result: 'ok',
  },
  { row: 'cleanup: nothing known', when: (s) => s.cleanup('k', 10, 0), result: 'ok', after: rollbackStands },
  {
    row: 'cleanup: other’s lock stays',
    given: (s) => s.prewrite('k', 11),
    when: (s) => s.cleanup('k', 10, 0),
    result: 'ok',
    lock: 'put 11 ttl 100',
  },
  {
    row: 'cleanup: a version committed at start_ts stays readable beside the rollback',
    given: (s) => s.put('k', 5, 10),
    when: (s) => s.cleanup('k', 10, 0),
    result: 'ok',
    after: (s) => assert.deepEqual([s.get('k', 10), s.prewrite('k', 10)], ['v5', 'write-conflict self-rolled-back']),
  },
  {
    row: 'cleanup: the rollback survives another commit at its start_ts',
    given: (s) => s.prewrite('k', 5),
    when: (s) => `${s.cleanup('k', 10, 0)} ${s.commit('k', 5, 10)}`,
    result: 'ok ok',
    after: (s) => assert.equal(s.checkTxnStatus('k', 10, 20), 'rolled-back no-action'),
  },
  {
    row: 'batch rollback: pessimistic lock',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.rollback('k', 10),
    result: 'ok',
    lock: '',
    after: rollbackStands,
  },
  {
    row: 'batch rollback: committed',
    given: (s) => s.put('k', 10, 12),
    when: (s) => s.rollback('k', 10),
    result: 'committed 12',
  },
  {
    row: 'batch rollback: collapses the unprotected one before',
    given: (s) => {
      s.rollback('k', 8);
      s.rollback('k', 9);
    },
    when: (s) => s.rollback('k', 10),
    result: 'ok',
    after: (s) => assert.equal(s.records('s').length, 1),
  },
  {
    row: 'batch rollback: protected ones are not collapsed',
    given: (s) => {
      s.cleanup('k', 8, 0);
      s.cleanup('k', 9, 0);
    },
    when: (s) => s.rollback('k', 10),
    result: 'ok',
    after: (s) => assert.equal(s.records('s').length, 3),
  },
  {
    row: 'batch rollback: a collapsed rollback still refuses its late prewrite',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.rollback('k', 12),
    result: 'ok',
    after: rollbackStands,
  },

  {
    row: 'check txn status 1: not the primary',
    given: (s) => s.prewrite('k', 10, { primary: 'p' }),
    when: (s) => s.checkTxnStatus('k', 10, 200),
    result: 'primary-mismatch',
  },
  {
    row: 'check txn status 1: pessimistic lock of another primary, resolving a prewrite lock',
    given: (s) => s.lock('k', 10, 10, { primary: keyOf('p') }),
    when: (s) => s.checkTxnStatus('k', 10, 200),
    result: 'rolled-back lock-not-exist-rollback',
    lock: '',
  },
  {
    row: 'check txn status 1: … resolving a pessimistic lock',
    given: (s) => s.lock('k', 10, 10, { primary: keyOf('p') }),
    when: (s) => s.checkTxnStatus('k', 10, 200, { resolvingPessimisticLock: true }),
    result: 'primary-mismatch',
    lock: 'pessimistic 10 ttl 100',
  },
  {
    row: 'check txn status 2: async commit is never expired here',
    given: (s) => s.prewrite('k', 10, { secondaries: [keyOf('x'), keyOf('y')] }),
    when: (s) => s.checkTxnStatus('k', 10, 900),
    result: 'alive no-action secondaries x+y',
  },
  {
    row: 'check txn status 2: unless forced to decide',
    given: (s) => s.prewrite('k', 10, { secondaries: [keyOf('x')] }),
    when: (s) => s.checkTxnStatus('k', 10, 900, { forceSyncCommit: true }),
    result: 'rolled-back ttl-expire-rollback',
    lock: '',
  },
  {
    row: 'check txn status 3: a lock taken with conflict after its transaction committed',
    given: (s) => {
      s.put('k', 10, 12);
      s.lock('k', 10, 11, { allowLockWithConflict: true });
    },
    when: (s) => s.checkTxnStatus('k', 10, 20),
    result: 'committed 12',
    lock: '',
  },
  {
    row: 'check txn status 4: expired pessimistic lock, resolving a pessimistic lock',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.checkTxnStatus('k', 10, 111, { resolvingPessimisticLock: true }),
    result: 'nothing ttl-expire-pessimistic-rollback',
    lock: '',
    after: (s) => assert.equal(s.records('s').length, 0),
  },
  {
    row: 'check txn status 5: expired',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.checkTxnStatus('k', 10, 111),
    result: 'rolled-back ttl-expire-rollback',
    lock: '',
    after: rollbackStands,
  },
  {
    row: 'check txn status 5: expired pessimistic primary, resolving a prewrite lock',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.checkTxnStatus('k', 10, 111),
    result: 'rolled-back ttl-expire-rollback',
    after: rollbackStands,
  },
  {
    row: 'check txn status 6: pushed above the reader, or to the present',
    given: (s) => s.prewrite('k', 10, { minCommitTs: ts(11) }),
    when: (s) => s.checkTxnStatus('k', 10, 50, { callerStartTs: ts(30) }),
    result: 'alive min-commit-ts-pushed',
    lock: 'put 10 ttl 100 min 50',
  },
  {
    row: 'check txn status 6: above the reader when that is later',
    given: (s) => s.prewrite('k', 10, { minCommitTs: ts(11) }),
    when: (s) => s.checkTxnStatus('k', 10, 20, { callerStartTs: ts(30) }),
    result: 'alive min-commit-ts-pushed',
    lock: 'put 10 ttl 100 min 30+1',
    after: (s) => assert.equal(s.commit('k', 10, 30), 'commit-ts-expired min 30+1'),
  },
  {
    row: 'check txn status 6: no promise to push',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.checkTxnStatus('k', 10, 50, { callerStartTs: ts(30) }),
    result: 'alive no-action',
    lock: 'put 10 ttl 100',
  },
  {
    row: 'check txn status 7: pushed far enough already',
    given: (s) => s.prewrite('k', 10, { minCommitTs: ts(40) }),
    when: (s) => s.checkTxnStatus('k', 10, 50, { callerStartTs: ts(30) }),
    result: 'alive min-commit-ts-pushed',
    lock: 'put 10 ttl 100 min 40',
  },
  {
    row: 'check txn status 7: a reader of the latest',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.checkTxnStatus('k', 10, 50, { callerStartTs: MAX_TS }),
    result: 'alive min-commit-ts-pushed',
  },
  {
    row: 'check txn status 8: alive',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.checkTxnStatus('k', 10, 110),
    result: 'alive no-action',
  },
  {
    row: 'check txn status 9: committed, in history',
    given: (s) => {
      s.put('k', 10, 12);
      for (let at = 20; at < 300; at += 2) s.put('k', at, at + 1);
    },
    when: (s) => s.checkTxnStatus('k', 10, 400),
    result: 'committed 12',
  },
  {
    row: 'check txn status 10: rolled back',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.checkTxnStatus('k', 10, 20),
    result: 'rolled-back no-action',
  },
  {
    row: 'check txn status 11: unknown, asked not to decide',
    when: (s) => s.checkTxnStatus('k', 10, 20, { rollbackIfNotExist: false }),
    result: 'txn-not-found',
  },
  {
    row: 'check txn status 12: unknown, resolving a pessimistic lock',
    when: (s) => s.checkTxnStatus('k', 10, 20, { resolvingPessimisticLock: true }),
    result: 'nothing lock-not-exist-do-nothing',
    after: (s) => assert.equal(s.prewrite('k', 10), 'ok'),
  },
  {
    row: 'check txn status 13: unknown',
    when: (s) => s.checkTxnStatus('k', 10, 20),
    result: 'rolled-back lock-not-exist-rollback',
    after: rollbackStands,
  },
  {
    row: 'check txn status raises max_ts',
    when: (s) => s.checkTxnStatus('k', 10, 20, { callerStartTs: ts(30) }),
    result: 'rolled-back lock-not-exist-rollback',
    after: (s) => assert.equal(s.maxTs.current, ts(30)),
  },

  {
    row: 'check secondary locks: own prewrite locks are collected',
    given: (s) => {
      s.prewrite('k', 10, { secondaries: [] });
      s.prewrite('l', 10, { secondaries: [] });
    },
    when: (s) => s.checkSecondaries(['k', 'l'], 10),
    result: 'locked k+l',
  },
  {
    row: 'check secondary locks: a pessimistic lock cannot be committed any more',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.checkSecondaries(['k'], 10),
    result: 'rolled-back',
    lock: '',
    after: rollbackStands,
  },
  {
    row: 'check secondary locks: committed',
    given: (s) => {
      s.prewrite('j', 10);
      s.put('k', 10, 12);
    },
    when: (s) => s.checkSecondaries(['j', 'k'], 10),
    result: 'committed 12',
  },
  {
    row: 'check secondary locks: rolled back',
    given: (s) => s.rollback('k', 10),
    when: (s) => s.checkSecondaries(['k'], 10),
    result: 'rolled-back',
  },
  {
    row: 'check secondary locks: nothing known',
    given: (s) => s.prewrite('k', 11),
    when: (s) => s.checkSecondaries(['k'], 10),
    result: 'rolled-back',
    lock: 'put 11 ttl 100',
    after: (s) => assert.equal(s.maxTs.current, ts(10)),
  },

  {
    row: 'resolve lock: commits',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.resolve('k', 10, 12),
    result: 'ok',
    after: (s) => assert.equal(s.get('k', 12), 'v10'),
  },
  {
    row: 'resolve lock: rolls back',
    given: (s) => s.prewrite('k', 10),
    when: (s) => s.resolve('k', 10, 0),
    result: 'ok',
    lock: '',
    after: rollbackStands,
  },
  {
    row: 'resolve lock: no lock of that transaction, nothing to do',
    given: (s) => s.prewrite('k', 11),
    when: (s) => s.resolve('k', 10, 12),
    result: 'ok',
    lock: 'put 11 ttl 100',
  },
  { row: 'resolve lock: commit_ts not above start_ts', when: (s) => s.resolve('k', 10, 9), result: 'invalid-txn-tso' },
  {
    row: 'resolve lock: pessimistic lock of a committed transaction',
    given: (s) => s.lock('k', 10, 10),
    when: (s) => s.resolve('k', 10, 12),
    result: 'ok',
    lock: '',
  },
  {
    row: 'resolve lock: a lock that came again after the commit, with a later promise, goes without another version',
    given: (s) => {
      s.put('k', 10, 12);
      s.prewrite('k', 10, {
        forUpdateTs: ts(11),
        action: 'skip-check',
        primary: 'p',
        secondaries: [],
        minCommitTs: ts(20),
      });
    },
    when: (s) => s.resolve('k', 10, 12),
    result: 'ok',
    lock: '',
    after: (s) => assert.equal(s.get('k', 13), 'v10'),
  },
];

for (const row of rows) {
  test(row.row, () => {
    const space = new KeySpace();
    row.given?.(space);
    assert.equal(row.when(space), row.result);
    if (row.lock !== undefined) assert.equal(space.lockOn('k'), row.lock);
    row.after?.(space);
  });
}

test('a late commit below a newer version goes to its place in history', () => {
  const space = new KeySpace();
  space.put('k', 5, 6);
  space.put('k', 20, 21, { skipConstraintCheck: true });
  space.put('k', 10, 15, { skipConstraintCheck: true });
  assert.deepEqual(
    [5, 6, 14, 15, 20, 21].map((at) => space.get('k', at)),
    [undefined, 'v5', 'v5', 'v10', 'v10', 'v20'],
  );
});

test('timestamps beyond 2^53 keep all their bits', () => {
  const space = new KeySpace();
  const base = 1_800_000_000_000;
  space.put('k', base, base + 1);
  assert.deepEqual([space.get('k', base), space.get('k', base + 1)], [undefined, `v${base}`]);
  const stamp = (ts(base) | 5n) as Ts;
  assert.equal(stamp > ts(base), true);
});
