/**
 * The configuration in force and what is known of each of its members: progress and votes. Configuration and progress
 * map are replaced together, never edited in place (see confchange/).
 */
import type { ConfState } from '../message.ts';
import { describeJoint, describeVoters } from '../quorum/describe.ts';
import {
  type JointConfig,
  jointCommittedIndex,
  jointVoteResult,
  majorityVoteResult,
  type VoteResult,
} from '../quorum/quorum.ts';
import type { Progress, ProgressLimits } from './progress.ts';

/**
 * Invariants: learners and voters are disjoint; learnersNext ⊆ outgoing voters: they become learners when the joint
 * configuration is left.
 */
export interface TrackerConfig {
  readonly voters: JointConfig;
  readonly learners: ReadonlySet<number>;
  readonly learnersNext: ReadonlySet<number>;
  /** Leave the joint configuration as soon as it is applied. */
  readonly autoLeave: boolean;
}

export type ProgressMap = ReadonlyMap<number, Progress>;

export const EMPTY_TRACKER_CONFIG: TrackerConfig = {
  voters: { incoming: new Set(), outgoing: new Set() },
  learners: new Set(),
  learnersNext: new Set(),
  autoLeave: false,
};

function ascending(ids: Iterable<number>): readonly number[] {
  return [...ids].sort((a, b) => a - b);
}

export function describeTrackerConfig(config: TrackerConfig): string {
  let text = `voters=${describeJoint(config.voters)}`;
  if (config.learners.size > 0) text += ` learners=${describeVoters(config.learners)}`;
  if (config.learnersNext.size > 0) text += ` learners_next=${describeVoters(config.learnersNext)}`;
  return config.autoLeave ? `${text} autoleave` : text;
}

export function confStateOf(config: TrackerConfig): ConfState {
  return {
    voters: ascending(config.voters.incoming),
    votersOutgoing: ascending(config.voters.outgoing),
    learners: ascending(config.learners),
    learnersNext: ascending(config.learnersNext),
    autoLeave: config.autoLeave,
  };
}

export class ProgressTracker {
  readonly limits: ProgressLimits;
  #config: TrackerConfig = EMPTY_TRACKER_CONFIG;
  #progress: ProgressMap = new Map();
  #ids: readonly number[] = [];
  readonly #votes = new Map<number, boolean>();
  readonly #acked = (id: number): number | undefined => this.#progress.get(id)?.match;

  constructor(limits: ProgressLimits) {
    this.limits = limits;
  }

  get config(): TrackerConfig {
    return this.#config;
  }

  get progress(): ProgressMap {
    return this.#progress;
  }

  /** All members, ascending. */
  get ids(): readonly number[] {
    return this.#ids;
  }

  /** Puts a configuration in force, with the progress of exactly its members. */
  switchTo(config: TrackerConfig, progress: ProgressMap): void {
    this.#config = config;
    this.#progress = progress;
    this.#ids = ascending(progress.keys());
  }

  get(id: number): Progress | undefined {
    return this.#progress.get(id);
  }

  /** Whether `id` is a quorum by itself. A leader that was removed from a group of two is not: the other one may lead. */
  isOnlyVoter(id: number): boolean {
    const { incoming, outgoing } = this.#config.voters;
    return incoming.size === 1 && outgoing.size === 0 && incoming.has(id);
  }

  get isJoint(): boolean {
    return this.#config.voters.outgoing.size > 0;
  }

  /** The largest index that the voting members have acknowledged. */
  committedIndex(): number {
    return jointCommittedIndex(this.#config.voters, this.#acked);
  }

  /** Whether a quorum was heard from since `recentActive` was last cleared. */
  quorumActive(): boolean {
    const active = new Map<number, boolean>();
    for (const [id, progress] of this.#progress) {
      if (!progress.isLearner) active.set(id, progress.recentActive);
    }
    return jointVoteResult(this.#config.voters, active) === 'VoteWon';
  }

  resetVotes(): void {
    this.#votes.clear();
  }

  /** The first answer of a voter counts. */
  recordVote(id: number, granted: boolean): void {
    if (!this.#votes.has(id)) this.#votes.set(id, granted);
  }

  tallyVotes(): { readonly granted: number; readonly rejected: number; readonly result: VoteResult } {
    let granted = 0;
    let rejected = 0;
    for (const [id, progress] of this.#progress) {
      const vote = this.#votes.get(id);
      if (progress.isLearner || vote === undefined) continue;
      if (vote) granted += 1;
      else rejected += 1;
    }
    return { granted, rejected, result: jointVoteResult(this.#config.voters, this.#votes) };
  }

  /** Whether the members in `acks` include a quorum. */
  hasQuorum(acks: ReadonlyMap<number, boolean>): boolean {
    return (
      majorityVoteResult(this.#config.voters.incoming, acks) === 'VoteWon' &&
      majorityVoteResult(this.#config.voters.outgoing, acks) === 'VoteWon'
    );
  }
}
