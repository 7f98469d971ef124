/**
 * One replica of a region on this store: its RawNode, what it is to everyone else, and the parts that propose, apply and
 * read (proposals.ts, applier.ts, read-index.ts, leader-lease.ts).
 *
 * The store's loop drives it: `proposals.admit` fills raft, `ready` / `finish` frame one round, `apply` turns
 * committed entries into engine writes. Nothing in here waits or does I/O.
 */

import type { Key, KeyRange, PeerId, RegionId, StoreId, Ts } from '../../base/index.ts';
import type { PeerChange, PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import { type Entry, type EntryId, type HardState, type Message, RawNode, type Ready } from '../../raft/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';
import { Acquaintances } from './acquaintances.ts';
import type { CommitMergeCommand } from './admin-codec.ts';
import { Applier } from './applier.ts';
import type { ApplyBatch } from './apply-batch.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { LEASE_ROUND, LeaderLease } from './leader-lease.ts';
import { ELECTION_TICKS, HANDOVER_MS, HEARTBEAT_TICKS, LEASE_MS, RAFT_LIMITS } from './limits.ts';
import { LoadSampler } from './load-sampler.ts';
import type { RegionLog } from './log/region-log.ts';
import { unneededIndex } from './log-trimming.ts';
import { confStateOf, refuseChange } from './membership.ts';
import { entriesBetween, type MergeState, matchedByAll, preparedFrom, refuseMerge } from './merging.ts';
import type { PeerBirth, PeerHost } from './peer-host.ts';
import { PeerSleep } from './peer-sleep.ts';
import { PeerStorage } from './peer-storage.ts';
import { Proposals, type ProposingReplica } from './proposals.ts';
import { bringsEntries, isHeartbeat } from './raft-messages.ts';
import { preparedTs, ReadIndex, type ReadingReplica } from './read-index.ts';
import { userRangeOf } from './region-keys.ts';
import {
  type RegionAdmin,
  RegionError,
  type RegionErrorDetails,
  type RegionErrorKind,
  type RegionReport,
  type RegionSplit,
} from './region-kv.ts';
import { FlowMeter, FollowerMeter, type FollowerView } from './region-report.ts';
import { refuseSplit } from './region-split.ts';

export class Peer implements RegionAdmin, ReadingReplica, ProposingReplica {
  readonly peerId: PeerId;
  readonly regionId: RegionId;
  readonly #host: PeerHost;
  #peer: PeerDescriptor;
  /** As everyone sees it. */
  #region: Region;
  #regionRange: KeyRange;
  /** The range before the last change of it. */
  #formerRange: KeyRange;
  #isSoleVoter = false;
  #isAlone = false;
  #isRemoved = false;
  readonly #applier: Applier;
  #installedVersion: number;
  /** A step of a merge is proposed: this region takes another one over, or goes on by itself. */
  #isAbsorbing = false;
  /** The log was replaced by a snapshot whose contents are on their way into the engine. */
  #isInstalling = false;
  #heldMessages: readonly Message[] = [];
  readonly proposals: Proposals<Peer>;
  readonly sleep: PeerSleep;
  readonly flow = new FlowMeter();
  readonly load = new LoadSampler();
  readonly #followers = new FollowerMeter();
  readonly acquaintances = new Acquaintances();
  readonly #log: RegionLog;
  readonly #node: RawNode;
  readonly #firstCommit: number;
  #isServing = false;
  /** A commit index that was not worth a write of its own; goes with the next one. */
  #unwrittenHardState: HardState | undefined;
  /** Until then a lease may run that this replica granted in an earlier life: it votes for nobody. */
  readonly #votesFromMs: number;
  readonly #lease: LeaderLease;
  readonly #readIndex: ReadIndex<Peer>;
  #replacements = 0;

  constructor(host: PeerHost, { own, region, log, applied, merge, installedVersion = 0, isNewborn }: PeerBirth) {
    this.#host = host;
    this.#peer = own;
    this.peerId = own.peerId;
    this.regionId = region.regionId;
    this.#region = region;
    this.#formerRange = region.range;
    this.#regionRange = userRangeOf(region.range);
    this.#log = log;
    this.#applier = new Applier(
      this,
      host,
      { region, applied, merge },
      {
        proposalOf: (entry) => this.proposals.take(entry),
        ownEntries: (low, high) => this.#log.slice(low + 1, high + 1),
        applyConfChange: (change) => this.#node.applyConfChange(change),
        mergeDecided: () => this.proposals.mergeDecided(),
        mergePrepared: () => this.#lease.revoke(),
        settle: (proposal, outcome) => this.proposals.settle(proposal, outcome),
        applied: (last, batch) => this.#applied(last, batch),
      },
    );
    this.#installedVersion = installedVersion;
    this.#noteMembers();
    this.#votesFromMs = isNewborn ? 0 : host.monotonicMs() + LEASE_MS;
    this.#firstCommit = log.hardState.commit;
    this.#node = new RawNode({
      id: own.peerId,
      electionTick: ELECTION_TICKS,
      heartbeatTick: HEARTBEAT_TICKS,
      storage: new PeerStorage(log, confStateOf(region), applied.index, () =>
        this.isMerging ? undefined : host.takeSnapshot(this),
      ),
      randomBelow: (bound) => host.randomBelow(bound),
      applied: applied.index,
      ...RAFT_LIMITS,
      checkQuorum: true,
      preVote: true,
      disableProposalForwarding: true,
      stepDownOnRemoval: true,
    });
    this.sleep = new PeerSleep(this, this.#node);
    this.#lease = new LeaderLease(this.#node, () => host.monotonicMs());
    this.proposals = new Proposals(this, host, { node: this.#node, log, lease: this.#lease });
    this.#readIndex = new ReadIndex(this, this.#node, host);
    if (this.#isSoleVoter) this.#node.campaign();
  }

  get peer(): PeerDescriptor {
    return this.#peer;
  }

  get epoch(): RegionEpoch {
    return this.#region.epoch;
  }

  get regionRange(): KeyRange {
    return this.#regionRange;
  }

  get region(): Region {
    return this.#region;
  }

  /** Commits alone, with a lease that never ends. */
  get isSoleVoter(): boolean {
    return this.#isSoleVoter;
  }

  /** Needs the clock: it has others to hear of, or nobody leads. */
  get needsTicks(): boolean {
    return !this.#isRemoved && !this.sleep.isAsleep && !(this.#isAlone && this.#node.isLeader && !this.isMerging);
  }

  /** Knows its range and its members. */
  get isInitialised(): boolean {
    return this.#region.peers.length > 0;
  }

  get isRemoved(): boolean {
    return this.#isRemoved;
  }

  get appliedIndex(): number {
    return this.#applier.index;
  }

  /** The last entry that was applied here. */
  get applied(): EntryId {
    return { index: this.#applier.index, term: this.#applier.term };
  }

  /** What a checkpoint says of this replica once everything applied so far is durable. */
  get checkpoint(): RegionCheckpoint {
    const { peerId } = this;
    const { region, index, term, mergeState: merge } = this.#applier;
    return {
      state: this.#isInstalling ? 'applying' : merge === undefined ? 'normal' : 'merging',
      region,
      merge,
      installedVersion: this.#installedVersion,
      peerId,
      index,
      term,
    };
  }

  get isLeader(): boolean {
    return this.#node.isLeader && !this.#isRemoved;
  }

  /** Nobody else can lead while it lasts. */
  get hasLease(): boolean {
    return this.#isSoleVoter || this.#lease.isHeld;
  }

  /** How often a snapshot began to replace the data here. */
  get replacements(): number {
    return this.#replacements;
  }

  get term(): number {
    return this.#node.term;
  }

  get leader(): PeerDescriptor | undefined {
    return this.#region.peers.find(({ peerId }) => peerId === this.#node.lead);
  }

  /** Leads, and has applied everything that was committed before its term. */
  get isServing(): boolean {
    return this.#isServing;
  }

  get hasUnanswered(): boolean {
    return this.proposals.areUnanswered || this.isBlocked || this.#readIndex.isWaiting;
  }

  get hasReady(): boolean {
    return this.#node.hasReady();
  }

  read(): KvReader {
    const refusal = this.#host.readRefusal();
    if (refusal !== undefined) throw this.refuse(refusal.kind, refusal.message);
    this.stir();
    if (this.isMerging) throw this.proposalInMergingMode();
    if (!this.#isServing || !this.hasLease) throw this.notLeader();
    return this.#host.reader;
  }

  readIndex(readTs?: Ts): Promise<KvReader> {
    return this.#readIndex.read(preparedTs(readTs));
  }

  readApplied(): KvReader {
    return this.#readIndex.readApplied();
  }

  confirmLeadership(): Promise<void> | undefined {
    if (this.hasLease || !this.#isServing) return undefined;
    this.stir();
    const isHeld = this.#lease.whenHeld();
    this.#host.wake(this);
    return isHeld.then((held) => {
      if (!held) throw this.notLeader();
    });
  }

  /** Whether `read` would answer now; asking wakes nobody up. */
  get canRead(): boolean {
    return this.#isServing && !this.isMerging && this.hasLease && this.#host.readRefusal() === undefined;
  }

  propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void> {
    return this.proposals.write(operations, onApplied);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.proposals.destroyRange(range);
  }

  async split(splits: readonly RegionSplit[]): Promise<readonly Region[]> {
    const { version: epochVersion, confVer } = this.epoch;
    const problem = refuseSplit(this.#region, splits);
    if (problem !== undefined) throw this.refuse('invalid-change', problem);
    return await this.proposals.change({ kind: 'split', epochVersion, confVer, splits });
  }

  async changePeers(changes: readonly PeerChange[]): Promise<Region> {
    const { version: epochVersion, confVer } = this.epoch;
    const problem = refuseChange(this.#region, this.#peer, changes);
    if (problem !== undefined) throw this.refuse('invalid-change', problem);
    await this.proposals.change({ kind: 'change-peers', epochVersion, confVer, changes });
    return this.#region;
  }

  transferLeader(to: PeerId): Promise<void> {
    const target = this.#region.peers.find(({ peerId }) => peerId === to);
    if (!this.isLeader) return Promise.reject(this.notLeader());
    if (target === undefined || target.role === 'learner' || target.role === 'demoting-voter') {
      return Promise.reject(this.refuse('invalid-change', `peer ${to} cannot lead`));
    }
    if (to === this.peerId) return Promise.resolve();
    return this.#handOver(to);
  }

  async #handOver(to: PeerId): Promise<void> {
    await this.#prepareHandover();
    if (!this.isLeader) throw this.notLeader();
    this.stir();
    this.#lease.handOver();
    this.#node.transferLeader(to);
    this.#host.wake(this);
  }

  noteRead(from: Key, keys: number, bytes: number, isRaw = false): void {
    this.flow.noteRead(keys, bytes);
    this.load.note(from, isRaw);
  }

  /** Gives what lives in the leader's memory only a moment to be saved. */
  async #prepareHandover(): Promise<void> {
    const saved = this.#host.observers.flatMap((observer) => observer.beforeHandover?.(this) ?? []);
    if (saved.length > 0) await Promise.race([Promise.allSettled(saved), this.#host.pause(HANDOVER_MS)]);
  }

  report(): RegionReport {
    const peers = this.sleep.isAsleep ? [] : this.#region.peers;
    return { ...this.#followers.report(peers, this.#followerView()), ...this.flow.take() };
  }

  #followerView(): FollowerView {
    return { ...this.#node.status(), firstIndex: this.#log.firstIndex, nowMs: this.#host.monotonicMs() };
  }

  async merge(target: Region): Promise<void> {
    await this.#prepareHandover();
    const problem = refuseMerge(this.#region, target, this.#host.neighbour(target.regionId));
    if (problem !== undefined) throw this.refuse('invalid-change', problem);
    const { version: epochVersion, confVer } = this.epoch;
    await this.proposals.change({ kind: 'prepare-merge', epochVersion, confVer, minIndex: 0, target });
  }

  /** Set from PrepareMerge on, until the target has taken the region over or the merge is taken back. */
  get mergeState(): MergeState | undefined {
    return this.#applier.mergeState;
  }

  /** See `Witness`. */
  get installedVersion(): number {
    return this.#installedVersion;
  }

  get isMerging(): boolean {
    return this.#applier.mergeState !== undefined || this.proposals.stoppingFrom !== undefined;
  }

  /** On the target's leader: takes over `source`, which was stopped. Does nothing while an attempt is under way. */
  commitMerge(source: Peer): void {
    const { mergeState } = source;
    if (mergeState === undefined || this.#isAbsorbing || !this.#isServing) return;
    const { commit, commitTerm } = mergeState;
    const entries = source.entriesOfMerge();
    if (entries === undefined) return;
    const { version: epochVersion, confVer } = this.epoch;
    this.#isAbsorbing = true;
    this.proposals
      .change({
        kind: 'commit-merge',
        epochVersion,
        confVer,
        source: source.region,
        commit,
        commitTerm,
        entries,
      })
      .catch(() => {})
      .finally(() => {
        this.#isAbsorbing = false;
      });
  }

  /** On a stopped source's leader: goes on. Does nothing while an attempt is under way. */
  rollBackMerge(): void {
    const { mergeState } = this.#applier;
    if (mergeState === undefined || this.#isAbsorbing || !this.#node.isLeader) return;
    const { version: epochVersion, confVer } = this.epoch;
    this.#isAbsorbing = true;
    this.proposals
      .change({ kind: 'rollback-merge', epochVersion, confVer, commit: mergeState.commit })
      .catch(() => {})
      .finally(() => {
        this.#isAbsorbing = false;
      });
  }

  /**
   * A leader hands over to any other voter; to the one on `preferred`, if there is one. Not to one that lacks what is gone
   * from the log here, while there is another: that one may still have it.
   */
  passOn(preferred?: StoreId): void {
    if (!this.#node.isLeader) return;
    const { progress } = this.#node.status();
    const isInReach = (peerId: PeerId): boolean => (progress.get(peerId)?.next ?? 0) >= this.#log.firstIndex;
    const others = this.#region.peers.filter(({ peerId, role }) => role === 'voter' && peerId !== this.peerId);
    const inReach = others.filter(({ peerId }) => isInReach(peerId));
    const candidates = inReach.length > 0 ? inReach : others;
    const any = candidates[this.#host.randomBelow(Math.max(1, candidates.length))];
    const to = candidates.find(({ storeId }) => storeId === preferred) ?? any;
    if (to !== undefined) this.#handOver(to.peerId).catch(() => {});
  }

  /**
   * What some member of this stopped region may lack of the log up to PrepareMerge, unless it is gone here. A leader knows
   * who caught up since then.
   */
  entriesOfMerge(): readonly Entry[] | undefined {
    const { mergeState } = this.#applier;
    if (mergeState === undefined) return undefined;
    const { minIndex, commit } = mergeState;
    const low = this.#node.isLeader ? Math.max(minIndex, matchedByAll(this.#node.status())) : minIndex;
    return low >= commit ? [] : entriesBetween(this.#log, low, commit);
  }

  /**
   * The region is about to be taken over by its neighbour: applies what it may not have yet of its log. False while its own
   * log waits for another replica.
   */
  catchUp(command: CommitMergeCommand, batch: ApplyBatch): boolean {
    return this.#applier.catchUp(command, batch);
  }

  /** It is taken over, and applies nothing any more. */
  yieldAt(commit: number): void {
    this.#applier.yieldAt(commit);
  }

  /** Has committed entries that it cannot apply before a neighbour is there: only while the log is replayed. */
  get isBlocked(): boolean {
    return this.#applier.isBlocked;
  }

  /** The last entry that was handed to it to be applied. */
  get queuedIndex(): number {
    return this.#applier.queuedIndex;
  }

  /** Puts `region` in force: what it is, for everyone who asks. The directory sees to ranges. */
  publish(region: Region): void {
    const { start, end } = this.#region.range;
    const added = region.peers.some((peer) => !this.#region.peers.some(({ peerId }) => peerId === peer.peerId));
    if (region.range.start !== start || region.range.end !== end) {
      this.#formerRange = this.#region.range;
      this.#regionRange = userRangeOf(region.range);
      this.flow.forgetSize();
      this.load.reset();
    }
    this.#region = region;
    this.#noteMembers();
    if (this.#isSoleVoter) this.#lease.settle(true);
    if (!this.#isAlone) this.#host.wake(this);
    if (added && this.#node.isLeader) this.#node.ping();
  }

  /** Ends the replica: it takes part in nothing from now on. */
  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.proposals.abandon('stale-command', 'the replica was removed while the proposal was under way');
    this.#readIndex.abandon('region-not-found', 'the replica was removed');
    this.#lease.revoke();
    if (!this.#isServing) return;
    this.#isServing = false;
    for (const observer of this.#host.observers) observer.lostLeadership?.(this.regionId);
  }

  /** A former member has applied this entry. */
  learnCommitted(id: EntryId): void {
    if (!this.isInstalling && this.#node.learnCommitted(id)) this.#host.wake(this);
  }

  /** Stands for election without waiting. */
  campaign(): void {
    this.#node.campaign();
  }

  /** Who has this id, member or not, as far as anybody said. */
  describe(id: number): PeerDescriptor | undefined {
    return this.#region.peers.find(({ peerId }) => peerId === id) ?? this.acquaintances.find(id as PeerId);
  }

  /** Has applied what it knew to be committed when its life began, and what that made of the region is in force. */
  get isReplayed(): boolean {
    return this.appliedIndex >= this.#firstCommit && this.#applier.region === this.#region;
  }

  /** Something happens: a sleeping replica wakes up, an idle one stays awake for a while longer. */
  stir(): void {
    if (!this.sleep.stir()) return;
    this.#followers.clear();
    this.#host.rouse(this);
  }

  /** The leader's store is silent for as long as an election takes: that time counts. */
  noteSilence(): void {
    for (let i = 0; i < ELECTION_TICKS; i++) this.#node.tickQuiesced();
    this.stir();
  }

  /** The heartbeat that shows other stores that this one lives. */
  ping(): void {
    this.#node.ping();
  }

  get isInstalling(): boolean {
    return this.#isInstalling;
  }

  /** The log begins behind a snapshot now; what it contains is about to be written into the engine. */
  beginInstalling(snapshot: RegionCheckpoint): void {
    this.#isInstalling = true;
    this.#replacements++;
    this.#installedVersion = snapshot.region.epoch.version;
    this.#applier.jump(snapshot);
  }

  /** Keeps answers that say the snapshot is here until it is installed. */
  holdMessages(messages: readonly Message[]): void {
    this.#heldMessages = messages;
  }

  /** The engine holds the snapshot; answers the messages that were held back. */
  endInstalling(): readonly Message[] {
    const held = this.#heldMessages;
    this.#heldMessages = [];
    this.#isInstalling = false;
    this.#readIndex.applied();
    return held;
  }

  get cachedLogBytes(): number {
    return this.#log.cachedBytes;
  }

  /** Raft may still look at what it was not told to be applied: while a group is written, that is less than `appliedIndex`. */
  releaseLog(which: 'unneeded' | 'applied'): void {
    const limit = Math.min(this.#node.applied, this.#mergeFrom ?? this.appliedIndex);
    this.#log.release(which === 'applied' ? limit : Math.min(limit, unneededIndex(this.#node, this.#log)));
  }

  /** What is behind it in the log may have to travel with CommitMerge. */
  get #mergeFrom(): number | undefined {
    return this.mergeState?.minIndex ?? this.proposals.stoppingFrom ?? preparedFrom(this.#log, this.appliedIndex);
  }

  /** The last index of the log that is neither needed in memory nor to be replayed behind a checkpoint of `index`. */
  truncatableTo(index: number): number {
    return Math.min(index, this.#log.firstIndex - 1);
  }

  reportSnapshot(to: PeerId, outcome: 'finished' | 'failed'): void {
    this.#node.reportSnapshot(to, outcome);
  }

  tick(): void {
    this.sleep.noteTick();
    this.#readIndex.tick();
    if (this.#isInstalling) {
      this.#node.tickQuiesced();
      return;
    }
    if (this.#node.isLeader && !this.#isSoleVoter) this.#lease.tick();
    this.#node.tick();
    if (this.#lease.isHandedOver && this.#node.leadTransferee === 0) this.#node.standAgain();
  }

  step(message: Message): void {
    const asksForVote = message.type === 'MsgVote' || message.type === 'MsgPreVote';
    if (asksForVote && this.#host.monotonicMs() < this.#votesFromMs) return;
    if (bringsEntries(message) && (this.#isInstalling || this.#node.hasPendingSnapshot)) return;
    if (!isHeartbeat(message) || message.term > this.#node.term) this.stir();
    const from = message.from as PeerId;
    if (this.#node.isLeader) this.#followers.heard(from, this.#host.monotonicMs());
    if (message.type === 'MsgReadIndex') this.#readIndex.asked(message);
    else this.#node.step(message);
    if (this.#followers.isAnybodyAiling && this.#followers.hasRecovered(from, this.#followerView())) {
      for (const observer of this.#host.observers) observer.recovered?.(this);
    }
    if (message.from === this.#node.lead) this.sleep.heardLeader();
  }

  /** The store failed: gives up on all that waits here. */
  abandon(message: string): void {
    this.proposals.abandon('store-failed', message);
    this.#readIndex.abandon('read-index-not-ready', message);
    this.#lease.settle(false);
  }

  /** Begins a round; `finish` must follow once its work is done. */
  ready(): Ready {
    const ready = this.#node.ready();
    if (ready.hardState !== undefined) this.#unwrittenHardState = ready.hardState;
    for (const { requestContext, index } of ready.readStates) {
      if (requestContext[0] === LEASE_ROUND) this.#lease.confirmed(requestContext, this.appliedIndex);
      else this.#readIndex.confirmed(requestContext, index);
    }
    if (ready.softState !== undefined && ready.softState.raftState !== 'StateLeader') this.#steppedDown();
    return ready;
  }

  finish(): void {
    this.#node.advance();
  }

  get hasUnsentCommit(): boolean {
    return !this.#isRemoved && this.#node.hasUnsentCommit;
  }

  announceCommit(): void {
    this.#node.announceCommit();
  }

  /** The hard state to write with this round, if any is due. */
  takeHardState(): HardState | undefined {
    const hardState = this.#unwrittenHardState;
    this.#unwrittenHardState = undefined;
    return hardState;
  }

  /** Applies committed entries; those that it has, or has waiting, already are passed over. */
  apply(entries: readonly Entry[], batch: ApplyBatch): void {
    this.#applier.apply(entries, batch);
  }

  #applied(last: Entry, batch: ApplyBatch): void {
    if (this.#isAlone) this.#log.release(last.index);
    if (this.#readIndex.isWaiting) batch.effects.push(() => this.#readIndex.applied());
    if (!this.#isServing && this.#node.isLeader && last.term === this.#node.term) {
      batch.effects.push(() => this.#startServing());
    }
  }

  #noteMembers(): void {
    const { peers } = this.#region;
    const isOwn = ({ peerId }: PeerDescriptor): boolean => peerId === this.peerId;
    const voters = peers.filter(({ role }) => role !== 'learner');
    this.#peer = peers.find(isOwn) ?? this.#peer;
    this.#isSoleVoter = voters.length === 1 && voters.every(isOwn);
    this.#isAlone = this.#isSoleVoter && peers.length === 1;
    this.acquaintances.forget(peers);
  }

  #startServing(): void {
    if (this.#isServing || !this.#node.isLeader || this.#applier.term !== this.#node.term) return;
    for (const observer of this.#host.observers) observer.becameLeader?.(this);
    this.#isServing = true;
    this.#readIndex.serving();
  }

  #steppedDown(): void {
    this.proposals.steppedDown();
    this.#lease.steppedDown();
    this.#followers.clear();
    if (!this.#isServing) return;
    this.#isServing = false;
    for (const observer of this.#host.observers) observer.lostLeadership?.(this.regionId);
  }

  notLeader(): RegionError {
    return this.refuse('not-leader', 'this replica does not lead', { leader: this.leader });
  }

  proposalInMergingMode(): RegionError {
    return this.refuse('proposal-in-merging-mode', 'the region is about to become part of its neighbour');
  }

  epochNotMatch(): RegionError {
    const others = this.#host.regionsIn(this.#formerRange).filter(({ regionId }) => regionId !== this.regionId);
    return this.refuse('epoch-not-match', 'the region changed while the proposal was under way', {
      currentRegions: [this.#region, ...others],
    });
  }

  refuse(kind: RegionErrorKind, message: string, details: RegionErrorDetails = {}): RegionError {
    return new RegionError(kind, this.regionId, message, details);
  }
}
