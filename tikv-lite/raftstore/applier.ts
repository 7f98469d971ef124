/**
 * What committed entries do to a replica: writes for the engine, changes of the region, effects that follow once the
 * writes are visible, and answers to whoever proposed them here. Entries are applied in the order of the log, each once
 * in a life; a change of the region holds for the entries behind it at once, and for everyone else with its effect.
 */

import { assert, defined } from '../../base/index.ts';
import type { Region } from '../../pd/index.ts';
import { asConfChangeV2, type ConfChangeV2, decodeConfChange, type Entry } from '../../raft/index.ts';
import type { WriteOperation } from '../kv/kv-engine.ts';
import type {
  AdminCommand,
  CommitMergeCommand,
  PrepareMergeCommand,
  RollbackMergeCommand,
  SplitCommand,
} from './admin-codec.ts';
import type { ApplyBatch } from './apply-batch.ts';
import type { RegionCheckpoint } from './checkpoint.ts';
import { decodeCommand, isCommitMerge } from './command-codec.ts';
import { regionAfter } from './membership.ts';
import { type MergeState, regionAfterMerge, regionAfterPrepare, regionAfterRollback } from './merging.ts';
import type { Peer } from './peer.ts';
import type { PeerBirth, PeerHost } from './peer-host.ts';
import type { Proposal } from './proposal-queue.ts';
import { applyStateKey, encodeApplyState, INITIAL_INDEX, INITIAL_TERM } from './region.ts';
import { refuseSplit, regionsAfterSplit } from './region-split.ts';

/** What applying needs of the replica beside its public face. */
export interface ApplySeam {
  /** The proposal made here that `entry` is, if any. */
  proposalOf(entry: Entry): Proposal | undefined;
  /** Entries of its own log with low < index ≤ high. */
  ownEntries(low: number, high: number): readonly Entry[];
  applyConfChange(change: ConfChangeV2): void;
  /** A PrepareMerge came through the log, to whatever end. */
  mergeDecided(): void;
  /** The effect of a PrepareMerge begins. */
  mergePrepared(): void;
  /** Answers a proposal with the regions that came of it. */
  settle(proposal: Proposal | undefined, outcome: readonly Region[]): void;
  /** Everything up to `last` is applied. */
  applied(last: Entry, batch: ApplyBatch): void;
}

export class Applier {
  readonly #peer: Peer;
  readonly #host: PeerHost;
  readonly #seam: ApplySeam;
  /** The last applied entry. */
  index: number;
  term: number;
  /** As of the last applied entry; in force when the effects of this turn run. */
  region: Region;
  /** From PrepareMerge on, until the target has taken the region over or the merge is taken back. */
  mergeState: MergeState | undefined;
  #stoppedAt: number;
  /** Committed entries that wait for the replica of a neighbour. */
  #backlog: readonly Entry[] = [];
  #hasYielded = false;

  constructor(
    peer: Peer,
    host: PeerHost,
    { region, applied, merge }: Pick<PeerBirth, 'region' | 'applied' | 'merge'>,
    seam: ApplySeam,
  ) {
    this.#peer = peer;
    this.#host = host;
    this.#seam = seam;
    this.region = region;
    this.index = applied.index;
    this.term = applied.term;
    this.mergeState = merge;
    this.#stoppedAt = merge?.commit ?? 0;
  }

  /** A snapshot takes the place of everything up to its index. */
  jump({ region, index, term, merge }: RegionCheckpoint): void {
    assert(index > this.index, 'a snapshot is ahead of what is applied');
    this.#backlog = [];
    this.mergeState = merge;
    this.#stoppedAt = merge?.commit ?? 0;
    this.index = index;
    this.term = term;
    this.region = region;
  }

  /**
   * The region is about to be taken over by its neighbour: applies what it may not have yet of its log. False while its own
   * log waits for another replica.
   */
  catchUp({ commit, entries }: CommitMergeCommand, batch: ApplyBatch): boolean {
    const { queuedIndex } = this;
    if (queuedIndex < commit) {
      const minIndex = commit - entries.length;
      const own = queuedIndex < minIndex ? this.#seam.ownEntries(queuedIndex, minIndex) : [];
      this.apply([...own, ...entries], batch);
    }
    return this.index >= commit;
  }

