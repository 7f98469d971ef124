/**
 * The storage of a gateway that shares its cluster with others: what is read is read while the gateway knows that its
 * schema is the one others write under, and transactions commit only within such a time.
 */

import { isPromise, type Key, type KeyRange, type Ts, type ValueOrPromise } from '../../base/index.ts';
import type {
  CommitBound,
  ReadOptions,
  Snapshot,
  Storage,
  Transaction,
  TransactionOptions,
} from '../../tikv-lite/index.ts';

/** The schema lease, as `BoundedStorage` needs it. */
export interface SchemaLease {
  /** For transactions that begin now. */
  readonly commitBound: CommitBound;
  /** The schema known here holds for reads at `ts`. */
  covers(ts: Ts): boolean;
  /** The schema known here holds for reads of the newest data that have ended by now. */
  isRunning(): boolean;
  /** Resolves when the lease reaches beyond `ts`; the schema may be another one by then. Rejects with 'unavailable'. */
  extend(ts: Ts): Promise<void>;
}

export class BoundedStorage implements Storage {
  readonly #storage: Storage;
  readonly #lease: SchemaLease;

  constructor(storage: Storage, lease: SchemaLease) {
    this.#storage = storage;
    this.#lease = lease;
  }

  get isRemote(): boolean {
    return this.#storage.isRemote === true;
  }

  /** A timestamp within the lease. */
  currentTs(): ValueOrPromise<Ts> {
    const ts = this.#storage.currentTs();
    return isPromise(ts) ? ts.then((late) => this.#covered(late)) : this.#covered(ts);
  }

  /** What came of the time before the lease was lost is too old to read at: the schema has moved on. */
  #covered(ts: Ts): ValueOrPromise<Ts> {
    return this.#lease.covers(ts) ? ts : this.#lease.extend(ts).then(() => this.currentTs());
  }

  snapshot(ts: Ts, reads?: ReadOptions): Snapshot {
    return this.#storage.snapshot(ts, reads);
  }

  begin(startTs: Ts, options: TransactionOptions): Transaction {
    return this.#storage.begin(startTs, { ...options, commitBound: this.#lease.commitBound });
  }

  /** Answers within the lease; whether the schema moved meanwhile is the caller's to look at. */
  getLatest(key: Key, checkInterrupted?: () => void): ValueOrPromise<Uint8Array | undefined> {
    const value = this.#storage.getLatest(key, checkInterrupted);
    if (this.#lease.isRunning()) return isPromise(value) ? value.then((late) => this.#checked(late)) : value;
    return Promise.resolve(value).then((late) => this.#checked(late));
  }

  #checked(value: Uint8Array | undefined): ValueOrPromise<Uint8Array | undefined> {
    if (this.#lease.isRunning()) return value;
    return Promise.resolve(this.currentTs()).then(() => value);
  }

  destroyRange(range: KeyRange): Promise<void> {
    return this.#storage.destroyRange(range);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }
}
