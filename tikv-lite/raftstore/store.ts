/**
 * A store: its replicas, what brings them to life, changes and ends them, and what they need of it. One loop drives all of
 * them (`store-loop.ts`).
 *
 * On start every replica begins at the newest checkpoint (`checkpoint.ts`) and replays its log from there, whatever the
 * engine has already: entries are blind writes, so applying them again ends in the same state, and no order of writes
 * inside the engine needs to be trusted.
 */

import {
  assert,
  defined,
  type Env,
  type Key,
  type KeyRange,
  type Logger,
  MIN_KEY,
  pause,
  type RegionId,
  type StoreId,
} from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { EntryId, Message, Snapshot } from '../../raft/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { answerTo, judgeArrival } from './arrivals.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { type CompletedCheckpoint, captureReplicas, completeCheckpoint } from './checkpoint-scope.ts';
import { Checkpointer, type CheckpointHost, type GroupPart } from './checkpointer.ts';
import { clearRegionData } from './clear-data.ts';
import { Departures } from './departures.ts';
import { FlowControl, type ProposalLoad, type Refusal } from './flow-control.ts';
import {
  MAX_ENTRY_BYTES,
  MAX_HELD_MESSAGES,
  MAX_LOG_SEGMENTS,
  PASS_ON_TICKS,
  SNAPSHOT_BYTES_PER_SECOND,
  TICK_MS,
} from './limits.ts';
import type { LogItem } from './log/log-items.ts';
import type { RaftLog } from './log/raft-log.ts';
import { hasPassed, sameEpoch } from './merging.ts';
import { Peer } from './peer.ts';
import { PeerDirectory } from './peer-directory.ts';
import type { PeerHost } from './peer-host.ts';
import { applyStateWrite, INITIAL_INDEX, INITIAL_TERM } from './region.ts';
import { type RegionAdmin, RegionError, type RegionErrorKind, type RegionObserver } from './region-kv.ts';
import { ReplicaClock } from './replica-clock.ts';
import { Pacer } from './snapshot/pacer.ts';
import { SnapshotReceiver } from './snapshot/receiving.ts';
import { SnapshotSender } from './snapshot/sending.ts';
import type { StagingArea } from './snapshot/staging.ts';
import type { CheckedRegion } from './split-checker.ts';
import { StaleReplicas } from './stale-replicas.ts';
import { StoreLoop } from './store-loop.ts';
import type { RegionMessage, StoreTransport } from './transport.ts';

/** What `openStore` puts together. */
export interface StoreParts {
  readonly env: Env;
  readonly directory: string;
  readonly storeId: StoreId;
  readonly clusterId: number;
  readonly engine: KvEngine;
  readonly log: RaftLog;
  /** Snapshots that arrive. */
  readonly staging: StagingArea;
  /** As of the newest checkpoint; snapshots that were half applied then are applied. */
  readonly replicas: readonly RegionCheckpoint[];
  readonly transport: StoreTransport;
  readonly observers: readonly RegionObserver[];
  readonly logger: Logger | undefined;
  readonly maxProposalBytes?: number | undefined;
  readonly releaseLock: () => Promise<void>;
}

export interface StoreStatistics {
  readonly regions: number;
  /** Replicas that sleep, because nothing happens in their region. */
  readonly hibernatedRegions: number;
  readonly logBytes: number;
  readonly enginePendingBytes: number;
  /** Proposals that are not answered yet. */
  readonly proposals: ProposalLoad;
  /** So far, because too much was under way. */
  readonly refusedProposals: number;
  /** Bytes of entries from other stores that are not in the log yet. */
  readonly arrivedBytes: number;
  readonly logWrites: number;
  readonly appliedEntries: number;
}

