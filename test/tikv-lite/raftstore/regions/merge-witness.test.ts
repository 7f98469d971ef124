import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasPassed } from '../../../../tikv-lite/raftstore/merging.ts';

const expected = { confVer: 4, version: 7 };

for (const [what, confVer, version, installedVersion, passed] of [
  ['lags behind', 4, 6, 0, false],
  ['lags behind in its members', 3, 7, 0, false],
  ['is as the merge expects it', 4, 7, 0, false],
  ['was split', 4, 8, 0, true],
  ['has other members', 5, 7, 0, true],
  ['was split after a snapshot from before the merge', 4, 8, 7, true],
  ['has other members by a snapshot of the same version', 5, 7, 7, true],
  ['came from behind by a snapshot, and may have taken the source over on the way', 4, 9, 9, false],
  ['did so and went on by its own log', 6, 11, 9, false],
] as const) {
  test(`a target that ${what} ${passed ? 'shows' : 'does not show'} that the merge cannot be`, () => {
    assert.equal(hasPassed(expected, { epoch: { confVer, version }, installedVersion }), passed);
  });
}
