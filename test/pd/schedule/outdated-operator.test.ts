import assert from 'node:assert/strict';
import { test } from 'node:test';
import { infoOfHeartbeat, type RegionInfo } from '../../../pd/cluster/region-info.ts';
import { RegionTree } from '../../../pd/cluster/region-tree.ts';
import type { ClusterView } from '../../../pd/schedule/cluster-view.ts';
import { DEFAULT_SCHEDULE } from '../../../pd/schedule/config.ts';
import { planMembership } from '../../../pd/schedule/membership-plan.ts';
import { OperatorController } from '../../../pd/schedule/operator-controller.ts';
import { aHeartbeat, aPeer, aRegion } from '../support/fixtures.ts';

const members = [aPeer(11, 1), aPeer(12, 2), aPeer(13, 3)];
const newcomer = aPeer(14, 4);

function infoOf(confVer: number, peers = members, pending: readonly (typeof newcomer)[] = []): RegionInfo {
  return infoOfHeartbeat(aHeartbeat(aRegion({ id: 1, confVer, peers }), { pendingPeers: pending }));
}

/** Replica 13 is about to be replaced by 14. */
function replacing(): { readonly operators: OperatorController; heard(info: RegionInfo): string | undefined } {
  const regions = new RegionTree();
  const first = infoOf(5);
  regions.put(first);
  const view: ClusterView = {
    config: DEFAULT_SCHEDULE,
    nowMs: 0,
    regions,
    stores: new Map(),
    takePeerId: () => undefined,
  };
  const steps = planMembership(first, { voters: [aPeer(11, 1), aPeer(12, 2), newcomer] }) ?? [];
  const operators = new OperatorController();
  assert.ok(operators.add({ regionId: first.region.regionId, kind: 'region', description: 'move', steps }, view));
  return { operators, heard: (info) => operators.advance(info, DEFAULT_SCHEDULE, 0)?.kind };
}

test('an operator goes on through the changes that are its own', () => {
  const { operators, heard } = replacing();
  const { regionId } = infoOf(5).region;
  const learner = aPeer(14, 4, 'learner');
  assert.equal(heard(infoOf(5)), 'change-peers');
  assert.equal(heard(infoOf(6, [...members, learner], [learner])), undefined, 'the learner is on its way');
  assert.equal(heard(infoOf(6, [...members, learner])), 'change-peers');
  const joint = [aPeer(11, 1), aPeer(12, 2), aPeer(13, 3, 'demoting-voter'), aPeer(14, 4, 'incoming-voter')];
  assert.equal(heard(infoOf(8, joint)), 'change-peers');
  assert.equal(heard(infoOf(10, [aPeer(11, 1), aPeer(12, 2), aPeer(13, 3, 'learner'), newcomer])), 'change-peers');
  assert.equal(heard(infoOf(11, [aPeer(11, 1), aPeer(12, 2), newcomer])), undefined);
  assert.equal(operators.find(regionId)?.state, 'success');
});

test('an operator is given up when somebody else removes the replica it added', () => {
  const { operators, heard } = replacing();
  const { regionId } = infoOf(5).region;
  const learner = aPeer(14, 4, 'learner');
  assert.equal(heard(infoOf(5)), 'change-peers');
  assert.equal(heard(infoOf(6, [...members, learner], [learner])), undefined);
  assert.equal(heard(infoOf(7)), undefined, 'a peer that was removed never comes back under its id');
  assert.equal(operators.find(regionId)?.state, 'cancelled');
});

test('an operator is given up when the members changed before it was heard of', () => {
  const { operators, heard } = replacing();
  assert.equal(heard(infoOf(6, [aPeer(11, 1), aPeer(12, 2), aPeer(15, 5)])), undefined);
  assert.equal(operators.find(infoOf(5).region.regionId)?.state, 'cancelled');
});
