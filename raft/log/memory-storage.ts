/**
 * A Storage in memory, for tests, simulations and hosts that keep their log cached.
 * Invariant: `#entries[0]` is a stand-in for the last compacted entry; its index and term are those of the snapshot.
 */
import { assert } from '../../base/index.ts';
import {
  type ConfState,
  EMPTY_BYTES,
  EMPTY_HARD_STATE,
  EMPTY_SNAPSHOT,
  type Entry,
  type HardState,
  limitSize,
  type Snapshot,
} from '../message.ts';
import type { LogGap, Storage } from './storage.ts';

function standIn(index: number, term: number): Entry {
  return { type: 'EntryNormal', term, index, data: EMPTY_BYTES };
}

export class MemoryStorage implements Storage {
  #hardState = EMPTY_HARD_STATE;
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  #entries: Entry[] = [standIn(0, 0)];

  initialState(): { readonly hardState: HardState; readonly confState: ConfState } {
    return { hardState: this.#hardState, confState: this.#snapshot.confState };
  }

  entries(lo: number, hi: number, maxSize: number): readonly Entry[] | LogGap {
    const offset = this.#offset();
    if (lo <= offset) return 'compacted';
    assert(hi <= this.lastIndex() + 1, `entries' hi(${hi}) is out of bound lastindex(${this.lastIndex()})`);
    if (this.#entries.length === 1) return 'unavailable';
    return limitSize(this.#entries.slice(lo - offset, hi - offset), maxSize);
  }

  term(index: number): number | LogGap {
    const offset = this.#offset();
    if (index < offset) return 'compacted';
    return this.#entries[index - offset]?.term ?? 'unavailable';
  }

  lastIndex(): number {
    return this.#offset() + this.#entries.length - 1;
  }

  firstIndex(): number {
    return this.#offset() + 1;
  }

  snapshot(): Snapshot {
    return this.#snapshot;
  }

  setHardState(hardState: HardState): void {
    this.#hardState = hardState;
  }

  /** Replaces the whole log by a received snapshot; false when it is older than the one already here. */
  applySnapshot(snapshot: Snapshot): boolean {
    if (this.#snapshot.index >= snapshot.index && this.#snapshot.index > 0) return false;
    this.#snapshot = snapshot;
    this.#entries = [standIn(snapshot.index, snapshot.term)];
    return true;
  }

  /** Makes a snapshot of the applied state at `index`, which must be in the log; false when there is a newer one. */
  createSnapshot(index: number, data: Uint8Array, confState: ConfState = this.#snapshot.confState): boolean {
    if (index <= this.#snapshot.index) return false;
    const term = this.term(index);
    assert(typeof term === 'number', `snapshot ${index} is out of bound lastindex(${this.lastIndex()})`);
    this.#snapshot = { index, term, confState, data };
    return true;
  }

  /** Forgets the entries up to and including `index`; false when they are gone already. */
  compact(index: number): boolean {
    const offset = this.#offset();
    if (index <= offset) return false;
    assert(index <= this.lastIndex(), `compact ${index} is out of bound lastindex(${this.lastIndex()})`);
    const last = this.#entries[index - offset]!;
    this.#entries = [standIn(last.index, last.term), ...this.#entries.slice(index - offset + 1)];
    return true;
  }

  /** Writes entries without a gap, replacing what follows the first of them. */
  append(entries: readonly Entry[]): void {
    const first = this.firstIndex();
    const fresh =
      entries[0] !== undefined && entries[0].index < first ? entries.slice(first - entries[0].index) : entries;
    const start = fresh[0];
    if (start === undefined) return;
    assert(
      start.index <= this.lastIndex() + 1,
      `missing log entry [last: ${this.lastIndex()}, append at: ${start.index}]`,
    );
    this.#entries.length = start.index - this.#offset();
    for (const entry of fresh) this.#entries.push(entry);
  }

  #offset(): number {
    return this.#entries[0]!.index;
  }
}
