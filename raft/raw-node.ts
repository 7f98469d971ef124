/**
 * A Raft node as its host drives it: `tick`, `step`, `propose` in, `ready` out, `advance` when that is done. No timers,
 * no promises, no I/O; one host thread at a time.
 *
 * Without async storage writes the acknowledgements a node owes itself (its own append, vote and apply) are kept from
 * `ready` and stepped in `advance`; with them they travel as the responses of the storage messages.
 */
import { assert } from '../base/index.ts';
import { type ConfChange, type ConfChangeV2, encodeConfChange } from './confchange/conf-change.ts';
import { type Config, completeConfig } from './config.ts';
import type { EntryId } from './log/raft-log.ts';
import {
  blankMessage,
  type ConfState,
  type Entry,
  entriesSize,
  type HardState,
  isLocalMessage,
  isLocalTarget,
  isResponseMessage,
  LOCAL_APPEND_THREAD,
  LOCAL_APPLY_THREAD,
  type Message,
  NO_MESSAGES,
  NONE,
  newEntry,
  newMessage,
  type ReadState,
  type Snapshot,
  type SoftState,
  type StepOutcome,
} from './message.ts';
import { Raft } from './raft.ts';
import type { Ready } from './ready.ts';
import type { Progress } from './tracker/progress.ts';
import type { TrackerConfig } from './tracker/tracker.ts';

function newReadRequest(context: Uint8Array): Message {
  return newMessage('MsgReadIndex', NONE, { entries: [newEntry('EntryNormal', context)] });
}

const NO_READS: readonly ReadState[] = Object.freeze([]);

/** A look at a node from outside. */
export interface Status {
  readonly id: number;
  readonly hardState: HardState;
  readonly softState: SoftState;
  readonly applied: number;
  readonly lastIndex: number;
  readonly leadTransferee: number;
  readonly config: TrackerConfig;
  /** The followers' progress, as copies; empty unless this node leads. */
  readonly progress: ReadonlyMap<number, Progress>;
}

export class RawNode {
  readonly id: number;
  readonly #raft: Raft;
  readonly #asyncStorageWrites: boolean;
  #previousLead: number;
  #previousState: SoftState['raftState'];
  #previousHardState: HardState;
  #stepsOnAdvance: Message[] = [];

  /** Throws AssertionError on contradictory settings or a storage whose state cannot be. */
  constructor(config: Config) {
    const full = completeConfig(config);
    this.id = full.id;
    this.#raft = new Raft(full);
    this.#asyncStorageWrites = full.asyncStorageWrites;
    this.#previousLead = this.#raft.lead;
    this.#previousState = this.#raft.state;
    this.#previousHardState = this.#hardState();
  }

  /** Call at even intervals: the unit of electionTick and heartbeatTick. */
  tick(): void {
    this.#raft.tick();
  }

  /** Lets time pass for a group that sleeps, without election or heartbeat. */
  tickQuiesced(): void {
    this.#raft.elections.tickQuiesced();
  }

  /** Takes in a message from another node, or the answer of a local storage thread. */
  step(message: Message): StepOutcome {
    if (isLocalMessage(message.type) && !isLocalTarget(message.from)) return 'localMessage';
    if (
      isResponseMessage(message.type) &&
      !isLocalTarget(message.from) &&
      this.#raft.tracker.get(message.from) === undefined
    ) {
      return 'unknownPeer';
    }
    return this.#raft.step(message);
  }

  /** Starts an election (a pre-election with preVote) unless this node leads or cannot be elected. */
  campaign(): void {
    this.#raft.elections.campaign();
  }

  /** Proposes that `data` be appended; a follower forwards it. `ok` is no promise that it will ever commit. */
  propose(data: Uint8Array): StepOutcome {
    return this.#propose(newEntry('EntryNormal', data));
  }

  /** A leader takes it unless another one is pending; in that case an empty entry is appended instead. */
  proposeConfChange(change: ConfChange | ConfChangeV2): StepOutcome {
    const { type, data } = encodeConfChange(change);
    return this.#propose(newEntry(type, data));
  }

