/** How a cluster looks when nothing happens any more: led, covered, replicated, equal. */

import type { RegionId } from '../../../base/index.ts';
import { check } from '../support/outcome.ts';
import { isJoint, leaderOf } from './churn.ts';
import { checkCoverage, describe } from './region-checks.ts';
import type { StoreProcess } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

const REST_LIMIT_MS = 120_000;

/** Waits until all replicas of all regions have come to the same point. Throws CheckFailed. */
export async function requireRest(cluster: ClusterWorld): Promise<void> {
  let reason = '';
  const isReached = await cluster.run(REST_LIMIT_MS, () => {
    reason = unrest(cluster) ?? '';
    return reason === '';
  });
  check(isReached, () => `the cluster does not come to rest: ${reason}`);
  cluster.checks.look({ compareContents: true });
  const leading = cluster.stores.flatMap(({ peers }) => peers.filter(({ isServing }) => isServing));
  checkCoverage(leading.map(({ region }) => region));
}

/** For the message of a failure. */
export function state(cluster: ClusterWorld): string {
  return unrest(cluster) ?? 'all regions are at rest';
}

/** What is not at rest yet. */
function unrest(cluster: ClusterWorld): string | undefined {
  const regionIds = new Set(cluster.stores.flatMap(({ peers }) => peers.map(({ regionId }) => regionId)));
  for (const store of cluster.stores) if (store.life === undefined) return `store ${store.storeId} is down`;
  for (const regionId of regionIds) {
    const leader = leaderOf(cluster, regionId);
    if (leader === undefined) return `region ${regionId} has no leader: ${replicasOf(cluster, regionId)}`;
    const { region } = leader;
    if (isJoint(region)) return `${describe(region)} is in a joint state`;
    if (cluster.store(leader.peer.storeId)?.peer(regionId)?.isMerging === true) return `${describe(region)} is merging`;
    const index = cluster.store(leader.peer.storeId)?.peer(regionId)?.appliedIndex;
    for (const { storeId, peerId } of region.peers) {
      const store = cluster.store(storeId);
      const peer = store?.peer(regionId);
      if (peer === undefined || peer.peerId !== peerId)
        return `${describe(region)} has no replica on store ${storeId}, which holds ${replicasOn(store)}`;
      if (peer.appliedIndex !== index || store?.isSettled(peer) !== true) {
        return `${describe(region)}: store ${storeId} is at ${peer.appliedIndex}, the leader at ${index}`;
      }
    }
  }
  return undefined;
}

/** The replicas of a region, each as it sees itself. */
export function replicasOf(cluster: ClusterWorld, regionId: RegionId): string {
  const found = cluster.stores.flatMap((store) => {
    const peer = store.peer(regionId);
    if (peer === undefined) return [];
    const { term, appliedIndex, isMerging, isInstalling, leader, region } = peer;
    const lastIndex = store.life?.log.region(regionId).lastIndex;
    const states = [
      ...(peer.sleep.isAsleep ? ['asleep'] : []),
      ...(isMerging ? ['merging'] : []),
      ...(isInstalling ? ['installing'] : []),
      ...(leader === undefined ? [] : [`led by ${leader.peerId}`]),
    ];
    const place = `term ${term}, applied ${appliedIndex} of ${lastIndex}`;
    return [[`peer ${peer.peerId} on store ${store.storeId}: ${place}`, ...states, describe(region)].join(', ')];
  });
  return found.join('; ');
}

function replicasOn(store: StoreProcess | undefined): string {
  return (store?.peers ?? [])
    .map(({ region, term, isLeader }) => `${describe(region)} ${isLeader ? 'leading ' : ''}${term}`)
    .join('; ');
}
