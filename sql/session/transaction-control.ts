/**
 * The session's transaction: begun lazily, one storage transaction at a time, with savepoints, statement rollback and
 * statement redo.
 *
 * Isolation: REPEATABLE READ reads at the time of the transaction's first consistent read (SERIALIZABLE likewise), which may
 * come after its first lock; READ COMMITTED (and READ UNCOMMITTED) at a fresh timestamp per statement, always with the
 * transaction's own writes on top. Writes are pessimistic: locks as of `forUpdateTs`, which is fresh for each attempt of a
 * statement.
 */

import { chain, type InterruptibleWaits, isPromise, type Key, type Ts, type ValueOrPromise } from '../../base/index.ts';
import { sqlErrors } from '../../engine/index.ts';
import type { Checkpoint, Reader, ReadOptions, Snapshot, Storage, Transaction } from '../../tikv-lite/index.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import { MAX_SAVEPOINTS, MAX_TRANSACTION_BYTES } from './limits.ts';
import { SchemaMoved, type StatementTransaction } from './session-context.ts';
import type { OlderTransaction } from './statement-planner.ts';

export type IsolationLevel = 'READ-UNCOMMITTED' | 'READ-COMMITTED' | 'REPEATABLE-READ' | 'SERIALIZABLE';

export interface TransactionCharacteristics {
  readonly isolation: IsolationLevel;
  readonly readOnly: boolean;
}

/** What the transaction takes from the session's variables. */
export interface TransactionSettings {
  autocommit(): boolean;
  /** transaction_isolation and transaction_read_only. */
  defaults(): TransactionCharacteristics;
  lockWaitTimeoutMs(): number;
  /** Throws what ends the running statement early: 1317 when it was killed, 3024 when its time is over. */
  checkInterrupted(): void;
  /** Those of the session's statements. */
  readonly waits: InterruptibleWaits;
  /** The newest schema known here. */
  schema(): CatalogSnapshot;
  /** Which replicas answer reads that lock nothing; undefined for the leaders. */
  reads(): ReadOptions | undefined;
  /** A transaction is over, committed or not. */
  ended(transaction: Transaction): void;
}

interface Savepoint {
  readonly name: string;
  /** Undefined when nothing had been begun yet: back to the very start. */
  readonly checkpoint: Checkpoint | undefined;
}

export class TransactionControl implements StatementTransaction {
  readonly #storage: Storage;
  readonly #settings: TransactionSettings;
  readonly #checkInterrupted: () => void;
  #explicit = false;
  #characteristics: TransactionCharacteristics | undefined;
  #next: Partial<TransactionCharacteristics> | undefined;
  #transaction: Transaction | undefined;
  #beginCheckpoint: Checkpoint | undefined;
  #savepoints: Savepoint[] = [];
  /** InnoDB's read view: what every consistent read of the transaction sees, from the first one on. */
  #view: Reader | undefined;
  /** The schema of the view, or of the transaction's start while it has none. */
  #pinned: CatalogSnapshot | undefined;
  /** Ids of the tables that were read in the view. */
  #readTables: Set<number> | undefined;
  /** Reads happened without a storage transaction (READ COMMITTED): the transaction counts as started. */
  #touched = false;
  // Of the running statement:
  #statementReader: ValueOrPromise<Reader> | undefined;
  /** Ends the hold on a snapshot that only this statement reads. */
  #release: (() => void) | undefined;
  /** Counts the readers that were let go: one that comes after that is not held. */
  #readersLeft = 0;
  #forUpdateTs: ValueOrPromise<Ts> | undefined;
  #checkpoint: Checkpoint | undefined;
  #attempt = 1;
  /** Of the schema that it was planned for. */
  #schemaVersion = 0;
  /** The statement reads as of this timestamp. */
  #statementTs: Ts | undefined;
  /** The next statement does. */
  #nextStatementTs: Ts | undefined;
  /** START TRANSACTION READ ONLY AS OF: every statement does. */
  #asOf: Ts | undefined;
  /** SET TRANSACTION READ ONLY AS OF: the next transaction will. */
  #nextAsOf: Ts | undefined;

  constructor(storage: Storage, settings: TransactionSettings) {
    this.#storage = storage;
    this.#settings = settings;
    this.#checkInterrupted = () => settings.checkInterrupted();
  }

  // ---- state ----------------------------------------------------------------------------------------------------------