  /** Puts a committed conf change in force, when its entry is applied. Returns what snapshots from here on carry. */
  applyConfChange(change: ConfChange | ConfChangeV2): ConfState {
    return this.#raft.applyConfChange(change);
  }

  /**
   * Asks for an index at which a linearizable read may be served; the answer is a ReadState with this context, which
   * must be unique among the reads under way. It may never come: ask again after a while.
   */
  readIndex(requestContext: Uint8Array): StepOutcome {
    return this.#raft.step(newReadRequest(requestContext));
  }

  /**
   * As `readIndex`, for the leader of a group of several voters: nothing is sent for it, the next heartbeat asks for the
   * confirmation. 'readDropped' where `readIndex` would have it wait for the first commit of the term.
   */
  readIndexWithHeartbeat(requestContext: Uint8Array): StepOutcome {
    return this.#raft.readWithHeartbeat(newReadRequest(requestContext));
  }

  /** Whether the next tick of this leader broadcasts a heartbeat. */
  get beatsNext(): boolean {
    return this.#raft.beatsNext;
  }

  /** Hands leadership to `transferee`; given up after an election timeout. Proposals are dropped meanwhile. */
  transferLeader(transferee: number): void {
    this.#raft.step(newMessage('MsgTransferLeader', NONE, { from: transferee }));
  }

  /** To whom a transfer of leadership is under way; 0 for nobody. */
  get leadTransferee(): number {
    return this.#raft.elections.leadTransferee;
  }

