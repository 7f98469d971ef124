/**
 * One replica of a region on this store: its RawNode, the proposals under way, and what it takes to read and apply.
 *
 * The store's loop drives it: `admit` moves proposals into raft, `ready` / `finish` frame one round, `apply` turns
 * committed entries into engine writes. Nothing in here waits or does I/O.
 */

import { assert, type KeyRange, type PeerId, type RegionId, type StoreId } from '../../base/index.ts';
import type { PeerDescriptor, Region, RegionEpoch } from '../../pd/index.ts';
import { type ConfState, type Entry, type HardState, type Message, RawNode, type Ready } from '../../raft/index.ts';
import type { KvReader, WriteOperation } from '../kv/kv-engine.ts';
import type { ApplyBatch } from './apply-batch.ts';
import { decodeCommand, encodeDestroyRange, encodeWrite, type RegionCommand } from './command-codec.ts';
import { ELECTION_TICKS, HEARTBEAT_TICKS, LEASE_MS, MAX_APPLY_BYTES, MAX_MESSAGE_BYTES } from './limits.ts';
import type { RegionLog } from './log/region-log.ts';
import { PeerStorage } from './peer-storage.ts';
import { type Proposal, ProposalQueue } from './proposal-queue.ts';
import { applyStateKey, encodeApplyState } from './region.ts';
import { userRangeOf } from './region-keys.ts';
import { RegionError, type RegionErrorKind, type RegionKv, type RegionObserver } from './region-kv.ts';

/** What a peer needs of the store it lives in. */
export interface PeerHost {
  readonly storeId: StoreId;
  readonly reader: KvReader;
  readonly observers: readonly RegionObserver[];
  /** Why the store takes no proposals; undefined when it does. */
  refusal(entryBytes: number): { readonly kind: RegionErrorKind; readonly message: string } | undefined;
  /** Why the store answers no reads. */
  readRefusal(): { readonly kind: RegionErrorKind; readonly message: string } | undefined;
  /** The peer has work: it waits in the store's next turn. */
  wake(peer: Peer, inboxBytes: number): void;
  monotonicMs(): number;
  randomBelow(bound: number): number;
}

function confStateOf(region: Region): ConfState {
  const voters = region.peers.filter(({ role }) => role === 'voter').map(({ peerId }) => peerId);
  const learners = region.peers.filter(({ role }) => role === 'learner').map(({ peerId }) => peerId);
  return { voters, votersOutgoing: [], learners, learnersNext: [], autoLeave: false };
}

export class Peer implements RegionKv {
  readonly peer: PeerDescriptor;
  readonly peerId: PeerId;
  /** Commits alone: no ticks, no messages, a lease that never ends. */
  readonly isSoleVoter: boolean;
  readonly #host: PeerHost;
  readonly #region: Region;
  readonly #regionRange: KeyRange;
  readonly #log: RegionLog;
  readonly #node: RawNode;
  readonly #inbox = new ProposalQueue();
  readonly #proposed = new ProposalQueue();
  #appliedIndex: number;
  #appliedTerm: number;
  #isServing = false;
  /** A commit index that was not worth a write of its own; goes with the next one. */
  #unwrittenHardState: HardState | undefined;
  /** Until then a lease may run that this replica granted in an earlier life: it votes for nobody. */
  readonly #votesFromMs: number;
  #leaseUntilMs = 0;
  #leaseRound = 0;
  #leaseAskedAtMs = 0;

