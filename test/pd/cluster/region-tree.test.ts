import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Key, RegionId, StoreId } from '../../../base/index.ts';
import { infoOfHeartbeat } from '../../../pd/cluster/region-info.ts';
import { RegionTree } from '../../../pd/cluster/region-tree.ts';
import type { Region } from '../../../pd/index.ts';
import { aHeartbeat, aPeer, aRegion, type RegionShape } from '../support/fixtures.ts';

const info = (shape: RegionShape, term = 6) => infoOfHeartbeat(aHeartbeat(aRegion(shape), { term }));
const idsIn = (tree: RegionTree) => [...tree.values()].map(({ region }) => region.regionId as number);
const key = (text: string) => text as Key;

test('a split: each half replaces its part, whichever comes first', () => {
  for (const order of [
    [0, 1],
    [1, 0],
  ]) {
    const tree = new RegionTree();
    assert.ok(tree.put(info({ id: 1 })));
    const halves = [info({ id: 2, end: 'm', version: 2 }), info({ id: 1, start: 'm', version: 2 })];
    for (const at of order) assert.ok(tree.put(halves[at] as (typeof halves)[0]));
    assert.deepEqual(idsIn(tree), [2, 1]);
    assert.equal(tree.find(key('a'))?.region.regionId, 2);
    assert.equal(tree.find(key('m'))?.region.regionId, 1);
    assert.equal(tree.findPrevious(key('z'))?.region.regionId, 2);
    assert.equal(tree.findPrevious(key('a')), undefined);
    assert.equal(tree.put(info({ id: 1 })), false, 'the region before the split is stale');
  }
});

test('a merge: the survivor covers the other, whose late heartbeats are refused', () => {
  const tree = new RegionTree();
  tree.put(info({ id: 1, end: 'm', version: 3 }));
  tree.put(info({ id: 2, start: 'm', version: 3 }));
  assert.ok(tree.put(info({ id: 2, version: 5 })));
  assert.deepEqual(idsIn(tree), [2]);
  assert.equal(tree.get(1 as RegionId), undefined);
  assert.equal(tree.put(info({ id: 1, end: 'm', version: 4 })), false);
});

test('of one region the smaller term, version or confVer is stale', () => {
  const tree = new RegionTree();
  tree.put(info({ id: 1, version: 4, confVer: 4 }, 8));
  assert.equal(tree.put(info({ id: 1, version: 4, confVer: 4 }, 7)), false);
  assert.equal(tree.put(info({ id: 1, version: 3, confVer: 5 }, 9)), false);
  assert.equal(tree.put(info({ id: 1, version: 5, confVer: 3 }, 9)), false);
  assert.ok(tree.put(info({ id: 1, version: 4, confVer: 4 }, 8)), 'the same again is welcome');
});

test('a scan begins with the region that holds its start and ends with the one in front of its end', () => {
  const tree = new RegionTree();
  tree.put(info({ id: 1, end: 'd' }));
  tree.put(info({ id: 2, start: 'd', end: 'h' }));
  tree.put(info({ id: 3, start: 'k', end: 'p' }));
  tree.put(info({ id: 4, start: 'p' }));
  const scan = (start: string, end: string | undefined, limit = 9) =>
    tree.scan({ start: key(start), end: end as Key | undefined }, limit).map(({ region }) => region.regionId as number);
  assert.deepEqual(scan('', undefined), [1, 2, 3, 4]);
  assert.deepEqual(scan('e', 'p'), [2, 3]);
  assert.deepEqual(scan('i', 'j'), [], 'a gap');
  assert.deepEqual(scan('i', 'pa'), [3, 4]);
  assert.deepEqual(scan('', undefined, 2), [1, 2]);
  assert.equal(tree.neighbours(tree.get(3 as RegionId) ?? assert.fail()).left, undefined, 'a gap has no region');
});

test('whatever heartbeats come in whatever order: ranges are disjoint and the loads add up', () => {
  const keys = ['', 'b', 'd', 'f', 'h', 'k'];
  const shape = fc
    .record({
      id: fc.integer({ min: 1, max: 5 }),
      from: fc.integer({ min: 0, max: 4 }),
      span: fc.integer({ min: 1, max: 5 }),
      version: fc.integer({ min: 1, max: 6 }),
      store: fc.integer({ min: 1, max: 3 }),
      term: fc.integer({ min: 5, max: 7 }),
    })
    .map(({ id, from, span, version, store, term }) =>
      info(
        {
          id,
          start: keys[from] ?? '',
          ...(from + span < keys.length ? { end: keys[from + span] ?? '' } : {}),
          version,
          peers: [aPeer(id * 10 + store, store), aPeer(id * 10 + 7, 4)],
        },
        term,
      ),
    );
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 40 }), (infos) => {
      const tree = new RegionTree();
      for (const one of infos) tree.put(one);
      const regions: Region[] = [...tree.values()].map(({ region }) => region);
      assert.equal(regions.length, tree.size);
      for (const [at, { range }] of regions.entries()) {
        const next = regions[at + 1];
        if (next !== undefined) assert.ok(range.end !== undefined && range.end <= next.range.start);
      }
      for (let storeId = 1; storeId <= 4; storeId++) {
        const led = [...tree.values()].filter(({ leader }) => leader?.storeId === storeId).length;
        assert.equal(tree.loadOf(storeId as StoreId).leaderCount, led);
      }
      assert.equal(tree.loadOf(4 as StoreId).peerCount, regions.length);
      assert.equal(tree.loadOf(4 as StoreId).peerBytes, regions.length << 20);
    }),
  );
});
