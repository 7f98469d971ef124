import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, KeyRange } from '../../../../base/index.ts';
import type { PeerDescriptor } from '../../../../pd/index.ts';
import { type RegionAdmin, RegionError } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const DATA: KeyRange = { start: 'd' as Key, end: 'e' as Key };

function memberBeside(leader: RegionAdmin): PeerDescriptor {
  const other = leader.region.peers.find(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(other !== undefined);
  return other;
}

async function refused(change: Promise<unknown>): Promise<void> {
  await assert.rejects(change, (error) => error instanceof RegionError && error.kind === 'invalid-change');
}

test('a removed replica leaves a tombstone, and its data goes', async () => {
  const cluster = await Cluster.start({ seed: 11, stores: 3 });
  await cluster.put(FIRST_REGION, 'da', '1');
  const leader = await cluster.untilLed(FIRST_REGION);
  const gone = memberBeside(leader);
  const region = await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: gone }]));
  assert.deepEqual(region.epoch, { confVer: 2, version: 1 });
  assert.equal(region.peers.length, 2);
  const node = cluster.node(gone.storeId);
  await cluster.until('the replica is gone', () => node.store.region(FIRST_REGION) === undefined);
  await cluster.until('its data is gone', () => node.contents(DATA).length === 0);
  await cluster.put(FIRST_REGION, 'db', '2');
  await cluster.world.run(5000);
  assert.equal(node.store.region(FIRST_REGION), undefined);
  assert.deepEqual(node.contents(DATA), []);
  node.crash();
  await node.start();
  await cluster.world.run(3000);
  assert.equal(node.store.region(FIRST_REGION), undefined);
});

test('an ex-member that was cut off is told that it is none any more', async () => {
  const cluster = await Cluster.start({ seed: 12, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const away = memberBeside(leader);
  cluster.isolate(away.storeId);
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: away }]));
  await cluster.world.run(10_000);
  const node = cluster.node(away.storeId);
  assert.notEqual(node.store.region(FIRST_REGION), undefined);
  const before = leader.term;
  cluster.heal();
  await cluster.until('the ex-member is gone', () => node.store.region(FIRST_REGION) === undefined);
  assert.equal(leader.isLeader, true);
  assert.equal(leader.term, before, 'the ex-member disturbed nobody');
});

test('a replica that stayed behind alone goes as well, whoever of the former members it asks', async () => {
  const cluster = await Cluster.start({ seed: 13, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const [first, second] = leader.region.peers.filter(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(first !== undefined && second !== undefined);
  cluster.isolate(first.storeId);
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: first }]));
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: second }]));
  await cluster.until(
    'the second is gone',
    () => cluster.node(second.storeId).store.region(FIRST_REGION) === undefined,
  );
  cluster.heal();
  cluster.cut(first.storeId, leader.peer.storeId);
  await cluster.until('the first is gone', () => cluster.node(first.storeId).store.region(FIRST_REGION) === undefined);
  await cluster.put(FIRST_REGION, 'da', '1');
});

test('voters go through demotion when several change at once', async () => {
  const cluster = await Cluster.start({ seed: 14, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const [first, second] = leader.region.peers.filter(({ peerId }) => peerId !== leader.peer.peerId);
  assert.ok(first !== undefined && second !== undefined);
  await refused(
    cluster.admin(FIRST_REGION, (one) =>
      one.changePeers([
        { kind: 'remove', peer: first },
        { kind: 'remove', peer: second },
      ]),
    ),
  );
  const joint = await cluster.admin(FIRST_REGION, (one) =>
    one.changePeers([
      { kind: 'add-learner', peer: { ...first, role: 'learner' } },
      { kind: 'add-learner', peer: { ...second, role: 'learner' } },
    ]),
  );
  assert.deepEqual(joint.peers.map(({ role }) => role).sort(), ['demoting-voter', 'demoting-voter', 'voter']);
  assert.equal(joint.epoch.confVer, 3);
  await refused(cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: first }])));
  await cluster.put(FIRST_REGION, 'da', '1');
  const settled = await cluster.admin(FIRST_REGION, (one) => one.changePeers([]));
  assert.deepEqual(settled.peers.map(({ role }) => role).sort(), ['learner', 'learner', 'voter']);
  assert.equal(settled.epoch.confVer, 5);
  await cluster.untilAgreed(FIRST_REGION);
  await refused(cluster.admin(FIRST_REGION, (one) => one.changePeers([])));
  await cluster.put(FIRST_REGION, 'db', '2');
  await cluster.until('learners follow', () => cluster.nodes.every((node) => node.contents(DATA).length === 2));
  const promoted = await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'add-voter', peer: first }]));
  assert.equal(promoted.peers.find(({ peerId }) => peerId === first.peerId)?.role, 'voter');
  await cluster.put(FIRST_REGION, 'dc', '3');
});

