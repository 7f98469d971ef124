/**
 * The loop of a store, one over all its regions, batched.
 *
 * A turn moves waiting proposals into raft, takes every region's Ready, applies what is already durable in one engine
 * write, then makes the new entries and hard states of all regions durable with one log write and one sync. When that is
 * done the rounds end and the next turn begins; what arrived meanwhile shares the next sync. Answers go out as soon as a
 * write is in the log and visible: the log replays what the engine had not yet written.
 *
 * Nothing in the loop survives a broken invariant or a failed log write: the store refuses everything but reads.
 */

import type { Env, Logger } from '../../base/index.ts';
import type { Entry, Message, Ready, Snapshot } from '../../raft/index.ts';
import type { KvEngine, WriteOperation } from '../kv/kv-engine.ts';
import { ApplyBatch } from './apply-batch.ts';
import type { GroupPart } from './checkpointer.ts';
import { CommitNews } from './commit-news.ts';
import { DiskSpace } from './disk-space.ts';
import type { FlowControl } from './flow-control.ts';
import { MAX_ENGINE_PENDING_BYTES, MAX_ROUNDS_PER_TURN } from './limits.ts';
import { type LogItem, writeLength } from './log/log-items.ts';
import type { RaftLog } from './log/raft-log.ts';
import type { Peer } from './peer.ts';
import { PendingItems, withNewest } from './pending-items.ts';
import type { SnapshotReceiver } from './snapshot/receiving.ts';
import type { SnapshotSender } from './snapshot/sending.ts';
import type { RegionMessage, StoreTransport } from './transport.ts';

/** What the loop needs of its store. */
export interface LoopHost {
  readonly env: Env;
  readonly directory: string;
  readonly engine: KvEngine;
  readonly log: RaftLog;
  readonly transport: StoreTransport;
  readonly logger: Logger | undefined;
  readonly flow: FlowControl;
  sender(): SnapshotSender;
  receiver(): SnapshotReceiver;
  peers(): Iterable<Peer>;
  isClosed(): boolean;
  /** A snapshot takes the place of the peer's log: `items` is what the log is told. */
  beginInstalling(peer: Peer, snapshot: Snapshot, items: LogItem[]): void;
  /** The log knows it; `held` answers the leader once the engine has it. */
  install(peer: Peer, held: readonly Message[]): void;
  groupWritten(): void;
}

/** One region's part of a group that is being written. */
interface Round {
  readonly peer: Peer;
  readonly ready: Ready;
  /** Committed entries that had to wait for the log write. */
  readonly unapplied: readonly Entry[];
}

const NO_ENTRIES: readonly Entry[] = Object.freeze([]);

export class StoreLoop {
  readonly #host: LoopHost;
  readonly #space: DiskSpace;
  readonly #commitNews: CommitNews<Peer>;
  readonly #awake = new Set<Peer>();
  /** Those that wait for another replica to come to life, while the log is replayed. */
  readonly #blocked = new Set<Peer>();
  readonly #pending = new PendingItems();
  /** What goes into the next group behind everything else. */
  #groupParts: GroupPart[] = [];
  #isScheduled = false;
  #isWriting = false;
  #waitsForEngine = false;
  #engineRefuses = false;
  /** Bytes accepted into raft whose log write has not ended. */
  #unwrittenBytes = 0;
  /** Rounds whose log write is done but which cannot be applied while the engine takes no writes. */
  #resumeWith: readonly Round[] | undefined;
  readonly #destroying = new Set<Promise<void>>();
  #failure: string | undefined;
  #cause: Error | undefined;
  #idleWaiters: (() => void)[] = [];
  logWrites = 0;
  appliedEntries = 0;

