/**
 * What the placement driver makes of a cluster in which nothing goes wrong any more: as many healthy voters of each region
 * as are wanted, on stores of their own, nothing down or behind; and that it knows the regions as they are.
 */

import { type Key, MIN_KEY } from '../../../base/index.ts';
import { compareEpochs, type Region } from '../../../pd/index.ts';
import { check } from '../support/outcome.ts';
import { leaderOf } from './churn.ts';
import { describe } from './region-checks.ts';
import { replicasOf } from './rest.ts';
import type { ClusterWorld } from './world.ts';

const PLACEMENT_LIMIT_MS = 300_000;
const LOOK_EVERY_MS = 500;
const EVERYTHING = { start: MIN_KEY };

/** Waits until every region is as the placement driver wants it. Throws CheckFailed. */
export async function requirePlacement(cluster: ClusterWorld): Promise<void> {
  let reason: string | undefined;
  for (let waitedMs = 0; waitedMs < PLACEMENT_LIMIT_MS; waitedMs += LOOK_EVERY_MS) {
    reason = misplaced(cluster);
    if (reason === undefined) return;
    await cluster.run(LOOK_EVERY_MS);
  }
  check(false, () => `not placed within ${PLACEMENT_LIMIT_MS} ms after everything healed: ${reason}`);
}

/** A region that the placement driver knows and nobody leads. */
export function leaderless(cluster: ClusterWorld): string | undefined {
  for (const { region } of cluster.pd.driver?.scanRegions(EVERYTHING, 0) ?? []) {
    if (leaderOf(cluster, region.regionId) === undefined) return withoutLeader(cluster, region);
  }
  return undefined;
}

function withoutLeader(cluster: ClusterWorld, region: Region): string {
  return `${describe(region)} has no leader: ${replicasOf(cluster, region.regionId)}`;
}

function misplaced(cluster: ClusterWorld): string | undefined {
  const { driver } = cluster.pd;
  if (driver === undefined) return 'the placement driver is down';
  let at: Key | undefined = MIN_KEY;
  for (const { region, downPeers, pendingPeers } of driver.scanRegions(EVERYTHING, 0)) {
    const { regionId, peers, range } = region;
    const operator = driver.getOperator(regionId);
    const doing =
      operator === undefined ? '' : `; its operator: ${operator.description} (${operator.steps}), ${operator.state}`;
    if (range.start !== at) return `the placement driver knows no region at ${JSON.stringify(at)}`;
    at = range.end;
    const leader = leaderOf(cluster, regionId);
    if (leader === undefined) return withoutLeader(cluster, region);
    if (compareEpochs(leader.epoch, region.epoch) !== 0)
      return `${describe(leader.region)} is known as ${describe(region)}`;
    const isComplete = peers.length === driver.maxReplicas && peers.every(({ role }) => role === 'voter');
    if (!isComplete) return `${describe(region)} has not ${driver.maxReplicas} voters${doing}`;
    if (downPeers.length > 0) return `${describe(region)} has a peer that is down${doing}`;
    if (pendingPeers.length > 0) return `${describe(region)} has a peer that is behind${doing}`;
  }
  return at === undefined ? undefined : `the placement driver knows no region at ${JSON.stringify(at)}`;
}
