import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, RegionId } from '../../../../base/index.ts';
import type { Region } from '../../../../pd/index.ts';
import { RegionError, type RegionObserver } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const DATA: KeyRange = { start: 'd' as Key, end: 'e' as Key };

async function splitAt(cluster: Cluster, regionId: RegionId, ...keys: readonly string[]): Promise<readonly Region[]> {
  return await cluster.admin(regionId, (leader) =>
    leader.split(keys.map((key) => ({ splitKey: regionKeyOf(key as Key), ...cluster.splitIds(leader.region) }))),
  );
}

test('the original keeps the rightmost part, and every part serves on three stores', async () => {
  const cluster = await Cluster.start({ seed: 1, stores: 3 });
  for (const key of ['da', 'dm', 'dz']) await cluster.put(FIRST_REGION, key, `${key}1`);
  const parts = await splitAt(cluster, FIRST_REGION, 'b', 'n');
  assert.deepEqual(
    parts.map(({ range }) => [range.start, range.end]),
    [
      ['', regionKeyOf('b' as Key)],
      [regionKeyOf('b' as Key), regionKeyOf('n' as Key)],
      [regionKeyOf('n' as Key), undefined],
    ],
  );
  assert.equal(parts.at(-1)?.regionId, FIRST_REGION);
  assert.deepEqual(
    parts.map(({ epoch }) => epoch),
    parts.map(() => ({ confVer: 1, version: 3 })),
  );
  for (const { regionId } of parts) await cluster.untilAgreed(regionId);
  const keys = ['da', 'dm', 'dz'];
  for (const [i, part] of parts.entries()) {
    const leader = await cluster.untilLed(part.regionId);
    assert.equal(Buffer.from(leader.read().get(keys[i] as Key) ?? []).toString(), `${keys[i]}1`);
    await cluster.put(part.regionId, `${keys[i]}`, `${keys[i]}2`);
  }
  await cluster.world.run(1000);
  const contents = cluster.nodes.map((node) => node.contents(DATA));
  assert.deepEqual(contents[0], ['da=da2', 'dm=dm2', 'dz=dz2']);
  for (const other of contents) assert.deepEqual(other, contents[0]);
});

test('proposals made before a split are refused with the regions there are now', async () => {
  const cluster = await Cluster.start({ seed: 2, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const { version, confVer } = leader.epoch;
  const ids = cluster.splitIds(leader.region);
  const split = leader.split([{ splitKey: regionKeyOf('m' as Key), ...ids }]);
  const late = leader.propose([{ kind: 'put', key: 'da' as Key, value: Buffer.from('late') }]);
  const outcome = late.then(
    () => undefined,
    (error: unknown) => error,
  );
  await cluster.world.settle(split);
  const error = await cluster.world.settle(outcome);
  assert.ok(error instanceof RegionError && error.kind === 'epoch-not-match', String(error));
  assert.deepEqual(
    error.details.currentRegions?.map(({ regionId, epoch }) => [regionId, epoch]),
    [
      [FIRST_REGION, { version: version + 1, confVer }],
      [ids.newRegionId, { version: version + 1, confVer }],
    ],
  );
  assert.equal(leader.read().get('da' as Key), undefined);
});

test('splits that the region cannot make are refused', async () => {
  const cluster = await Cluster.start({ seed: 3, stores: 1 });
  await splitAt(cluster, FIRST_REGION, 'm');
  const refused = async (...keys: string[]): Promise<void> => {
    await assert.rejects(
      splitAt(cluster, FIRST_REGION, ...keys),
      (error) => error instanceof RegionError && error.kind === 'invalid-change',
    );
  };
  await refused('m');
  await refused('a');
  await refused('x', 'p');
  await refused();
});

test('observers see every part before anything can be read there', async () => {
  const seen: string[] = [];
  const observer: RegionObserver = {
    split: (parent, parts) => {
      seen.push(`split ${parent.regionId}: ${parts.map(({ regionId }) => regionId).join(' ')}`);
      for (const part of parts) {
        if (part !== parent) assert.throws(() => part.read(), RegionError);
      }
    },
    becameLeader: ({ regionId }) => seen.push(`leader ${regionId}`),
  };
  const cluster = await Cluster.start({ seed: 4, stores: 1, observers: () => [observer] });
  const [left] = await splitAt(cluster, FIRST_REGION, 'm');
  assert.ok(left !== undefined);
  await cluster.untilLed(left.regionId);
  assert.deepEqual(seen, [
    `leader ${FIRST_REGION}`,
    `split ${FIRST_REGION}: ${left.regionId} ${FIRST_REGION}`,
    `leader ${left.regionId}`,
  ]);
  assert.equal(cluster.node(1).store.regionOf('a' as Key)?.regionId, left.regionId);
  assert.equal(cluster.node(1).store.regionOf('m' as Key)?.regionId, FIRST_REGION);
});

test('a follower that was away during the split makes the parts when it is back', async () => {
  const cluster = await Cluster.start({ seed: 5, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const away = cluster.nodes.find(({ storeId }) => storeId !== leader.peer.storeId)?.storeId ?? 0;
  cluster.isolate(away);
  await cluster.put(FIRST_REGION, 'da', '1');
  const parts = await splitAt(cluster, FIRST_REGION, 'm');
  for (const { regionId } of parts) await cluster.untilLed(regionId);
  await cluster.put(parts[0]?.regionId ?? FIRST_REGION, 'db', '2');
  assert.equal(cluster.node(away).store.regions.length, 1);
  cluster.heal();
  for (const { regionId } of parts) await cluster.untilAgreed(regionId);
  await cluster.until('the follower has caught up', () => cluster.node(away).contents(DATA).length === 2);
  assert.deepEqual(cluster.node(away).contents(DATA), ['da=1', 'db=2']);
});
