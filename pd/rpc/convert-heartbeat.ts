/** Between pdpb's messages and heartbeats, and the instructions that answer them. */

import {
  assertNever,
  composeTs,
  keyFromBytes,
  keyToBytes,
  logicalOf,
  physicalMsOf,
  type RegionId,
  type StoreId,
  type Ts,
} from '../../base/index.ts';
import { eraftpb, pdpb } from '../../base/rpc/index.ts';
import type {
  PeerChange,
  PeerChangeKind,
  RegionHeartbeat,
  RegionInstruction,
  StoreHeartbeat,
} from '../client/pd-client.ts';
import type { RegionInfo } from '../cluster/region-info.ts';
import { peerFromProto, peerToProto, regionFromProto, regionToProto } from './metapb.ts';

const CHANGES: Readonly<Record<PeerChangeKind, eraftpb.ConfChangeType>> = {
  'add-voter': eraftpb.ConfChangeType.AddNode,
  'add-learner': eraftpb.ConfChangeType.AddLearnerNode,
  remove: eraftpb.ConfChangeType.RemoveNode,
};
const MS_PER_SECOND = 1000;

export function timestampToProto(ts: Ts): pdpb.Timestamp {
  return { physical: BigInt(physicalMsOf(ts)), logical: BigInt(logicalOf(ts)), suffixBits: 0 };
}

export function timestampFromProto({ physical, logical }: pdpb.Timestamp): Ts {
  return composeTs(Number(physical), Number(logical));
}

export function downPeersToProto(downPeers: RegionInfo['downPeers']): pdpb.PeerStats[] {
  return downPeers.map(({ peer, downMs }) => ({
    peer: peerToProto(peer),
    downSeconds: BigInt(Math.floor(downMs / MS_PER_SECOND)),
  }));
}

export function downPeersFromProto(downPeers: readonly pdpb.PeerStats[]): RegionInfo['downPeers'] {
  return downPeers.flatMap(({ peer, downSeconds }) =>
    peer === undefined ? [] : [{ peer: peerFromProto(peer), downMs: Number(downSeconds) * MS_PER_SECOND }],
  );
}

export function regionHeartbeatToProto(
  header: pdpb.RequestHeader,
  heartbeat: RegionHeartbeat,
): pdpb.RegionHeartbeatRequest {
  return pdpb.RegionHeartbeatRequest.create({
    header,
    region: regionToProto(heartbeat.region),
    leader: peerToProto(heartbeat.leader),
    term: BigInt(heartbeat.term),
    downPeers: downPeersToProto(heartbeat.downPeers),
    pendingPeers: heartbeat.pendingPeers.map(peerToProto),
    approximateSize: BigInt(heartbeat.approximateBytes),
    approximateKeys: BigInt(heartbeat.approximateKeys),
    bytesWritten: BigInt(heartbeat.bytesWritten),
    keysWritten: BigInt(heartbeat.keysWritten),
    bytesRead: BigInt(heartbeat.bytesRead),
    keysRead: BigInt(heartbeat.keysRead),
  });
}

/** undefined for a heartbeat without a region or a leader, which says nothing. */
export function regionHeartbeatFromProto(request: pdpb.RegionHeartbeatRequest): RegionHeartbeat | undefined {
  const { region, leader } = request;
  if (region === undefined || leader === undefined || leader.id === 0n) return undefined;
  return {
    region: regionFromProto(region),
    leader: peerFromProto(leader),
    term: Number(request.term),
    downPeers: downPeersFromProto(request.downPeers),
    pendingPeers: request.pendingPeers.map(peerFromProto),
    approximateBytes: Number(request.approximateSize),
    approximateKeys: Number(request.approximateKeys),
    bytesWritten: Number(request.bytesWritten),
    keysWritten: Number(request.keysWritten),
    bytesRead: Number(request.bytesRead),
    keysRead: Number(request.keysRead),
  };
}

export function storeHeartbeatToProto(heartbeat: StoreHeartbeat): pdpb.StoreStats {
  return pdpb.StoreStats.create({
    storeId: BigInt(heartbeat.storeId),
    capacity: BigInt(heartbeat.capacityBytes),
    available: BigInt(heartbeat.availableBytes),
    usedSize: BigInt(heartbeat.usedBytes),
    regionCount: heartbeat.regionCount,
    sendingSnapCount: heartbeat.sendingSnapshots,
    receivingSnapCount: heartbeat.receivingSnapshots,
    isBusy: heartbeat.isBusy,
    slowScore: BigInt(Math.floor(heartbeat.slowScore ?? 1)),
  });
}

