/**
 * The overlay: writes that were accepted but did not reach the disk part yet, one value per key. Point lookups are one
 * hash probe. Ordered views are made when a scan asks: from scratch while there are few keys, through a tree kept from
 * the first such scan on when there are many.
 */

import type { Key, KeyRange } from '../../base/index.ts';
import { endOf, type KeyTree, newKeyTree, rangeContains } from './key-tree.ts';
import type { WriteOperation } from './kv-engine.ts';

/** Stands for "deleted" in overlays; recognised by identity. */
export const TOMBSTONE: Uint8Array = new Uint8Array(0);

export interface PendingPair {
  readonly key: Key;
  /** TOMBSTONE when deleted. */
  readonly value: Uint8Array;
}

const OVERHEAD_BYTES_PER_KEY = 64;
const SMALL_KEY_COUNT = 512;

export class PendingWrites {
  readonly #values = new Map<Key, Uint8Array>();
  #tree: KeyTree<Uint8Array> | undefined;
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** TOMBSTONE when deleted, undefined when this overlay says nothing about the key. */
  get(key: Key): Uint8Array | undefined {
    return this.#values.get(key);
  }

  add(operations: readonly WriteOperation[]): void {
    for (const operation of operations) {
      this.#set(operation.key, operation.kind === 'put' ? operation.value : TOMBSTONE);
    }
  }

  /** Takes over older writes; keys that this overlay knows stay as they are. */
  addOlder(older: PendingWrites): void {
    for (const [key, value] of older.#values) {
      if (!this.#values.has(key)) this.#set(key, value);
    }
  }

  removeRange(range: KeyRange): void {
    for (const key of [...this.#values.keys()]) {
      if (!rangeContains(range, key)) continue;
      this.#sizeBytes -= sizeOf(key, this.#values.get(key) ?? TOMBSTONE);
      this.#values.delete(key);
    }
    this.#tree = undefined;
  }

  entries(): IterableIterator<[Key, Uint8Array]> {
    return this.#values.entries();
  }

  copy(): PendingWrites {
    const copy = new PendingWrites();
    copy.addOlder(this);
    return copy;
  }

  /**
   * The writes inside `range` in scan order, up to and including the one with which `putLimit` live values are seen:
   * a merged page of that many pairs needs no more.
   */
  collect(range: KeyRange, putLimit: number, reverse: boolean): PendingPair[] {
    if (this.#tree !== undefined || this.#values.size > SMALL_KEY_COUNT) {
      return this.#collectFromTree(range, putLimit, reverse);
    }
    const found: PendingPair[] = [];
    for (const [key, value] of this.#values) if (rangeContains(range, key)) found.push({ key, value });
    found.sort((a, b) => (a.key < b.key === reverse ? 1 : -1));
    return found;
  }

  #collectFromTree(range: KeyRange, putLimit: number, reverse: boolean): PendingPair[] {
    const tree = (this.#tree ??= this.#buildTree());
    const found: PendingPair[] = [];
    const end = endOf(range);
    let puts = 0;
    const entries = reverse ? tree.entriesReversed(end, undefined, true) : tree.entries(range.start);
    for (const [key, value] of entries) {
      if (reverse ? key < range.start : key >= end) break;
      found.push({ key, value });
      if (value !== TOMBSTONE && ++puts >= putLimit) break;
    }
    return found;
  }

  #buildTree(): KeyTree<Uint8Array> {
    const tree = newKeyTree<Uint8Array>();
    for (const [key, value] of this.#values) tree.set(key, value);
    return tree;
  }

  #set(key: Key, value: Uint8Array): void {
    const before = this.#values.get(key);
    this.#sizeBytes += before === undefined ? sizeOf(key, value) : value.byteLength - before.byteLength;
    this.#values.set(key, value);
    this.#tree?.set(key, value);
  }
}

function sizeOf(key: Key, value: Uint8Array): number {
  return key.length + value.byteLength + OVERHEAD_BYTES_PER_KEY;
}
