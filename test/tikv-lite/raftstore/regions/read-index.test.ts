import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key, StoreId, Ts } from '../../../../base/index.ts';
import { RegionError, type RegionObserver } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const KEY = 'dx' as Key;

async function valueAt(cluster: Cluster, storeId: number, readTs?: Ts): Promise<string | undefined> {
  const replica = cluster.node(storeId).store.region(FIRST_REGION);
  assert.ok(replica !== undefined);
  const reader = await cluster.world.settle(replica.readIndex(readTs));
  const value = reader.get(KEY);
  return value === undefined ? undefined : Buffer.from(value).toString();
}

async function refusal(cluster: Cluster, storeId: number): Promise<RegionError> {
  try {
    await valueAt(cluster, storeId);
  } catch (error) {
    assert.ok(error instanceof RegionError, String(error));
    return error;
  }
  throw new Error('the read was not refused');
}

test('every replica reads what was acknowledged before, awake or asleep', async () => {
  const cluster = await Cluster.start({ seed: 1, stores: 3 });
  for (let i = 0; i < 20; i++) {
    await cluster.put(FIRST_REGION, KEY, `${i}`);
    for (const storeId of [1, 2, 3]) assert.equal(await valueAt(cluster, storeId), `${i}`);
  }
  await cluster.until('the region sleeps', () =>
    cluster.nodes.every(({ store }) => store.statistics.hibernatedRegions === 1),
  );
  for (const storeId of [3, 2, 1]) assert.equal(await valueAt(cluster, storeId), '19');
});

test('with lost messages, too', async () => {
  const cluster = await Cluster.start({ seed: 2, stores: 3 });
  cluster.loss = 0.1;
  for (let i = 0; i < 20; i++) {
    await cluster.put(FIRST_REGION, KEY, `${i}`);
    for (const storeId of [1, 2, 3]) {
      const value = await valueAt(cluster, storeId).catch((error: unknown) => error);
      assert.ok(value === `${i}` || (value instanceof RegionError && value.kind === 'read-index-not-ready'));
    }
  }
});

test('a follower that is cut off refuses, and so does a leader', async () => {
  const cluster = await Cluster.start({ seed: 3, stores: 3 });
  await cluster.put(FIRST_REGION, KEY, 'old');
  const leader = await cluster.untilLed(FIRST_REGION);
  const { storeId } = leader.peer;
  cluster.isolate(storeId);
  const follower = (storeId % 3) + 1;
  await cluster.world.run(900);
  assert.equal((await refusal(cluster, storeId)).kind, 'read-index-not-ready');
  await cluster.put(FIRST_REGION, KEY, 'new');
  assert.equal(await valueAt(cluster, follower), 'new');
  assert.equal((await refusal(cluster, storeId)).kind, 'read-index-not-ready');
  cluster.heal();
  cluster.isolate(follower);
  assert.equal((await refusal(cluster, follower)).kind, 'read-index-not-ready');
});

test('a replica that lacks entries reads when it has them', async () => {
  const cluster = await Cluster.start({ seed: 4, stores: 3 });
  await cluster.put(FIRST_REGION, KEY, 'before');
  const leader = await cluster.untilLed(FIRST_REGION);
  const behind = (leader.peer.storeId % 3) + 1;
  cluster.loses = ({ to, message }) => to.storeId === behind && message?.type === 'MsgApp';
  await cluster.put(FIRST_REGION, KEY, 'after');
  cluster.world.queue.schedule(500, () => {
    cluster.loses = undefined;
  });
  assert.equal(await valueAt(cluster, behind), 'after');
});

test('the leader of a read elsewhere prepares for its timestamp first', async () => {
  const asked: { readonly storeId: StoreId; readonly readTs: Ts }[] = [];
  const waiting: (() => void)[] = [];
  const cluster: Cluster = await Cluster.start({
    seed: 5,
    stores: 3,
    observers: (storeId): readonly RegionObserver[] => [
      {
        beforeReplicaRead: (_region, readTs) => {
          asked.push({ storeId, readTs });
          return new Promise<void>((resolve) => waiting.push(resolve));
        },
      },
    ],
  });
  await cluster.put(FIRST_REGION, KEY, 'one');
  const leader = await cluster.untilLed(FIRST_REGION);
  const follower = cluster.node((leader.peer.storeId % 3) + 1).store.region(FIRST_REGION);
  assert.ok(follower !== undefined);
  let isDone = false;
  const read = follower.readIndex(77n as Ts).then((reader) => {
    isDone = true;
    return reader;
  });
  await cluster.world.run(100);
  assert.equal(isDone, false);
  assert.deepEqual(asked[0], { storeId: leader.peer.storeId, readTs: 77n });
  for (const prepared of waiting) prepared();
  const reader = await cluster.world.settle(read);
  assert.equal(Buffer.from(reader.get(KEY) ?? []).toString(), 'one');
});

test('a leader that woke up asks at once whether it still leads', async () => {
  const cluster = await Cluster.start({ seed: 6, stores: 3 });
  await cluster.put(FIRST_REGION, KEY, 'one');
  const leader = await cluster.untilLed(FIRST_REGION);
  await cluster.until('the lease ran out in its sleep', () => !leader.hasLease);
  assert.throws(() => leader.read(), { kind: 'not-leader' });
  await cluster.until('it sleeps again', () => !leader.hasLease);
  const startMs = cluster.node(1).machine.clock.monotonicMs();
  const confirming = leader.confirmLeadership();
  assert.ok(confirming !== undefined);
  await cluster.world.settle(confirming);
  assert.ok(cluster.node(1).machine.clock.monotonicMs() - startMs < 20, 'one trip to the others');
  assert.equal(Buffer.from(leader.read().get(KEY) ?? []).toString(), 'one');
});

test('a region that is stopped for a merge is not read', async () => {
  const cluster = await Cluster.start({ seed: 7, stores: 3 });
  await cluster.put(FIRST_REGION, KEY, 'one');
  const ids = cluster.splitIds((await cluster.untilLed(FIRST_REGION)).region);
  const [left] = await cluster.admin(FIRST_REGION, (leader) => leader.split([{ splitKey: 'm' as Key, ...ids }]));
  assert.ok(left !== undefined);
  const source = await cluster.untilLed(left.regionId);
  cluster.loses = ({ regionId, message }) => regionId === FIRST_REGION && message?.type === 'MsgApp';
  const target = (await cluster.untilLed(FIRST_REGION)).region;
  await cluster.world.settle(source.merge(target));
  const follower = cluster.node((source.peer.storeId % 3) + 1).store.region(left.regionId);
  assert.ok(follower !== undefined);
  await assert.rejects(cluster.world.settle(follower.readIndex()), { kind: 'proposal-in-merging-mode' });
});