/** pdpb has no count of leaders; the placement driver counts them from the heartbeats of the regions. */
export function storeHeartbeatFromProto(stats: pdpb.StoreStats): StoreHeartbeat {
  return {
    storeId: Number(stats.storeId) as StoreId,
    capacityBytes: Number(stats.capacity),
    availableBytes: Number(stats.available),
    usedBytes: Number(stats.usedSize),
    regionCount: stats.regionCount,
    leaderCount: 0,
    sendingSnapshots: stats.sendingSnapCount,
    receivingSnapshots: stats.receivingSnapCount,
    isBusy: stats.isBusy,
    slowScore: Math.max(1, Number(stats.slowScore)),
  };
}

export function instructionToProto(
  header: pdpb.ResponseHeader,
  instruction: RegionInstruction,
): pdpb.RegionHeartbeatResponse {
  const { regionId, epoch, target } = instruction;
  return pdpb.RegionHeartbeatResponse.create({
    header,
    regionId: BigInt(regionId),
    regionEpoch: { confVer: BigInt(epoch.confVer), version: BigInt(epoch.version) },
    targetPeer: peerToProto(target),
    ...stepToProto(instruction),
  });
}

function stepToProto(instruction: RegionInstruction): Partial<pdpb.RegionHeartbeatResponse> {
  switch (instruction.kind) {
    case 'transfer-leader':
      return { transferLeader: { peer: peerToProto(instruction.to), peers: [] } };
    case 'change-peers':
      return { changePeerV2: { changes: instruction.changes.map(changeToProto) } };
    case 'merge':
      return { merge: { target: regionToProto(instruction.into) } };
    case 'split': {
      const keys = instruction.keys.map(keyToBytes);
      const policy = keys.length > 0 ? pdpb.CheckPolicy.USEKEY : pdpb.CheckPolicy.APPROXIMATE;
      return { splitRegion: { policy, keys } };
    }
    default:
      return assertNever(instruction);
  }
}

/** undefined for a response that asks for nothing this version knows. */
export function instructionFromProto(response: pdpb.RegionHeartbeatResponse): RegionInstruction | undefined {
  const { regionId, regionEpoch, targetPeer } = response;
  if (regionEpoch === undefined || targetPeer === undefined) return undefined;
  const address = {
    regionId: Number(regionId) as RegionId,
    epoch: { confVer: Number(regionEpoch.confVer), version: Number(regionEpoch.version) },
    target: peerFromProto(targetPeer),
  };
  const { transferLeader, changePeer, changePeerV2, merge, splitRegion } = response;
  if (transferLeader?.peer !== undefined) {
    return { ...address, kind: 'transfer-leader', to: peerFromProto(transferLeader.peer) };
  }
  if (changePeer !== undefined) return { ...address, kind: 'change-peers', changes: changesFromProto([changePeer]) };
  if (changePeerV2 !== undefined) {
    return { ...address, kind: 'change-peers', changes: changesFromProto(changePeerV2.changes) };
  }
  if (merge?.target !== undefined) return { ...address, kind: 'merge', into: regionFromProto(merge.target) };
  if (splitRegion !== undefined) return { ...address, kind: 'split', keys: splitRegion.keys.map(keyFromBytes) };
  return undefined;
}

function changeToProto({ kind, peer }: PeerChange): pdpb.ChangePeer {
  return { peer: peerToProto(peer), changeType: CHANGES[kind] };
}

function changesFromProto(changes: readonly pdpb.ChangePeer[]): PeerChange[] {
  return changes.flatMap(({ peer, changeType }) =>
    peer === undefined ? [] : [{ kind: changeKindOf(changeType), peer: peerFromProto(peer) }],
  );
}

function changeKindOf(type: eraftpb.ConfChangeType): PeerChangeKind {
  if (type === eraftpb.ConfChangeType.RemoveNode) return 'remove';
  return type === eraftpb.ConfChangeType.AddLearnerNode ? 'add-learner' : 'add-voter';
}
