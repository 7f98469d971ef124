import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, PeerId, RegionId } from '../../../../base/index.ts';
import type { Tombstone } from '../../../../tikv-lite/raftstore/arrivals.ts';
import { MAX_TOMBSTONES } from '../../../../tikv-lite/raftstore/limits.ts';
import { Tombstones } from '../../../../tikv-lite/raftstore/tombstones.ts';

function tombstoneOf(id: number, peerId = 1): Tombstone {
  const region = {
    regionId: id as RegionId,
    range: { start: '' as Key },
    epoch: { confVer: 1, version: 1 },
    peers: [],
  };
  return { region, peerId: peerId as PeerId, applied: { index: 0, term: 0 }, installedVersion: 0 };
}

test('the newest tombstones are kept, in the order in which they came', () => {
  const tombstones = new Tombstones();
  for (let id = 1; id <= MAX_TOMBSTONES; id++) tombstones.set(id as RegionId, tombstoneOf(id));
  tombstones.set(1 as RegionId, tombstoneOf(1, 2));
  tombstones.set(0 as RegionId, tombstoneOf(0));
  assert.equal(tombstones.size, MAX_TOMBSTONES);
  assert.equal(tombstones.get(1 as RegionId)?.peerId, 2);
  assert.equal(tombstones.has(2 as RegionId), false);
  assert.deepEqual([...tombstones.keys()].slice(-2), [1, 0]);
});
