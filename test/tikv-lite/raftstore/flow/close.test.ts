import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Key } from '../../../../base/index.ts';
import { RegionError } from '../../../../tikv-lite/index.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

test('a leader whose followers are gone closes, and tells that the outcome of its proposals is unknown', async () => {
  const cluster = await Cluster.start({ seed: 13, stores: 3 });
  const leader = await cluster.untilLed(FIRST_REGION);
  const { storeId } = leader.peer;
  for (const node of cluster.nodes) if (node.storeId !== storeId) node.crash();
  const outcome = leader.propose([{ kind: 'put', key: 'dk' as Key, value: Buffer.from('v') }]).then(
    () => 'applied',
    (error: unknown) => (error instanceof RegionError ? error.kind : String(error)),
  );
  await cluster.node(storeId).stop();
  assert.equal(await outcome, 'stale-command');
});
