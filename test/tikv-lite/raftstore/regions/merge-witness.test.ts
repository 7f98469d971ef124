import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RegionEpoch } from '../../../../pd/index.ts';
import { hasPassed } from '../../../../tikv-lite/raftstore/merging.ts';

const expected = { confVer: 4, version: 7 };
/** Stopped, at the version in the table. */
const sourceAt = (version: number): RegionEpoch => ({ confVer: 5, version });

for (const [what, confVer, version, installedVersion, passed, sourceVersion = 3] of [
  ['lags behind', 4, 6, 0, false],
  ['lags behind in its members', 3, 7, 0, false],
  ['is as the merge expects it', 4, 7, 0, false],
  ['was split', 4, 8, 0, true],
  ['has other members', 5, 7, 0, true],
  ['was split after a snapshot from before the merge', 4, 8, 7, true],
  ['has other members by a snapshot of the same version', 5, 7, 7, true],
  ['came from behind by a snapshot, and may have taken the source over on the way', 4, 9, 9, false],
  ['did so and went on by its own log', 6, 11, 9, false],
  ['came by a snapshot at a version that the merge would have passed', 4, 8, 8, true, 8],
  ['did so and went on by its own log, which took over nothing', 5, 11, 8, true, 9],
  ['came by a snapshot at the very version that the merge would have made', 4, 9, 9, false, 8],
] as readonly (readonly [string, number, number, number, boolean, number?])[]) {
  test(`a target that ${what} ${passed ? 'shows' : 'does not show'} that the merge cannot be`, () => {
    assert.equal(
      hasPassed(expected, sourceAt(sourceVersion), { epoch: { confVer, version }, installedVersion }),
      passed,
    );
  });
}
