/**
 * The Raft protocol: what one node does with each message, and its terms, roles, log and membership.
 *
 * Papers: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), and Ongaro's dissertation
 * for pre-vote (9.6), leader transfer (3.10), membership (4), read index (6.4). Behaviour and log texts are those of
 * etcd-io/raft, so that its data-driven suite describes this file too.
 *
 * How leaders are elected and replaced is in elections.ts, how one replicates its log in replication.ts, how reads are
 * confirmed in reads.ts.
 *
 * A pure state machine: it reacts to `tick`, `step` and a few local calls by changing its fields and by queueing
 * messages in its outbox, which RawNode hands to the host.
 *
 * Invariants: at most one leader per term; a leader never rewrites its log; only entries of the leader's own term are
 * committed by counting; at most one conf change is in the log and not applied (pendingConfIndex).
 */
import { assert } from '../base/index.ts';
import {
  accepted,
  type ChangeContext,
  changeMembership,
  type Membership,
  restoreMembership,
} from './confchange/changer.ts';
import {
  asConfChangeV2,
  type ConfChange,
  type ConfChangeV2,
  confChangeText,
  decodeConfChange,
} from './confchange/conf-change.ts';
import type { FullConfig, Logger } from './config.ts';
import { Elections } from './elections.ts';
import { RaftLog } from './log/raft-log.ts';
import { hex, higherTermLine, lowerTermLine, rejectedAppendLine, snapshotLine, staleAppendLine } from './log-lines.ts';
import {
  type ConfState,
  EMPTY_BYTES,
  type Entry,
  entriesSize,
  type HardState,
  isEmptyHardState,
  type Message,
  NONE,
  newEntry,
  payloadsSize,
  type Snapshot,
  type StateType,
  type StepOutcome,
} from './message.ts';
import { Outbox } from './outbox.ts';
import { jointIds } from './quorum/quorum.ts';
import { Reads } from './reads.ts';
import { Replication } from './replication.ts';
import { Progress } from './tracker/progress.ts';
import { confStateOf, describeTrackerConfig, ProgressTracker } from './tracker/tracker.ts';

/** The fields without # are for RawNode and the parts of this class to read, and this class's to write; elections cast the vote. */
export class Raft {
  readonly id: number;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  term = 0;
  /** Whom this node voted for in its term. */
  vote = NONE;
  lead = NONE;
  state: StateType = 'StateFollower';
  /** The last conf change in the log may be there; none may be proposed before it is applied. */
  pendingConfIndex = 0;
  readonly outbox: Outbox;
  readonly elections: Elections;
  readonly replication: Replication;
  readonly reads: Reads;

  readonly #config: FullConfig;
  readonly #logger: Logger | undefined;
  /** Our id as log lines show it. */
  readonly #me: string;
  /** Payload bytes of the leader's entries that are not known to be applied. */
  #uncommittedSize = 0;
  #heartbeatElapsed = 0;

  constructor(config: FullConfig) {
    this.#config = config;
    this.#logger = config.logger;
    this.#me = hex(config.id);
    this.id = config.id;
    this.outbox = new Outbox(config.id);
    this.elections = new Elections(this, config);
    this.replication = new Replication(this, config);
    this.reads = new Reads(this, config);
    this.log = new RaftLog(config.storage, config.maxCommittedSizePerReady, config.logger);
    this.tracker = new ProgressTracker(config);
    const { hardState, confState } = config.storage.initialState();
    this.#switchToMembership(restoreMembership(confState, this.#changeContext()));
    if (!isEmptyHardState(hardState)) this.#loadState(hardState);
    if (config.applied > 0) {
      // What was applied was committed, even if the commit index that said so was never written.
      this.log.commitTo(config.applied);
      this.log.appliedTo(config.applied, 0);
    }
    this.becomeFollower(this.term, NONE);
    const { term, index } = this.log.lastEntryId;
    config.logger?.info(
      `newRaft ${this.#me} [peers: [${jointIds(this.tracker.config.voters).map(hex).join(',')}], term: ${this.term}, ` +
        `commit: ${this.log.committed}, applied: ${this.log.applied}, lastindex: ${index}, lastterm: ${term}]`,
    );
  }

