/**
 * Messages between stores as raft_serverpb.RaftMessage with eraftpb inside. What travels is what TiKV's own messages have
 * fields for; of ours nothing is lost, since messages to a node's own storage threads never leave it.
 */

import { assert, keyToBytes, type RegionId } from '../../../base/index.ts';
import { eraftpb, raft_serverpb } from '../../../base/rpc/index.ts';
import {
  endToProto,
  epochFromProto,
  epochToProto,
  peerFromProto,
  peerOrNone,
  peerToProto,
  rangeFromProto,
  regionFromProto,
  regionToProto,
} from '../../../pd/server/index.ts';
import {
  type ConfState,
  EMPTY_CONF_STATE,
  type Entry,
  type EntryId,
  type EntryType,
  type Message,
  type MessageType,
  newMessage,
  type Snapshot,
} from '../../../raft/index.ts';
import type { PeerSignal, RegionMessage } from '../../raftstore/transport.ts';

const WIRE_TYPES: Readonly<Partial<Record<MessageType, eraftpb.MessageType>>> = {
  MsgProp: eraftpb.MessageType.MsgPropose,
  MsgApp: eraftpb.MessageType.MsgAppend,
  MsgAppResp: eraftpb.MessageType.MsgAppendResponse,
  MsgVote: eraftpb.MessageType.MsgRequestVote,
  MsgVoteResp: eraftpb.MessageType.MsgRequestVoteResponse,
  MsgPreVote: eraftpb.MessageType.MsgRequestPreVote,
  MsgPreVoteResp: eraftpb.MessageType.MsgRequestPreVoteResponse,
  MsgSnap: eraftpb.MessageType.MsgSnapshot,
  MsgHeartbeat: eraftpb.MessageType.MsgHeartbeat,
  MsgHeartbeatResp: eraftpb.MessageType.MsgHeartbeatResponse,
  MsgTransferLeader: eraftpb.MessageType.MsgTransferLeader,
  MsgTimeoutNow: eraftpb.MessageType.MsgTimeoutNow,
  MsgReadIndex: eraftpb.MessageType.MsgReadIndex,
  MsgReadIndexResp: eraftpb.MessageType.MsgReadIndexResp,
};
const TYPES = new Map(Object.entries(WIRE_TYPES).map(([type, wire]) => [wire, type as MessageType]));
const ENTRY_TYPES: readonly EntryType[] = ['EntryNormal', 'EntryConfChange', 'EntryConfChangeV2'];
const WIRE_SIGNALS = {
  'wake-up': raft_serverpb.ExtraMessageType.MsgRegionWakeUp,
  'want-rollback-merge': raft_serverpb.ExtraMessageType.MsgWantRollbackMerge,
  'check-stale-peer': raft_serverpb.ExtraMessageType.MsgCheckStalePeer,
  'check-stale-peer-response': raft_serverpb.ExtraMessageType.MsgCheckStalePeerResponse,
  'hibernate-request': raft_serverpb.ExtraMessageType.MsgHibernateRequest,
  'hibernate-response': raft_serverpb.ExtraMessageType.MsgHibernateResponse,
} as const satisfies Readonly<Record<Exclude<PeerSignal, 'tombstone' | 'merged'>, raft_serverpb.ExtraMessageType>>;
const SIGNALS = new Map(
  Object.entries(WIRE_SIGNALS).map(([signal, wire]) => [wire as number, signal as keyof typeof WIRE_SIGNALS]),
);
const NO_BYTES = new Uint8Array(0);

function idsToProto(ids: readonly number[]): bigint[] {
  return ids.map(BigInt);
}

function confStateToProto(state: ConfState): eraftpb.ConfState {
  return {
    voters: idsToProto(state.voters),
    learners: idsToProto(state.learners),
    votersOutgoing: idsToProto(state.votersOutgoing),
    learnersNext: idsToProto(state.learnersNext),
    autoLeave: state.autoLeave,
  };
}

function confStateFromProto(state: eraftpb.ConfState | undefined): ConfState {
  if (state === undefined) return EMPTY_CONF_STATE;
  return {
    voters: state.voters.map(Number),
    learners: state.learners.map(Number),
    votersOutgoing: state.votersOutgoing.map(Number),
    learnersNext: state.learnersNext.map(Number),
    autoLeave: state.autoLeave,
  };
}

function snapshotToProto(snapshot: Snapshot): eraftpb.Snapshot {
  const { index, term, confState, data } = snapshot;
  const metadata = { confState: confStateToProto(confState), index: BigInt(index), term: BigInt(term) };
  return { data, metadata };
}

function snapshotFromProto({ data, metadata }: eraftpb.Snapshot): Snapshot {
  return {
    index: Number(metadata?.index ?? 0n),
    term: Number(metadata?.term ?? 0n),
    confState: confStateFromProto(metadata?.confState),
    data: ownBytes(data),
  };
}

function entryToProto(entry: Entry): eraftpb.Entry {
  return {
    entryType: ENTRY_TYPES.indexOf(entry.type) as eraftpb.EntryType,
    term: BigInt(entry.term),
    index: BigInt(entry.index),
    data: entry.data,
    context: NO_BYTES,
    syncLog: false,
  };
}

