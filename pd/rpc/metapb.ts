/**
 * Regions, peers and stores between our records and metapb's messages. An empty end key on the wire is the end of the key
 * space; ids and epochs fit a number.
 */

import {
  type Key,
  type KeyRange,
  keyFromBytes,
  keyToBytes,
  type PeerId,
  type RegionId,
  type StoreId,
} from '../../base/index.ts';
import { metapb } from '../../base/rpc/index.ts';
import type { PeerDescriptor, PeerRole, Region, RegionEpoch, StoreDescriptor, StoreState } from '../meta.ts';

const ROLES: readonly PeerRole[] = ['voter', 'learner', 'incoming-voter', 'demoting-voter'];
const STATES: readonly StoreState[] = ['up', 'offline', 'tombstone'];
const NO_BYTES = new Uint8Array(0);

export function peerFromProto(peer: metapb.Peer): PeerDescriptor {
  return {
    peerId: Number(peer.id) as PeerId,
    storeId: Number(peer.storeId) as StoreId,
    role: ROLES[peer.role] ?? 'voter',
  };
}

export function peerToProto(peer: PeerDescriptor): metapb.Peer {
  return {
    id: BigInt(peer.peerId),
    storeId: BigInt(peer.storeId),
    role: ROLES.indexOf(peer.role) as metapb.PeerRole,
    isWitness: false,
  };
}

const NO_PEER: PeerDescriptor = { peerId: 0 as PeerId, storeId: 0 as StoreId, role: 'voter' };
const NO_EPOCH: RegionEpoch = { confVer: 0, version: 0 };

/** An absent peer has id 0. */
export function peerOrNone(peer: metapb.Peer | undefined): PeerDescriptor {
  return peer === undefined ? NO_PEER : peerFromProto(peer);
}

export function epochFromProto(epoch: metapb.RegionEpoch | undefined): RegionEpoch {
  return epoch === undefined ? NO_EPOCH : { confVer: Number(epoch.confVer), version: Number(epoch.version) };
}

export function epochToProto(epoch: RegionEpoch): metapb.RegionEpoch {
  return { confVer: BigInt(epoch.confVer), version: BigInt(epoch.version) };
}

export function rangeFromProto(start: Uint8Array, end: Uint8Array): KeyRange {
  return { start: keyFromBytes(start), end: end.length === 0 ? undefined : keyFromBytes(end) };
}

/** The end of a range on the wire. */
export function endToProto(end: Key | undefined): Uint8Array {
  return end === undefined ? NO_BYTES : keyToBytes(end);
}

export function regionFromProto(region: metapb.Region): Region {
  return {
    regionId: Number(region.id) as RegionId,
    range: rangeFromProto(region.startKey, region.endKey),
    epoch: epochFromProto(region.regionEpoch),
    peers: region.peers.map(peerFromProto),
  };
}

export function regionToProto(region: Region): metapb.Region {
  return {
    id: BigInt(region.regionId),
    startKey: keyToBytes(region.range.start),
    endKey: endToProto(region.range.end),
    regionEpoch: epochToProto(region.epoch),
    peers: region.peers.map(peerToProto),
    isInFlashback: false,
    flashbackStartTs: 0n,
  };
}

const NANOS_PER_MS = 1_000_000n;
const MS_PER_S = 1000;

export function storeFromProto(store: metapb.Store): StoreDescriptor {
  return {
    storeId: Number(store.id) as StoreId,
    address: store.address,
    statusAddress: store.statusAddress,
    state: STATES[store.state] ?? 'up',
    version: store.version,
    labels: store.labels.map(({ key, value }) => ({ key, value })),
    startedAtMs: Number(store.startTimestamp) * MS_PER_S,
    lastHeartbeatMs: Number(store.lastHeartbeat / NANOS_PER_MS),
  };
}

export function storeToProto(store: StoreDescriptor): metapb.Store {
  const state = STATES.indexOf(store.state) as metapb.StoreState;
  return metapb.Store.create({
    id: BigInt(store.storeId),
    address: store.address,
    statusAddress: store.statusAddress,
    state,
    version: store.version,
    labels: [...store.labels],
    startTimestamp: BigInt(Math.floor(store.startedAtMs / MS_PER_S)),
    lastHeartbeat: BigInt(store.lastHeartbeatMs) * NANOS_PER_MS,
    nodeState: [metapb.NodeState.Serving, metapb.NodeState.Removing, metapb.NodeState.Removed][state]!,
  });
}
