/**
 * How a group comes by its leaders: the clock that calls for an election, campaigns and votes, the lease inside which
 * nobody votes against a leader, and how one leaves, for want of a quorum or in favour of a follower it was asked to hand
 * over to. Part of Raft, which owns what it looks at and knows what it takes to be in a role.
 *
 * Invariants: one vote per term, and only for a log at least as complete as our own; nobody campaigns whose membership may
 * be about to change (a committed conf change not yet applied, a snapshot half restored).
 */
import type { FullConfig } from './config.ts';
import { SCAN_PAGE_BYTES } from './limits.ts';
import type { RaftLog } from './log/raft-log.ts';
import { hex, voteLine, voteRequestLine } from './log-lines.ts';
import {
  CAMPAIGN_TRANSFER,
  isTransferContext,
  type Message,
  type MessageType,
  NONE,
  type StateType,
} from './message.ts';
import type { Outbox } from './outbox.ts';
import { isVoter, jointIds } from './quorum/quorum.ts';
import type { Replication } from './replication.ts';
import type { Progress } from './tracker/progress.ts';
import type { ProgressTracker } from './tracker/tracker.ts';

/** What elections depend on. */
export interface ElectingNode {
  readonly id: number;
  readonly term: number;
  readonly lead: number;
  readonly state: StateType;
  /** Whom this node voted for in its term; elections cast it. */
  vote: number;
  readonly log: RaftLog;
  readonly tracker: ProgressTracker;
  readonly outbox: Outbox;
  readonly replication: Pick<Replication, 'sendAppend' | 'broadcastAppend'>;
  becomeFollower(term: number, lead: number): void;
  /** The term stays: nobody is disturbed by a campaign that cannot be won. */
  becomePreCandidate(): void;
  /** In the next term, with a vote for itself. */
  becomeCandidate(): void;
  becomeLeader(): void;
}

type ElectionConfig = Pick<FullConfig, 'electionTick' | 'randomBelow' | 'checkQuorum' | 'preVote' | 'logger'>;

/** A transfer campaigns without pre-vote, and past the lease of the leader that asked for it. */
type CampaignType = 'preElection' | 'election' | 'transfer';

export class Elections {
  readonly #node: ElectingNode;
  readonly #config: ElectionConfig;
  /** Our id as log lines show it. */
  readonly #me: string;
  /** To whom the leader is handing over, taking no proposals meanwhile; NONE for nobody. */
  leadTransferee = NONE;
  /** Ticks since the last message of a leader (followers) or the last quorum check (leaders). */
  #elapsed = 0;
  #randomizedTimeout = 0;

  constructor(node: ElectingNode, config: ElectionConfig) {
    this.#node = node;
    this.#config = config;
    this.#me = hex(node.id);
  }

  // Time

  /** Another term or role begins: with no votes, nobody to hand over to, and a timeout drawn anew. */
  restart(): void {
    const { electionTick } = this.#config;
    this.#elapsed = 0;
    this.#randomizedTimeout = electionTick + this.#config.randomBelow(electionTick);
    this.leadTransferee = NONE;
    this.#node.tracker.resetVotes();
  }

  /** Replaces the random timeout until it is next drawn. */
  setRandomizedTimeout(ticks: number): void {
    this.#randomizedTimeout = ticks;
  }

