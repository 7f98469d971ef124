import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../base/index.ts';
import { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import { Cluster, FIRST_REGION, type StoreNode } from '../../tikv-lite/raftstore/cluster.ts';
import { AppliedEntries } from '../cluster/applied-entries.ts';

const UNCOMMITTED = 100;
const WRITES = 25;
const VALUE = 'v'.repeat(50_000);

function replicaOn(node: StoreNode): Peer {
  const region = node.store.region(FIRST_REGION);
  assert.ok(region instanceof Peer);
  return region;
}

/** A store that led alone has more entries than the others wrote without it, and gets a snapshot from them. */
test('a snapshot in place of entries that were never committed is not another entry', async () => {
  const cluster = await Cluster.start({ seed: 80959, stores: 3 });
  await cluster.put(FIRST_REGION, 'da', '1');
  const former = cluster.node((await cluster.untilLed(FIRST_REGION)).peer.storeId);
  const others = cluster.nodes.filter((node) => node !== former);
  for (const { log } of others) log.regionsBehind = () => new Set(log.regionIds);
  cluster.isolate(former.storeId);
  for (let n = 0; n < UNCOMMITTED; n++) {
    replicaOn(former)
      .propose([{ kind: 'put', key: `dl${n}` as Key, value: Buffer.from('lost') }])
      .catch(() => {});
  }
  await cluster.until('they are in its log', () => former.log.region(FIRST_REGION).lastIndex > UNCOMMITTED);
  await cluster.until('it gives up', () => !replicaOn(former).isLeader);
  for (let n = 0; n < WRITES; n++) await cluster.put(FIRST_REGION, 'db', VALUE);

  const applied = new AppliedEntries();
  const look = (): void => {
    for (const node of cluster.nodes) {
      applied.look(node.storeId, replicaOn(node), (index) => node.log.region(FIRST_REGION).termAt(index));
    }
  };
  const isLogOfOthers = (): boolean => {
    const { appliedIndex, checkpoint } = replicaOn(former);
    return former.log.region(FIRST_REGION).termAt(appliedIndex) === checkpoint.term;
  };
  look();
  cluster.heal();
  await cluster.until('it stands at the snapshot, its log does not', () => {
    look();
    return !isLogOfOthers();
  });
  assert.ok(replicaOn(former).isInstalling);
  await cluster.put(FIRST_REGION, 'dc', '2');
  await cluster.until('it follows the others', () => {
    look();
    return former.contents({ start: 'dc' as Key, end: 'dd' as Key }).length === 1;
  });
  assert.ok(isLogOfOthers());
  assert.deepEqual(former.contents({ start: 'dl' as Key, end: 'dm' as Key }), []);
});

test('another entry at an index is told', async () => {
  const cluster = await Cluster.start({ seed: 80960, stores: 3 });
  await cluster.put(FIRST_REGION, 'da', '1');
  const [first, second] = cluster.nodes;
  assert.ok(first !== undefined && second !== undefined);
  await cluster.until('two have applied it', () => replicaOn(first).appliedIndex === replicaOn(second).appliedIndex);
  const applied = new AppliedEntries();
  const { term } = replicaOn(first).checkpoint;
  applied.look(first.storeId, replicaOn(first), () => term);
  assert.throws(() => applied.look(second.storeId, replicaOn(second), () => term + 1), /applied entry \d+ of term/);
});
