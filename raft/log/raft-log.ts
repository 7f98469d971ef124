/**
 * A node's log as the protocol sees it: storage below, unstable entries above, and how far it is committed and applied.
 *
 * Invariants: applied ≤ applying ≤ committed ≤ lastIndex; a committed entry is never truncated. Committed entries are
 * handed out in order, once, with at most `maxApplyingSize` bytes (and one entry) handed out and not yet applied.
 */
import { assert } from '../../base/index.ts';
import type { Logger } from '../config.ts';
import { type Entry, entriesSize, limitSize, NO_ENTRIES, type Snapshot } from '../message.ts';
import type { LogGap, Storage } from './storage.ts';
import { Unstable } from './unstable.ts';

/** The position of an entry: index and term name it uniquely. */
export interface EntryId {
  readonly term: number;
  readonly index: number;
}

export class RaftLog {
  readonly #storage: Storage;
  readonly #unstable: Unstable;
  readonly #logger: Logger | undefined;
  readonly #maxApplyingSize: number;
  #committed: number;
  #applying: number;
  #applied: number;
  #applyingSize = 0;
  #applyingPaused = false;

  constructor(storage: Storage, maxApplyingSize: number, logger: Logger | undefined) {
    const compacted = storage.firstIndex() - 1;
    this.#storage = storage;
    this.#unstable = new Unstable(storage.lastIndex() + 1, logger);
    this.#logger = logger;
    this.#maxApplyingSize = maxApplyingSize;
    this.#committed = compacted;
    this.#applying = compacted;
    this.#applied = compacted;
  }

  get committed(): number {
    return this.#committed;
  }

  get applied(): number {
    return this.#applied;
  }

  get firstIndex(): number {
    const snapshot = this.#unstable.snapshot;
    return snapshot === undefined ? this.#storage.firstIndex() : snapshot.index + 1;
  }

  get lastIndex(): number {
    return this.#unstable.lastIndex() ?? this.#storage.lastIndex();
  }

  get lastEntryId(): EntryId {
    const index = this.lastIndex;
    const term = this.term(index);
    assert(typeof term === 'number', `no term for the last index ${index}`);
    return { term, index };
  }

  term(index: number): number | LogGap {
    const unstable = this.#unstable.term(index);
    if (unstable !== undefined) return unstable;
    if (index + 1 < this.firstIndex) return 'compacted';
    return index > this.lastIndex ? 'unavailable' : this.#storage.term(index);
  }

  /** The term at `index`, 0 when it is out of reach. */
  termOrZero(index: number): number {
    const term = this.term(index);
    return typeof term === 'number' ? term : 0;
  }

  matchesTerm(id: EntryId): boolean {
    return this.term(id.index) === id.term;
  }

  /** Raft's "at least as up to date": a later term wins, then the longer log. */
  isUpToDate(their: EntryId): boolean {
    const our = this.lastEntryId;
    return their.term > our.term || (their.term === our.term && their.index >= our.index);
  }

  /** The entries from `lo` on, as many as fit `maxSize` but at least one if there is any. */
  entriesFrom(lo: number, maxSize: number): readonly Entry[] | LogGap {
    const last = this.lastIndex;
    return lo > last ? NO_ENTRIES : this.slice(lo, last + 1, maxSize);
  }