  constructor(host: LoopHost) {
    this.#host = host;
    this.#commitNews = new CommitNews(host.env.timers, (peer) => this.wake(peer));
    this.#space = new DiskSpace({
      env: host.env,
      directory: host.directory,
      engine: host.engine,
      log: host.log,
      unwrittenBytes: () => this.#unwrittenBytes,
      recovered: () => {
        this.#engineRefuses = false;
        host.logger?.info({}, 'the engine takes writes again');
        this.#resume();
      },
      failed: (error) => this.#fail(String(error), error),
      isOver: () => host.isClosed() || this.#failure !== undefined,
    });
  }

  /** Why nothing goes on, once that is so. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** What the disk, or a broken invariant, said then. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** Why the disk takes no writes; undefined when it does. */
  get spaceProblem(): string | undefined {
    return this.#space.problem;
  }

  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Something is on its way into the log. */
  get hasWork(): boolean {
    return this.#isWriting || this.#groupParts.length > 0 || !this.#pending.isEmpty;
  }

  /** The engine holds what is applied. */
  get isSettled(): boolean {
    return this.#resumeWith === undefined && this.#destroying.size === 0;
  }

  /** Begins to look after a replica. */
  add(peer: Peer): void {
    this.#awake.add(peer);
  }

  forget(peer: Peer): void {
    this.#awake.delete(peer);
    this.#blocked.delete(peer);
  }

  /** It is asked to go on applying in every round. */
  block(peer: Peer): void {
    this.#blocked.add(peer);
  }

  /** It waits in the next turn, unless it was removed: others may still be at work for it then. */
  wake(peer: Peer): void {
    if (peer.isRemoved) return;
    this.#awake.add(peer);
    this.schedule();
    this.#space.watch();
  }

  /** Items that have to be in the log before anything else that happens. */
  writeFirst(items: readonly LogItem[]): void {
    this.#pending.add(items);
    this.schedule();
  }

  /** The replica's hard state goes into the next group. */
  remember(peer: Peer): void {
    this.#pending.remember(peer);
    this.schedule();
  }

  writePart(part: GroupPart): void {
    if (this.#failure !== undefined) {
      part.failed(new Error(this.#failure));
      return;
    }
    this.#groupParts.push(part);
    this.schedule();
  }

  /** The next turn looks after it, if it has anything to do. */
  attend(peer: Peer): void {
    if (!peer.isRemoved && (peer.hasReady || peer.proposals.areWaiting)) this.#awake.add(peer);
  }

  /** Most messages and ticks leave nothing to do behind. */
  scheduleIfNeeded(): void {
    const hasItems = !this.#pending.isEmpty || this.#groupParts.length > 0;
    if (this.#awake.size > 0 || hasItems || this.#host.sender().wantsTurn) this.schedule();
  }

  schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    this.#host.env.timers.nextTurn(() => {
      this.#isScheduled = false;
      this.guard(() => this.#turn());
    });
  }

  /** A broken invariant in the loop must not be survived: the store stops and says so. */
  guard(step: () => void): void {
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
    this.#host.sender().prepare();
    while (this.#canProceed() && this.#round({ admitsProposals: true })) {
      if (++rounds < MAX_ROUNDS_PER_TURN) continue;
      this.schedule();
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
      if (this.#host.receiver().hasArrivals && !this.#host.receiver().mayApply(peer)) continue;
      if (!peer.hasReady) {
        if (!peer.proposals.areWaiting) this.#awake.delete(peer);
        continue;
      }
      const ready = peer.ready();
      if (ready.snapshot !== undefined) this.#host.beginInstalling(peer, ready.snapshot, items);
      else if (this.#host.receiver().hasArrivals) this.#host.receiver().forget(peer);
      mustSync ||= ready.mustSync || ready.snapshot !== undefined;
      this.#address(peer, ready.messages, messages);
      rounds.push({ peer, ready, unapplied: this.#applyDurable(peer, ready, batch) });
    }
    if (messages.length > 0) this.#host.transport.send(messages);
    const parts = this.#groupParts;
    if (rounds.length === 0 && parts.length === 0 && this.#pending.isEmpty && batch.isEmpty) {
      this.#unwrittenBytes = 0;
      this.#host.flow.nothingToWrite();
      return false;
    }
    this.#commit(batch);
    items.push(...this.#pending.takeFoundations());
    for (const { peer, ready } of rounds) {
      if (ready.entries.length > 0) items.push({ kind: 'entries', regionId: peer.regionId, entries: ready.entries });
      if (mustSync) this.#pending.remember(peer);
    }
    const hardStates = this.#pending.takeHardStates();
    items.push(...hardStates);
    for (const part of parts) items.push(...withNewest(part.items(), hardStates));
    this.#groupParts = [];
    if (items.length > 0) this.#write(items, rounds, parts);
    else this.#finishRounds(rounds);
    return true;
  }

  #admit(peer: Peer): void {
    if (!peer.proposals.areWaiting) return;
    peer.proposals.admit((entryBytes) => {
      if (this.#unwrittenBytes + writeLength(entryBytes) > this.#host.log.roomBytes) return false;
      this.#unwrittenBytes += writeLength(entryBytes);
      return true;
    });
    const full = peer.proposals.areWaiting ? (this.#space.problem ?? this.#host.log.spareFailure?.message) : undefined;
    if (full !== undefined) peer.proposals.refuseWaiting('disk-full', full);
    else if (peer.proposals.areWaiting && this.#unwrittenBytes === 0 && this.#host.log.hasSpare) {
      peer.proposals.refuseWaiting('raft-entry-too-large', `the log has room for ${this.#host.log.roomBytes} bytes`, 1);
      this.schedule();
    } else if (peer.proposals.areWaiting) this.#waitForRoom();
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
    this.appliedEntries += ready.committedEntries.length;
    return NO_ENTRIES;
  }

  /** Makes a batch visible and answers those who waited for it. */
  #commit(batch: ApplyBatch): void {
    if (batch.isEmpty) return;
    if (batch.operations.length > 0) this.writeToEngine(batch.operations);
    for (const { range, done } of batch.destroyedRanges) this.#destroy(range, done);
    for (const effect of batch.effects) effect();
  }

  writeToEngine(operations: readonly WriteOperation[]): void {
    this.#host.engine.write(operations, { sync: false, keep: true }).then(
      () => this.#engineProgressed(),
      (error: unknown) => this.#engineFailed(error),
    );
  }

  #destroy(range: ApplyBatch['destroyedRanges'][number]['range'], done: (error: unknown) => void): void {
    const destroyed = this.#host.engine.destroyRange(range).then(
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
    this.#host.flow.logWriteBegins();
    this.logWrites++;
    this.#host.log.write(items).then(
      () => {
        this.#isWriting = false;
        this.#host.flow.logWriteEnded();
        this.guard(() => {
          for (const part of parts) part.written();
          this.#written(rounds);
        });
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
    this.#host.groupWritten();
    if (this.#canProceed()) this.#round({ admitsProposals: false });
    this.scheduleIfNeeded();
    this.#announceIdle();
  }

  #finishRounds(rounds: readonly Round[]): void {
    const batch = new ApplyBatch();
    const messages: RegionMessage[] = [];
    for (const { peer, ready, unapplied } of rounds) {
      if (peer.isRemoved) continue;
      if (ready.snapshot === undefined) this.#address(peer, ready.messagesAfterAppend, messages);
      else this.#host.install(peer, ready.messagesAfterAppend);
      peer.apply(unapplied, batch);
      this.appliedEntries += unapplied.length;
      peer.finish();
      this.#commitNews.note(peer);
      this.attend(peer);
    }
    if (messages.length > 0) this.#host.transport.send(messages);
    this.#commit(batch);
  }

  #address(peer: Peer, messages: Ready['messages'], into: RegionMessage[]): void {
    const { regionId, epoch, region } = peer;
    for (const message of messages) {
      const to = peer.describe(message.to);
      if (to === undefined) continue;
      const outgoing = { regionId, epoch, range: region.range, from: peer.peer, to, message };
      if (message.type === 'MsgSnap') this.#host.sender().dispatch(peer, outgoing);
      else into.push(outgoing);
    }
  }

  #engineTakesWrites(): boolean {
    if (this.#host.engine.pendingBytes <= MAX_ENGINE_PENDING_BYTES) return true;
    this.#host.flow.engineWaits();
    this.#waitsForEngine = true;
    return false;
  }

  #engineProgressed(): void {
    if (!this.#waitsForEngine || this.#host.engine.pendingBytes > MAX_ENGINE_PENDING_BYTES / 2) return;
    this.#waitsForEngine = false;
    this.#host.flow.engineTakesWrites();
    this.#resume();
  }

  #resume(): void {
    const rounds = this.#resumeWith;
    this.#resumeWith = undefined;
    if (rounds !== undefined) this.guard(() => this.#finishRounds(rounds));
    for (const peer of this.#host.peers()) this.#awake.add(peer);
    this.schedule();
  }

  #engineFailed(error: unknown): void {
    if (this.#host.isClosed() || this.#engineRefuses) return;
    this.#engineRefuses = true;
    this.#host.logger?.error({ error: String(error) }, 'the engine refuses writes');
    this.#space.watch();
  }

  /** Admission waits for the spare log segment that is being prepared. */
  #waitForRoom(): void {
    this.#host.log.prepareSpare();
    this.#host.log.settled().then(
      () => this.schedule(),
      () => {},
    );
  }

  /** Sends messages of a replica to the stores of those they are for. */
  send(peer: Peer, messages: readonly Message[]): void {
    const addressed: RegionMessage[] = [];
    this.#address(peer, messages, addressed);
    if (addressed.length > 0) this.#host.transport.send(addressed);
  }

  /** Resolves once the ranges are gone whose destruction was applied before the call. */
  async rangesDestroyed(): Promise<void> {
    await Promise.all(this.#destroying);
  }

  /** Nothing is taken from now on; what was not answered fails. */
  close(): void {
    this.#failure ??= 'the store is closed';
    this.#abandon(this.#failure);
  }

  /** Resolves at the end of a turn. */
  nextIdle(): Promise<void> {
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
    this.#host.logger?.fatal({ error: message }, 'the store failed');
    this.#abandon(message);
    this.#announceIdle();
  }

  #abandon(message: string): void {
    for (const part of this.#groupParts.splice(0)) part.failed(new Error(message));
    for (const peer of this.#host.peers()) peer.abandon(message);
  }
}
