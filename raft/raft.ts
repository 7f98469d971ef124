/**
 * The Raft protocol: one node's roles, terms, elections, replication, reads and membership.
 *
 * Papers: Ongaro and Ousterhout, "In Search of an Understandable Consensus Algorithm" (2014), and Ongaro's dissertation
 * for pre-vote (9.6), leader transfer (3.10), membership (4), read index (6.4). Behaviour and log texts are those of
 * etcd-io/raft, so that its data-driven suite describes this file too.
 *
 * How a leader replicates its log is in replication.ts, how reads are confirmed in reads.ts.
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
import { SCAN_PAGE_BYTES } from './limits.ts';
import { RaftLog } from './log/raft-log.ts';
import {
  hex,
  higherTermLine,
  lowerTermLine,
  rejectedAppendLine,
  snapshotLine,
  staleAppendLine,
  voteLine,
  voteRequestLine,
} from './log-lines.ts';
import {
  CAMPAIGN_TRANSFER,
  type ConfState,
  EMPTY_BYTES,
  type Entry,
  entriesSize,
  type HardState,
  isEmptyHardState,
  isTransferContext,
  type Message,
  type MessageType,
  NONE,
  newEntry,
  payloadsSize,
  type Snapshot,
  type StateType,
  type StepOutcome,
} from './message.ts';
import { Outbox } from './outbox.ts';
import { isVoter, jointIds } from './quorum/quorum.ts';
import { Reads } from './reads.ts';
import { Replication } from './replication.ts';
import { Progress } from './tracker/progress.ts';
import { confStateOf, describeTrackerConfig, ProgressTracker } from './tracker/tracker.ts';

type CampaignType = 'preElection' | 'election' | 'transfer';

/** The fields without # are RawNode's to read, this class's to write. */
export class Raft {
  readonly id: number;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  term = 0;
  vote = NONE;
  lead = NONE;
  state: StateType = 'StateFollower';
  leadTransferee = NONE;
  /** The last conf change in the log may be there; none may be proposed before it is applied. */
  pendingConfIndex = 0;
  readonly outbox: Outbox;
  readonly replication: Replication;
  readonly reads: Reads;

  readonly #config: FullConfig;
  readonly #logger: Logger | undefined;
  /** Our id as log lines show it. */
  readonly #me: string;
  /** Payload bytes of the leader's entries that are not known to be applied. */
  #uncommittedSize = 0;
  /** Ticks since the last message of a leader (followers) or the last quorum check (leaders). */
  #electionElapsed = 0;
  #heartbeatElapsed = 0;
  #randomizedElectionTimeout = 0;

  constructor(config: FullConfig) {
    this.#config = config;
    this.#logger = config.logger;
    this.#me = hex(config.id);
    this.id = config.id;
    this.outbox = new Outbox(config.id);
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
    this.#becomeFollower(this.term, NONE);
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

  setRandomizedElectionTimeout(ticks: number): void {
    this.#randomizedElectionTimeout = ticks;
  }

  tick(): void {
    if (this.state === 'StateLeader') this.#tickHeartbeat();
    else this.#tickElection();
  }

  /** Whether the next tick broadcasts a heartbeat. */
  get beatsNext(): boolean {
    return this.state === 'StateLeader' && this.#heartbeatElapsed + 1 >= this.#config.heartbeatTick;
  }

  /** Moves the clock without acting on it: the time an idle group slept. */
  tickQuiesced(): void {
    this.#electionElapsed += 1;
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
        this.#handleVoteRequest(message);
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

  /** Starts an election now. */
  campaign(): void {
    this.#startElection(this.#config.preVote ? 'preElection' : 'election');
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

  /** Whether this node may campaign: a voter without a snapshot half restored. */
  get promotable(): boolean {
    const progress = this.tracker.get(this.id);
    return progress !== undefined && !progress.isLearner && !this.log.hasPendingSnapshot;
  }

  // Terms

  /** False when the message is to be ignored: a vote request inside the leader's lease. */
  #enterHigherTerm(message: Message): boolean {
    const isVoteRequest = message.type === 'MsgVote' || message.type === 'MsgPreVote';
    if (isVoteRequest && !isTransferContext(message.context) && this.#inLease()) {
      this.#logVote(
        message,
        'ignored',
        `: lease is not expired (remaining ticks: ${this.#config.electionTick - this.#electionElapsed})`,
      );
      return false;
    }
    const fromFuture = message.type === 'MsgPreVote' || (message.type === 'MsgPreVoteResp' && !message.reject);
    if (fromFuture) return true;
    this.#logger?.info(higherTermLine(this.#me, this.term, message));
    const { type } = message;
    const isFromLeader = type === 'MsgApp' || type === 'MsgHeartbeat' || type === 'MsgSnap';
    this.#becomeFollower(message.term, isFromLeader ? message.from : NONE);
    return true;
  }

  #inLease(): boolean {
    return this.#config.checkQuorum && this.lead !== NONE && this.#electionElapsed < this.#config.electionTick;
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
      this.#logVote(message, 'rejected', '');
      this.outbox.answerVote('MsgPreVoteResp', message.from, this.term, 'rejected');
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
    this.#electionElapsed = 0;
    this.#heartbeatElapsed = 0;
    this.#randomizedElectionTimeout = this.#config.electionTick + this.#config.randomBelow(this.#config.electionTick);
    this.leadTransferee = NONE;
    this.tracker.resetVotes();
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

  #becomeFollower(term: number, lead: number): void {
    this.#reset(term);
    this.lead = lead;
    this.state = 'StateFollower';
    this.#logger?.info(`${this.#me} became follower at term ${this.term}`);
  }

