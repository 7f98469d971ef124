import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import type { RegionAdmin } from '../../../../tikv-lite/index.ts';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { signalOf } from '../../../../tikv-lite/raftstore/transport.ts';
import { Cluster, FIRST_REGION, type StoreNode } from '../cluster.ts';

const DATA = { start: 'd' as Key, end: 'e' as Key };

async function write(cluster: Cluster, from: number, count: number, size: number): Promise<void> {
  for (let n = from; n < from + count; n++) await cluster.put(FIRST_REGION, `dz${n % 50}`, `${n}`.padEnd(size, '.'));
}

/** Holds back every flush of a store's engine; answers what lets them go. */
function holdFlushes({ engine }: StoreNode): { readonly waiting: readonly unknown[]; release(): void } {
  const flush = engine.flush.bind(engine);
  const waiting: (() => void)[] = [];
  engine.flush = () => new Promise<void>((resolve) => waiting.push(resolve)).then(flush);
  const release = (): void => {
    engine.flush = flush;
    for (const resolve of waiting) resolve();
  };
  return { waiting, release };
}

interface Beginning {
  readonly cluster: Cluster;
  readonly leader: RegionAdmin;
  readonly away: StoreNode;
  /** The follower on `away`. */
  readonly own: RegionAdmin;
}

async function begin(seed: number): Promise<Beginning> {
  const cluster = await Cluster.start({ seed, stores: 3 });
  await write(cluster, 0, 5, 1000);
  const leader = await cluster.untilLed(FIRST_REGION);
  const away = cluster.nodes.find(({ storeId }) => storeId !== leader.peer.storeId);
  assert.ok(away !== undefined);
  const own = away.store.region(FIRST_REGION);
  assert.ok(own !== undefined);
  return { cluster, leader, away, own };
}

test('a replica that goes while its snapshot waits for a checkpoint leaves nothing in the way of the next one', async () => {
  const { cluster, leader, away, own } = await begin(31);
  const flushes = holdFlushes(away);
  await cluster.admin(FIRST_REGION, (one) =>
    one.split([{ splitKey: regionKeyOf('m' as Key), ...cluster.splitIds(one.region) }]),
  );
  await cluster.untilAgreed(FIRST_REGION);
  cluster.isolate(away.storeId);
  await write(cluster, 5, 200, 20_000);
  cluster.heal();
  await cluster.until('the snapshot waits for a checkpoint', () => flushes.waiting.length > 0);

  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'remove', peer: own.peer }]));
  away.store.receive([signalOf(leader.region, leader.peer, own.peer, 'tombstone')]);
  assert.equal(away.store.region(FIRST_REGION), undefined);
  flushes.release();
  await cluster.world.run(5000);
  assert.equal(away.store.failure, undefined);
  assert.equal(away.store.region(FIRST_REGION), undefined);
  const { logWrites } = away.store.statistics;
  await cluster.world.run(5000);
  assert.ok(away.store.statistics.logWrites - logWrites < 100, 'no checkpoint after the other');

  const peer = cluster.newPeerOn(away.storeId, 'learner');
  await cluster.admin(FIRST_REGION, (one) => one.changePeers([{ kind: 'add-learner', peer }]));
  await cluster.untilAgreed(FIRST_REGION);
  const isEqual = (): boolean => new Set(cluster.nodes.map((node) => node.contents(DATA).join('\n'))).size === 1;
  await cluster.until('the new replica has it all', isEqual);
  away.crash();
  await away.start();
  await write(cluster, 205, 3, 100);
  await cluster.until('it works', isEqual);
});

test('a read that waits while a snapshot is applied is refused in time, and does not keep the store from closing', async () => {
  const { cluster, away, own } = await begin(32);
  cluster.isolate(away.storeId);
  await write(cluster, 5, 200, 20_000);
  const destroyRange = away.engine.destroyRange.bind(away.engine);
  away.engine.destroyRange = () => Promise.reject(new Error('not now'));
  cluster.heal();
  await cluster.until('the snapshot is being applied', () => own.isInstalling);
  await cluster.world.run(1000);
  const outcome = own.readIndex().then(
    () => 'read',
    (error: unknown) => String(error),
  );
  assert.match(await cluster.world.settle(outcome), /not reached in time/);
  assert.ok(own.isInstalling);
  own.readIndex().catch(() => {});
  await away.stop();
  away.engine.destroyRange = destroyRange;
});
