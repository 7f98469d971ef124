/**
 * The proposals of one replica, from whoever makes them to the entry that answers them: they wait for room in the log, are
 * handed to raft, and are known again when their entry is applied. Part of Peer, which says what may be proposed.
 *
 * Invariants: every proposal is answered once, by the applier or here; proposals enter the log in the order in which they
 * were made; what may be proposed is asked when a proposal is made and again when it is handed to raft, since the region
 * and its leader may have changed in between; behind a PrepareMerge only the RollbackMerge that takes it back is proposed.
 */

import type { KeyRange, PeerId } from '../../base/index.ts';
import type { Region, RegionEpoch } from '../../pd/index.ts';
import type { Entry, RawNode } from '../../raft/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import type { AdminCommand, ChangePeersCommand, PrepareMergeCommand } from './admin-codec.ts';
import { encodeAdmin, encodeDestroyRange, encodeWrite, type RegionCommand } from './command-codec.ts';
import { type FlowControl, type ProposalLoad, ProposalSum, type Refusal } from './flow-control.ts';
import type { LeaderLease } from './leader-lease.ts';
import { MAX_UNCOMMITTED_BYTES } from './limits.ts';
import type { RegionLog } from './log/region-log.ts';
import { confChangeOf, hasQuorum, regionAfter } from './membership.ts';
import { mergeFrom } from './merging.ts';
import { type Proposal, ProposalQueue } from './proposal-queue.ts';
import type { RegionError, RegionErrorDetails, RegionErrorKind } from './region-kv.ts';

/** The replica whose proposals these are. */
export interface ProposingReplica {
  readonly peerId: PeerId;
  readonly region: Region;
  readonly epoch: RegionEpoch;
  readonly isSoleVoter: boolean;
  readonly isRemoved: boolean;
  readonly isMerging: boolean;
  /** Has committed entries that it cannot apply before a neighbour is there. */
  readonly isBlocked: boolean;
  /** Something happens: a sleeping replica wakes up. */
  stir(): void;
  refuse(kind: RegionErrorKind, message: string, details?: RegionErrorDetails): RegionError;
  notLeader(): RegionError;
  proposalInMergingMode(): RegionError;
  epochNotMatch(): RegionError;
}

/** What they need of the store. */
export interface ProposalHost<R> {
  readonly flow: FlowControl;
  /** Why the store does not take a proposal of a region with `load` under way; undefined when it does. */
  refusal(entryBytes: number, load: ProposalLoad): Refusal | undefined;
  wake(replica: R): void;
}

/** The raft group they go to. */
export interface ProposalTarget {
  readonly node: RawNode;
  readonly log: RegionLog;
  readonly lease: LeaderLease;
}

export class Proposals<R extends ProposingReplica> {
  readonly #replica: R;
  readonly #host: ProposalHost<R>;
  readonly #node: RawNode;
  readonly #log: RegionLog;
  readonly #lease: LeaderLease;
  /** Those that are not answered yet. */
  readonly #underWay: ProposalSum;
  /** Not in the log yet. */
  readonly #waiting: ProposalQueue;
  /** In the log, not applied yet. */
  readonly #proposed: ProposalQueue;
  #stoppingFrom: number | undefined;
  /** What the change whose effect runs now made of the region. */
  #outcome: readonly Region[] = [];

  constructor(replica: R, host: ProposalHost<R>, { node, log, lease }: ProposalTarget) {
    this.#replica = replica;
    this.#host = host;
    this.#node = node;
    this.#log = log;
    this.#lease = lease;
    this.#underWay = new ProposalSum(host.flow.underWay);
    this.#waiting = new ProposalQueue(this.#underWay);
    this.#proposed = new ProposalQueue(this.#underWay);
  }

  /** Whether there are some that are not in the log yet. */
  get areWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  get areUnanswered(): boolean {
    return this.#waiting.length > 0 || this.#proposed.length > 0;
  }

  /** The `minIndex` of a PrepareMerge that is in the log of this leader and not applied. */
  get stoppingFrom(): number | undefined {
    return this.#stoppingFrom;
  }

  /** See `RegionKv.propose`. */
  write(operations: readonly WriteOperation[], onApplied: (() => void) | undefined): Promise<void> {
    const epochVersion = this.#replica.epoch.version;
    const data = encodeWrite(epochVersion, operations);
    return this.#enqueue(data, { kind: 'write', epochVersion, operations }, onApplied);
  }

  destroyRange(range: KeyRange): Promise<void> {
    const epochVersion = this.#replica.epoch.version;
    const data = encodeDestroyRange(epochVersion, range);
    return this.#enqueue(data, { kind: 'destroy-range', epochVersion, range }, undefined);
  }

