import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, MAX_TS } from '../../../base/index.ts';
import { statusRange } from '../../../tikv-lite/mvcc/keys.ts';
import { KeySpace } from './key-space.ts';

test('a key has a data record as long as it has others, however many calls its collection takes', () => {
  const space = new KeySpace();
  for (let at = 0; at < 1100; at++) {
    const startTs = 10 + 2 * at;
    space.prewrite('a', startTs, { op: 'lock' });
    assert.equal(space.commit('a', startTs, startTs + 1), 'ok');
  }
  const statuses = (): number => space.reader.page(statusRange(keyOf('a'), MAX_TS), 2000).length;
  const hasData = (): boolean => space.reader.newest(keyOf('a')) !== undefined;
  assert.equal(statuses(), 1100);
  space.gc('a', 10_000);
  assert.equal(statuses(), 76);
  assert.ok(hasData());
  space.gc('a', 10_000);
  assert.equal(statuses(), 0);
  assert.ok(!hasData());
});
