/**
 * Up to which timestamp each replica of this store may be read without asking its leader (safe_ts). A leader's word counts
 * once the replica has applied the log as far as the leader had then, and for the range that the region had then.
 */

import { type KeyRange, NO_TS, type Ts } from '../../base/index.ts';
import type { RegionReplica } from '../raftstore/region-kv.ts';
import type { ReadState } from './leader-check.ts';

/** Words that wait until more is applied; beyond, the newest replaces the one before it. */
const MAX_WAITING = 8;

interface Progress {
  readonly version: number;
  safeTs: Ts;
  /** Ascending in both fields. */
  waiting: ReadState[];
}

export class SafeTimestamps {
  readonly #progress = new WeakMap<RegionReplica, Progress>();

  /** A leader's word about a replica whose region has the same version as the leader's. */
  note(replica: RegionReplica, state: ReadState): void {
    const { version } = replica.epoch;
    let progress = this.#progress.get(replica);
    if (progress === undefined || progress.version !== version) {
      progress = { version, safeTs: NO_TS, waiting: [] };
      this.#progress.set(replica, progress);
    }
    const { waiting } = progress;
    const last = waiting.at(-1);
    if (state.safeTs <= (last?.safeTs ?? progress.safeTs) || state.appliedIndex < (last?.appliedIndex ?? 0)) return;
    if (waiting.length >= MAX_WAITING) waiting.pop();
    waiting.push(state);
    this.of(replica);
  }

  /** NO_TS while nothing is known. */
  of(replica: RegionReplica): Ts {
    const progress = this.#progress.get(replica);
    if (progress === undefined || replica.isInstalling || progress.version !== replica.epoch.version) return NO_TS;
    const { appliedIndex } = replica;
    let reached = 0;
    for (const state of progress.waiting) {
      if (state.appliedIndex > appliedIndex) break;
      progress.safeTs = state.safeTs;
      reached++;
    }
    if (reached > 0) progress.waiting = progress.waiting.slice(reached);
    return progress.safeTs;
  }

  /** The least of all replicas that hold a part of a range of region keys; NO_TS when there is none. */
  least(replicas: Iterable<RegionReplica>, range: KeyRange): Ts {
    let least: Ts | undefined;
    for (const replica of replicas) {
      const { start, end } = replica.region.range;
      if ((range.end !== undefined && start >= range.end) || (end !== undefined && end <= range.start)) continue;
      const safeTs = this.of(replica);
      if (least === undefined || safeTs < least) least = safeTs;
    }
    return least ?? NO_TS;
  }
}