export class Store implements PeerHost, CheckpointHost {
  readonly storeId: StoreId;
  readonly clusterId: number;
  readonly reader: KvEngine;
  readonly observers: readonly RegionObserver[];
  readonly #parts: StoreParts;
  readonly #log: RaftLog;
  readonly #peers = new PeerDirectory<Peer>();
  readonly #clock: ReplicaClock;
  readonly #stale: StaleReplicas<Peer>;
  readonly #departures: Departures;
  /** For replicas that a split is about to make; the oldest go first. */
  #held: RegionMessage[] = [];
  readonly flow: FlowControl;
  readonly #loop: StoreLoop;
  readonly #checkpointer = new Checkpointer(this);
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  #checkpointTriedIn = 0;
  #isClosed = false;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.storeId = parts.storeId;
    this.clusterId = parts.clusterId;
    this.reader = parts.engine;
    this.observers = parts.observers;
    this.#log = parts.log;
    const { maxProposalBytes } = parts;
    this.flow = new FlowControl({ monotonicMs: () => this.monotonicMs(), log: parts.log, maxProposalBytes });
    this.#clock = this.#newClock();
    this.#stale = this.#newStaleReplicas();
    this.#departures = this.#newDepartures();
    this.#loop = this.#newLoop();
    this.#sender = this.#newSender();
    this.#receiver = this.#newReceiver();
    for (const replica of parts.replicas) this.#revive(replica);
    this.#departures.clearUnclaimed();
    this.#loop.schedule();
  }

  #newClock(): ReplicaClock {
    return new ReplicaClock({
      peers: this.#peers,
      monotonicMs: () => this.monotonicMs(),
      startClock: () => this.#tickLater(),
      send: (messages) => this.#parts.transport.send(messages),
      awaken: (peer) => this.#loop.attend(peer),
      driveMerge: (source) => this.#driveMerge(source),
      doubt: (peer) => this.#stale.ask(peer),
    });
  }

  #newStaleReplicas(): StaleReplicas<Peer> {
    return new StaleReplicas({
      storeId: this.storeId,
      resident: (regionId) => this.#peers.get(regionId),
      residentsIn: (range) => this.#peers.overlapping(range),
      tombstone: (regionId) => this.#departures.tombstones.get(regionId),
      send: (messages) => this.#parts.transport.send(messages),
      monotonicMs: () => this.monotonicMs(),
      remove: (peer, mergedInto) => this.#removeStale(peer, mergedInto),
    });
  }

  #newDepartures(): Departures {
    const { engine, logger } = this.#parts;
    return new Departures({
      engine,
      logger,
      forget: (peer) => this.#forget(peer),
      regionsIn: (range) => this.regionsIn(range),
      makeCheckpoint: () => this.#checkpointer.run(),
      pause: (ms) => this.pause(ms),
      isOver: () => this.#isOver,
    });
  }

  #newLoop(): StoreLoop {
    return new StoreLoop({
      ...this.#parts,
      flow: this.flow,
      sender: () => this.#sender,
      receiver: () => this.#receiver,
      peers: () => this.#peers.all(),
      isClosed: () => this.#isClosed,
      beginInstalling: (peer, snapshot, items) => this.#beginInstalling(peer, snapshot, items),
      install: (peer, held) => this.#install(peer, held),
      groupWritten: () => this.#maybeCheckpoint(),
    });
  }

  #newSender(): SnapshotSender {
    const { engine, env, transport, logger } = this.#parts;
    return new SnapshotSender({
      engine,
      timers: env.timers,
      transport,
      pacer: new Pacer(env.clock, env.timers, SNAPSHOT_BYTES_PER_SECOND),
      logger,
      isSettled: () => this.#loop.isSettled,
      wake: (peer) => this.wake(peer),
    });
  }

  #newReceiver(): SnapshotReceiver {
    const { engine, env, staging, logger } = this.#parts;
    return new SnapshotReceiver({
      engine,
      timers: env.timers,
      staging,
      logger,
      checkpoint: () => this.#log.checkpoint,
      peer: (regionId) => this.#peers.get(regionId),
      replicasIn: (range) => this.#peers.overlapping(range),
      isBeingCleared: (range) => this.#departures.isBeingCleared(range),
      replacedBy: (region) => this.#stale.replacedBy(region),
      refused: ({ regionId, range, epoch }) => this.#stale.askWhoeverHolds(range, regionId, epoch),
      deliver: (message) => this.receive([message]),
      makeCheckpoint: () => this.#checkpointer.run(),
      clearData: (range, except) =>
        clearRegionData(engine, range, (part) => this.regionsIn(part).filter((one) => one !== except.region)),
      installed: (peer) => this.#installed(peer),
      wake: (peer) => this.wake(peer),
      pause: (ms) => this.pause(ms),
      isOver: () => this.#isOver,
    });
  }

  /** A replica of the checkpoint comes back to life, or is known to be gone. */
  #revive({ state, region, peerId, index, term, merge, mergedInto, installedVersion = 0 }: RegionCheckpoint): void {
    const { regionId } = region;
    if (state === 'tombstone') {
      this.#departures.tombstones.set(regionId, {
        region,
        peerId,
        applied: { index, term },
        mergedInto,
        installedVersion,
      });
      return;
    }
    const own = region.peers.find((peer) => peer.peerId === peerId);
    assert(own !== undefined, `replica ${peerId} is a member of region ${regionId}`);
    const log = this.#log.region(regionId);
    const applied = { index, term };
    this.#addPeer(new Peer(this, { own, region, log, applied, merge, installedVersion, isNewborn: false }));
  }

  region(regionId: RegionId): RegionAdmin | undefined {
    return this.#peers.get(regionId);
  }

  /** The region of this store that a user key belongs to. */
  regionOf(key: Key): RegionAdmin | undefined {
    return this.#peers.atUserKey(key);
  }

  /** Those that know their range, in key order; the list changes with them. */
  get regions(): readonly RegionAdmin[] {
    return this.#peers.inKeyOrder;
  }

  /** For the split checker. */
  get checkedRegions(): readonly CheckedRegion[] {
    return this.#peers.inKeyOrder;
  }

  get engine(): KvEngine {
    return this.#parts.engine;
  }

  /** Why the store failed, if it did: a DiskError, or what is wrong with the store itself. Only a restart helps. */
  get failure(): Error | undefined {
    return this.#loop.cause;
  }

  /** Takes in nothing any more. */
  get #isOver(): boolean {
    return this.#isClosed || this.#loop.failure !== undefined;
  }

  get statistics(): StoreStatistics {
    return {
      regions: this.#peers.size,
      hibernatedRegions: this.#clock.sleepers,
      logBytes: this.#log.usedBytes,
      enginePendingBytes: this.engine.pendingBytes,
      proposals: { count: this.flow.underWay.count, bytes: this.flow.underWay.bytes },
      refusedProposals: this.flow.refusals,
      arrivedBytes: this.flow.arrivedBytes,
      logWrites: this.#loop.logWrites,
      appliedEntries: this.#loop.appliedEntries,
    };
  }

  /** Messages from other stores. */
  receive(messages: readonly RegionMessage[]): void {
    if (this.#isOver) return;
    const answers: RegionMessage[] = [];
    for (const message of messages) this.#loop.guard(() => this.#arrive(message, answers));
    if (answers.length > 0) this.#parts.transport.send(answers);
    this.#loop.scheduleIfNeeded();
  }

  #arrive(message: RegionMessage, answers: RegionMessage[]): void {
    const { regionId, to } = message;
    if (to.storeId !== this.storeId) return;
    this.#clock.heard(message.from.storeId);
    const resident = this.#peers.get(regionId);
    const tombstone = this.#departures.tombstones.get(regionId);
    const verdict = judgeArrival(message, {
      resident,
      tombstone,
      isLeaving: this.#departures.isLeaving(regionId),
      hasLog: this.#log.isFounded(regionId),
      isCovered: () =>
        this.#peers.overlapping(message.range).some((peer) => !this.#stale.isPartOf(peer, regionId, message.epoch)),
    });
    if (verdict === 'deliver' && resident !== undefined) this.#deliver(resident, message);
    else if (verdict === 'create') this.#deliver(this.#createBlank(message), message);
    else if (verdict === 'hold') this.#hold(message);
    else if (verdict === 'remove-own' && resident !== undefined) this.#removeOutdated(resident, message);
    else if (verdict === 'note-members' && resident !== undefined) {
      if (message.committed !== undefined) resident.learnCommitted(message.committed);
      this.#stale.noteMembers(resident, message);
    } else if (verdict === 'note-merged' && resident !== undefined && message.mergeTarget !== undefined) {
      this.#stale.noteMerged(resident, message.mergeTarget);
    } else {
      const answer = answerTo(
        verdict,
        message,
        resident && { region: resident.region, applied: resident.applied },
        tombstone,
      );
      if (answer !== undefined) answers.push(answer);
    }
    if (resident === undefined && verdict !== 'create') {
      this.#stale.noteAbsent(message);
      this.#stale.askWhoeverHolds(message.range, regionId, message.epoch);
    }
  }

  /** A replica of this name that knows nothing may come back: the next leader that speaks to it is right. */
  #removeOutdated(resident: Peer, { to, committed }: RegionMessage): void {
    if (!resident.isReplayed) return;
    if (resident.isInitialised || to.peerId > resident.peerId) this.removePeer(resident, resident.region, committed);
    else {
      resident.remove();
      this.#forget(resident);
    }
  }

  #removeStale(peer: Peer, mergedInto: Region): void {
    this.#departures.end(peer, { region: peer.region, mergedInto, clearsData: true });
    for (const observer of this.observers) observer.removed?.(peer.regionId);
  }

  #deliver(peer: Peer, arrived: RegionMessage): void {
    const { from, message } = arrived;
    peer.acquaintances.meet(from, peer.region.peers);
    this.#clock.heed(peer, arrived);
    if (message === undefined || !this.flow.takesEntries(message)) return;
    peer.step(message);
    this.#loop.attend(peer);
  }

  /** A replica that knows its name only; its leader will send it a snapshot. */
  #createBlank({ regionId, to }: RegionMessage): Peer {
    const log = this.#log.region(regionId);
    const region: Region = { regionId, range: { start: MIN_KEY }, epoch: { confVer: 0, version: 0 }, peers: [] };
    const applied = { index: 0, term: 0 };
    const peer = new Peer(this, { own: to, region, log, applied, isNewborn: log.hardState.term === 0 });
    this.#addPeer(peer);
    return peer;
  }

  #hold(message: RegionMessage): void {
    this.#held.push(message);
    if (this.#held.length > MAX_HELD_MESSAGES) this.#held.splice(0, MAX_HELD_MESSAGES / 2);
  }

  #addPeer(peer: Peer): void {
    this.#peers.add(peer);
    this.#loop.add(peer);
    this.#clock.note(peer);
  }

  membersChanged(peer: Peer, region: Region): void {
    this.#peers.move([], () => peer.publish(region));
    this.#rememberCommit(peer);
    this.#clock.note(peer);
    for (const observer of this.observers) observer.changed?.(peer);
  }

  /** A replica that forgot after a crash that its members changed would need the votes of those who are gone. */
  #rememberCommit(peer: Peer): void {
    this.#loop.remember(peer);
  }

  regionSplit(parent: Peer, parts: readonly Region[]): void {
    const own = defined(parts.at(-1), 'a split has parts');
    this.#peers.move([parent], () => parent.publish(own));
    const peers: Peer[] = [];
    for (const part of parts) {
      const peer = part === own ? parent : this.#createChild(part);
      if (peer !== undefined) peers.push(peer);
    }
    this.#rememberCommit(parent);
    for (const observer of this.observers) {
      observer.split?.(parent, peers);
      observer.changed?.(parent);
    }
    for (const peer of peers) {
      if (peer === parent) continue;
      if (parent.isLeader) peer.campaign();
      const waiting = this.#held.filter(({ regionId }) => regionId === peer.regionId);
      this.#held = this.#held.filter(({ regionId }) => regionId !== peer.regionId);
      for (const message of waiting) if (message.to.peerId === peer.peerId) this.#deliver(peer, message);
    }
  }

  /**
   * The replica of a region that a split made, unless it was removed already. Its log begins behind a fixed point, as on
   * every other store; what a vote of a replica that a message had made has promised holds on.
   */
  #createChild(region: Region): Peer | undefined {
    const { regionId } = region;
    const own = defined(
      region.peers.find(({ storeId }) => storeId === this.storeId),
      'a part has a replica where its parent has one',
    );
    const tombstone = this.#departures.tombstones.get(regionId);
    if (tombstone !== undefined && tombstone.peerId >= own.peerId) return undefined;
    const blank = this.#peers.get(regionId);
    if (blank !== undefined) {
      assert(!blank.isInitialised, `region ${regionId} is split off twice`);
      this.#forget(blank);
      blank.remove();
    }
    const log = this.#log.region(regionId);
    const isNewborn = log.lastIndex === 0;
    if (isNewborn) {
      const { term, vote } = log.hardState;
      log.truncate(INITIAL_INDEX, INITIAL_TERM);
      log.hardState = {
        term: Math.max(term, INITIAL_TERM),
        vote: term > INITIAL_TERM ? vote : 0,
        commit: INITIAL_INDEX,
      };
      const { hardState } = log;
      this.#loop.writeFirst([
        { kind: 'truncated', regionId, index: INITIAL_INDEX, term: INITIAL_TERM },
        { kind: 'hard-state', regionId, hardState },
      ]);
    }
    const applied = { index: INITIAL_INDEX, term: INITIAL_TERM };
    const peer = new Peer(this, { own, region, log, applied, isNewborn: isNewborn && blank === undefined });
    this.#addPeer(peer);
    return peer;
  }

  neighbour(regionId: RegionId): Peer | undefined {
    return this.#peers.get(regionId);
  }

  block(peer: Peer): void {
    this.#loop.block(peer);
  }

  mergePrepared(source: Peer): void {
    this.#clock.note(source);
    this.#driveMerge(source);
  }

  /**
   * Where the target leads, it takes the source over. Where the source leads and the target's log here has gone past the
   * point at which it could have been taken over, it goes on by itself. Where that log was not seen to its end, some other
   * store has to decide; or the merge is done, and the others know.
   */
  #driveMerge(source: Peer): void {
    const { mergeState } = source;
    if (mergeState === undefined) return;
    const expected = mergeState.target;
    const target = this.#peers.get(expected.regionId);
    if (target !== undefined && sameEpoch(target.epoch, expected.epoch)) {
      target.commitMerge(source);
      this.#bringTogether(source, target);
      return;
    }
    const end = this.#departures.tombstones.get(expected.regionId);
    const witness = target ?? (end && { epoch: end.region.epoch, installedVersion: end.installedVersion });
    if (witness !== undefined && hasPassed(expected.epoch, source.epoch, witness)) source.rollBackMerge();
    else if (this.#clock.ticks % PASS_ON_TICKS === 0) {
      this.#stale.ask(source);
      source.passOn();
    }
  }

  /**
   * The target's leader goes by the source's replica beside it. That may have let go of entries that others lacked, and only
   * a leader knows that they have them by now, or can send them; where it cannot, another may.
   */
  #bringTogether(source: Peer, target: Peer): void {
    if (!source.isLeader || this.#clock.ticks % PASS_ON_TICKS !== 0) return;
    const leaderStore = target.leader?.storeId;
    if (leaderStore !== this.storeId || source.entriesOfMerge() === undefined) source.passOn(leaderStore);
  }

  regionMerged(source: Peer, target: Peer, region: Region): void {
    const { regionId } = source;
    this.#departures.end(source, { region: source.region, mergedInto: region, clearsData: false });
    this.#peers.move([target], () => target.publish(region));
    for (const observer of this.observers) {
      observer.merged?.(regionId, target);
      observer.changed?.(target);
      observer.removed?.(regionId);
    }
  }

  removePeer(peer: Peer, region: Region, committed?: EntryId): void {
    if (peer.isRemoved) return;
    const { regionId, isInitialised } = peer;
    this.#departures.end(peer, { region, committed, clearsData: isInitialised });
    if (isInitialised) for (const observer of this.observers) observer.removed?.(regionId);
  }

  #forget(peer: Peer): void {
    this.#peers.remove(peer);
    this.#loop.forget(peer);
    this.#clock.forget(peer);
    this.#sender.forget(peer);
    this.#receiver.forget(peer);
  }

  takeSnapshot(peer: Peer): Snapshot | undefined {
    return this.#sender.take(peer);
  }

  /**
   * A snapshot from another store. Resolves when it is durable here and with raft; rejects with RegionError
   * ('server-is-busy', 'store-failed') or DiskError when it is not taken, and the sender tries again later.
   */
  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const problem = this.#loop.failure ?? (this.#isClosed ? 'the store is closing' : this.#loop.spaceProblem);
    if (problem !== undefined) return Promise.reject(new RegionError('store-failed', header.regionId, problem));
    return this.#receiver.receive(header, chunks);
  }

  #beginInstalling(peer: Peer, snapshot: Snapshot, items: LogItem[]): void {
    const { replica, replacing } = this.#receiver.begin(peer, snapshot);
    const replaced: RegionCheckpoint[] = [];
    for (const [other, mergedInto] of replacing) {
      const { region, regionId } = other;
      replaced.push({ ...other.checkpoint, state: 'tombstone', merge: undefined, region, mergedInto });
      this.#departures.end(other, { region, mergedInto, isReplaced: true, clearsData: true });
      for (const observer of this.observers) observer.removed?.(regionId);
    }
    peer.beginInstalling(replica);
    items.push({ kind: 'applying', replica, replaced });
  }

  #install(peer: Peer, held: readonly Message[]): void {
    const { region } = peer.checkpoint;
    const formerRange = peer.isInitialised ? peer.region.range : undefined;
    this.#peers.move([peer], () => peer.publish(region));
    peer.holdMessages(held);
    this.#receiver.install(peer, formerRange);
  }

  #installed(peer: Peer): void {
    const { applied } = peer;
    this.#loop.writeToEngine([applyStateWrite(peer.regionId, applied)]);
    this.#loop.send(peer, peer.endInstalling());
    this.#parts.logger?.info({ regionId: peer.regionId, index: applied.index }, 'a snapshot was applied');
    for (const observer of this.observers) {
      observer.restored?.(peer);
      observer.changed?.(peer);
    }
    this.wake(peer);
  }

  pause(ms: number): Promise<void> {
    return pause(this.#parts.env.timers, ms);
  }

  regionsIn(range: KeyRange): readonly Region[] {
    return this.#peers.overlapping(range).map(({ region }) => region);
  }

  /** Resolves once every region that commits alone leads and has applied its whole log. Rejects when the store failed. */
  async untilServing(): Promise<void> {
    const isServing = (): boolean => this.#peers.inKeyOrder.every((peer) => !peer.isSoleVoter || peer.isServing);
    while (!isServing()) {
      const { cause } = this.#loop;
      if (cause !== undefined) throw cause;
      await this.#loop.nextIdle();
    }
  }

  /**
   * Answers what is under way (a leader without a quorum gives up soon), makes the engine durable so that the next start
   * replays nothing, and lets go of the files. Later proposals and reads are refused with 'store-failed'.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#loop.schedule();
    while (this.#loop.failure === undefined && this.#isBusy()) await this.#loop.nextIdle();
    await this.#checkpointer.settled();
    if (this.#loop.failure === undefined && this.engine.state === 'open') await this.#checkpointAtEnd();
    this.#sender.close();
    this.#loop.close();
    await this.#log.close();
    await this.engine.close();
    await this.#parts.releaseLock();
  }

  #isBusy(): boolean {
    if (this.#loop.hasWork) return true;
    for (const peer of this.#peers.all()) if (peer.hasUnanswered) return true;
    return false;
  }

  refusal(entryBytes: number, load: ProposalLoad): Refusal | undefined {
    const { failure } = this.#loop;
    if (failure !== undefined) return { kind: 'store-failed', message: failure };
    if (this.#isClosed) return { kind: 'store-failed', message: 'the store is closing' };
    const limit = Math.min(MAX_ENTRY_BYTES, this.#log.maxEntryBytes);
    if (entryBytes > limit) {
      return { kind: 'raft-entry-too-large', message: `a proposal of ${entryBytes} bytes; the limit is ${limit}` };
    }
    const full = this.#loop.spaceProblem;
    if (full !== undefined) return { kind: 'disk-full', message: full };
    return this.flow.refusal(entryBytes, load);
  }

  readRefusal(): { readonly kind: RegionErrorKind; readonly message: string } | undefined {
    const { state } = this.engine;
    if (state === 'open' || state === 'refusing') return undefined;
    if (state === 'reopening') return { kind: 'server-is-busy', message: 'the engine is being reopened' };
    return { kind: 'store-failed', message: this.#loop.failure ?? 'the store is closed' };
  }

  wake(peer: Peer): void {
    this.#loop.wake(peer);
  }

  send(peer: Peer, message: Message): void {
    this.#loop.send(peer, [message]);
  }

  monotonicMs(): number {
    return this.#parts.env.clock.monotonicMs();
  }

  randomBelow(bound: number): number {
    return this.#parts.env.random.below(bound);
  }

  #maybeCheckpoint(): void {
    if (this.#checkpointer.isRunning || this.#isClosed) return;
    if (this.#log.segmentsSinceCheckpoint < MAX_LOG_SEGMENTS) return;
    if (this.#checkpointTriedIn === this.#log.currentSegmentId) return;
    this.#checkpointTriedIn = this.#log.currentSegmentId;
    this.#checkpointer.run().catch((error: unknown) => {
      this.#parts.logger?.warn({ error: String(error) }, 'no checkpoint could be made');
    });
  }

  captureReplicas(): readonly RegionCheckpoint[] {
    return captureReplicas(this.#peers, this.#departures.tombstones);
  }

  async flushEngine(): Promise<void> {
    await this.#loop.rangesDestroyed();
    await this.engine.flush();
  }

  completeCheckpoint(captured: readonly RegionCheckpoint[]): CompletedCheckpoint {
    return completeCheckpoint(captured, this.#peers, this.#departures.tombstones, this.#log);
  }

  writePart(part: GroupPart): void {
    this.#loop.writePart(part);
  }

  dropDeadSegments(): Promise<unknown> {
    return this.#log.dropDeadSegments();
  }

  async #checkpointAtEnd(): Promise<void> {
    try {
      await this.#checkpointer.run();
    } catch (error) {
      this.#parts.logger?.warn({ error: String(error) }, 'the store could not be flushed at its end');
    }
    while (this.#loop.isWriting) await this.#loop.nextIdle();
  }

  #tickLater(): void {
    this.#parts.env.timers.after(TICK_MS, () => {
      if (this.#loop.failure !== undefined) return;
      let goesOn = true;
      this.#loop.guard(() => {
        goesOn = this.#clock.tick();
        this.#stale.settle();
      });
      if (this.#isClosed) this.#loop.schedule();
      else this.#loop.scheduleIfNeeded();
      if (goesOn) this.#tickLater();
    });
  }

  rouse(peer: Peer): void {
    this.#clock.rouse(peer);
    this.#loop.schedule();
  }
}
