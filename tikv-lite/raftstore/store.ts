/**
 * A store: one event loop over all its regions, batched.
 *
 * A turn moves waiting proposals into raft, takes every region's Ready, applies what is already durable in one engine
 * write, then makes the new entries and hard states of all regions durable with one log write and one sync. When that is
 * done the rounds end and the next turn begins; what arrived meanwhile shares the next sync. Answers go out as soon as a
 * write is in the log and visible: the log replays what the engine had not yet written.
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
  type RegionId,
  type StoreId,
} from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import type { Entry, Message, Ready, Snapshot } from '../../raft/index.ts';
import type { KvEngine } from '../kv/kv-engine.ts';
import { ApplyBatch } from './apply-batch.ts';
import { answerTo, judgeArrival, type Tombstone } from './arrivals.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { type CompletedCheckpoint, captureReplicas, completeCheckpoint } from './checkpoint-scope.ts';
import { Checkpointer, type CheckpointHost, type GroupPart } from './checkpointer.ts';
import { clearRegionData } from './clear-data.ts';
import { DiskSpace } from './disk-space.ts';
import { FlowControl, type ProposalLoad, type Refusal } from './flow-control.ts';
import {
  MAX_ENGINE_PENDING_BYTES,
  MAX_ENTRY_BYTES,
  MAX_HELD_MESSAGES,
  MAX_LOG_SEGMENTS,
  MAX_ROUNDS_PER_TURN,
  PASS_ON_TICKS,
  SNAPSHOT_BYTES_PER_SECOND,
  SPACE_CHECK_MS,
  TICK_MS,
} from './limits.ts';
import { type LogItem, writeLength } from './log/log-items.ts';
import type { RaftLog } from './log/raft-log.ts';
import { sameEpoch, wasPassed } from './merging.ts';
import { Peer } from './peer.ts';
import { PeerDirectory, rangesOverlap } from './peer-directory.ts';
import type { PeerHost } from './peer-host.ts';
import { PendingItems } from './pending-items.ts';
import { applyStateWrite, INITIAL_INDEX, INITIAL_TERM } from './region.ts';
import { type RegionAdmin, RegionError, type RegionErrorKind, type RegionObserver } from './region-kv.ts';
import { ReplicaClock } from './replica-clock.ts';
import { Pacer } from './snapshot/pacer.ts';
import { SnapshotReceiver } from './snapshot/receiving.ts';
import { SnapshotSender } from './snapshot/sending.ts';
import type { StagingArea } from './snapshot/staging.ts';
import type { CheckedRegion } from './split-checker.ts';
import { StaleReplicas } from './stale-replicas.ts';
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

/** One region's part of a group that is being written. */
interface Round {
  readonly peer: Peer;
  readonly ready: Ready;
  /** Committed entries that had to wait for the log write. */
  readonly unapplied: readonly Entry[];
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

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export class Store implements PeerHost, CheckpointHost {
  readonly storeId: StoreId;
  readonly clusterId: number;
  readonly reader: KvEngine;
  readonly observers: readonly RegionObserver[];
  readonly #parts: StoreParts;
  readonly #log: RaftLog;
  readonly #peers = new PeerDirectory<Peer>();
  readonly #awake = new Set<Peer>();
  readonly #clock: ReplicaClock;
  /** Those that wait for another replica to come to life, while the log is replayed. */
  readonly #blocked = new Set<Peer>();
  readonly #tombstones = new Map<RegionId, Tombstone>();
  readonly #stale: StaleReplicas<Peer>;
  /** Removed replicas whose log and data are not gone yet. */
  readonly #leaving = new Map<RegionId, KeyRange>();
  /** For replicas that a split is about to make; the oldest go first. */
  #held: RegionMessage[] = [];
  readonly #pending = new PendingItems();
  #isScheduled = false;
  #isWriting = false;
  #waitsForEngine = false;
  readonly flow: FlowControl;
  /** Bytes accepted into raft whose log write has not ended. */
  #unwrittenBytes = 0;
  #engineRefuses = false;
  readonly #space: DiskSpace;
  readonly #checkpointer = new Checkpointer(this);
  readonly #sender: SnapshotSender;
  readonly #receiver: SnapshotReceiver;
  #checkpointTriedIn = 0;
  /** What goes into the next group behind everything else. */
  #groupParts: GroupPart[] = [];
  /** Rounds whose log write is done but which cannot be applied while the engine takes no writes. */
  #resumeWith: readonly Round[] | undefined;
  #destroying = new Set<Promise<void>>();
  #failure: string | undefined;
  /** Why the loop ended; a DiskError when that is what the disk answered. */
  #cause: Error | undefined;
  #isClosed = false;
  #idleWaiters: (() => void)[] = [];
  #logWrites = 0;
  #appliedEntries = 0;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.storeId = parts.storeId;
    this.clusterId = parts.clusterId;
    this.reader = parts.engine;
    this.observers = parts.observers;
    this.#log = parts.log;
    const { maxProposalBytes } = parts;
    this.flow = new FlowControl({ monotonicMs: () => this.monotonicMs(), log: parts.log, maxProposalBytes });
    this.#clock = new ReplicaClock({
      peers: this.#peers,
      monotonicMs: () => this.monotonicMs(),
      startClock: () => this.#tickLater(),
      send: (messages) => this.#parts.transport.send(messages),
      awaken: (peer) => this.#attend(peer),
      driveMerge: (source) => this.#driveMerge(source),
      doubt: (peer) => this.#stale.ask(peer),
    });
    this.#stale = new StaleReplicas({
      storeId: parts.storeId,
      resident: (regionId) => this.#peers.get(regionId),
      residentsIn: (range) => this.#peers.overlapping(range),
      tombstone: (regionId) => this.#tombstones.get(regionId),
      send: (messages) => this.#parts.transport.send(messages),
      monotonicMs: () => this.monotonicMs(),
      remove: (peer, mergedInto) => this.#removeStale(peer, mergedInto),
    });
    const { env, transport, logger } = parts;
    this.#space = new DiskSpace({
      env,
      directory: parts.directory,
      engine: parts.engine,
      log: parts.log,
      unwrittenBytes: () => this.#unwrittenBytes,
      recovered: () => {
        this.#engineRefuses = false;
        logger?.info({}, 'the engine takes writes again');
        this.#resume();
      },
      failed: (error) => this.#fail(String(error), error),
      isOver: () => this.#isClosed || this.#failure !== undefined,
    });
    this.#sender = new SnapshotSender({
      engine: parts.engine,
      timers: env.timers,
      transport,
      pacer: new Pacer(env.clock, env.timers, SNAPSHOT_BYTES_PER_SECOND),
      logger,
      isSettled: () => this.#resumeWith === undefined && this.#destroying.size === 0,
      wake: (peer) => this.wake(peer),
    });
    this.#receiver = new SnapshotReceiver({
      engine: parts.engine,
      staging: parts.staging,
      logger,
      checkpoint: () => this.#log.checkpoint,
      peer: (regionId) => this.#peers.get(regionId),
      replicasIn: (range) => this.#peers.overlapping(range),
      isBeingCleared: (range) => [...this.#leaving.values()].some((leaving) => rangesOverlap(leaving, range)),
      replacedBy: (region) => this.#stale.replacedBy(region),
      refused: ({ regionId, range, epoch }) => this.#stale.askWhoeverHolds(range, regionId, epoch),
      deliver: (message) => this.receive([message]),
      makeCheckpoint: () => this.#checkpointer.run(),
      clearData: (range, except) =>
        clearRegionData(parts.engine, range, (part) => this.regionsIn(part).filter((one) => one !== except.region)),
      installed: (peer) => this.#installed(peer),
      wake: (peer) => this.wake(peer),
      pause: (ms) => this.pause(ms),
      isOver: () => this.#isClosed || this.#failure !== undefined,
    });
    for (const { state, region, peerId, index, term, merge, mergedInto } of parts.replicas) {
      const { regionId } = region;
      if (state === 'tombstone') {
        this.#tombstones.set(regionId, { region, peerId, endIndex: index, mergedInto });
        continue;
      }
      const own = region.peers.find((peer) => peer.peerId === peerId);
      assert(own !== undefined, `replica ${peerId} is a member of region ${regionId}`);
      const log = parts.log.region(regionId);
      this.#addPeer(new Peer(this, { own, region, log, applied: { index, term }, merge, isNewborn: false }));
    }
    this.#schedule();
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
    return this.#cause;
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
      logWrites: this.#logWrites,
      appliedEntries: this.#appliedEntries,
    };
  }

  /** Messages from other stores. */
  receive(messages: readonly RegionMessage[]): void {
    if (this.#isClosed || this.#failure !== undefined) return;
    const answers: RegionMessage[] = [];
    for (const message of messages) this.#guard(() => this.#arrive(message, answers));
    if (answers.length > 0) this.#parts.transport.send(answers);
    this.#scheduleIfNeeded();
  }

  #arrive(message: RegionMessage, answers: RegionMessage[]): void {
    const { regionId, to } = message;
    if (to.storeId !== this.storeId) return;
    this.#clock.heard(message.from.storeId);
    const resident = this.#peers.get(regionId);
    const tombstone = this.#tombstones.get(regionId);
    const verdict = judgeArrival(message, {
      resident,
      tombstone,
      isLeaving: this.#leaving.has(regionId),
      hasLog: this.#log.knows(regionId) && this.#log.region(regionId).truncatedIndex > 0,
      isCovered: () => this.#peers.overlapping(message.range).length > 0,
    });
    if (verdict === 'deliver' && resident !== undefined) this.#deliver(resident, message);
    else if (verdict === 'create') this.#deliver(this.#createBlank(message), message);
    else if (verdict === 'hold') this.#hold(message);
    else if (verdict === 'remove-own' && resident !== undefined) this.#removeOutdated(resident, message);
    else if (verdict === 'note-members' && resident !== undefined) this.#stale.noteMembers(resident, message);
    else if (verdict === 'note-merged' && resident !== undefined && message.mergeTarget !== undefined) {
      this.#stale.noteMerged(resident, message.mergeTarget);
    } else {
      const answer = answerTo(verdict, message, resident?.region, tombstone);
      if (answer !== undefined) answers.push(answer);
    }
    if (resident === undefined && verdict !== 'create')
      this.#stale.askWhoeverHolds(message.range, regionId, message.epoch);
  }

  /** A replica of this name that knows nothing may come back: the next leader that speaks to it is right. */
  #removeOutdated(resident: Peer, { to }: RegionMessage): void {
    if (!resident.isReplayed) return;
    if (resident.isInitialised || to.peerId > resident.peerId) this.removePeer(resident, resident.region, false);
    else {
      resident.remove();
      this.#forget(resident);
    }
  }

  #removeStale(peer: Peer, mergedInto: Region): void {
    const { region, peerId, regionId } = peer;
    this.#end(peer, { region, peerId, endIndex: 0, mergedInto }, true);
    for (const observer of this.observers) observer.removed?.(regionId);
  }

  #deliver(peer: Peer, arrived: RegionMessage): void {
    const { from, message } = arrived;
    peer.acquaintances.meet(from, peer.region.peers);
    this.#clock.heed(peer, arrived);
    if (message === undefined || !this.flow.takesEntries(message)) return;
    peer.step(message);
    this.#attend(peer);
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
    this.#awake.add(peer);
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
    this.#pending.remember(peer);
    this.#schedule();
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
    const tombstone = this.#tombstones.get(regionId);
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
      this.#pending.add([
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
    this.#blocked.add(peer);
  }

  mergePrepared(source: Peer): void {
    this.#clock.note(source);
    this.#driveMerge(source);
  }

  /**
   * Where the target leads, it takes the source over. Where the source leads and the target's log here has gone past the
   * point at which it could have been taken over, it goes on by itself. Where that log was not seen to its end, some other
   * store has to decide.
   */
  #driveMerge(source: Peer): void {
    const { mergeState } = source;
    if (mergeState === undefined) return;
    const expected = mergeState.target;
    const target = this.#peers.get(expected.regionId);
    if (target !== undefined && sameEpoch(target.epoch, expected.epoch)) {
      target.commitMerge(source);
      return;
    }
    const end = this.#tombstones.get(expected.regionId);
    const isPast =
      target === undefined ? end !== undefined && wasPassed(expected, end) : target.hasSeenPast(expected.epoch);
    if (isPast) source.rollBackMerge();
    else if (this.#clock.ticks % PASS_ON_TICKS === 0) source.passOn();
  }

  regionMerged(source: Peer, target: Peer, region: Region): void {
    const { regionId } = source;
    const { peerId, appliedIndex: endIndex } = source;
    this.#end(source, { region: source.region, peerId, endIndex, mergedInto: region }, false);
    this.#peers.move([target], () => target.publish(region));
    for (const observer of this.observers) {
      observer.merged?.(regionId, target);
      observer.changed?.(target);
      observer.removed?.(regionId);
    }
  }

  removePeer(peer: Peer, region: Region, isOwnDeed: boolean): void {
    if (peer.isRemoved) return;
    const { regionId, peerId, isInitialised, appliedIndex } = peer;
    this.#end(peer, { region, peerId, endIndex: isOwnDeed ? appliedIndex : 0 }, isInitialised);
    if (isInitialised) for (const observer of this.observers) observer.removed?.(regionId);
  }

  /** The replica takes part in nothing any more; what it leaves behind goes later. */
  #end(peer: Peer, tombstone: Tombstone, clearsData: boolean): void {
    const { regionId, peerId } = peer;
    peer.remove();
    this.#forget(peer);
    this.#tombstones.set(regionId, tombstone);
    this.#leaving.set(regionId, peer.region.range);
    this.#parts.logger?.info({ regionId, peerId }, 'a replica was removed');
    this.#retire(regionId, clearsData).catch((error: unknown) => {
      this.#parts.logger?.warn({ regionId, error: String(error) }, 'the rest of a removed replica stays');
    });
  }

  #forget(peer: Peer): void {
    this.#peers.remove(peer);
    this.#awake.delete(peer);
    this.#clock.forget(peer);
    this.#blocked.delete(peer);
  }

  /** Once nothing in the log is needed for others any more, the replica's part of it goes, and then its data. */
  async #retire(regionId: RegionId, hasData: boolean): Promise<void> {
    while (!(await this.#isCheckpointed())) await this.pause(SPACE_CHECK_MS);
    if (hasData) await this.#clearData(this.#leaving.get(regionId));
    this.#leaving.delete(regionId);
  }

  /** Makes a checkpoint; false when that failed and may be tried again. */
  #isCheckpointed(): Promise<boolean> {
    return this.#checkpointer.run().then(
      () => true,
      (error: unknown) => {
        if (this.#isClosed || this.#failure !== undefined) throw error;
        return false;
      },
    );
  }

  takeSnapshot(peer: Peer): Snapshot | undefined {
    return this.#sender.take(peer);
  }

  /**
   * A snapshot from another store. Resolves when it is durable here and with raft; rejects with RegionError
   * ('server-is-busy', 'store-failed') or DiskError when it is not taken, and the sender tries again later.
   */
  receiveSnapshot(header: RegionMessage, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const problem = this.#failure ?? (this.#isClosed ? 'the store is closing' : this.#space.problem);
    if (problem !== undefined) return Promise.reject(new RegionError('store-failed', header.regionId, problem));
    return this.#receiver.receive(header, chunks);
  }

  #beginInstalling(peer: Peer, snapshot: Snapshot, items: LogItem[]): void {
    const { replica, replacing } = this.#receiver.begin(peer, snapshot);
    const replaced: RegionCheckpoint[] = [];
    for (const [other, mergedInto] of replacing) {
      const { region, peerId, regionId } = other;
      this.#end(other, { region, peerId, endIndex: 0, mergedInto, isReplaced: true }, true);
      replaced.push({ state: 'tombstone', region, peerId, index: 0, term: 0, mergedInto });
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
    const { index, term } = peer.checkpoint;
    const operations = [applyStateWrite(peer.regionId, { index, term })];
    this.engine.write(operations, { sync: false, keep: true }).then(
      () => this.#engineProgressed(),
      (error: unknown) => this.#engineFailed(error),
    );
    const answers: RegionMessage[] = [];
    this.#address(peer, peer.endInstalling(), answers);
    if (answers.length > 0) this.#parts.transport.send(answers);
    this.#parts.logger?.info({ regionId: peer.regionId, index }, 'a snapshot was applied');
    for (const observer of this.observers) {
      observer.restored?.(peer);
      observer.changed?.(peer);
    }
    this.wake(peer);
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#parts.env.timers.after(ms, resolve);
    });
  }

  regionsIn(range: KeyRange): readonly Region[] {
    return this.#peers.overlapping(range).map(({ region }) => region);
  }

  /** Resolves once every region that commits alone leads and has applied its whole log. Rejects when the store failed. */
  async untilServing(): Promise<void> {
    const isServing = (): boolean => this.#peers.inKeyOrder.every((peer) => !peer.isSoleVoter || peer.isServing);
    while (!isServing()) {
      if (this.#failure !== undefined) throw this.#cause ?? new Error(this.#failure);
      await this.#nextIdle();
    }
  }

  /**
   * Answers what is under way (a leader without a quorum gives up soon), makes the engine durable so that the next start
   * replays nothing, and lets go of the files. Later proposals and reads are refused with 'store-failed'.
   */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#schedule();
    while (this.#failure === undefined && this.#isBusy()) await this.#nextIdle();
    await this.#checkpointer.settled();
    if (this.#failure === undefined && this.engine.state === 'open') await this.#checkpointAtEnd();
    this.#failure ??= 'the store is closed';
    this.#sender.close();
    for (const peer of this.#peers.all()) peer.abandon('store-failed', this.#failure);
    await this.#log.close();
    await this.engine.close();
    await this.#parts.releaseLock();
  }

  #isBusy(): boolean {
    if (this.#isWriting || this.#groupParts.length > 0 || !this.#pending.isEmpty) return true;
    for (const peer of this.#peers.all()) if (peer.hasUnanswered) return true;
    return false;
  }

  refusal(entryBytes: number, load: ProposalLoad): Refusal | undefined {
    if (this.#failure !== undefined) return { kind: 'store-failed', message: this.#failure };
    if (this.#isClosed) return { kind: 'store-failed', message: 'the store is closing' };
    const limit = Math.min(MAX_ENTRY_BYTES, this.#log.maxEntryBytes);
    if (entryBytes > limit) {
      return { kind: 'raft-entry-too-large', message: `a proposal of ${entryBytes} bytes; the limit is ${limit}` };
    }
    const full = this.#space.problem;
    if (full !== undefined) return { kind: 'disk-full', message: full };
    return this.flow.refusal(entryBytes, load);
  }

  readRefusal(): { readonly kind: RegionErrorKind; readonly message: string } | undefined {
    const { state } = this.engine;
    if (state === 'open' || state === 'refusing') return undefined;
    if (state === 'reopening') return { kind: 'server-is-busy', message: 'the engine is being reopened' };
    return { kind: 'store-failed', message: this.#failure ?? 'the store is closed' };
  }

  wake(peer: Peer): void {
    this.#awake.add(peer);
    this.#schedule();
    this.#space.watch();
  }

  send(peer: Peer, message: Message): void {
    const addressed: RegionMessage[] = [];
    this.#address(peer, [message], addressed);
    if (addressed.length > 0) this.#parts.transport.send(addressed);
  }

  monotonicMs(): number {
    return this.#parts.env.clock.monotonicMs();
  }

  randomBelow(bound: number): number {
    return this.#parts.env.random.below(bound);
  }

  /** The next turn looks after it, if it has anything to do. */
  #attend(peer: Peer): void {
    if (peer.hasReady || peer.hasInbox) this.#awake.add(peer);
  }

  /** Most messages and ticks leave nothing to do behind. */
  #scheduleIfNeeded(): void {
    const hasItems = this.#pendingItems.length > 0 || this.#groupParts.length > 0;
    if (this.#awake.size > 0 || hasItems || this.#sender.wantsTurn) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    this.#parts.env.timers.nextTurn(() => {
      this.#isScheduled = false;
      this.#guard(() => this.#turn());
    });
  }

  /** A broken invariant in the loop must not be survived: the store stops and says so. */
  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(
        `the store's loop stopped: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        error,
      );
    }
  }

  #turn(): void {
    let rounds = 0;
    this.#sender.prepare();
    while (this.#canProceed() && this.#round({ admitsProposals: true })) {
      if (++rounds < MAX_ROUNDS_PER_TURN) continue;
      this.#schedule();
      break;
    }
    this.#announceIdle();
  }

  #canProceed(): boolean {
    if (this.#isWriting || this.#failure !== undefined || this.#resumeWith !== undefined) return false;
    return this.#engineTakesWrites();
  }

  /** One Ready of every awake region; false when there was nothing to do. */
  #round(options: { readonly admitsProposals: boolean }): boolean {
    const rounds: Round[] = [];
    const items: LogItem[] = [];
    const batch = new ApplyBatch();
    const messages: RegionMessage[] = [];
    let mustSync = false;
    if (this.#blocked.size > 0) this.#applyBlocked(batch);
    for (const peer of this.#awake) {
      if (options.admitsProposals) this.#admit(peer);
      if (this.#receiver.hasArrivals && !this.#receiver.mayApply(peer)) continue;
      if (!peer.hasReady) {
        if (!peer.hasInbox) this.#awake.delete(peer);
        continue;
      }
      const ready = peer.ready();
      if (ready.snapshot !== undefined) this.#beginInstalling(peer, ready.snapshot, items);
      else if (this.#receiver.hasArrivals) this.#receiver.forget(peer);
      mustSync ||= ready.mustSync || ready.snapshot !== undefined;
      this.#address(peer, ready.messages, messages);
      rounds.push({ peer, ready, unapplied: this.#applyDurable(peer, ready, batch) });
    }
    if (messages.length > 0) this.#parts.transport.send(messages);
    const parts = this.#groupParts;
    if (rounds.length === 0 && parts.length === 0 && this.#pending.isEmpty && batch.isEmpty) {
      this.#unwrittenBytes = 0;
      this.flow.nothingToWrite();
      return false;
    }
    this.#commit(batch);
    items.push(...this.#pending.takeFoundations());
    for (const { peer, ready } of rounds) {
      if (ready.entries.length > 0) items.push({ kind: 'entries', regionId: peer.regionId, entries: ready.entries });
      if (mustSync) this.#pending.remember(peer);
    }
    items.push(...this.#pending.takeHardStates());
    this.#groupParts = [];
    for (const part of parts) items.push(...part.items());
    if (items.length > 0) this.#write(items, rounds, parts);
    else this.#finishRounds(rounds);
    return true;
  }

  #admit(peer: Peer): void {
    if (!peer.hasInbox) return;
    peer.admit((entryBytes) => {
      if (this.#unwrittenBytes + writeLength(entryBytes) > this.#log.roomBytes) return false;
      this.#unwrittenBytes += writeLength(entryBytes);
      return true;
    });
    const full = peer.hasInbox ? (this.#space.problem ?? this.#log.spareFailure?.message) : undefined;
    if (full !== undefined) peer.refuseInbox('disk-full', full);
    else if (peer.hasInbox && this.#unwrittenBytes === 0 && this.#log.hasSpare) {
      peer.refuseInbox('raft-entry-too-large', `the log has room for ${this.#log.roomBytes} bytes`, 1);
      this.#schedule();
    } else if (peer.hasInbox) this.#waitForRoom();
  }

  #applyBlocked(batch: ApplyBatch): void {
    const peers = [...this.#blocked];
    this.#blocked.clear();
    for (const peer of peers) peer.apply([], batch);
  }

  /** Entries that an earlier round wrote can be applied at once; the others are handed back. */
  #applyDurable(peer: Peer, ready: Ready, batch: ApplyBatch): readonly Entry[] {
    const last = ready.committedEntries.at(-1);
    const first = ready.entries[0];
    if (last === undefined || (first !== undefined && last.index >= first.index)) return ready.committedEntries;
    peer.apply(ready.committedEntries, batch);
    this.#appliedEntries += ready.committedEntries.length;
    return NO_ENTRIES;
  }

  /** Makes a batch visible and answers those who waited for it. */
  #commit(batch: ApplyBatch): void {
    if (batch.isEmpty) return;
    if (batch.operations.length > 0) {
      this.engine.write(batch.operations, { sync: false, keep: true }).then(
        () => this.#engineProgressed(),
        (error: unknown) => this.#engineFailed(error),
      );
    }
    for (const { range, done } of batch.destroyedRanges) this.#destroy(range, done);
    for (const effect of batch.effects) effect();
  }

  #destroy(range: ApplyBatch['destroyedRanges'][number]['range'], done: (error: unknown) => void): void {
    const destroyed = this.engine.destroyRange(range).then(
      () => done(undefined),
      (error: unknown) => {
        done(error);
        this.#engineFailed(error);
      },
    );
    const tracked = destroyed.finally(() => this.#destroying.delete(tracked));
    this.#destroying.add(tracked);
  }

  #write(items: readonly LogItem[], rounds: readonly Round[], parts: readonly GroupPart[]): void {
    this.#isWriting = true;
    this.flow.logWriteBegins();
    this.#logWrites++;
    this.#log.write(items).then(
      () => {
        this.#isWriting = false;
        this.flow.logWriteEnded();
        for (const part of parts) part.written();
        this.#guard(() => this.#written(rounds));
      },
      (error: unknown) => {
        this.#isWriting = false;
        for (const part of parts) part.failed(error instanceof Error ? error : new Error(String(error)));
        this.#fail(`the raft log cannot be written: ${String(error)}`, error);
      },
    );
  }

  /** Answers first; what the answered ones propose next, in this turn of the event loop, still joins the next group. */
  #written(rounds: readonly Round[]): void {
    for (const { ready } of rounds) {
      for (const { data } of ready.entries) this.#unwrittenBytes -= writeLength(data.byteLength);
    }
    this.#unwrittenBytes = Math.max(0, this.#unwrittenBytes);
    if (!this.#engineTakesWrites()) {
      this.#resumeWith = rounds;
      return;
    }
    this.#finishRounds(rounds);
    this.#maybeCheckpoint();
    if (this.#canProceed()) this.#round({ admitsProposals: false });
    this.#scheduleIfNeeded();
    this.#announceIdle();
  }

  #finishRounds(rounds: readonly Round[]): void {
    const batch = new ApplyBatch();
    const messages: RegionMessage[] = [];
    for (const { peer, ready, unapplied } of rounds) {
      if (peer.isRemoved) continue;
      if (ready.snapshot === undefined) this.#address(peer, ready.messagesAfterAppend, messages);
      else this.#install(peer, ready.messagesAfterAppend);
      peer.apply(unapplied, batch);
      this.#appliedEntries += unapplied.length;
      peer.finish();
      this.#attend(peer);
    }
    if (messages.length > 0) this.#parts.transport.send(messages);
    this.#commit(batch);
  }

  #address(peer: Peer, messages: Ready['messages'], into: RegionMessage[]): void {
    const { regionId, epoch, region } = peer;
    for (const message of messages) {
      const to = peer.describe(message.to);
      if (to === undefined) continue;
      const outgoing = { regionId, epoch, range: region.range, from: peer.peer, to, message };
      if (message.type === 'MsgSnap') this.#sender.dispatch(peer, outgoing);
      else into.push(outgoing);
    }
  }

  #engineTakesWrites(): boolean {
    if (this.engine.pendingBytes <= MAX_ENGINE_PENDING_BYTES) return true;
    this.flow.engineWaits();
    this.#waitsForEngine = true;
    return false;
  }

  #engineProgressed(): void {
    if (!this.#waitsForEngine || this.engine.pendingBytes > MAX_ENGINE_PENDING_BYTES / 2) return;
    this.#waitsForEngine = false;
    this.flow.engineTakesWrites();
    this.#resume();
  }

  #resume(): void {
    const rounds = this.#resumeWith;
    this.#resumeWith = undefined;
    if (rounds !== undefined) this.#guard(() => this.#finishRounds(rounds));
    for (const peer of this.#peers.all()) this.#awake.add(peer);
    this.#schedule();
  }

  #engineFailed(error: unknown): void {
    if (this.#isClosed || this.#engineRefuses) return;
    this.#engineRefuses = true;
    this.#parts.logger?.error({ error: String(error) }, 'the engine refuses writes');
    this.#space.watch();
  }

  /** Admission waits for the spare log segment that is being prepared. */
  #waitForRoom(): void {
    this.#log.prepareSpare();
    this.#log.settled().then(
      () => this.#schedule(),
      () => {},
    );
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
    return captureReplicas(this.#peers, this.#tombstones);
  }

  async flushEngine(): Promise<void> {
    await Promise.all(this.#destroying);
    await this.engine.flush();
  }

  completeCheckpoint(captured: readonly RegionCheckpoint[]): CompletedCheckpoint {
    return completeCheckpoint(captured, this.#peers, this.#tombstones, this.#log);
  }

  writePart(part: GroupPart): void {
    if (this.#failure !== undefined) {
      part.failed(new Error(this.#failure));
      return;
    }
    this.#groupParts.push(part);
    this.#schedule();
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
    while (this.#isWriting) await this.#nextIdle();
  }

  #tickLater(): void {
    this.#parts.env.timers.after(TICK_MS, () => {
      if (this.#failure !== undefined) return;
      let goesOn = true;
      this.#guard(() => {
        goesOn = this.#clock.tick();
        this.#stale.settle();
      });
      this.#scheduleIfNeeded();
      if (goesOn) this.#tickLater();
    });
  }

  rouse(peer: Peer): void {
    this.#clock.rouse(peer);
    this.#schedule();
  }

  /** Removes what the store holds in a range of region keys, except where replicas live. */
  async #clearData(range: KeyRange | undefined): Promise<void> {
    if (range === undefined) return;
    await clearRegionData(this.engine, range, (part) => this.regionsIn(part));
  }

  #nextIdle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
    });
  }

  /** Called at the end of each turn. */
  #announceIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const waiter of waiters) waiter();
  }

  #fail(message: string, error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = message;
    this.#cause = error instanceof Error ? error : new Error(message);
    for (const part of this.#groupParts.splice(0)) part.failed(new Error(message));
    this.#parts.logger?.fatal({ error: message }, 'the store failed');
    for (const peer of this.#peers.all()) peer.abandon('store-failed', message);
    this.#announceIdle();
  }
}
