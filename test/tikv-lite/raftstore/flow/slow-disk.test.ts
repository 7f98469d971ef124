/** Three stores whose leader has a very slow disk for a while: it refuses what is too much, loses nothing, and recovers. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import { type RegionAdmin, RegionError } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const VALUE = Buffer.alloc(4096, 'v');
const LIMIT = 1 << 20;

class Writer {
  readonly #region: RegionAdmin;
  readonly #prefix: string;
  readonly acknowledged: string[] = [];
  readonly refused: RegionError[] = [];
  pending = 0;
  #next = 0;

  constructor(region: RegionAdmin, prefix: string) {
    this.#region = region;
    this.#prefix = prefix;
  }

  write(count: number): void {
    for (let i = 0; i < count; i++) {
      const key = `r${this.#prefix}${String(this.#next++).padStart(6, '0')}`;
      this.pending++;
      this.#region
        .propose([{ kind: 'put', key: key as Key, value: VALUE }])
        .then(
          () => this.acknowledged.push(key),
          (error: unknown) => {
            assert.ok(error instanceof RegionError, String(error));
            this.refused.push(error);
          },
        )
        .finally(() => this.pending--);
    }
  }
}

test('a hot region on a slow disk is refused, a quiet one beside it is not, and all is well again afterwards', async () => {
  const cluster = await Cluster.start({ seed: 11, stores: 3, maxProposalBytes: LIMIT });
  const [left] = await cluster.admin(FIRST_REGION, (leader) =>
    leader.split([{ splitKey: 'm' as Key, ...cluster.splitIds(leader.region) }]),
  );
  assert.ok(left !== undefined);
  const hot = await cluster.untilLed(FIRST_REGION);
  let quiet = await cluster.untilLed(left.regionId);
  const { storeId } = hot.peer;
  if (quiet.peer.storeId !== storeId) {
    const heir = quiet.region.peers.find((peer) => peer.storeId === storeId);
    await cluster.world.settle(quiet.transferLeader(heir?.peerId ?? hot.peer.peerId));
    await cluster.until('one store leads both', () => cluster.leaderOf(left.regionId)?.peer.storeId === storeId);
    quiet = await cluster.untilLed(left.regionId);
  }
  const { disk } = cluster.node(storeId).machine;
  disk.slowdown = 300;
  const hotWriter = new Writer(hot, 'z');
  const quietWriter = new Writer(quiet, 'a');
  hotWriter.write(600);
  quietWriter.write(5);
  await cluster.world.run(1);
  assert.ok(hotWriter.refused.length > 0, 'a queue of half the limit is full');
  for (const { kind, details } of hotWriter.refused) {
    assert.equal(kind, 'server-is-busy');
    assert.ok((details.backOffMs ?? 0) >= 20);
  }
  const { proposals } = cluster.node(storeId).store.statistics;
  assert.ok(proposals.bytes <= LIMIT / 2 + 6 * (VALUE.length + 100), `${proposals.bytes} bytes are under way`);
  await cluster.until('what was taken is answered', () => hotWriter.pending + quietWriter.pending === 0);
  assert.equal(quietWriter.refused.length, 0);
  assert.equal(quietWriter.acknowledged.length, 5);

  disk.slowdown = 1;
  hotWriter.refused.length = 0;
  for (let i = 0; i < 6; i++) {
    hotWriter.write(100);
    await cluster.until('the writes are answered', () => hotWriter.pending === 0);
  }
  assert.equal(hotWriter.refused.length, 0, 'nothing is refused any more');
  const held = new Set(
    cluster
      .node(storeId)
      .contents({ start: 'r' as Key, end: 's' as Key })
      .map((text) => text.split('=')[0]),
  );
  for (const key of [...hotWriter.acknowledged, ...quietWriter.acknowledged])
    assert.ok(held.has(key), `${key} is lost`);
  const after = cluster.node(storeId).store.statistics.proposals;
  assert.deepEqual(after, { count: 0, bytes: 0 });
});

test('a disk that does not answer for seconds takes nothing more, and is reported as slow', async () => {
  const cluster = await Cluster.start({ seed: 12, stores: 1, maxProposalBytes: LIMIT });
  const region = await cluster.untilLed(FIRST_REGION);
  const { store, machine } = cluster.node(1);
  machine.disk.slowdown = 20_000;
  const writer = new Writer(region, 'a');
  writer.write(2);
  await cluster.world.run(6000);
  writer.write(3);
  await cluster.world.run(1);
  assert.equal(writer.refused.length, 3);
  assert.match(writer.refused[0]?.message ?? '', /the disk has been writing the raft log for 6\d{3} ms/);
  assert.equal(store.flow.pressure.level, 1);
  assert.equal(store.flow.takeSlowScore(), 2);
  machine.disk.slowdown = 1;
  await cluster.until('what was taken is answered', () => writer.pending === 0);
  assert.equal(writer.acknowledged.length, 2);
  assert.equal(store.flow.pressure.level, 0);
});
