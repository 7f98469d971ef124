/** A storage whose transactions may commit only within a bound that is asked for when they begin. */

import type { Key, KeyRange, Ts, ValueOrPromise } from '../../base/index.ts';
import type { CommitBound, Snapshot, Storage, Transaction, TransactionOptions } from '../../tikv-lite/index.ts';

export class BoundedStorage implements Storage {
  readonly #storage: Storage;
  readonly #bound: () => CommitBound;

  constructor(storage: Storage, bound: () => CommitBound) {
    this.#storage = storage;
    this.#bound = bound;
  }

  get isRemote(): boolean {
    return this.#storage.isRemote === true;
  }

  currentTs(): ValueOrPromise<Ts> {
    return this.#storage.currentTs();
  }

  snapshot(ts: Ts): Snapshot {
    return this.#storage.snapshot(ts);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    return this.#storage.begin(startTs, { ...options, commitBound: this.#bound() });
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined> {
    return this.#storage.getLatest(key);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.#storage.destroyRange(range);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}
