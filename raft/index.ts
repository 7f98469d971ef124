/** The public face of `raft`. */

export {
  type ChangeContext,
  changeMembership,
  enterJoint,
  leaveJoint,
  type Membership,
  NO_MEMBERS,
  type Refusal,
  simpleChange,
} from './confchange/changer.ts';
export {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeSingle,
  type ConfChangeTransition,
  type ConfChangeType,
  type ConfChangeV2,
  decodeConfChange,
  describeConfChanges,
  encodeConfChange,
  parseConfChanges,
} from './confchange/conf-change.ts';
export type { Config, Logger, ReadOnlyOption } from './config.ts';
export {
  describeConfState,
  describeEntries,
  describeEntry,
  describeHardState,
  describeMessage,
  describeReady,
  describeSnapshot,
  describeSoftState,
} from './describe.ts';
export { MemoryStorage } from './log/memory-storage.ts';
export type { EntryId } from './log/raft-log.ts';
export type { LogGap, Storage } from './log/storage.ts';
export {
  type ConfState,
  EMPTY_CONF_STATE,
  EMPTY_HARD_STATE,
  EMPTY_SNAPSHOT,
  type Entry,
  type EntryType,
  entriesSize,
  entrySize,
  type HardState,
  isLocalTarget,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  limitSize,
  type Message,
  type MessageType,
  NONE,
  newEntry,
  newMessage,
  type ReadState,
  type Snapshot,
  type SoftState,
  type StateType,
  type StepOutcome,
} from './message.ts';
export { describeJoint, describeProgressBars, describeVoters } from './quorum/describe.ts';
export {
  type AckedIndex,
  isVoter,
  type JointConfig,
  jointCommittedIndex,
  jointIds,
  jointVoteResult,
  majorityCommittedIndex,
  majorityVoteResult,
  type VoteResult,
  type VoterSet,
} from './quorum/quorum.ts';
export { RawNode, type Status } from './raw-node.ts';
export type { Ready } from './ready.ts';
export { describeProgressMap, Progress, type ProgressLimits, type ProgressState } from './tracker/progress.ts';
export { describeTrackerConfig, type TrackerConfig } from './tracker/tracker.ts';