  /** The entries lo ≤ index < hi, as many as fit `maxSize` but at least one. */
  slice(lo: number, hi: number, maxSize: number): readonly Entry[] | LogGap {
    assert(lo <= hi, `invalid slice ${lo} > ${hi}`);
    if (lo < this.firstIndex) return 'compacted';
    assert(hi <= this.lastIndex + 1, `slice[${lo},${hi}) out of bound [${this.firstIndex},${this.lastIndex}]`);
    if (lo === hi) return NO_ENTRIES;
    const offset = this.#unstable.offset;
    if (lo >= offset) return limitSize(this.#unstable.slice(lo, hi), maxSize);
    const cut = Math.min(hi, offset);
    const stored = this.#storage.entries(lo, cut, maxSize);
    if (typeof stored === 'string' || hi <= offset || stored.length < cut - lo) {
      assert(stored !== 'unavailable', `entries[${lo}:${cut}) is unavailable from storage`);
      return stored;
    }
    const room = maxSize - entriesSize(stored);
    if (room <= 0) return stored;
    const rest = limitSize(this.#unstable.slice(offset, hi), room);
    return rest.length === 1 && entriesSize(rest) > room ? stored : [...stored, ...rest];
  }

  /** Calls `visit` with the entries lo ≤ index < hi, page by page, until it returns true; true when it did. */
  some(lo: number, hi: number, pageSize: number, visit: (entry: Entry) => boolean): boolean {
    for (let at = lo; at < hi; ) {
      const page = this.slice(at, hi, pageSize);
      assert(typeof page !== 'string' && page.length > 0, `log entries [${at}, ${hi}) are gone`);
      if (page.some(visit)) return true;
      at += page.length;
    }
    return false;
  }

  /**
   * Appends what a leader sent after the entry `previous`, and commits up to `leaderCommit` as far as known to match.
   * Returns the last index now known to match, undefined when `previous` is not in the log.
   */
  maybeAppend(previous: EntryId, entries: readonly Entry[], leaderCommit: number): number | undefined {
    if (!this.matchesTerm(previous)) return undefined;
    const lastNew = previous.index + entries.length;
    const conflict = this.#findConflict(entries);
    if (conflict !== undefined) {
      assert(
        conflict > this.#committed,
        `entry ${conflict} conflict with committed entry [committed(${this.#committed})]`,
      );
      this.append(entries.slice(conflict - previous.index - 1));
    }
    this.commitTo(Math.min(leaderCommit, lastNew));
    return lastNew;
  }

  /** Appends entries that follow or replace the tail; returns the new last index. */
  append(entries: readonly Entry[]): number {
    const first = entries[0];
    if (first === undefined) return this.lastIndex;
    assert(first.index > this.#committed, `after(${first.index - 1}) is out of range [committed(${this.#committed})]`);
    this.#unstable.truncateAndAppend(entries);
    return this.lastIndex;
  }

  /**
   * The largest index ≤ `index` whose term is at most `term`: above it the logs of two nodes cannot match if the
   * other has `term` at `index`. The term found is 0 when the search left the log.
   */
  findConflictByTerm(index: number, term: number): EntryId {
    for (let at = index; at > 0; at--) {
      const own = this.term(at);
      if (typeof own !== 'number') return { index: at, term: 0 };
      if (own <= term) return { index: at, term: own };
    }
    return { index: 0, term: 0 };
  }

  commitTo(index: number): void {
    if (index <= this.#committed) return;
    assert(
      index <= this.lastIndex,
      `tocommit(${index}) is out of range [lastIndex(${this.lastIndex})]. Was the raft log corrupted, truncated, or lost?`,
    );
    this.#committed = index;
  }

  /** Commits up to `id` if that is news and the entry there is of that term. */
  maybeCommit(id: EntryId): boolean {
    if (id.term === 0 || id.index <= this.#committed || !this.matchesTerm(id)) return false;
    this.commitTo(id.index);
    return true;
  }

  /** A snapshot takes the place of the whole log. */
  restore(snapshot: Snapshot): void {
    this.#logger?.info(`log [${this}] starts to restore snapshot [index: ${snapshot.index}, term: ${snapshot.term}]`);
    this.#committed = snapshot.index;
    this.#unstable.restore(snapshot);
  }

  get nextUnstableSnapshot(): Snapshot | undefined {
    return this.#unstable.nextSnapshot;
  }

  get hasPendingSnapshot(): boolean {
    return this.#unstable.snapshot !== undefined;
  }

  get hasNextUnstableEntries(): boolean {
    return this.#unstable.hasNextEntries;
  }

  nextUnstableEntries(): readonly Entry[] {
    return this.#unstable.nextEntries();
  }

  /** Whether entries are waiting to become durable, handed out or not. */
  get hasUnstableEntries(): boolean {
    return this.#unstable.length > 0;
  }

  acceptUnstable(): void {
    this.#unstable.acceptInProgress();
  }

  stableTo(id: EntryId): void {
    this.#unstable.stableTo(id.index, id.term);
  }

  stableSnapshotTo(index: number): void {
    this.#unstable.stableSnapshotTo(index);
  }

  /** With `allowUnstable` entries may be applied in the same step that makes them durable. */
  hasNextCommittedEntries(allowUnstable: boolean): boolean {
    return !this.#applyingPaused && !this.hasPendingSnapshot && this.#applying < this.#maxAppliableIndex(allowUnstable);
  }

  nextCommittedEntries(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommittedEntries(allowUnstable)) return NO_ENTRIES;
    const room = this.#maxApplyingSize - this.#applyingSize;
    assert(room > 0, `applying entry size (${this.#applyingSize}) exceeds its limit (${this.#maxApplyingSize})`);
    const entries = this.slice(this.#applying + 1, this.#maxAppliableIndex(allowUnstable) + 1, room);
    assert(typeof entries !== 'string', `committed entries after ${this.#applying} are gone`);
    return entries;
  }

  /** The host was given the committed entries up to `index`, `size` bytes of them. */
  acceptApplying(index: number, size: number, allowUnstable: boolean): void {
    assert(index <= this.#committed, `applying(${index}) is out of range [committed(${this.#committed})]`);
    this.#applying = index;
    this.#applyingSize += size;
    this.#applyingPaused =
      this.#applyingSize >= this.#maxApplyingSize || index < this.#maxAppliableIndex(allowUnstable);
  }

  /** The host has applied up to `index`; `size` is that of the entries it was given for it. */
  appliedTo(index: number, size: number): void {
    assert(
      index <= this.#committed && index >= this.#applied,
      `applied(${index}) is out of range [prevApplied(${this.#applied}), committed(${this.#committed})]`,
    );
    this.#applied = index;
    this.#applying = Math.max(this.#applying, index);
    this.#applyingSize = Math.max(this.#applyingSize - size, 0);
    this.#applyingPaused = this.#applyingSize >= this.#maxApplyingSize;
  }

  snapshot(): ReturnType<Storage['snapshot']> {
    return this.#unstable.snapshot ?? this.#storage.snapshot();
  }

  toString(): string {
    const { offset, offsetInProgress, length } = this.#unstable;
    return (
      `committed=${this.#committed}, applied=${this.#applied}, applying=${this.#applying}, unstable.offset=${offset}, ` +
      `unstable.offsetInProgress=${offsetInProgress}, len(unstable.Entries)=${length}`
    );
  }

  #maxAppliableIndex(allowUnstable: boolean): number {
    return allowUnstable ? this.#committed : Math.min(this.#committed, this.#unstable.offset - 1);
  }

  /** The first of `entries` that is not in the log; undefined when all are. */
  #findConflict(entries: readonly Entry[]): number | undefined {
    for (const entry of entries) {
      if (this.matchesTerm(entry)) continue;
      if (entry.index <= this.lastIndex) {
        this.#logger?.info(
          `found conflict at index ${entry.index} [existing term: ${this.termOrZero(entry.index)}, conflicting term: ${entry.term}]`,
        );
      }
      return entry.index;
    }
    return undefined;
  }
}
