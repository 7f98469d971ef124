/**
 * One replica of a region on this store: its RawNode, the proposals under way, and what it takes to read and apply.
 *
 * The store's loop drives it: `admit` moves proposals into raft, `ready` / `finish` frame one round, `apply` turns
 * committed entries into engine writes. Nothing in here waits or does I/O.
 */

import type { Key, KeyRange, PeerId, RegionId, StoreId, Ts } from '../../base/index.ts';
import type { PeerChange, PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import { type Entry, type EntryId, type HardState, type Message, RawNode, type Ready } from '../../raft/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';
import { Acquaintances } from './acquaintances.ts';
import type { AdminCommand, ChangePeersCommand, CommitMergeCommand, PrepareMergeCommand } from './admin-codec.ts';
import { Applier } from './applier.ts';
import type { ApplyBatch } from './apply-batch.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { encodeAdmin, encodeDestroyRange, encodeWrite, type RegionCommand } from './command-codec.ts';
import { ProposalSum } from './flow-control.ts';
import { LEASE_ROUND, LeaderLease } from './leader-lease.ts';
import {
  ELECTION_TICKS,
  HANDOVER_MS,
  HEARTBEAT_TICKS,
  LEASE_MS,
  MAX_UNCOMMITTED_BYTES,
  RAFT_LIMITS,
} from './limits.ts';
import { LoadSampler } from './load-sampler.ts';
import type { RegionLog } from './log/region-log.ts';
import { unneededIndex } from './log-trimming.ts';
import { confChangeOf, confStateOf, hasQuorum, refuseChange, regionAfter } from './membership.ts';
import { entriesBetween, type MergeState, matchedByAll, mergeFrom, preparedFrom, refuseMerge } from './merging.ts';
import type { PeerBirth, PeerHost } from './peer-host.ts';
import { PeerSleep } from './peer-sleep.ts';
import { PeerStorage } from './peer-storage.ts';
import { type Proposal, ProposalQueue } from './proposal-queue.ts';
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

export class Peer implements RegionAdmin, ReadingReplica {
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
  /** The `minIndex` of a PrepareMerge that is in the log of this leader and not applied. */
  #stoppingFrom: number | undefined;
  #installedVersion: number;
  /** A step of a merge is proposed: this region takes another one over, or goes on by itself. */
  #isAbsorbing = false;
  /** The log was replaced by a snapshot whose contents are on their way into the engine. */
  #isInstalling = false;
  #heldMessages: readonly Message[] = [];
  readonly sleep: PeerSleep;
  readonly flow = new FlowMeter();
  readonly load = new LoadSampler();
  readonly #followers = new FollowerMeter();
  readonly acquaintances = new Acquaintances();
  /** What the change whose effect runs now made of the region. */
  #outcome: readonly Region[] = [];
  readonly #log: RegionLog;
  readonly #node: RawNode;
  /** Proposals that are not answered yet. */
  readonly #underWay: ProposalSum;
  readonly #inbox: ProposalQueue;
  readonly #proposed: ProposalQueue;
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
    this.#underWay = new ProposalSum(host.flow.underWay);
    this.#inbox = new ProposalQueue(this.#underWay);
    this.#proposed = new ProposalQueue(this.#underWay);
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
        proposalOf: (entry) => this.#proposalOf(entry),
        ownEntries: (low, high) => this.#log.slice(low + 1, high + 1),
        applyConfChange: (change) => this.#node.applyConfChange(change),
        mergeDecided: () => {
          this.#stoppingFrom = undefined;
        },
        mergePrepared: () => this.#lease.revoke(),
        settle: (proposal, outcome) => this.#settleAdmin(proposal, outcome),
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

  get hasInbox(): boolean {
    return this.#inbox.length > 0;
  }

  get hasUnanswered(): boolean {
    return this.#inbox.length > 0 || this.#proposed.length > 0 || this.isBlocked || this.#readIndex.isWaiting;
  }

  get hasReady(): boolean {
    return this.#node.hasReady();
  }

  read(): KvReader {
    const refusal = this.#host.readRefusal();
    if (refusal !== undefined) throw this.refuse(refusal.kind, refusal.message);
    this.stir();
    if (this.isMerging) throw this.#merging();
    if (!this.#isServing || !this.hasLease) throw this.#notLeader();
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
      if (!held) throw this.#notLeader();
    });
  }

  /** Whether `read` would answer now; asking wakes nobody up. */
  get canRead(): boolean {
    return this.#isServing && !this.isMerging && this.hasLease && this.#host.readRefusal() === undefined;
  }

  propose(operations: readonly WriteOperation[], onApplied?: () => void): Promise<void> {
    const epochVersion = this.epoch.version;
    const data = encodeWrite(epochVersion, operations);
    return this.#enqueue(data, { kind: 'write', epochVersion, operations }, onApplied);
  }

  destroyRange(range: KeyRange): Promise<void> {
    const epochVersion = this.epoch.version;
    return this.#enqueue(
      encodeDestroyRange(epochVersion, range),
      { kind: 'destroy-range', epochVersion, range },
      undefined,
    );
  }

  async split(splits: readonly RegionSplit[]): Promise<readonly Region[]> {
    const { version: epochVersion, confVer } = this.epoch;
    const problem = refuseSplit(this.#region, splits);
    if (problem !== undefined) throw this.refuse('invalid-change', problem);
    return await this.#proposeAdmin({ kind: 'split', epochVersion, confVer, splits });
  }

  async changePeers(changes: readonly PeerChange[]): Promise<Region> {
    const { version: epochVersion, confVer } = this.epoch;
    const problem = refuseChange(this.#region, this.#peer, changes);
    if (problem !== undefined) throw this.refuse('invalid-change', problem);
    await this.#proposeAdmin({ kind: 'change-peers', epochVersion, confVer, changes });
    return this.#region;
  }

  transferLeader(to: PeerId): Promise<void> {
    const target = this.#region.peers.find(({ peerId }) => peerId === to);
    if (!this.isLeader) return Promise.reject(this.#notLeader());
    if (target === undefined || target.role === 'learner' || target.role === 'demoting-voter') {
      return Promise.reject(this.refuse('invalid-change', `peer ${to} cannot lead`));
    }
    if (to === this.peerId) return Promise.resolve();
    return this.#handOver(to);
  }

  async #handOver(to: PeerId): Promise<void> {
    await this.#prepareHandover();
    if (!this.isLeader) throw this.#notLeader();
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
    await this.#proposeAdmin({ kind: 'prepare-merge', epochVersion, confVer, minIndex: 0, target });
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
    return this.#applier.mergeState !== undefined || this.#stoppingFrom !== undefined;
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
    this.#proposeAdmin({
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
    this.#proposeAdmin({ kind: 'rollback-merge', epochVersion, confVer, commit: mergeState.commit })
      .catch(() => {})
      .finally(() => {
        this.#isAbsorbing = false;
      });
  }

  /** A leader hands over to any other voter; to the one on `preferred`, if there is one. */
  passOn(preferred?: StoreId): void {
    const others = this.#region.peers.filter(({ peerId, role }) => role === 'voter' && peerId !== this.peerId);
    const any = others[this.#host.randomBelow(Math.max(1, others.length))];
    const to = others.find(({ storeId }) => storeId === preferred) ?? any;
    if (this.#node.isLeader && to !== undefined) this.#handOver(to.peerId).catch(() => {});
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
    this.abandon('stale-command', 'the replica was removed while the proposal was under way');
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
    return this.mergeState?.minIndex ?? this.#stoppingFrom ?? preparedFrom(this.#log, this.appliedIndex);
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

  /** Hands waiting proposals to raft for as long as `admits` has room for the next. */
  admit(admits: (entryBytes: number) => boolean): void {
    for (let next = this.#inbox.first; next !== undefined; next = this.#inbox.first) {
      if (this.#node.isLeader && !admits(next.data.byteLength)) break;
      this.#inbox.shift();
      const refusal = this.#hand(next);
      if (refusal !== undefined) {
        next.reject(refusal);
        continue;
      }
      next.index = this.#node.lastIndex;
      next.term = this.#node.term;
      if (next.command.kind !== 'write') this.#lease.reorganisedAt(next.index);
      this.#proposed.push(next);
    }
  }

  /** Refuses what waits to enter the log: all, or `count` of the oldest. */
  refuseInbox(kind: RegionErrorKind, message: string, count?: number): void {
    for (const proposal of this.#inbox.takeAll(count)) proposal.reject(this.refuse(kind, message));
  }

  /** Gives up on everything unanswered: what already entered the log may or may not be applied. */
  abandon(kind: 'stale-command' | 'store-failed', message: string): void {
    for (const proposal of [...this.#proposed.takeAll(), ...this.#inbox.takeAll()]) {
      proposal.reject(this.refuse(kind, message));
    }
    if (kind !== 'store-failed') return;
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

  #settleAdmin(proposal: Proposal | undefined, outcome: readonly Region[]): void {
    this.#outcome = outcome;
    proposal?.onApplied?.();
    proposal?.resolve();
  }

  /** The proposal made here that `entry` is, if any. */
  #proposalOf(entry: Entry): Proposal | undefined {
    const { first } = this.#proposed;
    return first !== undefined && first.index === entry.index && first.term === entry.term
      ? this.#proposed.shift()
      : undefined;
  }

  async #proposeAdmin(command: AdminCommand): Promise<readonly Region[]> {
    let outcome: readonly Region[] = [];
    await this.#enqueue(encodeAdmin(command), command, () => {
      outcome = this.#outcome;
    });
    return outcome;
  }

  /** Hands a proposal to raft, or tells why it cannot be. */
  #hand(proposal: Proposal): RegionError | undefined {
    const { data, command } = proposal;
    if (!this.#node.isLeader) return this.#notLeader();
    if (this.isMerging && command.kind !== 'rollback-merge') return this.#merging();
    if (this.isBlocked) return this.refuse('server-is-busy', 'the log is still replayed');
    if (command.kind === 'prepare-merge') return this.#handPrepareMerge(proposal, command);
    if (command.kind !== 'write' && command.epochVersion !== this.epoch.version) return this.epochNotMatch();
    if (command.kind === 'change-peers') {
      const refusal = this.#refuseMembership(command);
      if (refusal !== undefined) return refusal;
      return this.#node.proposeConfChange(confChangeOf(command.changes, data)) === 'ok' ? undefined : this.#notLeader();
    }
    return this.#node.propose(data) === 'ok' ? undefined : this.#dropped();
  }

  /** Raft takes no proposal: leadership is on its way to somebody else, or no quorum has what was proposed before. */
  #dropped(): RegionError {
    if (this.#node.leadTransferee !== 0) return this.#notLeader();
    return this.refuse('server-is-busy', `a quorum lags more than ${MAX_UNCOMMITTED_BYTES} bytes behind`);
  }

  #handPrepareMerge(proposal: Proposal, command: PrepareMergeCommand): RegionError | undefined {
    if (command.epochVersion !== this.epoch.version || command.confVer !== this.epoch.confVer)
      return this.epochNotMatch();
    const minIndex = this.#node.hasPendingConfChange ? undefined : mergeFrom(this.#node.status(), this.#log);
    if (minIndex === undefined) return this.refuse('server-is-busy', 'a member lags too far behind for a merge');
    const complete = { ...command, minIndex };
    proposal.command = complete;
    if (this.#node.propose(encodeAdmin(complete)) !== 'ok') return this.#notLeader();
    this.#stoppingFrom = minIndex;
    this.#lease.revoke();
    return undefined;
  }

  #merging(): RegionError {
    return this.refuse('proposal-in-merging-mode', 'the region is about to become part of its neighbour');
  }

  #refuseMembership({ confVer, changes }: ChangePeersCommand): RegionError | undefined {
    if (confVer !== this.epoch.confVer) return this.epochNotMatch();
    if (this.#node.hasPendingConfChange) return this.refuse('server-is-busy', 'another change of members is under way');
    if (this.#isSoleVoter) return undefined;
    const { progress } = this.#node.status();
    const matchOf = (id: number): number =>
      id === this.peerId ? this.#node.lastIndex : (progress.get(id)?.match ?? 0);
    return hasQuorum(regionAfter(this.#region, changes), matchOf, this.#log.firstIndex - 1)
      ? undefined
      : this.refuse('invalid-change', 'too few of the voters would have the log: add them as learners first');
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

  #enqueue(data: Uint8Array, command: RegionCommand, onApplied: (() => void) | undefined): Promise<void> {
    const refusal = this.#host.refusal(data.byteLength, this.#underWay);
    if (refusal !== undefined) return Promise.reject(this.refuse(refusal.kind, refusal.message, refusal.details));
    if (this.#isRemoved) return Promise.reject(this.refuse('region-not-found', 'the replica was removed'));
    this.stir();
    if (!this.#node.isLeader) return Promise.reject(this.#notLeader());
    if (this.isMerging && command.kind !== 'rollback-merge') return Promise.reject(this.#merging());
    return new Promise((resolve, reject) => {
      this.#inbox.push({ data, command, index: 0, term: 0, onApplied, resolve, reject });
      this.#host.wake(this);
    });
  }

  #startServing(): void {
    if (this.#isServing || !this.#node.isLeader || this.#applier.term !== this.#node.term) return;
    for (const observer of this.#host.observers) observer.becameLeader?.(this);
    this.#isServing = true;
    this.#readIndex.serving();
  }

  #steppedDown(): void {
    this.abandon('stale-command', 'leadership was lost while the proposal was under way');
    this.#lease.steppedDown();
    this.#followers.clear();
    this.#stoppingFrom = undefined;
    if (!this.#isServing) return;
    this.#isServing = false;
    for (const observer of this.#host.observers) observer.lostLeadership?.(this.regionId);
  }

  #notLeader(): RegionError {
    return this.refuse('not-leader', 'this replica does not lead', { leader: this.leader });
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
