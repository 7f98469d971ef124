/**
 * One region's raft log in memory, a mirror of what the segments hold durably: the hard state, and the entries that raft
 * may still ask for. Invariant: truncatedIndex ≤ released index ≤ lastIndex.
 */

import { assert } from '../../../base/index.ts';
import { EMPTY_HARD_STATE, type Entry, type HardState } from '../../../raft/index.ts';

/** From `index` on (until the next run) released entries had `term`. */
interface TermRun {
  readonly index: number;
  readonly term: number;
}

/** Beside its data an entry costs an object and its place in arrays. */
const ENTRY_OVERHEAD_BYTES = 160;

function memoryOf({ data }: Entry): number {
  return data.byteLength + ENTRY_OVERHEAD_BYTES;
}

export class RegionLog {
  hardState: HardState = EMPTY_HARD_STATE;
  #truncatedIndex = 0;
  #truncatedTerm = 0;
  /** Entries up to here are durable in the segments but no longer in memory; entries[0] has index #releasedIndex + 1. */
  #releasedIndex = 0;
  #releasedTerm = 0;
  #releasedRuns: TermRun[] = [];
  #entries: Entry[] = [];
  #cachedBytes = 0;

  /** Up to here the entries are gone from the segments, or may go. */
  get truncatedIndex(): number {
    return this.#truncatedIndex;
  }

  get truncatedTerm(): number {
    return this.#truncatedTerm;
  }

  /** The first entry in memory. */
  get firstIndex(): number {
    return this.#releasedIndex + 1;
  }

  get lastIndex(): number {
    return this.#releasedIndex + this.#entries.length;
  }

  /** What the entries in memory take, roughly. */
  get cachedBytes(): number {
    return this.#cachedBytes;
  }

  /** The term of the entry at `index`; undefined outside [truncatedIndex, lastIndex]. */
  termAt(index: number): number | undefined {
    if (index > this.#releasedIndex) return this.#entries[index - this.#releasedIndex - 1]?.term;
    if (index === this.#releasedIndex) return this.#releasedTerm;
    if (index === this.#truncatedIndex) return this.#truncatedTerm;
    if (index < this.#truncatedIndex) return undefined;
    return this.#releasedRuns.findLast((run) => run.index <= index)?.term;
  }

  /** Entries with low ≤ index < high, all of which must be in memory. */
  slice(low: number, high: number): Entry[] {
    assert(low >= this.firstIndex && high <= this.lastIndex + 1, `log slice [${low}, ${high}) outside the log`);
    return this.#entries.slice(low - this.firstIndex, high - this.firstIndex);
  }

  /** Appends consecutive entries, replacing what stands at and behind the first of them. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    assert(first.index <= this.lastIndex + 1, `entry ${first.index} leaves a hole behind ${this.lastIndex}`);
    assert(first.index > this.#releasedIndex, `entry ${first.index} would replace an applied one`);
    // Setting an array's length is slow, and drops its storage when it empties.
    const kept = first.index - this.firstIndex;
    if (kept < this.#entries.length) {
      for (let i = kept; i < this.#entries.length; i++) this.#cachedBytes -= memoryOf(this.#entries[i] as Entry);
      this.#entries.length = kept;
    }
    for (const entry of entries) {
      this.#entries.push(entry);
      this.#cachedBytes += memoryOf(entry);
    }
  }

  /** Forgets the contents of entries up to `index`: applied here, and needed by nobody else. Their terms stay known. */
  release(index: number): void {
    const count = Math.min(index, this.lastIndex) - this.#releasedIndex;
    if (count <= 0) return;
    let runTerm = this.#releasedRuns.at(-1)?.term;
    for (let i = 0; i < count; i++) {
      const entry = this.#entries[i] as Entry;
      const { index: at, term } = entry;
      this.#cachedBytes -= memoryOf(entry);
      if (runTerm !== term) this.#releasedRuns.push({ index: at, term });
      runTerm = term;
      this.#releasedTerm = term;
    }
    this.#releasedIndex += count;
    if (count === this.#entries.length) this.#entries = [];
    else this.#entries.splice(0, count);
  }

  /** Replaces the whole log by the point (index, term). */
  reset(index: number, term: number): void {
    this.#truncatedIndex = index;
    this.#truncatedTerm = term;
    this.#releasedIndex = index;
    this.#releasedTerm = term;
    this.#releasedRuns = [];
    this.#entries = [];
    this.#cachedBytes = 0;
  }

  /** Forgets entries up to `index`; beyond the end the whole log is replaced by the point (index, term). */
  truncate(index: number, term: number): void {
    if (index < this.#truncatedIndex) return;
    this.#truncatedIndex = index;
    this.#truncatedTerm = term;
    if (index >= this.#releasedIndex) {
      for (const entry of this.#entries.splice(0, index - this.#releasedIndex)) this.#cachedBytes -= memoryOf(entry);
      this.#releasedIndex = index;
      this.#releasedTerm = term;
      this.#releasedRuns = [];
    } else {
      const current = this.#releasedRuns.findLastIndex((run) => run.index <= index);
      if (current > 0) this.#releasedRuns.splice(0, current);
    }
  }
}
