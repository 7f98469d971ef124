import assert from 'node:assert/strict';
import { test } from 'node:test';
import { regionKeyOf } from '../../../../tikv-lite/raftstore/region-keys.ts';
import { Cluster, FIRST_REGION } from '../cluster.ts';

/** The ids of a split were asked for when the region had fewer members. */
test('a split that a change of members overtook is refused where it is applied', async () => {
  const cluster = await Cluster.start({ seed: 5, stores: 3, voters: [1, 2] });
  const leader = await cluster.untilLed(FIRST_REGION);
  const splits = [{ splitKey: regionKeyOf('m' as never), ...cluster.splitIds(leader.region) }];
  const outcomes = await cluster.world.settle(
    Promise.allSettled([
      leader.changePeers([{ kind: 'add-learner', peer: cluster.newPeerOn(3, 'learner') }]),
      leader.split(splits),
    ]),
  );
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.kind : outcome.status)),
    ['fulfilled', 'invalid-change'],
  );
  assert.equal((await cluster.untilLed(FIRST_REGION)).region.epoch.version, 1);
});