  /** Whether the leader has committed an entry of its term, so that its commit index is up to date. */
  get committedInCurrentTerm(): boolean {
    return this.log.termOrZero(this.log.committed) === this.term;
  }

  tick(): void {
    this.elections.tick();
    if (this.state !== 'StateLeader') return;
    this.#heartbeatElapsed += 1;
    if (this.#heartbeatElapsed < this.#config.heartbeatTick) return;
    this.#heartbeatElapsed = 0;
    this.replication.broadcastHeartbeat();
  }

  /** Whether the next tick broadcasts a heartbeat. */
  get beatsNext(): boolean {
    return this.state === 'StateLeader' && this.#heartbeatElapsed + 1 >= this.#config.heartbeatTick;
  }

  step(message: Message): StepOutcome {
    if (message.term > this.term) {
      if (!this.#enterHigherTerm(message)) return 'ok';
    } else if (message.term !== 0 && message.term < this.term) {
      this.#answerLowerTerm(message);
      return 'ok';
    }
    switch (message.type) {
      case 'MsgVote':
      case 'MsgPreVote':
        this.elections.voteRequested(message);
        return 'ok';
      case 'MsgStorageAppendResp':
        if (message.index !== 0) this.log.stableTo({ term: message.logTerm, index: message.index });
        if (message.snapshot !== undefined) this.#appliedSnapshot(message.snapshot);
        return 'ok';
      case 'MsgStorageApplyResp':
        this.#appliedEntries(message.entries);
        return 'ok';
      default:
        if (this.state === 'StateLeader') return this.#stepLeader(message);
        return this.state === 'StateFollower' ? this.#stepFollower(message) : this.#stepCandidate(message);
    }
  }

  /** Unsafe with lease based reads: the lease would outlive the memory of it. */
  forgetLeader(): void {
    if (this.state !== 'StateFollower') return;
    if (this.#config.readOnlyOption === 'leaseBased') {
      this.#logger?.error('ignoring MsgForgetLeader due to ReadOnlyLeaseBased');
    } else if (this.lead !== NONE) {
      this.#logger?.info(`${this.#me} forgetting leader ${hex(this.lead)} at term ${this.term}`);
      this.lead = NONE;
    }
  }

  reportUnreachable(id: number): void {
    const progress = this.state === 'StateLeader' ? this.#progressOf(id) : undefined;
    if (progress !== undefined) this.replication.unreachable(id, progress);
  }

  reportSnapshot(id: number, outcome: 'finished' | 'failed'): void {
    const progress = this.state === 'StateLeader' ? this.#progressOf(id) : undefined;
    if (progress !== undefined) this.replication.snapshotEnded(id, progress, outcome);
  }

  /** Puts a committed conf change in force. */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    const { config, progress } = this.tracker;
    return this.#switchToMembership(accepted(changeMembership({ config, progress }, this.#changeContext(), change)));
  }

  // Terms

  /** False when the message is to be ignored: a vote request inside the leader's lease. */
  #enterHigherTerm(message: Message): boolean {
    const isVoteRequest = message.type === 'MsgVote' || message.type === 'MsgPreVote';
    if (isVoteRequest && this.elections.ignores(message)) return false;
    const fromFuture = message.type === 'MsgPreVote' || (message.type === 'MsgPreVoteResp' && !message.reject);
    if (fromFuture) return true;
    this.#logger?.info(higherTermLine(this.#me, this.term, message));
    const { type } = message;
    const isFromLeader = type === 'MsgApp' || type === 'MsgHeartbeat' || type === 'MsgSnap';
    this.becomeFollower(message.term, isFromLeader ? message.from : NONE);
    return true;
  }