  constructor(host: PeerHost, region: Region, log: RegionLog) {
    const own = region.peers.find(({ storeId }) => storeId === host.storeId);
    assert(own !== undefined, `region ${region.regionId} has a replica on this store`);
    this.#host = host;
    this.#region = region;
    this.#regionRange = userRangeOf(region.range);
    this.#log = log;
    this.peer = own;
    this.peerId = own.peerId;
    this.isSoleVoter = !region.peers.some((peer) => peer.role === 'voter' && peer.peerId !== own.peerId);
    this.#votesFromMs = host.monotonicMs() + LEASE_MS;
    this.#appliedIndex = log.truncatedIndex;
    this.#appliedTerm = log.truncatedTerm;
    this.#node = new RawNode({
      id: own.peerId,
      electionTick: ELECTION_TICKS,
      heartbeatTick: HEARTBEAT_TICKS,
      storage: new PeerStorage(log, confStateOf(region)),
      randomBelow: (bound) => host.randomBelow(bound),
      applied: log.truncatedIndex,
      maxSizePerMsg: MAX_MESSAGE_BYTES,
      maxCommittedSizePerReady: MAX_APPLY_BYTES,
      checkQuorum: true,
      preVote: true,
      disableProposalForwarding: true,
    });
    if (this.isSoleVoter) this.#node.campaign();
  }

  get regionId(): RegionId {
    return this.#region.regionId;
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

  get appliedIndex(): number {
    return this.#appliedIndex;
  }

  get isLeader(): boolean {
    return this.#node.isLeader;
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
    return this.#inbox.length > 0 || this.#proposed.length > 0;
  }

  get hasReady(): boolean {
    return this.#node.hasReady();
  }

  read(): KvReader {
    const refusal = this.#host.readRefusal();
    if (refusal !== undefined) throw this.#error(refusal.kind, refusal.message);
    if (!this.#isServing || !this.#hasLease()) throw this.#error('not-leader', 'this replica does not lead');
    return this.#host.reader;
  }

  readIndex(): Promise<KvReader> {
    try {
      return Promise.resolve(this.read());
    } catch (error) {
      return Promise.reject(error);
    }
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

  tick(): void {
    this.#node.tick();
    if (this.#node.isLeader && !this.isSoleVoter) this.#askForLease();
  }

  step(message: Message): void {
    const asksForVote = message.type === 'MsgVote' || message.type === 'MsgPreVote';
    if (asksForVote && this.#host.monotonicMs() < this.#votesFromMs) return;
    this.#node.step(message);
  }

  /**
   * Hands waiting proposals to raft for as long as `admits` has room for the next; answers how many bytes left the inbox
   * and how many of them entered the log.
   */
  admit(admits: (entryBytes: number) => boolean): { readonly taken: number; readonly appended: number } {
    let taken = 0;
    let appended = 0;
    for (let next = this.#inbox.first; next !== undefined; next = this.#inbox.first) {
      const size = next.data.byteLength;
      if (this.#node.isLeader && !admits(size)) break;
      this.#inbox.shift();
      taken += size;
      if (!this.#node.isLeader || this.#node.propose(next.data) !== 'ok') {
        next.reject(this.#error('not-leader', 'this replica does not lead'));
        continue;
      }
      appended += size;
      this.#proposed.push(next);
    }
    return { taken, appended };
  }

  /** Refuses what waits to enter the log; answers the bytes that left the inbox. */
  refuseInbox(kind: RegionErrorKind, message: string): number {
    let bytes = 0;
    for (const proposal of this.#inbox.takeAll()) {
      bytes += proposal.data.byteLength;
      proposal.reject(this.#error(kind, message));
    }
    return bytes;
  }

  /** Gives up on everything unanswered: what already entered the log may or may not be applied. */
  abandon(kind: 'stale-command' | 'store-failed', message: string): void {
    for (const proposal of [...this.#proposed.takeAll(), ...this.#inbox.takeAll()]) {
      proposal.reject(this.#error(kind, message));
    }
  }

  /** Begins a round; `finish` must follow once its work is done. */
  ready(): Ready {
    const ready = this.#node.ready();
    if (ready.hardState !== undefined) this.#unwrittenHardState = ready.hardState;
    for (const { requestContext } of ready.readStates) this.#leaseConfirmed(requestContext);
    if (ready.softState !== undefined && ready.softState.raftState !== 'StateLeader') this.#steppedDown();
    return ready;
  }

  finish(): void {
    this.#node.advance();
  }

  /** The hard state to write with this round, if any is due. */
  takeHardState(): HardState | undefined {
    const hardState = this.#unwrittenHardState;
    this.#unwrittenHardState = undefined;
    return hardState;
  }

  apply(entries: readonly Entry[], batch: ApplyBatch): void {
    const last = entries.at(-1);
    if (last === undefined) return;
    assert(entries[0]?.index === this.#appliedIndex + 1, 'entries are applied without a gap');
    for (const entry of entries) this.#applyEntry(entry, batch);
    this.#appliedIndex = last.index;
    this.#appliedTerm = last.term;
    batch.operations.push({
      kind: 'put',
      key: applyStateKey(this.regionId),
      value: encodeApplyState({ index: last.index, term: last.term }),
    });
    if (this.isSoleVoter) this.#log.release(last.index);
    if (!this.#isServing && this.#node.isLeader && last.term === this.#node.term) {
      batch.effects.push(() => this.#startServing());
    }
  }

  #applyEntry(entry: Entry, batch: ApplyBatch): void {
    const proposal = this.#proposed.first?.data === entry.data ? this.#proposed.shift() : undefined;
    if (entry.type !== 'EntryNormal' || entry.data.byteLength === 0) return;
    const command = proposal?.command ?? decodeCommand(entry.data);
    if (command.epochVersion !== this.epoch.version) {
      proposal?.reject(this.#error('epoch-not-match', 'the region changed while the proposal was under way'));
      return;
    }
    if (command.kind === 'destroy-range') {
      batch.destroyedRanges.push({
        range: command.range,
        done: (error) => {
          if (error === undefined) proposal?.resolve();
          else proposal?.reject(this.#error('store-failed', String(error)));
        },
      });
      return;
    }
    const { operations } = command;
    for (const operation of operations) batch.operations.push(operation);
    batch.effects.push(() => {
      for (const observer of this.#host.observers) observer.applied?.(this.regionId, operations);
      proposal?.onApplied?.();
      proposal?.resolve();
    });
  }

  #enqueue(data: Uint8Array, command: RegionCommand, onApplied: (() => void) | undefined): Promise<void> {
    const refusal = this.#host.refusal(data.byteLength);
    if (refusal !== undefined) return Promise.reject(this.#error(refusal.kind, refusal.message));
    if (!this.#node.isLeader) return Promise.reject(this.#error('not-leader', 'this replica does not lead'));
    return new Promise((resolve, reject) => {
      this.#inbox.push({ data, command, onApplied, resolve, reject } satisfies Proposal);
      this.#host.wake(this, data.byteLength);
    });
  }

  #startServing(): void {
    if (this.#isServing || !this.#node.isLeader || this.#appliedTerm !== this.#node.term) return;
    for (const observer of this.#host.observers) observer.becameLeader?.(this);
    this.#isServing = true;
  }

  #steppedDown(): void {
    this.abandon('stale-command', 'leadership was lost while the proposal was under way');
    this.#leaseUntilMs = 0;
    if (!this.#isServing) return;
    this.#isServing = false;
    for (const observer of this.#host.observers) observer.lostLeadership?.(this.regionId);
  }

  #hasLease(): boolean {
    return this.isSoleVoter || this.#host.monotonicMs() < this.#leaseUntilMs;
  }

  /** A lease lasts from the moment a heartbeat round was sent that a quorum then answered. */
  #askForLease(): void {
    if (this.#host.monotonicMs() - this.#leaseAskedAtMs < LEASE_MS / 4) return;
    this.#leaseAskedAtMs = this.#host.monotonicMs();
    this.#leaseRound++;
    const context = Buffer.alloc(16);
    context.writeDoubleBE(this.#leaseRound, 0);
    context.writeDoubleBE(this.#leaseAskedAtMs, 8);
    this.#node.readIndex(context);
  }

  #leaseConfirmed(context: Uint8Array): void {
    const sentAtMs = Buffer.from(context.buffer, context.byteOffset, context.byteLength).readDoubleBE(8);
    this.#leaseUntilMs = Math.max(this.#leaseUntilMs, sentAtMs + LEASE_MS);
  }

  #error(kind: RegionErrorKind, message: string): RegionError {
    return new RegionError(kind, this.regionId, message);
  }
}
