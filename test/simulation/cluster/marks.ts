/**
 * Rare turns of events that a run over a cluster may come by. They are counted for the summary of many runs: what no seed
 * reaches, nobody tests.
 */

import type { RegionMessage, RegionMethod, RegionObserver, RequestContext } from '../../../tikv-lite/index.ts';
import { decodeCommand } from '../../../tikv-lite/raftstore/command-codec.ts';
import type { LogItem } from '../../../tikv-lite/raftstore/log/log-items.ts';
import type { RaftLog } from '../../../tikv-lite/raftstore/log/raft-log.ts';
import { isJoint } from '../../../tikv-lite/raftstore/membership.ts';
import type { Peer } from '../../../tikv-lite/raftstore/peer.ts';
import type { Trace } from '../support/trace.ts';

/** What becomes of regions. */
export const REGION_MARKS = [
  'split',
  'merge',
  'merge that brings entries to followers',
  'merge taken back',
  'joint members',
  'replica removed',
  'leadership handed over',
  'asleep',
  'snapshot',
  'snapshot in place of merged regions',
  'snapshot in place of a chain of merges',
  'snapshot installed again after a start',
  'checkpoint while a snapshot is applied',
  'signal tombstone',
  'signal merged',
  'signal check-stale-peer',
  'signal check-stale-peer-response',
  'signal wake-up',
  'an entry told to be committed by one that is gone',
] as const;

/** What becomes of transactions. */
export const TRANSACTION_MARKS = [
  'read index for a follower',
  'follower read',
  'stale read',
  'stale read too early',
  'one phase',
  'async commit',
  'checkSecondaryLocks',
  'checkTxnStatus',
  'resolveLock',
  'pessimisticLock',
  'pessimisticLockAll',
  'pessimisticRollback',
  'txnHeartBeat',
  'scanLocks',
] as const;

type Mark = (typeof REGION_MARKS)[number] | (typeof TRANSACTION_MARKS)[number];

const MARKS: ReadonlySet<string> = new Set<string>([...REGION_MARKS, ...TRANSACTION_MARKS]);

export class ClusterMarks {
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  #note(mark: Mark): void {
    this.#trace.mark(mark);
  }

  /** Only what is a mark counts. */
  #noteIfKnown(name: string): void {
    if (MARKS.has(name)) this.#trace.mark(name);
  }

  sent({ message, signal, committed }: RegionMessage): void {
    if (message?.type === 'MsgTimeoutNow') this.#note('leadership handed over');
    else if (message?.type === 'MsgReadIndex') this.#note('read index for a follower');
    if (signal !== undefined) this.#noteIfKnown(`signal ${signal}`);
    if (committed !== undefined) this.#note('an entry told to be committed by one that is gone');
  }

  looked(peer: Peer): void {
    if (peer.sleep.isAsleep) this.#note('asleep');
  }

  called(method: RegionMethod, args: readonly unknown[]): void {
    this.#noteIfKnown(method);
    if (method !== 'prewrite') return;
    const { tryOnePc, secondaries } = args[0] as { readonly tryOnePc: boolean; readonly secondaries?: unknown };
    if (tryOnePc) this.#note('one phase');
    if (secondaries !== undefined) this.#note('async commit');
  }

  answered(context: RequestContext): void {
    if (context.staleRead === true) this.#note('stale read');
    else if (context.replicaRead === true) this.#note('follower read');
  }

  refused(kind: string): void {
    if (kind === 'data-is-not-ready') this.#note('stale read too early');
  }

  /** For one life of a store. */
  life(): { readonly observer: RegionObserver; log(log: RaftLog): RaftLog } {
    const observer: RegionObserver = {
      split: () => this.#note('split'),
      merged: () => this.#note('merge'),
      changed: ({ region }) => {
        if (isJoint(region)) this.#note('joint members');
      },
      removed: () => this.#note('replica removed'),
      restored: () => this.#note('snapshot'),
    };
    const log = (log: RaftLog): RaftLog => {
      for (const { state } of log.checkpoint?.values() ?? []) {
        if (state === 'applying') this.#note('snapshot installed again after a start');
      }
      const write = log.write.bind(log);
      log.write = (items) => {
        for (const item of items) this.#written(item);
        return write(items);
      };
      return log;
    };
    return { observer, log };
  }

  #written(item: LogItem): void {
    if (item.kind === 'entries') {
      for (const { type, data } of item.entries) if (type === 'EntryNormal' && data.byteLength > 0) this.#entry(data);
    } else if (item.kind === 'applying') {
      const { replica, replaced } = item;
      if (replaced.length > 0) this.#note('snapshot in place of merged regions');
      const isLink = replaced.some(({ mergedInto }) => mergedInto?.regionId !== replica.region.regionId);
      if (isLink) this.#note('snapshot in place of a chain of merges');
    } else if (item.kind === 'checkpoint') {
      if (item.replicas.some(({ state }) => state === 'applying')) this.#note('checkpoint while a snapshot is applied');
    }
  }

  #entry(data: Uint8Array): void {
    const command = decodeCommand(data);
    if (command.kind === 'rollback-merge') this.#note('merge taken back');
    else if (command.kind === 'commit-merge' && command.entries.length > 1)
      this.#note('merge that brings entries to followers');
  }
}