  /** A follower campaigns when its leader was silent for too long, a leader looks for its quorum. */
  tick(): void {
    this.#elapsed += 1;
    if (this.#node.state === 'StateLeader') this.#tickLeader();
    else this.#tickFollower();
  }

  /** Moves the clock without acting on it. */
  tickQuiesced(): void {
    this.#elapsed += 1;
  }

  /** The leader lives. */
  heardFromLeader(): void {
    this.#elapsed = 0;
  }

  #tickFollower(): void {
    if (this.#elapsed < this.#randomizedTimeout || !this.#promotable) return;
    this.#elapsed = 0;
    this.campaign();
  }

  #tickLeader(): void {
    if (this.#elapsed < this.#config.electionTick) return;
    this.#elapsed = 0;
    if (this.#config.checkQuorum) this.#checkQuorum();
    this.leadTransferee = NONE;
  }

  #checkQuorum(): void {
    const { id: own, term, tracker } = this.#node;
    if (!tracker.quorumActive()) {
      this.#config.logger?.warning(`${this.#me} stepped down to follower since quorum is not active`);
      this.#node.becomeFollower(term, NONE);
    }
    for (const [id, progress] of tracker.progress) {
      if (id !== own) progress.recentActive = false;
    }
  }

  // Candidates

  /** Starts an election now, unless this node leads or cannot be elected. */
  campaign(type: CampaignType = this.#config.preVote ? 'preElection' : 'election'): void {
    const { logger } = this.#config;
    const { state, term } = this.#node;
    if (state === 'StateLeader') {
      logger?.debug(`${this.#me} ignoring MsgHup because already leader`);
    } else if (!this.#promotable) {
      logger?.warning(`${this.#me} is unpromotable and can not campaign`);
    } else if (this.#hasUnappliedConfChange()) {
      logger?.warning(
        `${this.#me} cannot campaign at term ${term} since there are still pending configuration changes to apply`,
      );
    } else {
      logger?.info(`${this.#me} is starting a new election at term ${term}`);
      this.#requestVotes(type);
    }
  }

  /** Whether this node may campaign: a voter without a snapshot half restored. */
  get #promotable(): boolean {
    const { id, tracker, log } = this.#node;
    const progress = tracker.get(id);
    return progress !== undefined && !progress.isLearner && !log.hasPendingSnapshot;
  }

