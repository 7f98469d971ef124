/** Stores, regions and heartbeats for the tests of the placement driver. */

import { type Key, MIN_KEY, type PeerId, type RegionId, type StoreId } from '../../../base/index.ts';
import type { PeerDescriptor, PeerRole, Region, RegionHeartbeat, StoreDescriptor } from '../../../pd/index.ts';

export function aStore(id: number, changes: Partial<StoreDescriptor> = {}): StoreDescriptor {
  return {
    storeId: id as StoreId,
    address: `store-${id}:20160`,
    statusAddress: '',
    state: 'up',
    version: '8.5.0',
    labels: [],
    startedAtMs: 0,
    lastHeartbeatMs: 0,
    ...changes,
  };
}

export function aPeer(peerId: number, storeId: number, role: PeerRole = 'voter'): PeerDescriptor {
  return { peerId: peerId as PeerId, storeId: storeId as StoreId, role };
}

export interface RegionShape {
  readonly id: number;
  readonly start?: string;
  readonly end?: string;
  readonly version?: number;
  readonly confVer?: number;
  readonly peers?: readonly PeerDescriptor[];
}

export function aRegion({ id, start = MIN_KEY, end, version = 1, confVer = 1, peers }: RegionShape): Region {
  return {
    regionId: id as RegionId,
    range: { start: start as Key, end: end as Key | undefined },
    epoch: { confVer, version },
    peers: peers ?? [aPeer(id * 10, 1)],
  };
}

export function aHeartbeat(region: Region, changes: Partial<RegionHeartbeat> = {}): RegionHeartbeat {
  const leader = region.peers[0];
  if (leader === undefined) throw new Error('a region has peers');
  return {
    region,
    leader,
    term: 6,
    downPeers: [],
    pendingPeers: [],
    approximateBytes: 1 << 20,
    approximateKeys: 1000,
    bytesWritten: 0,
    keysWritten: 0,
    bytesRead: 0,
    keysRead: 0,
    ...changes,
  };
}
