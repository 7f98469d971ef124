/** The records of all regions together, each region's as one of its replicas holds them. */

import type { KvPair } from '../../../base/index.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import type { Records } from '../check/percolator.ts';
import type { StoreProcess } from './store-process.ts';
import type { ClusterWorld } from './world.ts';

interface Replica {
  readonly store: StoreProcess;
  readonly peer: Peer;
}

/** Replicas at different places of their logs will do: what Percolator promises holds of any mixture of them. */
export function clusterRecords(cluster: ClusterWorld): Records {
  const replicas: Replica[] = [];
  for (const store of cluster.stores) {
    if (store.life === undefined) continue;
    for (const peer of store.peers) if (store.isSettled(peer)) replicas.push({ store, peer });
  }
  replicas.sort((a, b) => compareStarts(a, b) || b.peer.appliedIndex - a.peer.appliedIndex);
  const chosen: Replica[] = [];
  for (const replica of replicas) {
    const before = chosen.at(-1)?.peer.regionRange;
    const isApart = before === undefined || (before.end !== undefined && before.end <= replica.peer.regionRange.start);
    if (isApart) chosen.push(replica);
  }
  return {
    pairs: (family): readonly KvPair[] => chosen.flatMap(({ store, peer }) => store.pairs(peer, family)),
  };
}

function compareStarts(a: Replica, b: Replica): number {
  const [left, right] = [a.peer.regionRange.start, b.peer.regionRange.start];
  return left < right ? -1 : left > right ? 1 : 0;
}
