/**
 * Hot parts of the key space in memory, ordered, with knowledge of absence.
 *
 * One tree of nodes. A node says what is known about its key (a value, nothing, or "unknown": a mere boundary), and
 * `isContinuous` says that no key exists between it and the next node. So a point is known when its node is, or when the
 * node below is continuous; a range is known when it can be walked without crossing an unknown gap.
 *
 * Eviction follows S3-FIFO: nodes enter a probation queue, those read again move to the protected queue, and the
 * probation queue pays first, so that a large scan only displaces other newcomers. Evicting a node makes the gap around
 * it unknown; it never makes an answer wrong.
 */

import { type Key, type KeyRange, type KvPair, nextKey } from '../../base/index.ts';
import { endOf, type KeyTree, newKeyTree } from './key-tree.ts';
import type { WriteOperation } from './kv-engine.ts';

/** The answer of `lookup` when the cache does not know. */
export const UNKNOWN = Symbol('unknown');

/** What a node knows about its own key. `undefined`: no such key. */
type Content = Uint8Array | undefined | typeof UNKNOWN;

class CacheNode {
  readonly key: Key;
  content: Content;
  isContinuous: boolean;
  sizeBytes: number;
  hits = 0;
  isProtected = false;
  newer: CacheNode | undefined = undefined;
  older: CacheNode | undefined = undefined;

  constructor(key: Key, content: Content, isContinuous: boolean) {
    this.key = key;
    this.content = content;
    this.isContinuous = isContinuous;
    this.sizeBytes = sizeOf(key, content);
  }
}

/** Measured per row beyond key and value: map and tree slots, the node, the key string, the value's buffer and its store. */
const OVERHEAD_BYTES = 550;
const MAX_HITS = 3;
const PROBATION_SHARE = 0.1;

function sizeOf(key: Key, content: Content): number {
  return OVERHEAD_BYTES + key.length + (content instanceof Uint8Array ? content.byteLength : 0);
}

/** A first-in first-out queue of nodes, linked through the nodes. */
class NodeQueue {
  sizeBytes = 0;
  #oldest: CacheNode | undefined;
  #newest: CacheNode | undefined;

  get oldest(): CacheNode | undefined {
    return this.#oldest;
  }

  push(node: CacheNode): void {
    node.older = this.#newest;
    node.newer = undefined;
    if (this.#newest === undefined) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
    this.sizeBytes += node.sizeBytes;
  }

  remove(node: CacheNode): void {
    if (node.older === undefined) this.#oldest = node.newer;
    else node.older.newer = node.newer;
    if (node.newer === undefined) this.#newest = node.older;
    else node.newer.older = node.older;
    node.newer = undefined;
    node.older = undefined;
    this.sizeBytes -= node.sizeBytes;
  }
}

export class RangeCache {
  readonly #quotaBytes: number;
  #nodes = new Map<Key, CacheNode>();
  #tree: KeyTree<CacheNode> = newKeyTree<CacheNode>();
  #probation = new NodeQueue();
  #protected = new NodeQueue();
  readonly #pair: [Key, CacheNode] = ['' as Key, new CacheNode('' as Key, UNKNOWN, false)];

  constructor(quotaBytes: number) {
    this.#quotaBytes = quotaBytes;
  }

  get sizeBytes(): number {
    return this.#probation.sizeBytes + this.#protected.sizeBytes;
  }

  get quotaBytes(): number {
    return this.#quotaBytes;
  }

  lookup(key: Key): Content {
    const node = this.#nodes.get(key);
    if (node === undefined) return this.#below(key)?.isContinuous === true ? undefined : UNKNOWN;
    touch(node);
    return node.content;
  }

  /** The page that a complete view of the range gives; undefined when the cache does not know all of it. */
  scan(range: KeyRange, limit: number, reverse: boolean): KvPair[] | undefined {
    if (limit <= 0) return [];
    return reverse ? this.#scanReverse(range, limit) : this.#scanForward(range, limit);
  }

  /** A point read found `value` (undefined: nothing) for a key of which `lookup` knew nothing, so neither of its gap. */
  fillPoint(key: Key, value: Uint8Array | undefined): void {
    const node = this.#nodes.get(key);
    if (node !== undefined) this.#setContent(node, value);
    else this.#insert(key, value, false);
    this.#evict();
  }

  /**
   * The range holds exactly `pairs` (in key order), up to its end or, with `upToLast`, up to and including the last pair.
   */
  fillRange(range: KeyRange, pairs: readonly KvPair[], upToLast: boolean): void {
    const last = pairs.at(-1);
    if (upToLast && last === undefined) return;
    if (!upToLast && range.end !== undefined) this.#bound(range.end);
    const isKnownAtStart =
      this.#nodes.get(range.start) === undefined && this.#below(range.start)?.isContinuous === true;
    const lastWasContinuous = upToLast && last !== undefined && this.#isContinuousAfter(last.key);
    this.#removeNodes(range.start, upToLast && last !== undefined ? nextKey(last.key) : endOf(range), pairs);
    if (!isKnownAtStart && pairs[0]?.key !== range.start) this.#upsert(range.start, undefined, true);
    for (const { key, value } of pairs) this.#upsert(key, value, true);
    if (upToLast && last !== undefined && !lastWasContinuous) {
      const node = this.#nodes.get(last.key);
      if (node !== undefined) node.isContinuous = false;
    }
    this.#evict();
  }