  /**
   * With checkQuorum or preVote a node whose term ran ahead would be stuck: nobody leaves the lease for it, and it
   * takes no appends of the older term. Answering makes the leader see the higher term and step down.
   */
  #answerLowerTerm(message: Message): void {
    const { type } = message;
    if ((this.#config.checkQuorum || this.#config.preVote) && (type === 'MsgHeartbeat' || type === 'MsgApp')) {
      this.outbox.acknowledge(message.from, this.term, 0);
    } else if (type === 'MsgPreVote') {
      this.elections.reject(message);
    } else if (type === 'MsgStorageAppendResp') {
      // Its entries may have been overwritten by a later term and then again by equal ones (ABA): not durable for sure.
      if (message.index !== 0) {
        this.#logger?.info(staleAppendLine(this.#me, this.term, message));
      }
      // A snapshot holds committed state, whatever the term.
      if (message.snapshot !== undefined) this.#appliedSnapshot(message.snapshot);
    } else {
      this.#logger?.info(lowerTermLine(this.#me, this.term, message));
    }
  }

  #loadState(state: HardState): void {
    // It may be behind the compacted part of the log: commit indexes are written lazily.
    assert(
      state.commit <= this.log.lastIndex,
      `${this.#me} state.commit ${state.commit} is out of range [${this.log.committed}, ${this.log.lastIndex}]`,
    );
    this.log.commitTo(state.commit);
    this.term = state.term;
    this.vote = state.vote;
  }

  // Roles

  #reset(term: number): void {
    if (this.term !== term) {
      this.term = term;
      this.vote = NONE;
    }
    this.lead = NONE;
    this.#heartbeatElapsed = 0;
    this.elections.restart();
    const last = this.log.lastIndex;
    const fresh = new Map<number, Progress>();
    for (const [id, progress] of this.tracker.progress) {
      const one = Progress.create(last + 1, progress.isLearner, this.#config);
      if (id === this.id) one.match = last;
      fresh.set(id, one);
    }
    this.tracker.switchTo(this.tracker.config, fresh);
    this.pendingConfIndex = 0;
    this.#uncommittedSize = 0;
    this.reads.clear();
  }

  becomeFollower(term: number, lead: number): void {
    this.#reset(term);
    this.lead = lead;
    this.state = 'StateFollower';
    this.#logger?.info(`${this.#me} became follower at term ${this.term}`);
  }

  becomePreCandidate(): void {
    assert(this.state !== 'StateLeader', 'invalid transition [leader -> pre-candidate]');
    this.tracker.resetVotes();
    this.lead = NONE;
    this.state = 'StatePreCandidate';
    this.#logger?.info(`${this.#me} became pre-candidate at term ${this.term}`);
  }

  becomeCandidate(): void {
    assert(this.state !== 'StateLeader', 'invalid transition [leader -> candidate]');
    this.#reset(this.term + 1);
    this.vote = this.id;
    this.state = 'StateCandidate';
    this.#logger?.info(`${this.#me} became candidate at term ${this.term}`);
  }

  becomeLeader(): void {
    assert(this.state !== 'StateFollower', 'invalid transition [follower -> leader]');
    this.#reset(this.term);
    this.lead = this.id;
    this.state = 'StateLeader';
    const self = this.tracker.get(this.id);
    assert(self !== undefined, 'a leader is a member');
    self.becomeReplicate();
    self.recentActive = true;
    // There may be a conf change in the tail inherited from earlier terms; finding out costs more than waiting for it.
    this.pendingConfIndex = this.log.lastIndex;
    assert(this.#appendEntries([newEntry('EntryNormal', EMPTY_BYTES)]), 'empty entry was dropped');
    this.#logger?.info(`${this.#me} became leader at term ${this.term}`);
  }

  // Candidates

  #stepCandidate(message: Message): StepOutcome {
    switch (message.type) {
      case 'MsgProp':
        this.#logger?.info(`${this.#me} no leader at term ${this.term}; dropping proposal`);
        return 'proposalDropped';
      case 'MsgReadIndex':
        return 'readDropped';
      case 'MsgApp':
      case 'MsgHeartbeat':
      case 'MsgSnap':
        this.becomeFollower(message.term, message.from);
        return this.#stepFollower(message);
      case 'MsgPreVoteResp':
      case 'MsgVoteResp':
        this.elections.voteAnswered(message);
        return 'ok';
      case 'MsgTimeoutNow':
        this.#logger?.debug(
          `${this.#me} [term ${this.term} state ${this.state}] ignored MsgTimeoutNow from ${hex(message.from)}`,
        );
        return 'ok';
      default:
        return 'ok';
    }
  }

  // Followers

  #stepFollower(message: Message): StepOutcome {
    switch (message.type) {
      case 'MsgProp':
        return this.#forwardProposal(message);
      case 'MsgApp':
        this.#heardFromLeader(message.from);
        this.#handleAppend(message);
        return 'ok';
      case 'MsgHeartbeat':
        this.#heardFromLeader(message.from);
        this.#answerHeartbeat(message);
        return 'ok';
      case 'MsgSnap':
        this.#heardFromLeader(message.from);
        this.#handleSnapshot(message);
        return 'ok';
      case 'MsgTransferLeader':
        if (this.lead === NONE) {
          this.#logger?.info(`${this.#me} no leader at term ${this.term}; dropping leader transfer msg`);
        } else {
          this.outbox.forward(message, this.lead, this.term);
        }
        return 'ok';
      case 'MsgTimeoutNow':
        this.#logger?.info(
          `${this.#me} [term ${this.term}] received MsgTimeoutNow from ${hex(message.from)} and starts an election to get leadership.`,
        );
        // Without pre-vote: the leader asked for it, so this node is not coming back from a partition.
        this.elections.campaign('transfer');
        return 'ok';
      case 'MsgReadIndex':
        if (this.lead === NONE) {
          this.#logger?.info(`${this.#me} no leader at term ${this.term}; dropping index reading msg`);
          return 'readDropped';
        }
        this.outbox.forward(message, this.lead, 0);
        return 'ok';
      case 'MsgReadIndexResp':
        this.reads.answered(message);
        return 'ok';
      default:
        return 'ok';
    }
  }

  #forwardProposal(message: Message): StepOutcome {
    const { disableProposalForwarding } = this.#config;
    if (this.lead === NONE) {
      this.#logger?.info(`${this.#me} no leader at term ${this.term}; dropping proposal`);
      return 'proposalDropped';
    }
    if (disableProposalForwarding) {
      this.#logger?.info(
        `${this.#me} not forwarding to leader ${hex(this.lead)} at term ${this.term}; dropping proposal`,
      );
      return 'proposalDropped';
    }
    this.outbox.forward(message, this.lead, 0);
    return 'ok';
  }

  #heardFromLeader(lead: number): void {
    this.elections.heardFromLeader();
    this.lead = lead;
  }

  #answerHeartbeat(message: Message): void {
    this.log.commitTo(message.commit);
    const draft = this.outbox.draft('MsgHeartbeatResp', message.from, this.term);
    draft.context = message.context;
    this.outbox.post(draft);
  }

  #handleAppend(message: Message): void {
    if (message.index < this.log.committed) {
      this.outbox.acknowledge(message.from, this.term, this.log.committed);
      return;
    }
    const previous = { term: message.logTerm, index: message.index };
    const lastNew = this.log.maybeAppend(previous, message.entries, message.commit);
    if (lastNew !== undefined) {
      this.outbox.acknowledge(message.from, this.term, lastNew);
      return;
    }
    this.#logger?.debug(rejectedAppendLine(this.#me, this.log.termOrZero(message.index), message));
    // Entries above the hint have a larger term than the leader has there, so they cannot match: skip them at once.
    const hint = this.log.findConflictByTerm(Math.min(message.index, this.log.lastIndex), message.logTerm);
    this.outbox.rejectAppend(message.from, this.term, message.index, hint);
  }

  #handleSnapshot(message: Message): void {
    const { snapshot } = message;
    if (snapshot === undefined) return;
    const restored = this.#restore(snapshot);
    const verb = restored ? 'restored' : 'ignored';
    this.#logger?.info(snapshotLine(this.#me, `commit: ${this.log.committed}`, verb, snapshot));
    this.outbox.acknowledge(message.from, this.term, restored ? this.log.lastIndex : this.log.committed);
  }

  /** False when the snapshot brings nothing new. */
  #restore(snapshot: Snapshot): boolean {
    if (snapshot.index <= this.log.committed) return false;
    const { confState } = snapshot;
    const members = [...confState.voters, ...confState.learners, ...confState.votersOutgoing];
    if (!members.includes(this.id)) {
      this.#logger?.warning(
        `${this.#me} attempted to restore snapshot but it is not in the ConfState; should never happen`,
      );
      return false;
    }
    const describe = (verb: string): void => {
      const last = this.log.lastEntryId;
      const state = `commit: ${this.log.committed}, lastindex: ${last.index}, lastterm: ${last.term}`;
      this.#logger?.info(snapshotLine(this.#me, state, verb, snapshot));
    };
    if (this.log.matchesTerm(snapshot)) {
      describe('fast-forwarded commit to');
      this.log.commitTo(snapshot.index);
      return false;
    }
    this.log.restore(snapshot);
    this.#switchToMembership(restoreMembership(confState, this.#changeContext()));
    describe('restored');
    return true;
  }

  // Leaders

  #stepLeader(message: Message): StepOutcome {
    switch (message.type) {
      case 'MsgProp':
        return this.#handleProposal(message.entries);
      case 'MsgReadIndex':
        return this.reads.requested(message);
      default:
        break;
    }
    const progress = this.#progressOf(message.from);
    if (progress === undefined) return 'ok';
    if (message.type === 'MsgAppResp') {
      if (this.replication.answered(message, progress)) this.elections.continueTransfer(message.from, progress);
    } else if (message.type === 'MsgHeartbeatResp') {
      this.replication.answeredHeartbeat(message, progress);
      this.reads.confirmed(message);
    } else if (message.type === 'MsgTransferLeader') {
      this.elections.transferRequested(message.from, progress);
    }
    return 'ok';
  }

  #progressOf(id: number): Progress | undefined {
    const progress = this.tracker.get(id);
    if (progress === undefined) this.#logger?.debug(`${this.#me} no progress available for ${hex(id)}`);
    return progress;
  }

  #handleProposal(proposed: readonly Entry[]): StepOutcome {
    assert(proposed.length > 0, `${this.#me} stepped empty MsgProp`);
    if (this.tracker.get(this.id) === undefined) return 'proposalDropped';
    const { leadTransferee } = this.elections;
    if (leadTransferee !== NONE) {
      this.#logger?.debug(
        `${this.#me} [term ${this.term}] transfer leadership to ${hex(leadTransferee)} is in progress; dropping proposal`,
      );
      return 'proposalDropped';
    }
    let entries = proposed;
    for (let i = 0; i < entries.length; i++) {
      if (entries[i]!.type !== 'EntryNormal') entries = this.#admitConfChange(entries, i);
    }
    if (!this.#appendEntries(entries)) return 'proposalDropped';
    this.replication.replicate();
    return 'ok';
  }

  /** Lets the conf change at `position` through, or puts an empty entry in its place. */
  #admitConfChange(entries: readonly Entry[], position: number): readonly Entry[] {
    const change = decodeConfChange(entries[position]!);
    assert(change !== undefined, 'a conf change entry carries a conf change');
    const wantsLeave = asConfChangeV2(change).changes.length === 0;
    let problem: string | undefined;
    if (this.pendingConfIndex > this.log.applied) {
      problem = `possible unapplied conf change at index ${this.pendingConfIndex} (applied to ${this.log.applied})`;
    } else if (this.tracker.isJoint && !wantsLeave) {
      problem = 'must transition out of joint config first';
    } else if (!this.tracker.isJoint && wantsLeave) {
      problem = 'not in joint state; refusing empty conf change';
    }
    if (problem === undefined || this.#config.disableConfChangeValidation) {
      this.pendingConfIndex = this.log.lastIndex + position + 1;
      return entries;
    }
    this.#logger?.info(
      `${this.#me} ignoring conf change ${confChangeText(change)} at config ${describeTrackerConfig(this.tracker.config)}: ${problem}`,
    );
    return entries.with(position, newEntry('EntryNormal', EMPTY_BYTES));
  }

  /** Appends entries of our own term; false when too much is uncommitted already. */
  #appendEntries(proposed: readonly Entry[]): boolean {
    const size = payloadsSize(proposed);
    const total = this.#uncommittedSize + size;
    // The first proposal is always taken, however large; empty entries are free, so that they cannot be refused.
    if (this.#uncommittedSize > 0 && size > 0 && total > this.#config.maxUncommittedEntriesSize) {
      this.#logger?.warning(
        `${this.#me} appending new entries to log would exceed uncommitted entry size limit; dropping proposal`,
      );
      return false;
    }
    this.#uncommittedSize = total;
    const before = this.log.lastIndex;
    const entries = proposed.map(({ type, data }, i) => ({ type, term: this.term, index: before + 1 + i, data }));
    const index = this.log.append(entries);
    // Our own acknowledgement counts once the entries are durable.
    this.outbox.acknowledge(this.id, this.term, index);
    return true;
  }

  /** Commits what a quorum has; true when that is news. */
  maybeCommit(): boolean {
    if (!this.log.maybeCommit({ term: this.term, index: this.tracker.committedIndex() })) return false;
    this.reads.committed();
    return true;
  }

  /** A leader of several takes a read that goes with the next heartbeat. */
  readWithHeartbeat(message: Message): StepOutcome {
    return this.state === 'StateLeader' ? this.reads.requestedWithHeartbeat(message) : 'readDropped';
  }

  // Applying and membership

  #appliedEntries(entries: readonly Entry[]): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    this.#appliedTo(last.index, entriesSize(entries));
    this.#uncommittedSize = Math.max(this.#uncommittedSize - payloadsSize(entries), 0);
  }

  #appliedSnapshot(snapshot: Snapshot): void {
    this.log.stableSnapshotTo(snapshot.index);
    this.#appliedTo(snapshot.index, 0);
  }

  #appliedTo(index: number, size: number): void {
    const applied = Math.max(index, this.log.applied);
    this.log.appliedTo(applied, size);
    const leaves = this.tracker.config.autoLeave && applied >= this.pendingConfIndex && this.state === 'StateLeader';
    if (!leaves) return;
    // Empty data decodes to the change that leaves, and is never refused for its size. If a transfer is running it is
    // dropped; the next applied entry tries again, here or at the new leader.
    const description = describeTrackerConfig(this.tracker.config);
    if (this.#handleProposal([newEntry('EntryConfChangeV2', EMPTY_BYTES)]) === 'ok') {
      this.#logger?.info(`initiating automatic transition out of joint configuration ${description}`);
    } else {
      this.#logger?.debug(
        `not initiating automatic transition out of joint configuration ${description}: raft proposal dropped`,
      );
    }
  }

  #changeContext(): ChangeContext {
    return { limits: this.#config, lastIndex: this.log.lastIndex };
  }

  #switchToMembership(membership: Membership): ConfState {
    this.tracker.switchTo(membership.config, membership.progress);
    this.#logger?.info(`${this.#me} switched to configuration ${describeTrackerConfig(membership.config)}`);
    const confState = confStateOf(membership.config);
    if (this.state !== 'StateLeader') return confState;
    const self = membership.progress.get(this.id);
    if (self === undefined || self.isLearner) {
      if (this.#config.stepDownOnRemoval) this.becomeFollower(this.term, NONE);
      return confState;
    }
    if (this.maybeCommit()) this.replication.broadcastAppend();
    else this.replication.welcomeMembers();
    this.elections.recheckTransferee();
    return confState;
  }
}