  #hasUnappliedConfChange(): boolean {
    const { log } = this.#node;
    return log.some(log.applied + 1, log.committed + 1, SCAN_PAGE_BYTES, (entry) => entry.type !== 'EntryNormal');
  }

  #requestVotes(type: CampaignType): void {
    const isPreVote = type === 'preElection';
    if (isPreVote) this.#node.becomePreCandidate();
    else this.#node.becomeCandidate();
    const { id: own, term, log, tracker, outbox } = this.#node;
    const request: MessageType = isPreVote ? 'MsgPreVote' : 'MsgVote';
    const termSought = isPreVote ? term + 1 : term;
    const last = log.lastEntryId;
    for (const id of jointIds(tracker.config.voters)) {
      if (id === own) {
        // Our own vote counts once it is durable, like everyone's.
        outbox.answerVote(isPreVote ? 'MsgPreVoteResp' : 'MsgVoteResp', id, termSought, 'granted');
        continue;
      }
      this.#config.logger?.info(voteRequestLine(this.#me, last, request, id, term));
      const draft = outbox.draft(request, id, termSought);
      draft.index = last.index;
      draft.logTerm = last.term;
      if (type === 'transfer') draft.context = CAMPAIGN_TRANSFER;
      outbox.post(draft);
    }
  }

  /** A candidate got a MsgPreVoteResp or MsgVoteResp; one to an earlier question of its own does not count. */
  voteAnswered(message: Message): void {
    const { state, term, tracker } = this.#node;
    const { type, from, reject } = message;
    if (type !== (state === 'StatePreCandidate' ? 'MsgPreVoteResp' : 'MsgVoteResp')) return;
    const { logger } = this.#config;
    logger?.info(`${this.#me} received ${reject ? `${type} rejection` : type} from ${hex(from)} at term ${term}`);
    tracker.recordVote(from, !reject);
    const { granted, rejected, result } = tracker.tallyVotes();
    logger?.info(`${this.#me} has received ${granted} ${type} votes and ${rejected} vote rejections`);
    if (result === 'VoteLost') {
      this.#node.becomeFollower(term, NONE);
    } else if (result === 'VoteWon') {
      if (state === 'StatePreCandidate') {
        this.#requestVotes('election');
      } else {
        this.#node.becomeLeader();
        this.#node.replication.broadcastAppend();
      }
    }
  }

  // Voters

  /** Whether to ignore a vote request of a higher term: inside a leader's lease, unless that leader asked for the election. */
  ignores(request: Message): boolean {
    const { checkQuorum, electionTick } = this.#config;
    const isInLease = checkQuorum && this.#node.lead !== NONE && this.#elapsed < electionTick;
    if (!isInLease || isTransferContext(request.context)) return false;
    this.#log('ignored', request, `: lease is not expired (remaining ticks: ${electionTick - this.#elapsed})`);
    return true;
  }

  /**
   * A MsgVote or MsgPreVote. Learners vote too: the candidate may know of a promotion that has not reached them. The answer
   * carries the term of the request, because a pre-vote is granted for a term that nobody has yet.
   */
  voteRequested(request: Message): void {
    const { term, vote, lead, log, outbox } = this.#node;
    const isPreVote = request.type === 'MsgPreVote';
    const canVote = vote === request.from || (vote === NONE && lead === NONE) || (isPreVote && request.term > term);
    if (!canVote || !log.isUpToDate({ term: request.logTerm, index: request.index })) {
      this.reject(request);
      return;
    }
    this.#log('cast', request);
    outbox.answerVote(isPreVote ? 'MsgPreVoteResp' : 'MsgVoteResp', request.from, request.term, 'granted');
    if (isPreVote) return;
    this.#elapsed = 0;
    this.#node.vote = request.from;
  }

  /** Answers a request that nothing else is done about. */
  reject(request: Message): void {
    this.#log('rejected', request);
    const response = request.type === 'MsgPreVote' ? 'MsgPreVoteResp' : 'MsgVoteResp';
    this.#node.outbox.answerVote(response, request.from, this.#node.term, 'rejected');
  }

  #log(verb: 'cast' | 'rejected' | 'ignored', request: Message, reason = ''): void {
    const { logger } = this.#config;
    if (logger === undefined) return;
    const { term, vote, log } = this.#node;
    logger.info(`${voteLine({ me: this.#me, last: log.lastEntryId, vote, term }, verb, request)}${reason}`);
  }

  // Transfer of leadership

  /** The leader is asked to hand over to `transferee`, which has one election timeout from now to succeed. */
  transferRequested(transferee: number, progress: Progress): void {
    const { logger } = this.#config;
    const { id: own, term, log, replication } = this.#node;
    const self = `${this.#me} [term ${term}]`;
    if (progress.isLearner) {
      logger?.debug(`${this.#me} is learner. Ignored transferring leadership`);
      return;
    }
    if (this.leadTransferee === transferee) {
      logger?.info(
        `${self} transfer leadership to ${hex(transferee)} is in progress, ignores request to same node ${hex(transferee)}`,
      );
      return;
    }
    if (this.leadTransferee !== NONE) {
      logger?.info(`${self} abort previous transferring leadership to ${hex(this.leadTransferee)}`);
      this.leadTransferee = NONE;
    }
    if (transferee === own) {
      logger?.debug(`${this.#me} is already leader. Ignored transferring leadership to self`);
      return;
    }
    logger?.info(`${self} starts to transfer leadership to ${hex(transferee)}`);
    this.#elapsed = 0;
    this.leadTransferee = transferee;
    if (progress.match === log.lastIndex) {
      this.#tellToCampaign(transferee);
      logger?.info(
        `${this.#me} sends MsgTimeoutNow to ${hex(transferee)} immediately as ${hex(transferee)} already has up-to-date log`,
      );
    } else {
      replication.sendAppend(transferee, true);
    }
  }

  /** A follower got further: it may lead now if it was asked to. */
  continueTransfer(from: number, progress: Progress): void {
    if (from !== this.leadTransferee || progress.match !== this.#node.log.lastIndex) return;
    this.#config.logger?.info(`${this.#me} sent MsgTimeoutNow to ${hex(from)} after received MsgAppResp`);
    this.#tellToCampaign(from);
  }

  #tellToCampaign(transferee: number): void {
    const { outbox, term } = this.#node;
    outbox.post(outbox.draft('MsgTimeoutNow', transferee, term));
  }

  /** The members changed: only a voter can still be handed over to. */
  recheckTransferee(): void {
    if (this.leadTransferee === NONE) return;
    if (!isVoter(this.#node.tracker.config.voters, this.leadTransferee)) this.leadTransferee = NONE;
  }
}