  /** It is taken over, and applies nothing any more. */
  yieldAt(commit: number): void {
    assert(this.#stoppedAt === commit && this.mergeState !== undefined, 'a region that is taken over was stopped');
    this.#hasYielded = true;
  }

  /** Has committed entries that it cannot apply before a neighbour is there: only while the log is replayed. */
  get isBlocked(): boolean {
    return this.#backlog.length > 0;
  }

  /** The last entry that was handed to it to be applied. */
  get queuedIndex(): number {
    return this.#backlog.at(-1)?.index ?? this.index;
  }

  /** Those that it has, or has waiting, already are passed over. */
  apply(entries: readonly Entry[], batch: ApplyBatch): void {
    if (this.#hasYielded || (entries.length === 0 && !this.isBlocked)) return;
    const { queuedIndex } = this;
    const fresh = entries[0]?.index === queuedIndex + 1 ? entries : entries.filter(({ index }) => index > queuedIndex);
    assert(fresh.length === 0 || fresh[0]?.index === queuedIndex + 1, 'entries are applied without a gap');
    const due = this.isBlocked ? [...this.#backlog, ...fresh] : fresh;
    let done = 0;
    for (; done < due.length; done++) {
      const entry = due[done] as Entry;
      if (isCommitMerge(entry) && !this.#canTakeOver(entry, batch)) break;
      this.#applyEntry(entry, batch);
    }
    this.#backlog = due.slice(done);
    if (this.isBlocked) this.#host.block(this.#peer);
    const last = due[done - 1];
    if (last === undefined) return;
    this.index = last.index;
    this.term = last.term;
    batch.operations.push({
      kind: 'put',
      key: applyStateKey(this.#peer.regionId),
      value: encodeApplyState({ index: last.index, term: last.term }),
    });
    this.#seam.applied(last, batch);
  }

  /** Whether the source of a merge is here and has applied all it can, or the merge is refused anyway. */
  #canTakeOver(entry: Entry, batch: ApplyBatch): boolean {
    const command = decodeCommand(entry.data);
    assert(command.kind === 'commit-merge', 'an entry that commits a merge');
    const { version, confVer } = this.region.epoch;
    if (command.epochVersion !== version || command.confVer !== confVer) return true;
    return this.#host.neighbour(command.source.regionId)?.catchUp(command, batch) === true;
  }

  #applyEntry(entry: Entry, batch: ApplyBatch): void {
    const proposal = this.#seam.proposalOf(entry);
    if (entry.data.byteLength === 0) {
      if (proposal === undefined) return;
      batch.effects.push(() => proposal.reject(this.#peer.refuse('invalid-change', 'raft refuses it')));
      return;
    }
    if (entry.type !== 'EntryNormal') {
      this.#applyConfChange(entry, proposal, batch);
      return;
    }
    const command = proposal?.command ?? decodeCommand(entry.data);
    if (command.epochVersion !== this.region.epoch.version) {
      if (command.kind === 'prepare-merge') this.#seam.mergeDecided();
      batch.effects.push(() => proposal?.reject(this.#peer.epochNotMatch()));
      return;
    }
    switch (command.kind) {
      case 'write':
        this.#applyWrite(command.operations, proposal, batch);
        return;
      case 'destroy-range':
        batch.destroyedRanges.push({
          range: command.range,
          done: (error) => {
            if (error === undefined) proposal?.resolve();
            else proposal?.reject(this.#peer.refuse('store-failed', String(error)));
          },
        });
        return;
      default:
        this.#applyAdmin(command, entry, proposal, batch);
    }
  }

  #applyAdmin(command: AdminCommand, entry: Entry, proposal: Proposal | undefined, batch: ApplyBatch): void {
    switch (command.kind) {
      case 'split':
        this.#applySplit(command, proposal, batch);
        return;
      case 'prepare-merge':
        this.#applyPrepareMerge(command, entry, proposal, batch);
        return;
      case 'commit-merge':
        this.#applyCommitMerge(command, proposal, batch);
        return;
      case 'rollback-merge':
        this.#applyRollbackMerge(command, proposal, batch);
        return;
      default:
        assert(false, `no ${command.kind} in an ordinary entry`);
    }
  }

  #applyPrepareMerge(
    command: PrepareMergeCommand,
    entry: Entry,
    proposal: Proposal | undefined,
    batch: ApplyBatch,
  ): void {
    this.#seam.mergeDecided();
    if (command.confVer !== this.region.epoch.confVer) {
      batch.effects.push(() => proposal?.reject(this.#peer.epochNotMatch()));
      return;
    }
    const { target, minIndex } = command;
    const region = regionAfterPrepare(this.region);
    this.region = region;
    this.mergeState = { target, minIndex, commit: entry.index, commitTerm: entry.term };
    this.#stoppedAt = entry.index;
    batch.effects.push(() => {
      this.#seam.mergePrepared();
      this.#host.membersChanged(this.#peer, region);
      this.#seam.settle(proposal, [region]);
      this.#host.mergePrepared(this.#peer);
    });
  }

  #applyCommitMerge(command: CommitMergeCommand, proposal: Proposal | undefined, batch: ApplyBatch): void {
    if (command.confVer !== this.region.epoch.confVer) {
      batch.effects.push(() => proposal?.reject(this.#peer.epochNotMatch()));
      return;
    }
    const region = regionAfterMerge(this.region, command.source);
    const source = defined(this.#host.neighbour(command.source.regionId), 'the source of a merge is here');
    source.yieldAt(command.commit);
    this.region = region;
    batch.effects.push(() => {
      this.#host.regionMerged(source, this.#peer, region);
      this.#seam.settle(proposal, [region]);
    });
  }

  #applyRollbackMerge({ commit }: RollbackMergeCommand, proposal: Proposal | undefined, batch: ApplyBatch): void {
    if (this.mergeState?.commit !== commit) {
      batch.effects.push(() => proposal?.reject(this.#peer.epochNotMatch()));
      return;
    }
    const region = regionAfterRollback(this.region);
    this.region = region;
    this.mergeState = undefined;
    batch.effects.push(() => {
      this.#host.membersChanged(this.#peer, region);
      this.#seam.settle(proposal, [region]);
    });
  }

  #applyWrite(operations: readonly WriteOperation[], proposal: Proposal | undefined, batch: ApplyBatch): void {
    for (const operation of operations) batch.operations.push(operation);
    this.#peer.flow.noteWritten(operations);
    const key = operations[0]?.key;
    if (key !== undefined && this.#peer.isServing) this.#peer.load.noteWrite(key);
    batch.effects.push(() => {
      for (const observer of this.#host.observers) observer.applied?.(this.#peer.regionId, operations);
      proposal?.onApplied?.();
      proposal?.resolve();
    });
  }

  #applySplit({ splits }: SplitCommand, proposal: Proposal | undefined, batch: ApplyBatch): void {
    const problem = refuseSplit(this.region, splits);
    if (problem !== undefined) {
      batch.effects.push(() => proposal?.reject(this.#peer.refuse('invalid-change', problem)));
      return;
    }
    const parts = regionsAfterSplit(this.region, splits);
    this.region = parts.at(-1) ?? this.region;
    for (const part of parts) {
      if (part.regionId !== this.#peer.regionId) {
        const start = encodeApplyState({ index: INITIAL_INDEX, term: INITIAL_TERM });
        batch.operations.push({ kind: 'put', key: applyStateKey(part.regionId), value: start });
      }
    }
    batch.effects.push(() => {
      this.#host.regionSplit(this.#peer, parts);
      this.#seam.settle(proposal, parts);
    });
  }

  #applyConfChange(entry: Entry, proposal: Proposal | undefined, batch: ApplyBatch): void {
    const change = decodeConfChange(entry);
    assert(change !== undefined, 'a conf change entry carries a conf change');
    const v2 = asConfChangeV2(change);
    const command = decodeCommand(v2.context);
    assert(command.kind === 'change-peers', 'the context of a conf change says what becomes of the region');
    if (command.confVer !== this.region.epoch.confVer) {
      batch.effects.push(() => proposal?.reject(this.#peer.epochNotMatch()));
      return;
    }
    const region = regionAfter(this.region, command.changes);
    this.region = region;
    this.#seam.applyConfChange(v2);
    batch.effects.push(() => {
      this.#host.membersChanged(this.#peer, region);
      this.#seam.settle(proposal, [region]);
      if (!region.peers.some(({ peerId }) => peerId === this.#peer.peerId)) this.#host.removePeer(this.#peer, region);
    });
  }
}
