/**
 * The part of the log that is not yet known to be durable: entries from `offset` on, possibly below them a snapshot
 * that replaces everything. What was handed to the host and not yet acknowledged is "in progress".
 *
 * Invariants: entries[i].index = offset + i; offset ≤ offsetInProgress ≤ offset + entries.length; arrays handed out
 * are copies, so that later truncation does not reach into the host's hands.
 */
import { assert } from '../../base/index.ts';
import type { Logger } from '../config.ts';
import { type Entry, NO_ENTRIES, type Snapshot } from '../message.ts';

export class Unstable {
  #entries: Entry[] = [];
  #offset: number;
  #offsetInProgress: number;
  #snapshot: Snapshot | undefined;
  #snapshotInProgress = false;
  readonly #logger: Logger | undefined;

  constructor(offset: number, logger: Logger | undefined) {
    this.#offset = offset;
    this.#offsetInProgress = offset;
    this.#logger = logger;
  }

  get offset(): number {
    return this.#offset;
  }

  get offsetInProgress(): number {
    return this.#offsetInProgress;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** A snapshot that is not durable yet, whether handed out or not. */
  get snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  /** The snapshot the host must still be given. */
  get nextSnapshot(): Snapshot | undefined {
    return this.#snapshotInProgress ? undefined : this.#snapshot;
  }

  get hasNextEntries(): boolean {
    return this.#offset + this.#entries.length > this.#offsetInProgress;
  }

  /** The entries the host must still be given. */
  nextEntries(): readonly Entry[] {
    return this.hasNextEntries ? this.#entries.slice(this.#offsetInProgress - this.#offset) : NO_ENTRIES;
  }

  /** undefined when the last index is the storage's business. */
  lastIndex(): number | undefined {
    if (this.#entries.length > 0) return this.#offset + this.#entries.length - 1;
    return this.#snapshot?.index;
  }

  /** undefined when the index is not here. */
  term(index: number): number | undefined {
    if (index < this.#offset) return this.#snapshot?.index === index ? this.#snapshot.term : undefined;
    return this.#entries[index - this.#offset]?.term;
  }

  slice(lo: number, hi: number): readonly Entry[] {
    assert(
      lo >= this.#offset && lo <= hi && hi <= this.#offset + this.#entries.length,
      `unstable.slice[${lo},${hi}) out of bound [${this.#offset},${this.#offset + this.#entries.length}]`,
    );
    return this.#entries.slice(lo - this.#offset, hi - this.#offset);
  }

  /** Everything present counts as handed out to the host. */
  acceptInProgress(): void {
    this.#offsetInProgress = this.#offset + this.#entries.length;
    if (this.#snapshot !== undefined) this.#snapshotInProgress = true;
  }

  /**
   * The host made the entries up to (index, term) durable: drop them. Ignored when the log has been rewritten since:
   * then the durable entry is not the one held here.
   */
  stableTo(index: number, term: number): void {
    const held = this.term(index);
    if (held === undefined) {
      this.#logger?.info(`entry at index ${index} missing from unstable log; ignoring`);
    } else if (index < this.#offset) {
      this.#logger?.info(`entry at index ${index} matched unstable snapshot; ignoring`);
    } else if (held !== term) {
      this.#logger?.info(
        `entry at (index,term)=(${index},${term}) mismatched with entry at (${index},${held}) in unstable log; ignoring`,
      );
    } else {
      const durable = index + 1 - this.#offset;
      this.#entries = durable === this.#entries.length ? [] : this.#entries.slice(durable);
      this.#offset = index + 1;
      this.#offsetInProgress = Math.max(this.#offsetInProgress, this.#offset);
    }
  }

  stableSnapshotTo(index: number): void {
    if (this.#snapshot?.index !== index) return;
    this.#snapshot = undefined;
    this.#snapshotInProgress = false;
  }

  restore(snapshot: Snapshot): void {
    this.#offset = snapshot.index + 1;
    this.#offsetInProgress = this.#offset;
    this.#entries = [];
    this.#snapshot = snapshot;
    this.#snapshotInProgress = false;
  }

  /** Appends entries, replacing whatever stands from the first of them on. */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = entries[0]!.index;
    if (from === this.#offset + this.#entries.length) {
      for (const entry of entries) this.#entries.push(entry);
    } else if (from <= this.#offset) {
      this.#logger?.info(`replace the unstable entries from index ${from}`);
      this.#entries = [...entries];
      this.#offset = from;
      this.#offsetInProgress = from;
    } else {
      this.#logger?.info(`truncate the unstable entries before index ${from}`);
      this.#entries = [...this.slice(this.#offset, from), ...entries];
      this.#offsetInProgress = Math.min(this.#offsetInProgress, from);
    }
  }
}