  /** Resolves with what the change makes of the region, once it is applied. Rejects with RegionError. */
  async change(command: AdminCommand): Promise<readonly Region[]> {
    let outcome: readonly Region[] = [];
    await this.#enqueue(encodeAdmin(command), command, () => {
      outcome = this.#outcome;
    });
    return outcome;
  }

  #enqueue(data: Uint8Array, command: RegionCommand, onApplied: (() => void) | undefined): Promise<void> {
    const replica = this.#replica;
    const refusal = this.#host.refusal(data.byteLength, this.#underWay);
    if (refusal !== undefined) return Promise.reject(replica.refuse(refusal.kind, refusal.message, refusal.details));
    if (replica.isRemoved) return Promise.reject(replica.refuse('region-not-found', 'the replica was removed'));
    replica.stir();
    if (!this.#node.isLeader) return Promise.reject(replica.notLeader());
    if (replica.isMerging && command.kind !== 'rollback-merge') return Promise.reject(replica.proposalInMergingMode());
    return new Promise((resolve, reject) => {
      this.#waiting.push({ data, command, index: 0, term: 0, onApplied, resolve, reject });
      this.#host.wake(replica);
    });
  }

  /** Hands those that wait to raft for as long as `admits` has room for the next. */
  admit(admits: (entryBytes: number) => boolean): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      if (this.#node.isLeader && !admits(next.data.byteLength)) break;
      this.#waiting.shift();
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

  /** Hands a proposal to raft, or tells why it cannot be. */
  #hand(proposal: Proposal): RegionError | undefined {
    const { data, command } = proposal;
    const replica = this.#replica;
    if (!this.#node.isLeader) return replica.notLeader();
    if (replica.isMerging && command.kind !== 'rollback-merge') return replica.proposalInMergingMode();
    if (replica.isBlocked) return replica.refuse('server-is-busy', 'the log is still replayed');
    if (command.kind === 'prepare-merge') return this.#handPrepareMerge(proposal, command);
    if (command.kind !== 'write' && command.epochVersion !== replica.epoch.version) return replica.epochNotMatch();
    if (command.kind === 'change-peers') {
      const refusal = this.#refuseMembership(command);
      if (refusal !== undefined) return refusal;
      const outcome = this.#node.proposeConfChange(confChangeOf(command.changes, data));
      return outcome === 'ok' ? undefined : replica.notLeader();
    }
    return this.#node.propose(data) === 'ok' ? undefined : this.#dropped();
  }

  /** Raft takes no proposal: leadership is on its way to somebody else, or no quorum has what was proposed before. */
  #dropped(): RegionError {
    if (this.#node.leadTransferee !== 0) return this.#replica.notLeader();
    return this.#replica.refuse('server-is-busy', `a quorum lags more than ${MAX_UNCOMMITTED_BYTES} bytes behind`);
  }

  /** Only now is known what of the log some member may lack: `minIndex` completes the command. */
  #handPrepareMerge(proposal: Proposal, command: PrepareMergeCommand): RegionError | undefined {
    const replica = this.#replica;
    const { version, confVer } = replica.epoch;
    if (command.epochVersion !== version || command.confVer !== confVer) return replica.epochNotMatch();
    const minIndex = this.#node.hasPendingConfChange ? undefined : mergeFrom(this.#node.status(), this.#log);
    if (minIndex === undefined) return replica.refuse('server-is-busy', 'a member lags too far behind for a merge');
    const complete = { ...command, minIndex };
    proposal.command = complete;
    if (this.#node.propose(encodeAdmin(complete)) !== 'ok') return replica.notLeader();
    this.#stoppingFrom = minIndex;
    this.#lease.revoke();
    return undefined;
  }

  #refuseMembership({ confVer, changes }: ChangePeersCommand): RegionError | undefined {
    const replica = this.#replica;
    if (confVer !== replica.epoch.confVer) return replica.epochNotMatch();
    if (this.#node.hasPendingConfChange) {
      return replica.refuse('server-is-busy', 'another change of members is under way');
    }
    if (replica.isSoleVoter) return undefined;
    const { progress } = this.#node.status();
    const matchOf = (id: number): number =>
      id === replica.peerId ? this.#node.lastIndex : (progress.get(id)?.match ?? 0);
    return hasQuorum(regionAfter(replica.region, changes), matchOf, this.#log.firstIndex - 1)
      ? undefined
      : replica.refuse('invalid-change', 'too few of the voters would have the log: add them as learners first');
  }

  /** The proposal made here that `entry`, which is applied now, is, if any. */
  take(entry: Entry): Proposal | undefined {
    const { first } = this.#proposed;
    return first !== undefined && first.index === entry.index && first.term === entry.term
      ? this.#proposed.shift()
      : undefined;
  }

  /** Answers the proposal of a change with the regions that came of it. */
  settle(proposal: Proposal | undefined, outcome: readonly Region[]): void {
    this.#outcome = outcome;
    proposal?.onApplied?.();
    proposal?.resolve();
  }

  /** A PrepareMerge came through the log, to whatever end. */
  mergeDecided(): void {
    this.#stoppingFrom = undefined;
  }

  /** Refuses what waits to enter the log: all, or `count` of the oldest. */
  refuseWaiting(kind: RegionErrorKind, message: string, count?: number): void {
    for (const proposal of this.#waiting.takeAll(count)) proposal.reject(this.#replica.refuse(kind, message));
  }

  /** Gives up on everything unanswered: what already entered the log may or may not be applied. */
  abandon(kind: 'stale-command' | 'store-failed', message: string): void {
    for (const proposal of [...this.#proposed.takeAll(), ...this.#waiting.takeAll()]) {
      proposal.reject(this.#replica.refuse(kind, message));
    }
  }

  /** Somebody else may lead, and decides what becomes of all of them. */
  steppedDown(): void {
    this.abandon('stale-command', 'leadership was lost while the proposal was under way');
    this.#stoppingFrom = undefined;
  }
}