  #becomePreCandidate(): void {
    assert(this.state !== 'StateLeader', 'invalid transition [leader -> pre-candidate]');
    this.tracker.resetVotes();
    this.lead = NONE;
    this.state = 'StatePreCandidate';
    this.#logger?.info(`${this.#me} became pre-candidate at term ${this.term}`);
  }

  #becomeCandidate(): void {
    assert(this.state !== 'StateLeader', 'invalid transition [leader -> candidate]');
    this.#reset(this.term + 1);
    this.vote = this.id;
    this.state = 'StateCandidate';
    this.#logger?.info(`${this.#me} became candidate at term ${this.term}`);
  }

  #becomeLeader(): void {
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

  // Elections

  #tickElection(): void {
    this.#electionElapsed += 1;
    if (this.#electionElapsed < this.#randomizedElectionTimeout || !this.promotable) return;
    this.#electionElapsed = 0;
    this.campaign();
  }

  #startElection(type: CampaignType): void {
    if (this.state === 'StateLeader') {
      this.#logger?.debug(`${this.#me} ignoring MsgHup because already leader`);
    } else if (!this.promotable) {
      this.#logger?.warning(`${this.#me} is unpromotable and can not campaign`);
    } else if (this.#hasUnappliedConfChange()) {
      this.#logger?.warning(
        `${this.#me} cannot campaign at term ${this.term} since there are still pending configuration changes to apply`,
      );
    } else {
      this.#logger?.info(`${this.#me} is starting a new election at term ${this.term}`);
      this.#requestVotes(type);
    }
  }

  #hasUnappliedConfChange(): boolean {
    const { applied, committed } = this.log;
    return this.log.some(applied + 1, committed + 1, SCAN_PAGE_BYTES, (entry) => entry.type !== 'EntryNormal');
  }

  #requestVotes(type: CampaignType): void {
    const isPreVote = type === 'preElection';
    if (isPreVote) this.#becomePreCandidate();
    else this.#becomeCandidate();
    const request: MessageType = isPreVote ? 'MsgPreVote' : 'MsgVote';
    const term = isPreVote ? this.term + 1 : this.term;
    const last = this.log.lastEntryId;
    for (const id of jointIds(this.tracker.config.voters)) {
      if (id === this.id) {
        // Our own vote counts once it is durable, like everyone's.
        this.outbox.answerVote(isPreVote ? 'MsgPreVoteResp' : 'MsgVoteResp', id, term, 'granted');
        continue;
      }
      this.#logger?.info(voteRequestLine(this.#me, last, request, id, this.term));
      const draft = this.outbox.draft(request, id, term);
      draft.index = last.index;
      draft.logTerm = last.term;
      if (type === 'transfer') draft.context = CAMPAIGN_TRANSFER;
      this.outbox.post(draft);
    }
  }

  /**
   * Learners vote too: the candidate may know of a promotion that has not reached them. The answer carries the term of
   * the request, because a pre-vote is granted for a term that nobody has yet.
   */
  #handleVoteRequest(message: Message): void {
    const isPreVote = message.type === 'MsgPreVote';
    const response = isPreVote ? 'MsgPreVoteResp' : 'MsgVoteResp';
    const canVote =
      this.vote === message.from ||
      (this.vote === NONE && this.lead === NONE) ||
      (isPreVote && message.term > this.term);
    if (!canVote || !this.log.isUpToDate({ term: message.logTerm, index: message.index })) {
      this.#logVote(message, 'rejected', '');
      this.outbox.answerVote(response, message.from, this.term, 'rejected');
      return;
    }
    this.#logVote(message, 'cast', '');
    this.outbox.answerVote(response, message.from, message.term, 'granted');
    if (isPreVote) return;
    this.#electionElapsed = 0;
    this.vote = message.from;
  }

  #logVote(message: Message, verb: 'cast' | 'rejected' | 'ignored', reason: string): void {
    if (this.#logger === undefined) return;
    const view = { me: this.#me, last: this.log.lastEntryId, vote: this.vote, term: this.term };
    this.#logger.info(`${voteLine(view, verb, message)}${reason}`);
  }

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
        this.#becomeFollower(message.term, message.from);
        return this.#stepFollower(message);
      case 'MsgPreVoteResp':
        if (this.state === 'StatePreCandidate') this.#countVote(message);
        return 'ok';
      case 'MsgVoteResp':
        if (this.state === 'StateCandidate') this.#countVote(message);
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

  #countVote(message: Message): void {
    const what = message.reject ? `${message.type} rejection` : message.type;
    this.#logger?.info(`${this.#me} received ${what} from ${hex(message.from)} at term ${this.term}`);
    this.tracker.recordVote(message.from, !message.reject);
    const { granted, rejected, result } = this.tracker.tallyVotes();
    this.#logger?.info(`${this.#me} has received ${granted} ${message.type} votes and ${rejected} vote rejections`);
    if (result === 'VoteLost') {
      this.#becomeFollower(this.term, NONE);
    } else if (result === 'VoteWon') {
      if (this.state === 'StatePreCandidate') {
        this.#requestVotes('election');
      } else {
        this.#becomeLeader();
        this.replication.broadcastAppend();
      }
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
        this.#startElection('transfer');
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
    this.#electionElapsed = 0;
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

  // Leaders: time and proposals

  #tickHeartbeat(): void {
    this.#heartbeatElapsed += 1;
    this.#electionElapsed += 1;
    if (this.#electionElapsed >= this.#config.electionTick) {
      this.#electionElapsed = 0;
      if (this.#config.checkQuorum) this.#checkQuorum();
      this.leadTransferee = NONE;
    }
    if (this.state === 'StateLeader' && this.#heartbeatElapsed >= this.#config.heartbeatTick) {
      this.#heartbeatElapsed = 0;
      this.replication.broadcastHeartbeat();
    }
  }

  #checkQuorum(): void {
    if (!this.tracker.quorumActive()) {
      this.#logger?.warning(`${this.#me} stepped down to follower since quorum is not active`);
      this.#becomeFollower(this.term, NONE);
    }
    for (const [id, progress] of this.tracker.progress) {
      if (id !== this.id) progress.recentActive = false;
    }
  }

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
      if (this.replication.answered(message, progress)) this.#continueTransfer(message.from, progress);
    } else if (message.type === 'MsgHeartbeatResp') {
      this.replication.answeredHeartbeat(message, progress);
      this.reads.confirmed(message);
    } else if (message.type === 'MsgTransferLeader') {
      this.#handleTransferLeader(message.from, progress);
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
    if (this.leadTransferee !== NONE) {
      this.#logger?.debug(
        `${this.#me} [term ${this.term}] transfer leadership to ${hex(this.leadTransferee)} is in progress; dropping proposal`,
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

  // Leaders: transfer of leadership, commits

  #handleTransferLeader(transferee: number, progress: Progress): void {
    const self = `${this.#me} [term ${this.term}]`;
    if (progress.isLearner) {
      this.#logger?.debug(`${this.#me} is learner. Ignored transferring leadership`);
      return;
    }
    if (this.leadTransferee === transferee) {
      this.#logger?.info(
        `${self} transfer leadership to ${hex(transferee)} is in progress, ignores request to same node ${hex(transferee)}`,
      );
      return;
    }
    if (this.leadTransferee !== NONE) {
      this.#logger?.info(`${self} abort previous transferring leadership to ${hex(this.leadTransferee)}`);
      this.leadTransferee = NONE;
    }
    if (transferee === this.id) {
      this.#logger?.debug(`${this.#me} is already leader. Ignored transferring leadership to self`);
      return;
    }
    this.#logger?.info(`${self} starts to transfer leadership to ${hex(transferee)}`);
    // It has one election timeout from now to succeed.
    this.#electionElapsed = 0;
    this.leadTransferee = transferee;
    if (progress.match === this.log.lastIndex) {
      this.outbox.post(this.outbox.draft('MsgTimeoutNow', transferee, this.term));
      this.#logger?.info(
        `${this.#me} sends MsgTimeoutNow to ${hex(transferee)} immediately as ${hex(transferee)} already has up-to-date log`,
      );
    } else {
      this.replication.sendAppend(transferee, true);
    }
  }

  /** A follower got further: it may lead now if it was asked to. */
  #continueTransfer(from: number, progress: Progress): void {
    if (from !== this.leadTransferee || progress.match !== this.log.lastIndex) return;
    this.#logger?.info(`${this.#me} sent MsgTimeoutNow to ${hex(from)} after received MsgAppResp`);
    this.outbox.post(this.outbox.draft('MsgTimeoutNow', from, this.term));
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
      if (this.#config.stepDownOnRemoval) this.#becomeFollower(this.term, NONE);
      return confState;
    }
    if (this.maybeCommit()) this.replication.broadcastAppend();
    else this.replication.welcomeMembers();
    const transferee = this.leadTransferee;
    if (transferee !== NONE && !isVoter(membership.config.voters, transferee)) this.leadTransferee = NONE;
    return confState;
  }
}