function entryFromProto(entry: eraftpb.Entry): Entry {
  return {
    type: ENTRY_TYPES[entry.entryType] ?? 'EntryNormal',
    term: Number(entry.term),
    index: Number(entry.index),
    data: ownBytes(entry.data),
  };
}

/** What is kept must not hold the frame it came in. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === 0 ? NO_BYTES : new Uint8Array(bytes);
}

function messageToProto(message: Message): eraftpb.Message {
  const { snapshot } = message;
  const msgType = WIRE_TYPES[message.type];
  assert(msgType !== undefined, 'messages to storage threads stay at home');
  return {
    msgType,
    to: BigInt(message.to),
    from: BigInt(message.from),
    term: BigInt(message.term),
    logTerm: BigInt(message.logTerm),
    index: BigInt(message.index),
    entries: message.entries.map(entryToProto),
    commit: BigInt(message.commit),
    commitTerm: 0n,
    snapshot: snapshot === undefined ? undefined : snapshotToProto(snapshot),
    requestSnapshot: 0n,
    reject: message.reject,
    rejectHint: BigInt(message.rejectHint),
    context: message.context ?? NO_BYTES,
    deprecatedPriority: 0n,
    priority: 0n,
  };
}

/** undefined for types we know nothing of. */
function messageFromProto(message: eraftpb.Message): Message | undefined {
  const type = TYPES.get(message.msgType);
  if (type === undefined) return undefined;
  return newMessage(type, Number(message.to), {
    from: Number(message.from),
    term: Number(message.term),
    logTerm: Number(message.logTerm),
    index: Number(message.index),
    entries: message.entries.map(entryFromProto),
    commit: Number(message.commit),
    snapshot: message.snapshot === undefined ? undefined : snapshotFromProto(message.snapshot),
    reject: message.reject,
    rejectHint: Number(message.rejectHint),
    context: message.context.length === 0 ? undefined : ownBytes(message.context),
  });
}

export function regionMessageToProto(message: RegionMessage): raft_serverpb.RaftMessage {
  const { signal, mergeTarget, members = [] } = message;
  return {
    regionId: BigInt(message.regionId),
    fromPeer: peerToProto(message.from),
    toPeer: peerToProto(message.to),
    message: message.message === undefined ? undefined : messageToProto(message.message),
    regionEpoch: epochToProto(message.epoch),
    isTombstone: signal === 'tombstone',
    startKey: keyToBytes(message.range.start),
    endKey: endToProto(message.range.end),
    mergeTarget: mergeTarget === undefined ? undefined : regionToProto(mergeTarget),
    extraMsg:
      signal === undefined || signal === 'tombstone' || signal === 'merged'
        ? undefined
        : raft_serverpb.ExtraMessage.create({ type: WIRE_SIGNALS[signal], checkPeers: members.map(peerToProto) }),
    extraCtx: message.committed === undefined ? NO_BYTES : committedToBytes(message.committed),
  };
}

/** undefined when nothing in it is for us. */
export function regionMessageFromProto(message: raft_serverpb.RaftMessage): RegionMessage | undefined {
  const inner = message.message === undefined ? undefined : messageFromProto(message.message);
  const signal = signalFromProto(message);
  if (inner === undefined && signal === undefined) return undefined;
  return {
    regionId: Number(message.regionId) as RegionId,
    epoch: epochFromProto(message.regionEpoch),
    from: peerOrNone(message.fromPeer),
    to: peerOrNone(message.toPeer),
    range: rangeFromProto(message.startKey, message.endKey),
    message: inner,
    signal,
    ...(signal === 'merged' && message.mergeTarget && { mergeTarget: regionFromProto(message.mergeTarget) }),
    ...(signal === 'check-stale-peer-response' && { members: message.extraMsg?.checkPeers.map(peerFromProto) }),
    ...((signal === 'check-stale-peer-response' || signal === 'tombstone') && {
      committed: committedFromBytes(message.extraCtx),
    }),
  };
}

/** An addition of ours, of which TiKV's message has no field: index and term, as big-endian numbers. */
const COMMITTED_BYTES = 16;

function committedToBytes({ index, term }: EntryId): Buffer {
  const bytes = Buffer.alloc(COMMITTED_BYTES);
  bytes.writeBigUInt64BE(BigInt(index), 0);
  bytes.writeBigUInt64BE(BigInt(term), 8);
  return bytes;
}

function committedFromBytes(bytes: Uint8Array): EntryId | undefined {
  if (bytes.byteLength !== COMMITTED_BYTES) return undefined;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { index: Number(buffer.readBigUInt64BE(0)), term: Number(buffer.readBigUInt64BE(8)) };
}

function signalFromProto(message: raft_serverpb.RaftMessage): PeerSignal | undefined {
  if (message.isTombstone) return 'tombstone';
  if (message.mergeTarget !== undefined) return 'merged';
  return message.extraMsg === undefined ? undefined : SIGNALS.get(message.extraMsg.type);
}
