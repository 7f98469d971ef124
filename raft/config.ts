/** How a node is set up. Checked once, when it is made. */
import { assert } from '../base/index.ts';
import type { Storage } from './log/storage.ts';
import { NONE } from './message.ts';

/**
 * - `safe`: a read is confirmed by a quorum of heartbeats.
 * - `leaseBased`: answered from the leader's lease at once; needs checkQuorum and clocks of bounded drift.
 */
export type ReadOnlyOption = 'safe' | 'leaseBased';

/** Where a node tells what it does; leave it out of the Config where speed counts and no text is ever built. */
export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

export interface Config {
  readonly id: number;
  /** Ticks without a leader before an election; the timeout used is random in [electionTick, 2·electionTick). */
  readonly electionTick: number;
  /** Ticks between a leader's heartbeats; smaller than electionTick. */
  readonly heartbeatTick: number;
  readonly storage: Storage;
  /** An integer 0 ≤ n < bound, for the election timeout. */
  readonly randomBelow: (bound: number) => number;
  /** The last index the host has applied, after a restart; entries up to it are not handed out again. */
  readonly applied?: number;
  readonly asyncStorageWrites?: boolean;
  /** Bytes of entries in one MsgApp (at least one entry goes always). Default: no limit; 0: one entry per message. */
  readonly maxSizePerMsg?: number;
  /** Bytes of committed entries handed out and not yet applied. Default: maxSizePerMsg. */
  readonly maxCommittedSizePerReady?: number;
  /** Bytes of proposals in the leader's uncommitted tail; above it proposals are dropped. Default: no limit. */
  readonly maxUncommittedEntriesSize?: number;
  /** MsgApps with entries on their way to one follower. Default: 256. */
  readonly maxInflightMsgs?: number;
  /** Bytes of entries on their way to one follower; at least maxSizePerMsg. Default: no limit. */
  readonly maxInflightBytes?: number;
  /**
   * Entries and commit indexes go out when `ready` is called, what came together in one message per follower, instead of
   * one message for each proposal and each acknowledgement.
   */
  readonly batchAppends?: boolean;
  /**
   * With batchAppends: followers hear of a new commit index with the next entries or heartbeat, or when the host calls
   * `announceCommit`, and no message goes out for it alone.
   */
  readonly lazyCommits?: boolean;
  readonly checkQuorum?: boolean;
  readonly preVote?: boolean;
  readonly readOnlyOption?: ReadOnlyOption;
  readonly disableProposalForwarding?: boolean;
  /** The host vouches that its conf changes fit; raft then lets every one of them into the log. */
  readonly disableConfChangeValidation?: boolean;
  /** A leader that was removed or demoted becomes a follower at once. */
  readonly stepDownOnRemoval?: boolean;
  readonly logger?: Logger;
}

export type FullConfig = Required<Omit<Config, 'logger'>> & { readonly logger: Logger | undefined };

const DEFAULT_MAX_INFLIGHT_MSGS = 256;

/** Fills in the defaults; throws AssertionError when the settings contradict each other. */
export function completeConfig(config: Config): FullConfig {
  const maxSizePerMsg = config.maxSizePerMsg ?? Number.POSITIVE_INFINITY;
  const full: FullConfig = {
    id: config.id,
    electionTick: config.electionTick,
    heartbeatTick: config.heartbeatTick,
    storage: config.storage,
    randomBelow: config.randomBelow,
    applied: config.applied ?? 0,
    asyncStorageWrites: config.asyncStorageWrites ?? false,
    maxSizePerMsg,
    maxCommittedSizePerReady: config.maxCommittedSizePerReady ?? maxSizePerMsg,
    maxUncommittedEntriesSize: config.maxUncommittedEntriesSize ?? Number.POSITIVE_INFINITY,
    maxInflightMsgs: config.maxInflightMsgs ?? DEFAULT_MAX_INFLIGHT_MSGS,
    maxInflightBytes: config.maxInflightBytes ?? Number.POSITIVE_INFINITY,
    batchAppends: config.batchAppends ?? false,
    lazyCommits: config.lazyCommits ?? false,
    checkQuorum: config.checkQuorum ?? false,
    preVote: config.preVote ?? false,
    readOnlyOption: config.readOnlyOption ?? 'safe',
    disableProposalForwarding: config.disableProposalForwarding ?? false,
    disableConfChangeValidation: config.disableConfChangeValidation ?? false,
    stepDownOnRemoval: config.stepDownOnRemoval ?? false,
    logger: config.logger,
  };
  assert(Number.isSafeInteger(full.id) && full.id !== NONE, 'a node id is a non-zero safe integer');
  assert(full.heartbeatTick > 0, 'heartbeatTick must be greater than 0');
  assert(full.electionTick > full.heartbeatTick, 'electionTick must be greater than heartbeatTick');
  assert(full.maxInflightMsgs > 0, 'maxInflightMsgs must be greater than 0');
  assert(full.maxCommittedSizePerReady > 0, 'maxCommittedSizePerReady must be greater than 0');
  assert(
    full.maxInflightBytes >= full.maxSizePerMsg || full.maxInflightBytes === Number.POSITIVE_INFINITY,
    'maxInflightBytes must be at least maxSizePerMsg',
  );
  assert(full.batchAppends || !full.lazyCommits, 'lazyCommits needs batchAppends');
  assert(
    full.readOnlyOption !== 'leaseBased' || full.checkQuorum,
    'checkQuorum must be on when reads are served from the lease',
  );
  return full;
}