test('what the rules forbid is refused', async () => {
  const cluster = await Cluster.start({ seed: 15, stores: 4, voters: [1, 2, 3] });
  const leader = await cluster.untilLed(FIRST_REGION);
  const other = memberBeside(leader);
  const change = (...changes: Parameters<RegionAdmin['changePeers']>[0]): Promise<unknown> =>
    cluster.admin(FIRST_REGION, (one) => one.changePeers(changes));
  await refused(change({ kind: 'remove', peer: leader.peer }));
  await refused(change({ kind: 'add-learner', peer: leader.peer }));
  await refused(change({ kind: 'add-voter', peer: cluster.newPeerOn(other.storeId) }));
  await refused(change({ kind: 'remove', peer: cluster.newPeerOn(4) }));
  await refused(change({ kind: 'add-voter', peer: other }));
  await refused(change());
  await refused(cluster.admin(FIRST_REGION, (one) => one.transferLeader(cluster.newPeerOn(4).peerId)));
  assert.deepEqual(leader.region.epoch, { confVer: 1, version: 1 });
});

test('learners change one by one: no member of the region would show that raft is in a joint state', async () => {
  const cluster = await Cluster.start({ seed: 18, stores: 5, voters: [1, 2, 3] });
  await cluster.untilLed(FIRST_REGION);
  const [fourth, fifth] = [4, 5].map((storeId) => ({ ...cluster.newPeerOn(storeId), role: 'learner' as const }));
  assert.ok(fourth !== undefined && fifth !== undefined);
  const change = (...changes: Parameters<RegionAdmin['changePeers']>[0]): Promise<unknown> =>
    cluster.admin(FIRST_REGION, (one) => one.changePeers(changes));
  await refused(change({ kind: 'add-learner', peer: fourth }, { kind: 'add-learner', peer: fifth }));
  await change({ kind: 'add-learner', peer: fourth });
  await refused(change({ kind: 'remove', peer: fourth }, { kind: 'add-learner', peer: fifth }));
  await change({ kind: 'add-learner', peer: fifth });
  await change({ kind: 'remove', peer: fourth });
  await cluster.put(FIRST_REGION, 'da', '1');
});

test('leadership is handed to the peer that is asked for', async () => {
  const cluster = await Cluster.start({ seed: 16, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const next = memberBeside(leader);
  await cluster.admin(FIRST_REGION, (one) => one.transferLeader(next.peerId));
  await cluster.until('the other leads', () => cluster.leaderOf(FIRST_REGION)?.peer.peerId === next.peerId, 2000);
  await assert.rejects(
    cluster.world.settle(leader.propose([])),
    (error) =>
      error instanceof RegionError && error.kind === 'not-leader' && error.details.leader?.peerId === next.peerId,
  );
});

test('a leader that hands over has no lease, and a new term when nobody took it', async () => {
  const cluster = await Cluster.start({ seed: 17, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const next = memberBeside(leader);
  const { term } = leader;
  cluster.loses = ({ message }) => message?.type === 'MsgTimeoutNow';
  await cluster.admin(FIRST_REGION, (one) => one.transferLeader(next.peerId));
  assert.throws(() => leader.read(), RegionError);
  await cluster.until('a leader serves in a new term', () => (cluster.leaderOf(FIRST_REGION)?.term ?? 0) > term, 3000);
  assert.equal(cluster.leaderOf(FIRST_REGION), leader);
});

test('a leader that is asked to hand over to itself goes on as before', async () => {
  const cluster = await Cluster.start({ seed: 47, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const { term } = leader;
  await cluster.world.settle(leader.transferLeader(leader.peer.peerId));
  assert.ok(leader.hasLease);
  await cluster.world.run(2000);
  assert.equal(cluster.leaderOf(FIRST_REGION), leader);
  assert.equal(leader.term, term);
});
