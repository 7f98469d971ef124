/**
 * What Raft nodes keep and say to each other: entries, hard state, configuration, snapshots, messages.
 *
 * The records are immutable once made and of one fixed shape each (every field always present), so that they may be
 * shared between the log, the wire and the state machine without copies. Field and type names follow eraftpb and
 * raftpb; indexes, terms and node ids are safe integers, 0 means "none".
 */

export const NONE = 0;

/** The `to` of MsgStorageAppend and `from` of MsgStorageAppendResp: the host's log writer. Never on the wire. */
export const LOCAL_APPEND_THREAD = Number.MAX_SAFE_INTEGER;
/** The `to` of MsgStorageApply and `from` of MsgStorageApplyResp: the host's applier. Never on the wire. */
export const LOCAL_APPLY_THREAD = Number.MAX_SAFE_INTEGER - 1;

export const EMPTY_BYTES = new Uint8Array(0);

export type EntryType = 'EntryNormal' | 'EntryConfChange' | 'EntryConfChangeV2';

/** One record of the replicated log. An EntryNormal without data is a leader's first entry: nothing to apply. */
export interface Entry {
  readonly type: EntryType;
  readonly term: number;
  readonly index: number;
  readonly data: Uint8Array;
}

/** What a node must never forget. `vote` is the candidate voted for in `term`, 0 for none. */
export interface HardState {
  readonly term: number;
  readonly vote: number;
  readonly commit: number;
}

/** A configuration at rest, as snapshots carry it. `votersOutgoing` is non-empty in a joint configuration. */
export interface ConfState {
  readonly voters: readonly number[];
  readonly votersOutgoing: readonly number[];
  readonly learners: readonly number[];
  readonly learnersNext: readonly number[];
  readonly autoLeave: boolean;
}

/** The applied state as of `index`, whose entry has `term`. `data` belongs to the host's state machine. */
export interface Snapshot {
  readonly index: number;
  readonly term: number;
  readonly confState: ConfState;
  readonly data: Uint8Array;
}

/** What the host may want to show or act on; not persisted. */
export interface SoftState {
  readonly lead: number;
  readonly raftState: StateType;
}

export type StateType = 'StateFollower' | 'StatePreCandidate' | 'StateCandidate' | 'StateLeader';

/** The answer to `readIndex(requestContext)`: read once `index` is applied. */
export interface ReadState {
  readonly index: number;
  readonly requestContext: Uint8Array;
}

/** Raft's messages. What never leaves a node (hup, beat, quorum check, unreachable, snapshot status) is a method. */
export type MessageType =
  | 'MsgProp'
  | 'MsgApp'
  | 'MsgAppResp'
  | 'MsgVote'
  | 'MsgVoteResp'
  | 'MsgPreVote'
  | 'MsgPreVoteResp'
  | 'MsgSnap'
  | 'MsgHeartbeat'
  | 'MsgHeartbeatResp'
  | 'MsgTransferLeader'
  | 'MsgTimeoutNow'
  | 'MsgReadIndex'
  | 'MsgReadIndexResp'
  | 'MsgStorageAppend'
  | 'MsgStorageAppendResp'
  | 'MsgStorageApply'
  | 'MsgStorageApplyResp';

export interface Message {
  readonly type: MessageType;
  readonly to: number;
  readonly from: number;
  /** 0 in messages of local origin, else the sender's term (pre-votes: the term asked for). */
  readonly term: number;
  /** MsgApp: term of the entry before `entries`; votes: term of the last entry; rejections: term of the hint. */
  readonly logTerm: number;
  /** MsgApp: index of the entry before `entries`; votes: last index; MsgAppResp: index acknowledged or rejected. */
  readonly index: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** MsgStorageAppend only: with `term` and `commit` the hard state to write, when it changed. */
  readonly vote: number;
  readonly snapshot: Snapshot | undefined;
  readonly reject: boolean;
  /** Rejected MsgAppResp: the largest index at which the logs may agree. */
  readonly rejectHint: number;
  /** Heartbeats: the read index request they confirm; votes: `CAMPAIGN_TRANSFER` when the leader asked for them. */
  readonly context: Uint8Array | undefined;
  /** MsgStorageAppend and MsgStorageApply: the messages to deliver once the work is done (durable, applied). */
  readonly responses: readonly Message[];
}

export const NO_ENTRIES: readonly Entry[] = Object.freeze([]);
export const NO_MESSAGES: readonly Message[] = Object.freeze([]);
export const EMPTY_HARD_STATE: HardState = Object.freeze({ term: 0, vote: 0, commit: 0 });
export const EMPTY_CONF_STATE: ConfState = Object.freeze({
  voters: [],
  votersOutgoing: [],
  learners: [],
  learnersNext: [],
  autoLeave: false,
});
export const EMPTY_SNAPSHOT: Snapshot = Object.freeze({
  index: 0,
  term: 0,
  confState: EMPTY_CONF_STATE,
  data: EMPTY_BYTES,
});

