import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, RegionId } from '../../../../base/index.ts';
import type { RegionObserver } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const DATA = { start: 'd' as Key, end: 'e' as Key };

async function fill(cluster: Cluster, count: number, size: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await cluster.put(FIRST_REGION, `dk${String(n).padStart(4, '0')}`, `${n}`.padEnd(size, '.'));
  }
}

async function addReplica(cluster: Cluster, storeId: number, regionId: RegionId = FIRST_REGION): Promise<void> {
  const peer = cluster.newPeerOn(storeId, 'learner');
  await cluster.admin(regionId, (leader) => leader.changePeers([{ kind: 'add-learner', peer }]));
  await cluster.untilAgreed(regionId);
}

async function untilEqual(cluster: Cluster, one: number, other: number): Promise<void> {
  const text = (storeId: number): string => cluster.node(storeId).contents(DATA).join('\n');
  await cluster.until(`stores ${one} and ${other} hold the same`, () => text(one) === text(other));
}

test('a new replica gets the data by snapshot, and the entries after it', async () => {
  const restored: RegionId[] = [];
  const observer: RegionObserver = { restored: ({ regionId }) => restored.push(regionId) };
  const observers = (storeId: number): readonly RegionObserver[] => (storeId === 3 ? [observer] : []);
  const cluster = await Cluster.start({ seed: 11, stores: 3, voters: [1], observers });
  await fill(cluster, 300, 5000);
  await addReplica(cluster, 3);
  await untilEqual(cluster, 1, 3);
  await cluster.until('observers heard of it', () => restored.length > 0);
  assert.deepEqual(restored, [FIRST_REGION]);
  assert.equal(cluster.snapshotsSent, 1);
  assert.ok(cluster.snapshotBytes > 1_500_000);
  await cluster.put(FIRST_REGION, 'dlater', 'yes');
  await untilEqual(cluster, 1, 3);
  assert.equal(cluster.snapshotsSent, 1, 'entries follow by themselves');
  const leader = await cluster.untilLed(FIRST_REGION);
  const voter = { ...leader.region.peers[1], role: 'voter' as const };
  assert.ok(voter.peerId !== undefined && voter.storeId !== undefined);
  const { peerId, storeId } = voter;
  await cluster.admin(FIRST_REGION, (one) =>
    one.changePeers([{ kind: 'add-voter', peer: { peerId, storeId, role: 'voter' } }]),
  );
  await cluster.admin(FIRST_REGION, (one) => one.transferLeader(peerId));
  await cluster.until('the new replica leads', () => cluster.leaderOf(FIRST_REGION)?.peer.peerId === peerId);
  await cluster.put(FIRST_REGION, 'dlast', 'yes');
  await untilEqual(cluster, 1, 3);
});

test('a crash of the receiver anywhere ends with the same data', async () => {
  for (let run = 0; run < 8; run++) {
    const cluster = await Cluster.start({ seed: 200 + run, stores: 2, voters: [1] });
    await fill(cluster, 40, 20_000);
    const peer = cluster.newPeerOn(2, 'learner');
    await cluster.admin(FIRST_REGION, (leader) => leader.changePeers([{ kind: 'add-learner', peer }]));
    await cluster.until('the snapshot is on its way', () => cluster.snapshotsSent > 0);
    let steps = 0;
    await cluster.world.run(10_000, () => ++steps > run * 18);
    cluster.node(2).crash();
    await cluster.node(2).start();
    await cluster.untilAgreed(FIRST_REGION);
    await untilEqual(cluster, 1, 2);
    await cluster.put(FIRST_REGION, 'dlater', 'yes');
    await untilEqual(cluster, 1, 2);
    await cluster.node(2).stop();
    await cluster.node(2).start();
    await untilEqual(cluster, 1, 2);
    const files = await cluster.world.settle(cluster.node(2).machine.disk.list('/data/snapshot'));
    assert.deepEqual(files, [], `seed ${200 + run}: no staging file is left`);
  }
});

test('a snapshot whose sender falls silent is given up, and the next one is taken', async () => {
  const cluster = await Cluster.start({ seed: 12, stores: 2, voters: [1] });
  await fill(cluster, 10, 100);
  cluster.silentSnapshots = 1;
  const peer = cluster.newPeerOn(2, 'learner');
  await cluster.admin(FIRST_REGION, (leader) => leader.changePeers([{ kind: 'add-learner', peer }]));
  await cluster.until('the snapshot is on its way', () => cluster.snapshotsSent > 0);
  const hasData = (): boolean => cluster.node(2).contents(DATA).length === 10;
  await cluster.until('the replica has its data', hasData, 120_000);
  await untilEqual(cluster, 1, 2);
  await cluster.node(2).stop();
  await cluster.node(2).start();
  const files = await cluster.world.settle(cluster.node(2).machine.disk.list('/data/snapshot'));
  assert.deepEqual(files, []);
});
