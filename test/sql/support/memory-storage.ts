/**
 * A `Storage` in one B-tree, newest version only, for tests of the SQL layer that need no real store. Transactions see
 * their own writes over the shared tree; there are no conflicts because tests run one statement at a time.
 */
import BTreeModule from 'sorted-btree';
import type { Key, KeyRange, KvPair, Ts, ValueOrPromise } from '../../../base/index.ts';
import {
  type Checkpoint,
  type LockOptions,
  type LockResult,
  type Reader,
  type Scanner,
  type ScanOptions,
  type Snapshot,
  type Storage,
  type Transaction,
  TransactionError,
  type TransactionOptions,
} from '../../../tikv-lite/index.ts';

type Tree = InstanceType<typeof BTreeModule.default<Key, Uint8Array>>;
type Overlay = InstanceType<typeof BTreeModule.default<Key, Uint8Array | null>>;

function compareKeys(left: Key, right: Key): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

class MemoryReader implements Reader {
  readonly tree: Tree;
  readonly overlay: Overlay | undefined;
  constructor(tree: Tree, overlay?: Overlay) {
    this.tree = tree;
    this.overlay = overlay;
  }

  get(key: Key): ValueOrPromise<Uint8Array | undefined> {
    const own = this.overlay?.get(key);
    if (own !== undefined) return own ?? undefined;
    return this.tree.get(key);
  }

  batchGet(keys: readonly Key[]): ValueOrPromise<Map<Key, Uint8Array>> {
    const found = new Map<Key, Uint8Array>();
    for (const key of keys) {
      const value = this.get(key) as Uint8Array | undefined;
      if (value !== undefined) found.set(key, value);
    }
    return found;
  }

  scan(range: KeyRange, options: ScanOptions): Scanner {
    const pairs = new Map<Key, Uint8Array>();
    const inRange = (key: Key): boolean => key >= range.start && (range.end === undefined || key < range.end);
    for (const [key, value] of this.tree.entries(range.start)) {
      if (!inRange(key)) break;
      pairs.set(key, value);
    }
    for (const [key, value] of this.overlay?.entries(range.start) ?? []) {
      if (!inRange(key)) break;
      if (value === null) pairs.delete(key);
      else pairs.set(key, value);
    }
    const sorted: KvPair[] = [...pairs].map(([key, value]) => ({ key, value }));
    sorted.sort((left, right) => compareKeys(left.key, right.key));
    if (options.reverse === true) sorted.reverse();
    let position = 0;
    return {
      next: (maxPairs) => {
        const page = sorted.slice(position, position + maxPairs);
        position += page.length;
        return page;
      },
      close: () => undefined,
    };
  }
}

class MemoryTransaction extends MemoryReader implements Transaction {
  readonly startTs: Ts;
  readonly mode: 'pessimistic' | 'optimistic';
  readonly #mustNotExist = new Set<Key>();
  #lastOrder = 0;
  #log: { readonly key: Key; readonly before: Uint8Array | null | undefined }[] = [];
  constructor(tree: Tree, startTs: Ts, options: TransactionOptions) {
    super(tree, new BTreeModule.default<Key, Uint8Array | null>(undefined, compareKeys));
    this.startTs = startTs;
    this.mode = options.mode;
  }
  get isDirty(): boolean {
    return (this.overlay?.size ?? 0) > 0;
  }
  get sizeBytes(): number {
    return (this.overlay?.size ?? 0) * 100;
  }
  currentReader(): Reader {
    return this;
  }
  #write(key: Key, value: Uint8Array | null): void {
    this.#log.push({ key, before: this.overlay?.get(key) });
    this.overlay?.set(key, value);
  }
  nextOrder(): number {
    return ++this.#lastOrder;
  }
  put(key: Key, value: Uint8Array): void {
    this.#write(key, value);
  }
  insert(key: Key, value: Uint8Array): void {
    this.#mustNotExist.add(key);
    this.#write(key, value);
  }
  delete(key: Key): void {
    this.#write(key, null);
  }
  buffered(key: Key): Uint8Array | null | undefined {
    return this.overlay?.get(key);
  }
  lockKeys(keys: readonly Key[], options: LockOptions): ValueOrPromise<LockResult> {
    const values = new Map<Key, Uint8Array>();
    for (const key of keys) {
      const value = this.tree.get(key);
      if (value === undefined) continue;
      if (options.shouldNotExist === true) throw new TransactionError('key-exists', 'key exists', key);
      values.set(key, value);
    }
    return { locked: keys, values };
  }
  checkpoint(): Checkpoint {
    return this.#log.length as Checkpoint;
  }
  rollbackTo(checkpoint: Checkpoint): void {
    for (const { key, before } of this.#log.splice(checkpoint).reverse()) {
      if (before === undefined) this.overlay?.delete(key);
      else this.overlay?.set(key, before);
    }
  }
  commit(): ValueOrPromise<{ readonly commitTs: Ts }> {
    for (const key of this.#mustNotExist) {
      if (this.overlay?.get(key) && this.tree.has(key)) throw new TransactionError('key-exists', 'key exists', key);
    }
    for (const [key, value] of this.overlay?.entries() ?? []) {
      if (value === null) this.tree.delete(key);
      else this.tree.set(key, value);
    }
    this.rollback();
    return { commitTs: (this.startTs + 1n) as Ts };
  }
  rollback(): void {
    this.overlay?.clear();
    this.#log = [];
  }
}

/** A storage whose contents live as long as the object. */
export class MemoryStorage implements Storage {
  readonly #tree: Tree = new BTreeModule.default<Key, Uint8Array>(undefined, compareKeys);
  #ts = 1_000_000n;

  currentTs(): Ts {
    this.#ts += 10n;
    return this.#ts as Ts;
  }
  snapshot(ts: Ts): Snapshot {
    return Object.assign(new MemoryReader(this.#tree), { ts, hold: () => () => undefined });
  }
  begin(startTs: Ts, options: TransactionOptions): Transaction {
    return new MemoryTransaction(this.#tree, startTs, options);
  }
  getLatest(key: Key): Uint8Array | undefined {
    return this.#tree.get(key);
  }
  async destroyRange(range: KeyRange): Promise<void> {
    for (const key of [...this.#tree.keys(range.start)]) {
      if (range.end !== undefined && key >= range.end) break;
      this.#tree.delete(key);
    }
  }
  async close(): Promise<void> {}
}
