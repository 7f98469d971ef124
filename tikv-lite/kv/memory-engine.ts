/**
 * KvEngine in memory with the crash semantics of a real one: `crash` keeps what was synced or flushed and any prefix of
 * the batches written since, never a part of a batch. The object plays the disk: it outlives the store that used it, and
 * `open` hands it to the next one.
 */

import { DiskError, type Key, type KeyRange, type KvPair, type Random } from '../../base/index.ts';
import { endOf, type KeyTree, newKeyTree, rangeContains } from './key-tree.ts';
import type { KvEngine, KvEngineState, KvSnapshot, WriteOperation, WriteOptions } from './kv-engine.ts';

type JournalEntry =
  | { readonly kind: 'batch'; readonly operations: readonly WriteOperation[] }
  | { readonly kind: 'destroy-range'; readonly range: KeyRange };

/** Unsynced batches remembered one by one before the oldest half counts as written back. */
const MAX_JOURNAL_LENGTH = 4096;

function applyEntry(tree: KeyTree<Uint8Array>, entry: JournalEntry): void {
  if (entry.kind === 'destroy-range') {
    tree.deleteRange(entry.range.start, endOf(entry.range), false);
    return;
  }
  for (const operation of entry.operations) {
    if (operation.kind === 'put') tree.set(operation.key, operation.value);
    else tree.delete(operation.key);
  }
}

function scanTree(tree: KeyTree<Uint8Array>, range: KeyRange, limit: number, reverse: boolean): KvPair[] {
  const page: KvPair[] = [];
  if (limit <= 0) return page;
  const entries = reverse ? tree.entriesReversed(endOf(range), undefined, true) : tree.entries(range.start);
  for (const [key, value] of entries) {
    if (!rangeContains(range, key)) break;
    page.push({ key, value });
    if (page.length >= limit) break;
  }
  return page;
}

function rejectClosed(): Promise<never> {
  return Promise.reject(new DiskError('EIO', 'the engine is closed'));
}

export class MemoryEngine implements KvEngine {
  #tree = newKeyTree<Uint8Array>();
  #durable = newKeyTree<Uint8Array>();
  #journal: JournalEntry[] = [];
  #state: KvEngineState = 'open';
  readonly pendingBytes = 0;

  get state(): KvEngineState {
    return this.#state;
  }

  get(key: Key): Uint8Array | undefined {
    this.#assertOpen();
    return this.#tree.get(key);
  }

  scan(range: KeyRange, limit: number, reverse: boolean): readonly KvPair[] {
    this.#assertOpen();
    return scanTree(this.#tree, range, limit, reverse);
  }

  snapshot(): KvSnapshot {
    this.#assertOpen();
    const tree = this.#tree.clone();
    return {
      get: (key) => tree.get(key),
      scan: (range, limit, reverse) => scanTree(tree, range, limit, reverse),
      release: () => {},
    };
  }

  write(operations: readonly WriteOperation[], options: WriteOptions): Promise<void> {
    if (this.#state !== 'open') return rejectClosed();
    this.#change({ kind: 'batch', operations });
    if (options.sync) this.#settle();
    return Promise.resolve();
  }

  flush(): Promise<void> {
    if (this.#state !== 'open') return rejectClosed();
    this.#settle();
    return Promise.resolve();
  }

  recover(): Promise<boolean> {
    return Promise.resolve(this.#state === 'open');
  }

  destroyRange(range: KeyRange): Promise<void> {
    if (this.#state !== 'open') return rejectClosed();
    this.#change({ kind: 'destroy-range', range });
    return Promise.resolve();
  }

  approximateSizeBytes(range: KeyRange): number {
    let sizeBytes = 0;
    for (const { key, value } of scanTree(this.#tree, range, Number.POSITIVE_INFINITY, false)) {
      sizeBytes += key.length + value.byteLength;
    }
    return sizeBytes;
  }

  close(): Promise<void> {
    this.#state = 'closed';
    return Promise.resolve();
  }

  /** Makes a closed or crashed engine usable again, as opening the same directory would. */
  open(): this {
    this.#state = 'open';
    return this;
  }

  /** A power cut: unsynced batches are lost from a random one on. Whoever used the engine finds it closed. */
  crash(random: Random): void {
    const kept = random.below(this.#journal.length + 1);
    for (const entry of this.#journal.slice(0, kept)) applyEntry(this.#durable, entry);
    this.#tree = this.#durable.clone();
    this.#journal = [];
    this.#state = 'closed';
  }

  #change(entry: JournalEntry): void {
    applyEntry(this.#tree, entry);
    this.#journal.push(entry);
    if (this.#journal.length > MAX_JOURNAL_LENGTH) {
      for (const old of this.#journal.splice(0, MAX_JOURNAL_LENGTH / 2)) applyEntry(this.#durable, old);
    }
  }

  #settle(): void {
    this.#durable = this.#tree.clone();
    this.#journal = [];
  }

  #assertOpen(): void {
    if (this.#state !== 'open') throw new DiskError('EIO', 'the engine is closed');
  }
}