  /**
   * A leader gives up its term and stands for the next one at once, leases or not: after a transfer that came to nothing, so
   * that a late MsgTimeoutNow of the old term moves nobody any more.
   */
  standAgain(): void {
    const other = [...this.#raft.tracker.ids].find((id) => id !== this.id);
    if (this.#raft.state !== 'StateLeader' || other === undefined) return;
    const term = this.#raft.term + 1;
    this.#raft.step(newMessage('MsgHeartbeatResp', this.id, { from: other, term }));
    this.#raft.step(newMessage('MsgTimeoutNow', this.id, { from: other, term }));
  }

  /** A follower that knows its leader is gone may vote for another one before the lease is over. */
  forgetLeader(): void {
    this.#raft.forgetLeader();
  }

  /** The last message to `id` could not be delivered: entries are no longer streamed to it, but it is probed. */
  reportUnreachable(id: number): void {
    this.#raft.reportUnreachable(id);
  }

  /** Must be called for every MsgSnap that was sent and failed; until then the follower gets nothing. */
  reportSnapshot(id: number, outcome: 'finished' | 'failed'): void {
    this.#raft.reportSnapshot(id, outcome);
  }

  /** Replaces the random election timeout until it is next drawn. */
  setRandomizedElectionTimeout(ticks: number): void {
    this.#raft.elections.setRandomizedTimeout(ticks);
  }

  /** Sends a heartbeat now: wakes a sleeping group, renews a lease. */
  ping(): void {
    if (this.#raft.state === 'StateLeader') this.#raft.replication.broadcastHeartbeat();
  }

  /** Tells followers the commit index at the next `ready`, with or without entries. */
  announceCommit(): void {
    this.#raft.replication.announceCommit();
  }

  /** Whether a follower could commit more if it were told. */
  get hasUnsentCommit(): boolean {
    return this.#raft.replication.hasUnsentCommit;
  }

  get isLeader(): boolean {
    return this.#raft.state === 'StateLeader';
  }

  /**
   * Somebody who has applied the entry says that it is committed; answers whether that is news. By log matching that goes
   * for everything in front of it, too, if the entry is in this log.
   */
  learnCommitted(id: EntryId): boolean {
    return this.#raft.state !== 'StateLeader' && this.#raft.log.maybeCommit(id);
  }

  get lead(): number {
    return this.#raft.lead;
  }

  get term(): number {
    return this.#raft.term;
  }

  get committed(): number {
    return this.#raft.log.committed;
  }

  get applied(): number {
    return this.#raft.log.applied;
  }

  get lastIndex(): number {
    return this.#raft.log.lastIndex;
  }

  /** Whether the leader has committed in its own term: before that its commit index may be behind. */
  get committedInCurrentTerm(): boolean {
    return this.#raft.committedInCurrentTerm;
  }

  /** Whether a snapshot came in that no Ready has shown yet, or whose Ready was not answered by `advance` yet. */
  get hasPendingSnapshot(): boolean {
    return this.#raft.log.hasPendingSnapshot;
  }

  /** Whether a conf change is in the log and not applied, so that another one would be refused. */
  get hasPendingConfChange(): boolean {
    return this.#raft.pendingConfIndex > this.#raft.log.applied;
  }

  status(): Status {
    const { id, log, tracker } = this.#raft;
    const progress = new Map<number, Progress>();
    if (this.isLeader) for (const [peer, one] of tracker.progress) progress.set(peer, one.clone());
    return {
      id,
      hardState: this.#hardState(),
      softState: { lead: this.#raft.lead, raftState: this.#raft.state },
      applied: log.applied,
      lastIndex: log.lastIndex,
      leadTransferee: this.leadTransferee,
      config: tracker.config,
      progress,
    };
  }

  hasReady(): boolean {
    const raft = this.#raft;
    return (
      !raft.outbox.isEmpty ||
      raft.replication.hasAppendsToSend ||
      raft.reads.states.length > 0 ||
      raft.log.hasNextUnstableEntries ||
      raft.log.hasNextCommittedEntries(!this.#asyncStorageWrites) ||
      raft.log.nextUnstableSnapshot !== undefined ||
      this.#softStateChanged() ||
      this.#hardStateChanged()
    );
  }

  /** Everything there is to do. It counts as taken over by the host: see Ready. */
  ready(): Ready {
    assert(this.#stepsOnAdvance.length === 0, 'two Readys without a call to advance');
    const raft = this.#raft;
    const { log } = raft;
    raft.replication.sendDueAppends();
    const entries = log.nextUnstableEntries();
    const committedEntries = log.nextCommittedEntries(!this.#asyncStorageWrites);
    const hardState = this.#hardStateChanged() ? this.#hardState() : undefined;
    const snapshot = log.nextUnstableSnapshot;
    const softState = this.#softStateChanged() ? { lead: raft.lead, raftState: raft.state } : undefined;
    const readStates = raft.reads.states.length > 0 ? raft.reads.states : NO_READS;
    const mustSync =
      entries.length > 0 ||
      (hardState !== undefined &&
        (hardState.term !== this.#previousHardState.term || hardState.vote !== this.#previousHardState.vote));
    const { messages } = raft.outbox;
    let messagesAfterAppend = NO_MESSAGES;
    if (this.#asyncStorageWrites) this.#addStorageMessages(messages, entries, committedEntries, hardState, snapshot);
    else messagesAfterAppend = this.#keepOwnMessages(committedEntries, snapshot);
    this.#accept(softState, hardState, committedEntries);
    return {
      softState,
      hardState,
      readStates,
      entries,
      snapshot,
      committedEntries,
      messages,
      messagesAfterAppend,
      mustSync,
    };
  }

  /** The host has done everything the last Ready asked for. Never with asyncStorageWrites. */
  advance(): void {
    assert(!this.#asyncStorageWrites, 'advance must not be called when using asyncStorageWrites');
    const steps = this.#stepsOnAdvance;
    this.#stepsOnAdvance = [];
    for (const message of steps) this.#raft.step(message);
  }

  #propose(entry: Entry): StepOutcome {
    const draft = blankMessage('MsgProp', NONE, this.id, 0);
    draft.entries = [entry];
    return this.#raft.step(draft);
  }

  #hardState(): HardState {
    return { term: this.#raft.term, vote: this.#raft.vote, commit: this.#raft.log.committed };
  }

  #hardStateChanged(): boolean {
    const { term, vote, commit } = this.#previousHardState;
    const raft = this.#raft;
    return raft.term !== term || raft.vote !== vote || raft.log.committed !== commit;
  }

  #softStateChanged(): boolean {
    return this.#raft.lead !== this.#previousLead || this.#raft.state !== this.#previousState;
  }

  #accept(softState: SoftState | undefined, hardState: HardState | undefined, committed: readonly Entry[]): void {
    const raft = this.#raft;
    if (softState !== undefined) {
      this.#previousLead = softState.lead;
      this.#previousState = softState.raftState;
    }
    if (hardState !== undefined) this.#previousHardState = hardState;
    if (raft.reads.states.length > 0) raft.reads.states = [];
    raft.outbox.messages = [];
    raft.outbox.messagesAfterAppend = [];
    raft.log.acceptUnstable();
    const last = committed.at(-1);
    if (last !== undefined) raft.log.acceptApplying(last.index, entriesSize(committed), !this.#asyncStorageWrites);
  }

  /** Splits off what this node owes itself, for `advance`; the rest waits for durability only. */
  #keepOwnMessages(committed: readonly Entry[], snapshot: Snapshot | undefined): readonly Message[] {
    const others: Message[] = [];
    for (const message of this.#raft.outbox.messagesAfterAppend) {
      (message.to === this.id ? this.#stepsOnAdvance : others).push(message);
    }
    const durable = this.#storageAppendResponse(snapshot);
    if (durable !== undefined) this.#stepsOnAdvance.push(durable);
    if (committed.length > 0) this.#stepsOnAdvance.push(this.#storageApplyResponse(committed));
    return others;
  }

  #addStorageMessages(
    messages: Message[],
    entries: readonly Entry[],
    committed: readonly Entry[],
    hardState: HardState | undefined,
    snapshot: Snapshot | undefined,
  ): void {
    const promised = this.#raft.outbox.messagesAfterAppend;
    if (entries.length > 0 || hardState !== undefined || snapshot !== undefined || promised.length > 0) {
      // Our acknowledgement of durability comes after the append responses, so that the leader commits only once.
      const durable = this.#storageAppendResponse(snapshot);
      const responses = durable === undefined ? promised : [...promised, durable];
      messages.push(
        newMessage('MsgStorageAppend', LOCAL_APPEND_THREAD, {
          ...hardState,
          from: this.id,
          entries,
          snapshot,
          responses,
        }),
      );
    }
    if (committed.length > 0) {
      const responses = [this.#storageApplyResponse(committed)];
      messages.push(
        newMessage('MsgStorageApply', LOCAL_APPLY_THREAD, { from: this.id, entries: committed, responses }),
      );
    }
  }

  /**
   * Tells the node that its log is durable up to the last entry (that the snapshot is applied). It names the last entry
   * even when this round wrote none, as long as some are on their way: writes complete in order, so by then they have.
   * It carries the current term and is ignored in a later one, because the same index and term may since have been
   * overwritten and written again with the second write still under way (ABA): a new leader's term forces a new append,
   * whose own acknowledgement follows.
   */
  #storageAppendResponse(snapshot: Snapshot | undefined): Message | undefined {
    const { log, term } = this.#raft;
    if (!log.hasUnstableEntries && snapshot === undefined) return undefined;
    const last: EntryId = log.hasUnstableEntries ? log.lastEntryId : { term: 0, index: 0 };
    const draft = blankMessage('MsgStorageAppendResp', this.id, LOCAL_APPEND_THREAD, term);
    draft.index = last.index;
    draft.logTerm = last.term;
    draft.snapshot = snapshot;
    return draft;
  }

  #storageApplyResponse(committed: readonly Entry[]): Message {
    const draft = blankMessage('MsgStorageApplyResp', this.id, LOCAL_APPLY_THREAD, 0);
    draft.entries = committed;
    return draft;
  }
}
