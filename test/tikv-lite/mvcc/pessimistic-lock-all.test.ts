import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf } from '../../../base/index.ts';
import { pessimisticLockAll } from '../../../tikv-lite/mvcc/commands/pessimistic-lock-all.ts';
import { decodeLock } from '../../../tikv-lite/mvcc/lock.ts';
import { KeySpace, ts } from './key-space.ts';

const REQUEST = { keys: ['a', 'b', 'c'].map(keyOf), primary: keyOf('a'), startTs: ts(10), lockTtlMs: 100 };

function lockAll(space: KeySpace, forUpdateTs: number, { shouldNotExist = false, isPersisted = false } = {}) {
  const request = { ...REQUEST, forUpdateTs: ts(forUpdateTs), shouldNotExist };
  return pessimisticLockAll(space.reader, space.maxTs, request, isPersisted);
}

const OBSTACLES: readonly (readonly [string, (space: KeySpace) => void, string, boolean?])[] = [
  ['another holder', (space) => space.lock('b', 5, 5), 'key-is-locked'],
  ['a later version', (space) => space.put('b', 11, 13), 'write-conflict'],
  ['a value where none may be', (space) => space.put('b', 5, 6), 'already-exist', true],
  ['a lock of its own that a prewrite made', (space) => space.prewrite('b', 10), 'lock-type-not-match'],
];

for (const [name, given, kind, shouldNotExist = false] of OBSTACLES) {
  test(`${name} keeps every key free`, () => {
    const space = new KeySpace();
    given(space);
    const before = space.locks.size;
    const result = lockAll(space, 12, { shouldNotExist });
    assert.equal(result.kind === 'failed' && result.error.kind, kind);
    assert.equal(space.locks.size, before);
  });
}

test('keys that nobody holds are locked in memory', () => {
  const space = new KeySpace();
  space.put('b', 5, 6);
  const result = lockAll(space, 12);
  assert.ok(result.kind === 'ok');
  assert.deepEqual(result.changes.operations, []);
  space.apply(result.changes);
  for (const key of REQUEST.keys) assert.equal(space.locks.get(key)?.forUpdateTs, ts(12));
  assert.equal(space.lock('c', 20, 20), 'blocked by 10');
});

test('locks of its own are kept, and moved to the later time', () => {
  const space = new KeySpace();
  space.lock('a', 10, 14);
  space.lock('b', 10, 11);
  const result = lockAll(space, 12);
  assert.ok(result.kind === 'ok');
  space.apply(result.changes);
  assert.deepEqual(
    REQUEST.keys.map((key) => space.locks.get(key)?.forUpdateTs),
    [ts(14), ts(12), ts(12)],
  );
});

test('locks that shall outlive their leader have records', () => {
  const space = new KeySpace();
  const result = lockAll(space, 12, { isPersisted: true });
  assert.ok(result.kind === 'ok');
  const stored = result.changes.operations.map((operation) =>
    operation.kind === 'put' ? decodeLock(operation.value).startTs : undefined,
  );
  assert.deepEqual(stored, [ts(10), ts(10), ts(10)]);
});
