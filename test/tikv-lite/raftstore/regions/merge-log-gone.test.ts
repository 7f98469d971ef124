/** A merge of a source of which some member lacked entries when it was stopped, and whose logs are short. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defined, type Key, type RegionId, type StoreId } from '../../../../base/index.ts';
import { Peer } from '../../../../tikv-lite/raftstore/peer.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const TARGET = FIRST_REGION;
const DATA = { start: 'd' as Key, end: 'e' as Key };

function replica(cluster: Cluster, storeId: number, regionId: RegionId): Peer {
  const peer = cluster.node(storeId).store.region(regionId);
  assert.ok(peer instanceof Peer);
  return peer;
}

async function lead(cluster: Cluster, regionId: RegionId, storeId: number): Promise<void> {
  const { peerId } = replica(cluster, storeId, regionId).peer;
  await cluster.admin(regionId, (leader) => leader.transferLeader(peerId));
  await cluster.until(`store ${storeId} leads`, () => cluster.leaderOf(regionId)?.peer.storeId === storeId);
}

/** The left part of what was one region; the right one is the target. */
async function splitLeft(cluster: Cluster): Promise<RegionId> {
  const [part] = await cluster.admin(TARGET, (leader) =>
    leader.split([{ splitKey: regionKeyOf('m' as Key), ...cluster.splitIds(leader.region) }]),
  );
  const source = defined(part, 'the left part').regionId;
  await cluster.untilAgreed(TARGET);
  await cluster.untilAgreed(source);
  return source;
}

/** The source is led on store 1, the target on store 2, and the source's leader hears nothing of store 3. */
async function aboutToMerge(seed: number): Promise<{ cluster: Cluster; source: RegionId }> {
  const cluster = await Cluster.start({ seed, stores: 3 });
  const source = await splitLeft(cluster);
  await lead(cluster, source, 1);
  await lead(cluster, TARGET, 2);
  await cluster.put(source, 'da', '1');
  cluster.loses = ({ regionId, from, message }) =>
    regionId === source && from.storeId === 3 && message?.type === 'MsgAppResp';
  await cluster.put(source, 'da', '2');
  await cluster.until('all have it', () => cluster.nodes.every((node) => node.contents(DATA).join() === 'da=2'));
  return { cluster, source };
}

async function untilMerged(cluster: Cluster, source: RegionId): Promise<void> {
  const isGone = (): boolean => cluster.nodes.every(({ store }) => store.region(source) === undefined);
  await cluster.until('the source is gone everywhere', isGone);
  await cluster.untilAgreed(TARGET);
  const leader = await cluster.untilLed(TARGET);
  assert.equal(Buffer.from(leader.read().get('da' as Key) ?? []).toString(), '2');
}

test('the leaders come together when the replica beside the target lacks what must travel', async () => {
  const { cluster, source } = await aboutToMerge(61);
  const target = (await cluster.untilLed(TARGET)).region;
  for (const storeId of [2, 3]) replica(cluster, storeId, source).releaseLog('applied');
  const leader = replica(cluster, 1, source);
  await cluster.world.settle(leader.merge(target));
  const { minIndex, commit } = defined(leader.mergeState, 'stopped');
  assert.ok(minIndex + 1 < commit, 'a member lacked entries, as far as the leader knew');
  cluster.heal();
  await untilMerged(cluster, source);
});

test('what must travel is kept from the proposal of the merge on', async () => {
  const { cluster, source } = await aboutToMerge(62);
  const target = (await cluster.untilLed(TARGET)).region;
  const leader = replica(cluster, 1, source);
  const isDeaf = cluster.loses;
  cluster.loses = (message) => isDeaf?.(message) === true || message.message?.type === 'MsgAppResp';
  const merged = leader.merge(target);
  await cluster.world.run(50);
  assert.equal(leader.mergeState, undefined);
  for (const storeId of [1, 2, 3]) replica(cluster, storeId, source).releaseLog('applied');
  cluster.loses = isDeaf;
  await cluster.world.settle(merged);
  assert.notEqual(leader.entriesOfMerge(), undefined);
  await cluster.until('it arrives at the target', () => replica(cluster, 2, source).mergeState !== undefined);
  assert.notEqual(replica(cluster, 2, source).entriesOfMerge(), undefined);
  cluster.heal();
  await untilMerged(cluster, source);
});

test('a leader that cannot bring the replica beside the target up leaves that to one that can', async () => {
  const cluster = await Cluster.start({ seed: 63, stores: 3 });
  const source = await splitLeft(cluster);
  await lead(cluster, source, 2);
  await lead(cluster, TARGET, 3);
  await cluster.put(source, 'da', '1');
  await cluster.untilAgreed(source);
  cluster.loses = ({ regionId, to, message }) =>
    regionId === source && to.storeId === 3 && (message?.type === 'MsgApp' || message?.type === 'MsgSnap');
  await cluster.put(source, 'da', '2');
  await cluster.until('store 1 has it', () => cluster.node(1).contents(DATA).join() === 'da=2');
  replica(cluster, 1, source).releaseLog('applied');
  const target = (await cluster.untilLed(TARGET)).region;
  await cluster.world.settle(replica(cluster, 2, source).merge(target));
  await cluster.until('store 1 has stopped', () => replica(cluster, 1, source).mergeState !== undefined);
  replica(cluster, 2, source).passOn(1 as StoreId);
  await cluster.until('store 1 leads', () => replica(cluster, 1, source).isLeader);
  assert.equal(replica(cluster, 1, source).entriesOfMerge(), undefined);
  assert.notEqual(replica(cluster, 2, source).entriesOfMerge(), undefined);
  cluster.heal();
  await untilMerged(cluster, source);
});
