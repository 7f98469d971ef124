import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange, RegionId } from '../../../../base/index.ts';
import type { Region } from '../../../../pd/index.ts';
import { RegionError, type RegionObserver } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, type ClusterOptions, FIRST_REGION } from '../cluster.ts';

const DATA: KeyRange = { start: 'd' as Key, end: 'e' as Key };

/** Two regions, split at 'm', with a pair each. */
async function twoRegions(options: ClusterOptions): Promise<{ cluster: Cluster; left: RegionId; right: RegionId }> {
  const cluster = await Cluster.start(options);
  const [part] = await cluster.admin(FIRST_REGION, (leader) =>
    leader.split([{ splitKey: regionKeyOf('m' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(part !== undefined);
  await cluster.untilAgreed(FIRST_REGION);
  await cluster.untilAgreed(part.regionId);
  await cluster.put(part.regionId, 'da', '1');
  await cluster.put(FIRST_REGION, 'dz', '1');
  return { cluster, left: part.regionId, right: FIRST_REGION };
}

/** Asks for the merge again while the followers lag. */
async function merge(cluster: Cluster, source: RegionId, target: RegionId): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const { region } = await cluster.untilLed(target);
    try {
      await cluster.admin(source, (leader) => leader.merge(region));
      return;
    } catch (error) {
      if (attempt === 10 || !(error instanceof RegionError) || error.kind !== 'server-is-busy') throw error;
      await cluster.world.run(100);
    }
  }
}

async function untilMerged(cluster: Cluster, source: RegionId, target: RegionId): Promise<Region> {
  const gone = (): boolean => cluster.nodes.every((node) => !node.isUp || node.store.region(source) === undefined);
  await cluster.until('the source is gone everywhere', gone);
  return await cluster.untilAgreed(target);
}

for (const [name, seed, stores] of [
  ['one store', 41, 1],
  ['three stores', 42, 3],
] as const) {
  test(`the left neighbour becomes part of the right one, on ${name}`, async () => {
    const { cluster, left, right } = await twoRegions({ seed, stores });
    await merge(cluster, left, right);
    const region = await untilMerged(cluster, left, right);
    assert.deepEqual(region.range, { start: '' });
    assert.equal(region.epoch.version, 4);
    const leader = await cluster.untilLed(right);
    assert.equal(Buffer.from(leader.read().get('da' as Key) ?? []).toString(), '1');
    await cluster.put(right, 'da', '2');
    await cluster.until('all have it', () => cluster.nodes.every((node) => node.contents(DATA).join() === 'da=2,dz=1'));
  });
}

test('the right neighbour becomes part of the left one, and the pair can be split and merged again', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 43, stores: 3 });
  await merge(cluster, right, left);
  await untilMerged(cluster, right, left);
  const [part] = await cluster.admin(left, (leader) =>
    leader.split([{ splitKey: regionKeyOf('f' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(part !== undefined);
  await cluster.untilAgreed(part.regionId);
  await merge(cluster, left, part.regionId);
  const region = await untilMerged(cluster, left, part.regionId);
  assert.deepEqual(region.range, { start: '' });
  await cluster.put(part.regionId, 'dq', '3');
  await cluster.until('all have it', () => cluster.nodes.every((node) => node.contents(DATA).length === 3));
});

test('a source that was stopped takes nothing, and goes on when its target has changed', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 44, stores: 3 });
  const target = await cluster.untilLed(right);
  const before = target.region;
  const source = await cluster.untilLed(left);
  cluster.loses = ({ regionId, message }) => regionId === right && message?.type === 'MsgApp';
  const split = target.split([{ splitKey: regionKeyOf('t' as Key), ...cluster.splitIds(before) }]);
  const merged = source.merge(before);
  await cluster.world.settle(merged);
  await assert.rejects(
    cluster.world.settle(source.propose([{ kind: 'put', key: 'da' as Key, value: Buffer.from('9') }])),
    (error) => error instanceof RegionError && error.kind === 'proposal-in-merging-mode',
  );
  assert.throws(() => source.read(), RegionError);
  cluster.heal();
  await cluster.world.settle(split);
  await cluster.put(left, 'da', '2');
  const region = await cluster.untilAgreed(left);
  assert.deepEqual(region.epoch, { confVer: 2, version: 4 });
  assert.equal(cluster.leaderOf(left)?.region.range.end, regionKeyOf('m' as Key));
});

test('a store that was away during the merge catches up with both', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 45, stores: 3 });
  const leaders = [cluster.leaderOf(left)?.peer.storeId, cluster.leaderOf(right)?.peer.storeId];
  const away = cluster.nodes.find(({ storeId }) => !leaders.includes(storeId))?.storeId ?? 0;
  await cluster.world.run(1000);
  cluster.isolate(away);
  await cluster.put(left, 'db', '2');
  await merge(cluster, left, right);
  await cluster.until('the others merged', () => cluster.leaderOf(right)?.region.range.start === '');
  await cluster.put(right, 'dc', '3');
  assert.equal(cluster.node(away).store.regions.length, 2);
  cluster.heal();
  await untilMerged(cluster, left, right);
  await cluster.until('it has all', () => cluster.node(away).contents(DATA).join() === 'da=1,db=2,dc=3,dz=1');
});

