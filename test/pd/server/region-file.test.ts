import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom, SimulatedDisk, SimulatedWorld } from '../../../base/index.ts';
import { unheardInfo } from '../../../pd/cluster/region-info.ts';
import { RegionTree } from '../../../pd/cluster/region-tree.ts';
import { RegionFile } from '../../../pd/server/region-file.ts';
import { aRegion } from '../support/fixtures.ts';

const PATH = '/pd/regions';

class WatchedDisk extends SimulatedDisk {
  underWay = 0;
  mostUnderWay = 0;

  override async replaceFile(path: string, contents: Uint8Array): Promise<void> {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    await super.replaceFile(path, contents);
    this.underWay--;
  }
}

test('closing waits for the write under way and then writes what came meanwhile', async () => {
  const world = new SimulatedWorld(1);
  const { timers } = world.machine('pd');
  const disk = new WatchedDisk({ queue: world.queue, random: new SeededRandom(1) });
  disk.slowdown = 1000;
  const tree = new RegionTree();
  const file = new RegionFile(disk, timers, PATH, tree);

  tree.put(unheardInfo(aRegion({ id: 2, end: 'm' }), undefined));
  file.changed();
  await world.run(5001);
  assert.equal(disk.underWay, 1);
  tree.put(unheardInfo(aRegion({ id: 3, start: 'm' }), undefined));
  file.changed();
  await world.settle(file.close());
  assert.equal(disk.mostUnderWay, 1);
  assert.equal(disk.underWay, 0);

  const found = new RegionTree();
  await world.settle(new RegionFile(disk, timers, PATH, found).load());
  assert.deepEqual(
    [...found.values()].map(({ region }) => region.regionId),
    [2, 3],
  );
});

test('closing waits for a write under way that nothing came after', async () => {
  const world = new SimulatedWorld(1);
  const { timers } = world.machine('pd');
  const disk = new WatchedDisk({ queue: world.queue, random: new SeededRandom(1) });
  disk.slowdown = 1000;
  const file = new RegionFile(disk, timers, PATH, new RegionTree());
  file.changed();
  await world.run(5001);
  await world.settle(file.close());
  assert.equal(disk.underWay, 0);
});
