/**
 * The buffered writes of a transaction, in key order, with marks to go back to.
 *
 * An undo log holds what a write replaced, but only where a mark asks for it: writing a key again after the newest mark
 * adds nothing, and a mark that is the only one lets go of what the others asked for. What it keeps of replaced writes
 * counts towards the limit. Going back costs as much as was written.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { endOf, type KeyTree, newKeyTree } from '../kv/key-tree.ts';
import { type Checkpoint, type StatementOrder, TransactionError } from './storage.ts';

export interface BufferedWrite {
  /** null deletes. */
  readonly value: Uint8Array | null;
  /** The first write of the key was an insert: nothing committed may exist there. */
  readonly mustNotExist: boolean;
  readonly order: StatementOrder | undefined;
  /** Position in the undo log, counted from its first beginning, when the key was last recorded there. */
  readonly recordedAt: number;
}

interface Undo {
  readonly key: Key;
  readonly before: BufferedWrite | undefined;
}

/** Bytes of a buffered write beside its key and value, roughly. */
const ENTRY_BYTES = 64;

export class Membuffer {
  readonly #writes = new Map<Key, BufferedWrite>();
  /** The same in key order, from the first scan on: most transactions end without one. */
  #tree: KeyTree<BufferedWrite> | undefined;
  #undo: Undo[] = [];
  /** Of those that the undo log has let go of. */
  #undoForgotten = 0;
  /** Of the writes that only the undo log still has. */
  #undoBytes = 0;
  /** Position in the undo log at the newest mark; -1 without marks. */
  #mark = -1;
  #sizeBytes = 0;
  readonly #maxBytes: number;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#writes.size;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get(key: Key): BufferedWrite | undefined {
    return this.#writes.size === 0 ? undefined : this.#writes.get(key);
  }

  write(key: Key, value: Uint8Array | null, order: StatementOrder | undefined, isInsert: boolean): void {
    const before = this.get(key);
    const mustNotExist = before === undefined ? isInsert : before.mustNotExist;
    const replacedBytes = before === undefined ? 0 : entryBytes(key, before.value);
    let recordedAt = before?.recordedAt ?? -1;
    const isRecorded = this.#mark >= 0 && recordedAt < this.#mark;
    const sizeBytes = this.#sizeBytes + entryBytes(key, value) - replacedBytes;
    const undoBytes = this.#undoBytes + (isRecorded ? replacedBytes : 0);
    if (sizeBytes + undoBytes > this.#maxBytes)
      throw new TransactionError('too-large', `a transaction may buffer ${this.#maxBytes} bytes`);
    if (isRecorded) {
      recordedAt = this.#undoForgotten + this.#undo.length;
      this.#undo.push({ key, before });
    }
    this.#sizeBytes = sizeBytes;
    this.#undoBytes = undoBytes;
    this.#set(key, { value, mustNotExist, order, recordedAt });
  }

  /** `isOnly`: nobody goes back to an older mark any more. */
  checkpoint(isOnly: boolean): Checkpoint {
    this.#mark = this.#undoForgotten + this.#undo.length;
    if (isOnly && this.#undo.length > 0) {
      this.#undoForgotten = this.#mark;
      this.#undo = [];
      this.#undoBytes = 0;
    }
    return this.#mark as Checkpoint;
  }

  rollbackTo(checkpoint: Checkpoint): void {
    while (this.#undoForgotten + this.#undo.length > checkpoint) {
      const { key, before } = this.#undo.pop()!;
      const after = this.#writes.get(key);
      if (after !== undefined) this.#sizeBytes -= entryBytes(key, after.value);
      if (before === undefined) {
        this.#writes.delete(key);
        this.#tree?.delete(key);
        continue;
      }
      const beforeBytes = entryBytes(key, before.value);
      this.#sizeBytes += beforeBytes;
      this.#undoBytes -= beforeBytes;
      this.#set(key, before);
    }
    this.#mark = checkpoint;
  }

  /** All writes in key order. */
  forEach(visit: (key: Key, write: BufferedWrite) => void): void {
    if (this.#tree !== undefined) this.#tree.forEachPair(visit);
    else for (const key of [...this.#writes.keys()].sort()) visit(key, this.#writes.get(key) as BufferedWrite);
  }

  /** The writes of a range as they are now; later ones do not show. */
  view(range: KeyRange, reverse: boolean): Iterator<readonly [Key, BufferedWrite]> {
    const frozen = (this.#tree ??= this.#buildTree()).clone();
    return reverse ? descending(frozen, range) : ascending(frozen, range);
  }

  clear(): void {
    this.#writes.clear();
    this.#tree = undefined;
    this.#undo = [];
    this.#undoForgotten = 0;
    this.#undoBytes = 0;
    this.#mark = -1;
    this.#sizeBytes = 0;
  }

  #set(key: Key, write: BufferedWrite): void {
    this.#writes.set(key, write);
    this.#tree?.set(key, write);
  }

  #buildTree(): KeyTree<BufferedWrite> {
    const tree = newKeyTree<BufferedWrite>();
    for (const [key, write] of this.#writes) tree.set(key, write);
    return tree;
  }
}

function* ascending(tree: KeyTree<BufferedWrite>, range: KeyRange): Generator<readonly [Key, BufferedWrite]> {
  const end = endOf(range);
  for (const pair of tree.entries(range.start)) {
    if (pair[0] >= end) return;
    yield pair;
  }
}

function* descending(tree: KeyTree<BufferedWrite>, range: KeyRange): Generator<readonly [Key, BufferedWrite]> {
  for (const pair of tree.entriesReversed(endOf(range), undefined, true)) {
    if (pair[0] < range.start) return;
    yield pair;
  }
}

function entryBytes(key: Key, value: Uint8Array | null): number {
  return ENTRY_BYTES + key.length + (value?.length ?? 0);
}
