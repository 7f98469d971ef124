/**
 * The stable part of a node's log, owned by the host. Raft only reads it, synchronously, and expects to find there
 * what the host was told to write by earlier `Ready`s.
 */
import type { ConfState, Entry, HardState, Snapshot } from '../message.ts';

/**
 * - `compacted`: the log starts above that index; the reader needs a snapshot.
 * - `unavailable`: the index is above the last one.
 */
export type LogGap = 'compacted' | 'unavailable';

export interface Storage {
  /** The state to start from: what was persisted last, `EMPTY_HARD_STATE` and `EMPTY_CONF_STATE` when nothing was. */
  initialState(): { readonly hardState: HardState; readonly confState: ConfState };

  /**
   * The entries lo ≤ index < hi, as many as fit `maxSize` bytes (`entrySize`) but at least one. Raft asks only for
   * ranges inside [firstIndex, lastIndex + 1] as it knows them; `compacted` when the log was cut in the meantime.
   */
  entries(lo: number, hi: number, maxSize: number): readonly Entry[] | LogGap;

  /** The term of an index in [firstIndex − 1, lastIndex]: that of the entry before the first is kept for matching. */
  term(index: number): number | LogGap;

  /** Index of the last entry, or of the snapshot when there is none. */
  lastIndex(): number;

  /** Index of the first entry that is still there (last snapshot or compaction + 1). */
  firstIndex(): number;

  /**
   * The most recent snapshot, for a follower that is too far behind. `snapshotTemporarilyUnavailable` while it is being
   * made: raft asks again at the next occasion.
   */
  snapshot(): Snapshot | 'snapshotTemporarilyUnavailable';
}
