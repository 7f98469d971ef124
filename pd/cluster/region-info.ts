/** What the placement driver knows of a region: its newest description and what its leader told beside it. */

import type { StoreId } from '../../base/index.ts';
import type { RegionHeartbeat } from '../client/pd-client.ts';
import type { PeerDescriptor, Region } from '../meta.ts';

/** Flows are those of the last interval between heartbeats; a term is 0 when unknown. */
export interface RegionInfo extends Omit<RegionHeartbeat, 'leader'> {
  /** undefined while nobody is known to lead; after a restart the last one known. */
  readonly leader: PeerDescriptor | undefined;
  /** False while no leader has told of it in this life of the placement driver: nothing is scheduled for it then. */
  readonly isHeard: boolean;
}

export function infoOfHeartbeat(heartbeat: RegionHeartbeat): RegionInfo {
  return { ...heartbeat, isHeard: true };
}

/** A region that is only remembered, or of which a store told that a split made it. */
export function unheardInfo(region: Region, leader: PeerDescriptor | undefined): RegionInfo {
  return {
    region,
    leader,
    term: 0,
    downPeers: [],
    pendingPeers: [],
    approximateBytes: 0,
    approximateKeys: 0,
    bytesWritten: 0,
    keysWritten: 0,
    bytesRead: 0,
    keysRead: 0,
    isHeard: false,
  };
}

export function peerOnStore(region: Region, storeId: StoreId): PeerDescriptor | undefined {
  return region.peers.find((peer) => peer.storeId === storeId);
}

/** Half-way through a membership change by joint consensus. */
export function isJoint(region: Region): boolean {
  return region.peers.some(({ role }) => role === 'incoming-voter' || role === 'demoting-voter');
}

/** Voters of the configuration that stands when a joint state is left. */
export function isFutureVoter({ role }: PeerDescriptor): boolean {
  return role === 'voter' || role === 'incoming-voter';
}

function isDown(info: RegionInfo, peer: PeerDescriptor): boolean {
  return info.downPeers.some((down) => down.peer.peerId === peer.peerId);
}

function isPending(info: RegionInfo, peer: PeerDescriptor): boolean {
  return info.pendingPeers.some(({ peerId }) => peerId === peer.peerId);
}

/** The peer answers its leader and does not lag behind. */
export function keepsUp(info: RegionInfo, peer: PeerDescriptor): boolean {
  return !isDown(info, peer) && !isPending(info, peer);
}

/** Every peer answers and none lags behind. */
export function isHealthy({ downPeers, pendingPeers }: RegionInfo): boolean {
  return downPeers.length === 0 && pendingPeers.length === 0;
}

/** What a region counts for at least, so that many empty ones are spread, too. */
export const MIN_REGION_BYTES = 1 << 20;

export function weightOf({ approximateBytes }: RegionInfo): number {
  return Math.max(approximateBytes, MIN_REGION_BYTES);
}