/** A message while its sender still writes it. */
export type MessageDraft = { -readonly [Field in keyof Message]: Message[Field] };

/** A message with nothing but an address. All messages start here, so that they share one hidden class. */
export function blankMessage(type: MessageType, to: number, from: number, term: number): MessageDraft {
  return {
    type,
    to,
    from,
    term,
    logTerm: 0,
    index: 0,
    entries: NO_ENTRIES,
    commit: 0,
    vote: 0,
    snapshot: undefined,
    reject: false,
    rejectHint: 0,
    context: undefined,
    responses: NO_MESSAGES,
  };
}

/** A message of the given type; absent fields get their zero value. For hosts that decode and for tests. */
export function newMessage(type: MessageType, to: number, fields: Partial<Message>): Message {
  return Object.assign(blankMessage(type, to, NONE, 0), fields);
}

/** An entry to propose: the leader gives it term and index. */
export function newEntry(type: EntryType, data: Uint8Array): Entry {
  return { type, term: 0, index: 0, data };
}

export function isLocalTarget(id: number): boolean {
  return id === LOCAL_APPEND_THREAD || id === LOCAL_APPLY_THREAD;
}

/** Message types between a node and its own storage threads; refused when they come from elsewhere. */
export function isLocalMessage(type: MessageType): boolean {
  switch (type) {
    case 'MsgStorageAppend':
    case 'MsgStorageAppendResp':
    case 'MsgStorageApply':
    case 'MsgStorageApplyResp':
      return true;
    default:
      return false;
  }
}

/** Message types that answer an earlier one; they are refused from nodes outside the configuration. */
export function isResponseMessage(type: MessageType): boolean {
  switch (type) {
    case 'MsgAppResp':
    case 'MsgVoteResp':
    case 'MsgHeartbeatResp':
    case 'MsgReadIndexResp':
    case 'MsgPreVoteResp':
    case 'MsgStorageAppendResp':
    case 'MsgStorageApplyResp':
      return true;
    default:
      return false;
  }
}

export function isEmptyHardState(state: HardState): boolean {
  return state.term === 0 && state.vote === 0 && state.commit === 0;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

/** The size of an entry in the protobuf encoding, in bytes: the unit of maxSizePerMsg and its sisters. */
export function entrySize(entry: Entry): number {
  const length = entry.data.length;
  const payload = length === 0 ? 0 : 1 + varintSize(length) + length;
  return 4 + varintSize(entry.term) + varintSize(entry.index) + payload;
}

export function entriesSize(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) size += entrySize(entry);
  return size;
}

/** Bytes of data alone: the unit of maxInflightBytes and maxUncommittedEntriesSize; empty entries cost nothing. */
export function payloadsSize(entries: readonly Entry[]): number {
  let size = 0;
  for (const entry of entries) size += entry.data.length;
  return size;
}

/** The longest prefix of `entries` whose size is at most `maxSize`, but at least one entry. */
export function limitSize(entries: readonly Entry[], maxSize: number): readonly Entry[] {
  if (entries.length <= 1 || maxSize === Number.POSITIVE_INFINITY) return entries;
  let size = 0;
  for (let i = 0; i < entries.length; i++) {
    size += entrySize(entries[i]!);
    if (size > maxSize && i > 0) return entries.slice(0, i);
  }
  return entries;
}

/**
 * What became of a step or proposal.
 * - `ok`: taken in (a forwarded proposal may still be lost on the way).
 * - `proposalDropped`: no leader, a transfer is running, this node is not a member, or too much is uncommitted: retry.
 * - `readDropped`: no leader, or too many reads are waiting: retry.
 * - `localMessage`: a storage message that did not come from this node's own threads.
 * - `unknownPeer`: a response from a node outside the configuration.
 */
export type StepOutcome = 'ok' | 'proposalDropped' | 'readDropped' | 'localMessage' | 'unknownPeer';

/** The context of vote requests that come from a leader transfer: they disregard the lease of the old leader. */
export const CAMPAIGN_TRANSFER = Uint8Array.from('CampaignTransfer', (letter) => letter.charCodeAt(0));

/** Whether a vote request comes from a leader transfer. */
export function isTransferContext(context: Uint8Array | undefined): boolean {
  return (
    context !== undefined &&
    context.length === CAMPAIGN_TRANSFER.length &&
    CAMPAIGN_TRANSFER.every((byte, i) => context[i] === byte)
  );
}