  get isAutocommit(): boolean {
    return !this.#explicit && this.#settings.autocommit();
  }

  get readsNewest(): boolean {
    return this.#statementTs === undefined && this.isAutocommit && this.#settings.reads() === undefined;
  }

  /** The timestamp at which the open transaction, or the one to come, reads by its own wish. */
  get asOf(): Ts | undefined {
    return this.#asOf ?? this.#nextAsOf;
  }

  /**
   * The open transaction, when its view is older than the newest schema: then its consistent reads need plans of their own.
   */
  get behindSchema(): OlderTransaction | undefined {
    const pinned = this.#pinned;
    if (pinned === undefined || pinned.version === this.#settings.schema().version) return undefined;
    const owner = this.#transaction;
    if (owner === undefined || this.#view === undefined) return undefined;
    return { pinned, owner, hasRead: (tableId) => this.#readTables?.has(tableId) === true };
  }

  /** SERVER_STATUS_IN_TRANS. */
  get inTransaction(): boolean {
    return this.#explicit || (!this.#settings.autocommit() && (this.#transaction !== undefined || this.#touched));
  }

  get isReadOnly(): boolean {
    return this.#current().readOnly;
  }

  get lockWaitTimeoutMs(): number {
    return this.#settings.lockWaitTimeoutMs();
  }

  get locksMissingKeys(): boolean {
    return !this.#readsCommitted();
  }

  get isDirty(): boolean {
    return this.#transaction?.isDirty ?? false;
  }

  #current(): TransactionCharacteristics {
    if (this.#characteristics !== undefined) return this.#characteristics;
    const defaults = this.#settings.defaults();
    this.#characteristics = this.#next === undefined ? defaults : { ...defaults, ...this.#next };
    return this.#characteristics;
  }

  #readsCommitted(): boolean {
    const { isolation } = this.#current();
    return isolation === 'READ-COMMITTED' || isolation === 'READ-UNCOMMITTED';
  }

  // ---- statements -----------------------------------------------------------------------------------------------------

  /** For a plan that was made just now; `readTables`: what it reads in the transaction's view. */
  startStatement(readTables?: readonly number[]): void {
    this.#leaveReader();
    this.#schemaVersion = this.#settings.schema().version;
    this.#forUpdateTs = undefined;
    this.#attempt = 1;
    this.#statementTs = this.#nextStatementTs;
    this.#checkpoint = this.#transaction?.checkpoint(this.#savepoints.length === 0);
    if (this.isAutocommit) this.#characteristics = undefined;
    else if (readTables !== undefined) this.#noteReads(readTables);
  }

  #noteReads(tables: readonly number[]): void {
    this.#readTables ??= new Set();
    for (const table of tables) this.#readTables.add(table);
  }

  /** What was waited for is of use to the running statement only while the schema is the one it was planned for. */
  #planned<T>(value: T): T {
    if (this.#settings.schema().version !== this.#schemaVersion) throw new SchemaMoved();
    return value;
  }

  /** The next statement reads as of `ts`; undefined takes it back. */
  readNextAt(ts: Ts | undefined): void {
    this.#nextStatementTs = ts;
  }

  consistentReader(): ValueOrPromise<Reader> {
    if (this.#statementTs !== undefined) {
      this.#touched = true;
      this.#statementReader ??= this.#held(
        this.#snapshot(this.#statementTs, { ...this.#settings.reads(), isStale: true }),
        this.#readersLeft,
      );
      return this.#statementReader;
    }
    if (this.isAutocommit) {
      if (this.#transaction !== undefined) return this.#transaction;
    } else if (!this.#readsCommitted()) {
      return this.#view ?? chain(this.#openView(), (view) => this.#planned(view));
    }
    if (this.#statementReader !== undefined) return this.#statementReader;
    this.#touched = true;
    const statement = this.#readersLeft;
    const reader = chain(this.#freshTs(), (ts): Reader => {
      this.#planned(ts);
      const own = this.#transaction;
      if (own !== undefined) return own.currentReader(ts);
      return this.#held(this.#snapshot(ts, this.#settings.reads()), statement);
    });
    this.#statementReader = reader;
    return reader;
  }

  #openView(): ValueOrPromise<Reader> {
    const transaction = this.#transaction;
    if (transaction === undefined) return chain(this.#begin(), (begun) => (this.#view ??= begun));
    return chain(this.#freshTs(), (ts) => {
      if (this.#view !== undefined) return this.#view;
      const schema = this.#settings.schema();
      if (ts < schema.since) return this.#openView();
      this.#pinned = schema;
      this.#view = transaction.currentReader(ts);
      return this.#view;
    });
  }

  /** However long the statement takes, what its snapshot shows stays. */
  #held(snapshot: Snapshot, statement: number): Snapshot {
    if (statement === this.#readersLeft) this.#release = snapshot.hold();
    return snapshot;
  }

  /** The statement, or its attempt, has read all it will. */
  #leaveReader(): void {
    this.#readersLeft++;
    this.#statementReader = undefined;
    this.#release?.();
    this.#release = undefined;
  }

