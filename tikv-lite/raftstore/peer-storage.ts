/** A region's log as its RawNode reads it. */

import {
  type ConfState,
  type Entry,
  type HardState,
  type LogGap,
  limitSize,
  type Snapshot,
  type Storage,
} from '../../raft/index.ts';
import type { RegionLog } from './log/region-log.ts';

export class PeerStorage implements Storage {
  readonly #log: RegionLog;
  readonly #confState: ConfState;
  readonly #startIndex: number;
  readonly #takeSnapshot: () => Snapshot | undefined;

  /** `confState` is in force at `startIndex`, the last entry that is applied when the node starts. */
  constructor(log: RegionLog, confState: ConfState, startIndex: number, takeSnapshot: () => Snapshot | undefined) {
    this.#log = log;
    this.#confState = confState;
    this.#startIndex = startIndex;
    this.#takeSnapshot = takeSnapshot;
  }

  /** The commit index is written lazily; what was applied was committed in any case. */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    const { term, vote, commit } = this.#log.hardState;
    const hardState = { term, vote, commit: Math.max(commit, this.#startIndex) };
    return { hardState, confState: this.#confState };
  }

  entries(low: number, high: number, maxBytes: number): readonly Entry[] | LogGap {
    if (low < this.#log.firstIndex) return 'compacted';
    return limitSize(this.#log.slice(low, high), maxBytes);
  }

  term(index: number): number | LogGap {
    if (index < this.#log.firstIndex - 1) return 'compacted';
    return this.#log.termAt(index) ?? 'unavailable';
  }

  lastIndex(): number {
    return this.#log.lastIndex;
  }

  firstIndex(): number {
    return this.#log.firstIndex;
  }

  snapshot(): Snapshot | 'snapshotTemporarilyUnavailable' {
    return this.#takeSnapshot() ?? 'snapshotTemporarilyUnavailable';
  }
}
