import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

const DATA = { start: 'd' as Key, end: 'e' as Key };
const SEGMENT_BYTES = 1 << 18;

async function write(cluster: Cluster, from: number, count: number, size: number): Promise<void> {
  for (let n = from; n < from + count; n++) await cluster.put(FIRST_REGION, `dk${n % 50}`, `${n}`.padEnd(size, '.'));
}

async function untilAllEqual(cluster: Cluster): Promise<void> {
  const texts = (): Set<string> => new Set(cluster.nodes.map((node) => node.contents(DATA).join('\n')));
  await cluster.until('all stores hold the same', () => texts().size === 1);
}

test('the log of a replicated region stays small, and members that keep up need no snapshot', async () => {
  const cluster = await Cluster.start({ seed: 21, stores: 3 });
  await write(cluster, 0, 200, 20_000);
  await untilAllEqual(cluster);
  for (const { store } of cluster.nodes) {
    const { logBytes } = store.statistics;
    assert.ok(logBytes < 8 * SEGMENT_BYTES, `${logBytes} bytes of log`);
  }
  assert.equal(cluster.snapshotsSent, 0);
});

test('a member that was away for long gets a snapshot and not the log, which does not wait for it', async () => {
  const cluster = await Cluster.start({ seed: 22, stores: 3 });
  await write(cluster, 0, 20, 1000);
  const leader = await cluster.untilLed(FIRST_REGION);
  const away = cluster.nodes.find(({ storeId }) => storeId !== leader.peer.storeId);
  assert.ok(away !== undefined);
  cluster.isolate(away.storeId);
  await write(cluster, 20, 200, 20_000);
  const { logBytes } = cluster.node(leader.peer.storeId).store.statistics;
  assert.ok(logBytes < 12 * SEGMENT_BYTES, `${logBytes} bytes of log`);
  cluster.heal();
  await untilAllEqual(cluster);
  assert.ok(cluster.snapshotsSent >= 1);
  assert.ok(cluster.snapshotBytes < 1_500_000, `${cluster.snapshotBytes} bytes: the data, not its history`);
  for (const node of cluster.nodes) node.crash();
  for (const node of cluster.nodes) await node.start();
  await write(cluster, 320, 5, 1000);
  await untilAllEqual(cluster);
});

test('a member that was away for a moment is served from the log', async () => {
  const cluster = await Cluster.start({ seed: 23, stores: 3 });
  await write(cluster, 0, 5, 1000);
  const leader = await cluster.untilLed(FIRST_REGION);
  const away = cluster.nodes.find(({ storeId }) => storeId !== leader.peer.storeId);
  assert.ok(away !== undefined);
  away.crash();
  await write(cluster, 5, 60, 10_000);
  await away.start();
  await untilAllEqual(cluster);
  assert.equal(cluster.snapshotsSent, 0);
});