  #snapshot(ts: Ts, reads: ReadOptions | undefined): Snapshot {
    return this.#storage.snapshot(ts, { ...reads, checkInterrupted: this.#checkInterrupted });
  }

  /** For the running statement, which does not wait for it beyond its end. */
  #freshTs(): ValueOrPromise<Ts> {
    return this.#settings.waits.until(this.#storage.currentTs(), this.#checkInterrupted);
  }

  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined> {
    const value = this.#storage.getLatest(key, this.#checkInterrupted);
    return isPromise(value) ? value.then((late) => this.#planned(late)) : value;
  }

  lockable(): ValueOrPromise<Transaction> {
    return this.#transaction ?? this.#begin();
  }

  writable(): ValueOrPromise<Transaction> {
    if (this.#current().readOnly) throw sqlErrors.cantExecuteInReadOnlyTransaction();
    return this.lockable();
  }

  forUpdateTs(): ValueOrPromise<Ts> {
    if (this.#forUpdateTs === undefined) {
      const begunHere = this.#attempt === 1 && this.#checkpoint === undefined ? this.#transaction : undefined;
      const ts = begunHere?.startTs ?? this.#freshTs();
      this.#forUpdateTs = isPromise(ts) ? ts.then((late) => this.#planned(late)) : this.#planned(ts);
    }
    return this.#forUpdateTs;
  }

  #begin(): ValueOrPromise<Transaction> {
    return chain(this.#freshTs(), (ts) => {
      if (this.#transaction !== undefined) return this.#transaction;
      const schema = this.#settings.schema();
      // A schema that came while the timestamp was on its way: neither it nor the one before is known to hold there.
      if (ts < schema.since) return this.#begin();
      const transaction = this.#storage.begin(ts, {
        mode: 'pessimistic',
        maxMemoryBytes: MAX_TRANSACTION_BYTES,
        reads: this.#settings.reads(),
        checkInterrupted: this.#checkInterrupted,
      });
      this.#transaction = transaction;
      this.#pinned = schema;
      this.#beginCheckpoint = transaction.checkpoint();
      return transaction;
    });
  }

  /** The statement succeeded: outside a transaction its changes become durable now. Throws TransactionError. */
  finishStatement(): ValueOrPromise<void> {
    this.#leaveReader();
    if (!this.isAutocommit) return undefined;
    this.#next = undefined;
    if (this.#statementTs !== undefined) this.#nextAsOf = undefined;
    return this.#transaction === undefined ? this.#forget() : this.commit();
  }

  /** The statement failed: its changes are undone, the transaction stays. */
  rollbackStatement(): ValueOrPromise<void> {
    this.#leaveReader();
    const transaction = this.#transaction;
    if (this.isAutocommit) return this.rollback();
    if (transaction !== undefined) transaction.rollbackTo(this.#statementStart());
  }

  /** Undoes the statement's changes so that it can run again on newer data. */
  prepareRedo(): void {
    this.#attempt++;
    this.#forUpdateTs = undefined;
    this.#leaveReader();
    this.#transaction?.rollbackTo(this.#statementStart());
  }

  #statementStart(): Checkpoint {
    return (this.#checkpoint ?? this.#beginCheckpoint) as Checkpoint;
  }

  // ---- transactions ---------------------------------------------------------------------------------------------------

  /** BEGIN; the caller has committed what was open. `snapshot`: taken now, in REPEATABLE READ; else without effect. */
  start(options: {
    readonly readOnly?: boolean | undefined;
    readonly snapshot: boolean;
    readonly asOf?: Ts | undefined;
  }): ValueOrPromise<void> {
    this.#explicit = true;
    this.#asOf = options.asOf ?? this.#nextAsOf;
    this.#nextAsOf = undefined;
    const readOnly = this.#asOf === undefined ? options.readOnly : true;
    this.#characteristics = {
      ...this.#settings.defaults(),
      ...this.#next,
      ...(readOnly === undefined ? {} : { readOnly }),
    };
    this.#next = undefined;
    if (options.snapshot && this.#asOf === undefined && this.#characteristics.isolation === 'REPEATABLE-READ')
      return chain(this.#openView(), () => undefined);
  }

  /** SET TRANSACTION without a scope: for the next transaction. Throws 1568 inside one. */
  setNext(next: Partial<TransactionCharacteristics>, asOf?: Ts): void {
    if (this.inTransaction) throw sqlErrors.cantChangeTxCharacteristics();
    this.#nextAsOf = asOf;
    this.#next = { ...this.#next, ...next };
    this.#characteristics = undefined;
  }

  /** Throws TransactionError; the transaction is over in any case. */
  commit(): ValueOrPromise<void> {
    const transaction = this.#transaction;
    this.#forget();
    if (transaction === undefined) return undefined;
    return this.#end(transaction, () => (transaction.isDirty ? transaction.commit() : transaction.rollback()));
  }

  rollback(): ValueOrPromise<void> {
    const transaction = this.#transaction;
    this.#forget();
    return transaction === undefined ? undefined : this.#end(transaction, () => transaction.rollback());
  }

  /** Runs the last call of a transaction and tells that it is over, whatever came of it. */
  #end(transaction: Transaction, last: () => ValueOrPromise<unknown>): ValueOrPromise<void> {
    const ended = (): void => this.#settings.ended(transaction);
    let outcome: ValueOrPromise<unknown>;
    try {
      outcome = last();
    } catch (error) {
      ended();
      throw error;
    }
    if (isPromise(outcome)) return outcome.then(ended, rethrowAfter(ended));
    ended();
    return undefined;
  }

  /** What SET TRANSACTION said of the next transaction is forgotten: COMMIT and ROLLBACK end one that was never begun, too. */
  forgetNext(): void {
    this.#next = undefined;
    this.#nextAsOf = undefined;
  }

  /** Begins the next transaction like the one that just ended (AND CHAIN). */
  startLike(previous: TransactionCharacteristics): void {
    this.#explicit = true;
    this.#characteristics = previous;
  }

  characteristics(): TransactionCharacteristics {
    return this.#current();
  }

  #forget(): void {
    this.#transaction = undefined;
    this.#view = undefined;
    this.#pinned = undefined;
    this.#readTables = undefined;
    this.#beginCheckpoint = undefined;
    this.#checkpoint = undefined;
    this.#leaveReader();
    this.#forUpdateTs = undefined;
    this.#characteristics = undefined;
    this.#asOf = undefined;
    this.#explicit = false;
    this.#touched = false;
    if (this.#savepoints.length > 0) this.#savepoints = [];
  }

  // ---- savepoints -----------------------------------------------------------------------------------------------------

  /** Outside a transaction a savepoint would end with its own statement, so none is kept. */
  savepoint(name: string): void {
    if (this.isAutocommit) return;
    const at = this.#findSavepoint(name);
    if (at >= 0) this.#savepoints.splice(at, 1);
    if (this.#savepoints.length >= MAX_SAVEPOINTS) throw sqlErrors.outOfResources();
    this.#savepoints.push({ name: name.toLowerCase(), checkpoint: this.#transaction?.checkpoint() });
  }

  /** Throws 1305. */
  rollbackToSavepoint(name: string): void {
    const at = this.#requireSavepoint(name);
    const savepoint = this.#savepoints[at];
    this.#savepoints.length = at + 1;
    this.#transaction?.rollbackTo((savepoint?.checkpoint ?? this.#beginCheckpoint) as Checkpoint);
  }

  /** Forgets the savepoint and those after it. Throws 1305. */
  releaseSavepoint(name: string): void {
    this.#savepoints.length = this.#requireSavepoint(name);
  }

  #findSavepoint(name: string): number {
    return this.#savepoints.findIndex((savepoint) => savepoint.name === name.toLowerCase());
  }

  #requireSavepoint(name: string): number {
    const at = this.#findSavepoint(name);
    if (at < 0) throw sqlErrors.spDoesNotExist('SAVEPOINT', name);
    return at;
  }
}

function rethrowAfter(action: () => void): (error: unknown) => never {
  return (error) => {
    action();
    throw error;
  };
}
