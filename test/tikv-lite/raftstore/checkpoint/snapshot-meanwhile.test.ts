import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

test('a replica that comes to life while a checkpoint is made is there after a power cut', async () => {
  const cluster = await Cluster.start({ seed: 71, stores: 2, voters: [1] });
  const [part] = await cluster.admin(FIRST_REGION, (leader) =>
    leader.split([{ splitKey: regionKeyOf('m' as Key), ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(part !== undefined);
  const node = cluster.node(2);
  const { engine } = node;
  const flush = engine.flush.bind(engine);
  const waiting: (() => void)[] = [];
  engine.flush = () => new Promise<void>((resolve) => waiting.push(resolve)).then(flush);
  for (const regionId of [FIRST_REGION, part.regionId]) {
    await cluster.put(regionId, regionId === FIRST_REGION ? 'dz' : 'da', '1');
    const peer = cluster.newPeerOn(2, 'learner');
    await cluster.admin(regionId, (leader) => leader.changePeers([{ kind: 'add-learner', peer }]));
    await cluster.until('the replica is there', () => node.store.region(regionId)?.region.range.start !== undefined);
    await cluster.world.run(2000);
  }
  assert.equal(node.store.regions.length, 2);
  assert.equal(waiting.length, 1, 'a checkpoint is on its way that was begun with one of them');
  waiting[0]?.();
  await cluster.until('it is written, and the next one begins', () => waiting.length === 2);
  node.crash();
  engine.flush = flush;
  await node.start();
  assert.deepEqual(
    node.store.regions.map(({ regionId }) => regionId),
    [part.regionId, FIRST_REGION],
  );
  await cluster.put(part.regionId, 'db', '2');
  const contents = (): string => node.contents({ start: 'd' as Key, end: 'e' as Key }).join();
  await cluster.until('they work', () => contents() === 'da=1,db=2,dz=1');
});