  /** Writes are taken over where the key or the gap it falls into is known. */
  apply(operation: WriteOperation): void {
    const { key } = operation;
    const node = this.#nodes.get(key);
    if (operation.kind === 'put') {
      if (node !== undefined) this.#setContent(node, ownCopy(operation.value));
      else if (this.#below(key)?.isContinuous === true) this.#insert(key, ownCopy(operation.value), true);
      else return;
      this.#evict();
      return;
    }
    if (node === undefined) return;
    if (node.isContinuous && this.#below(key)?.isContinuous === true) this.#remove(node);
    else this.#setContent(node, undefined);
  }

  /** Nothing is known about the range any more. */
  forget(range: KeyRange): void {
    const below = this.#below(range.start);
    if (below !== undefined) below.isContinuous = false;
    this.#removeNodes(range.start, endOf(range), []);
  }

  #scanForward(range: KeyRange, limit: number): KvPair[] | undefined {
    const first = this.#nodes.get(range.start) ?? this.#below(range.start);
    if (first === undefined || (first.key !== range.start && !first.isContinuous)) return undefined;
    touch(first);
    let isKnown = true;
    const page: KvPair[] = [];
    this.#tree.forRange(range.start, endOf(range), false, (key, node) => {
      const { content } = node;
      isKnown = isKnown && content !== UNKNOWN;
      if (!isKnown) return STOP;
      touch(node);
      if (content !== undefined && content !== UNKNOWN) {
        page.push({ key, value: content });
        if (page.length >= limit) return STOP;
      }
      isKnown = node.isContinuous;
      return undefined;
    });
    return isKnown || page.length >= limit ? page : undefined;
  }

  #scanReverse(range: KeyRange, limit: number): KvPair[] | undefined {
    const page: KvPair[] = [];
    for (const [key, node] of this.#tree.entriesReversed(endOf(range), this.#pair, true)) {
      if (!node.isContinuous) return undefined;
      if (key < range.start) return page;
      const { content } = node;
      if (content === UNKNOWN) return undefined;
      touch(node);
      if (content !== undefined) {
        page.push({ key, value: content });
        if (page.length >= limit) return page;
      }
      if (key === range.start) return page;
    }
    return undefined;
  }

  /** The node with the greatest key below `key`. */
  #below(key: Key): CacheNode | undefined {
    return this.#tree.nextLowerPair(key, this.#pair)?.[1];
  }

  /** Puts a node at the end of what is known, where an unknown gap follows. */
  #bound(end: Key): void {
    if (!this.#nodes.has(end) && this.#below(end)?.isContinuous !== true) this.#insert(end, UNKNOWN, false);
  }

  #isContinuousAfter(key: Key): boolean {
    return (this.#nodes.get(key) ?? this.#below(key))?.isContinuous === true;
  }

  #upsert(key: Key, content: Content, isContinuous: boolean): void {
    const node = this.#nodes.get(key);
    if (node === undefined) this.#insert(key, content, isContinuous);
    else {
      this.#setContent(node, content);
      node.isContinuous = isContinuous;
    }
  }

  #insert(key: Key, content: Content, isContinuous: boolean): void {
    const node = new CacheNode(key, content, isContinuous);
    this.#nodes.set(key, node);
    this.#tree.set(key, node);
    this.#probation.push(node);
  }

  #setContent(node: CacheNode, content: Content): void {
    const sizeBytes = sizeOf(node.key, content);
    this.#queueOf(node).sizeBytes += sizeBytes - node.sizeBytes;
    node.sizeBytes = sizeBytes;
    node.content = content;
  }

  #remove(node: CacheNode): void {
    this.#nodes.delete(node.key);
    this.#tree.delete(node.key);
    this.#queueOf(node).remove(node);
  }

  /** Removes nodes in [start, end) whose keys are not among `pairs`. */
  #removeNodes(start: Key, end: Key, pairs: readonly KvPair[]): void {
    const stale: CacheNode[] = [];
    let at = 0;
    this.#tree.forRange(start, end, false, (key, node) => {
      while (at < pairs.length && (pairs[at] as KvPair).key < key) at++;
      if (pairs[at]?.key !== key) stale.push(node);
    });
    for (const node of stale) this.#remove(node);
  }

  #queueOf(node: CacheNode): NodeQueue {
    return node.isProtected ? this.#protected : this.#probation;
  }

  /** A boundary stays for as long as the gap that it ends is known; the node below it decides. */
  #evict(): void {
    while (this.sizeBytes > this.#quotaBytes) {
      const fromProbation =
        this.#protected.oldest === undefined || this.#probation.sizeBytes > this.#quotaBytes * PROBATION_SHARE;
      const queue = fromProbation ? this.#probation : this.#protected;
      const node = queue.oldest;
      if (node === undefined) return;
      const below = this.#below(node.key);
      if (node.hits > 0 || (node.content === UNKNOWN && below?.isContinuous === true)) {
        queue.remove(node);
        node.hits = fromProbation ? 0 : Math.max(0, node.hits - 1);
        node.isProtected = true;
        this.#protected.push(node);
      } else {
        if (below !== undefined) below.isContinuous = false;
        this.#remove(node);
      }
    }
  }
}

const STOP = { break: true };

function touch(node: CacheNode): void {
  if (node.hits < MAX_HITS) node.hits++;
}

/** Values of writes are often views into pooled slabs, which a long-lived view would keep in memory whole. */
function ownCopy(value: Uint8Array): Uint8Array {
  if (value.buffer.byteLength === value.byteLength) return value;
  const copy = Buffer.allocUnsafeSlow(value.byteLength);
  copy.set(value);
  return copy;
}