test('what the rules forbid is refused', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 46, stores: 3 });
  const [part] = await cluster.admin(right, (leader) =>
    leader.split([{ splitKey: regionKeyOf('t' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(part !== undefined);
  await cluster.untilAgreed(right);
  const refused = async (target: Region): Promise<void> => {
    await assert.rejects(
      cluster.admin(left, (leader) => leader.merge(target)),
      (error) => error instanceof RegionError && error.kind === 'invalid-change',
    );
  };
  const rightRegion = (await cluster.untilLed(right)).region;
  await refused(rightRegion);
  await refused({ ...part, epoch: { confVer: 1, version: 1 } });
  const gone = part.peers.find(({ peerId }) => peerId !== cluster.leaderOf(part.regionId)?.peer.peerId);
  assert.ok(gone !== undefined);
  const smaller = await cluster.admin(part.regionId, (one) => one.changePeers([{ kind: 'remove', peer: gone }]));
  await cluster.untilAgreed(part.regionId);
  await refused(smaller);
});

test('observers see the target with its new range before the source goes', async () => {
  const seen: string[] = [];
  const observer: RegionObserver = {
    lostLeadership: (regionId) => seen.push(`lost ${regionId}`),
    merged: (source, { regionId, region }) => seen.push(`merged ${source} into ${regionId} ${region.range.start}`),
    removed: (regionId) => seen.push(`removed ${regionId}`),
  };
  const { cluster, left, right } = await twoRegions({ seed: 47, stores: 1, observers: () => [observer] });
  seen.length = 0;
  await merge(cluster, left, right);
  await untilMerged(cluster, left, right);
  assert.deepEqual(seen, [`lost ${left}`, `merged ${left} into ${right} `, `removed ${left}`]);
});

test('a replayed merge waits for the split that made its source', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 48, stores: 3 });
  const [middle] = await cluster.admin(right, (leader) =>
    leader.split([{ splitKey: regionKeyOf('t' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(middle !== undefined);
  await cluster.untilAgreed(middle.regionId);
  await cluster.put(middle.regionId, 'dn', '1');
  await merge(cluster, middle.regionId, left);
  await untilMerged(cluster, middle.regionId, left);
  await cluster.put(left, 'dn', '2');
  for (const node of cluster.nodes) node.crash();
  for (const node of cluster.nodes) await node.start();
  const leader = await cluster.untilLed(left);
  assert.equal(leader.region.range.end, regionKeyOf('t' as Key));
  assert.equal(Buffer.from(leader.read().get('dn' as Key) ?? []).toString(), '2');
  await cluster.put(left, 'do', '3');
  await cluster.until('all have it', () => cluster.nodes.every((node) => node.contents(DATA).length === 4));
});

test('a merge into a region that itself becomes part of another is refused or taken back', async () => {
  const { cluster, left, right } = await twoRegions({ seed: 49, stores: 3 });
  const [middle] = await cluster.admin(right, (leader) =>
    leader.split([{ splitKey: regionKeyOf('t' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(middle !== undefined);
  await cluster.untilAgreed(middle.regionId);
  await cluster.untilAgreed(right);
  const target = (await cluster.untilLed(middle.regionId)).region;
  const first = cluster.untilLed(left).then((leader) => leader.merge(target).catch(() => {}));
  await merge(cluster, middle.regionId, right);
  await cluster.world.settle(first);
  const isServed = (): boolean =>
    ['a', 'n', 'z'].every((key) => {
      const regions = cluster.nodes.map(({ store }) => store.regionOf(key as Key));
      return regions.some((region) => region !== undefined && cluster.leaderOf(region.regionId) === region);
    });
  await cluster.until('every key is served', isServed);
  await cluster.put(cluster.node(1).store.regionOf('a' as Key)?.regionId ?? left, 'da', '2');
});
