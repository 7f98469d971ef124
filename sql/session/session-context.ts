/**
 * What a statement sees of its session, and what the session needs of a compiled statement: the seam between
 * `sql/session` (variables, transactions, prepared statements) and `sql/planner`, `sql/executor`, `sql/ddl`.
 */

import type { Key, Ts, ValueOrPromise } from '../../base/index.ts';
import type { Collation, EvaluationContext, Operator, SqlWarning, TypedValue } from '../../engine/index.ts';
import type { Reader, Transaction } from '../../tikv-lite/index.ts';
import type { OkResult, ResultColumn } from '../server/session-port.ts';

/** The transaction as one statement sees it; opened lazily, so that a statement without tables costs nothing. */
export interface StatementTransaction {
  /** For consistent (non-locking) reads at the session's isolation level, with the transaction's own writes on top. */
  consistentReader(): ValueOrPromise<Reader>;
  /** The transaction, begun if need be; statement rollback and autocommit are the session's business. */
  lockable(): ValueOrPromise<Transaction>;
  /** The same for writes and locks of FOR UPDATE. Throws 1792 in a read-only transaction. */
  writable(): ValueOrPromise<Transaction>;
  /** The timestamp that locking reads and writes of this attempt of the statement use; fresh per attempt. */
  forUpdateTs(): ValueOrPromise<Ts>;
  /** The newest committed value of a key; only where `readsNewest`. */
  getLatest(key: Key): ValueOrPromise<Uint8Array | undefined>;
  /** True outside BEGIN … COMMIT with autocommit on: the statement is its own transaction (1PC, point get at latest). */
  readonly isAutocommit: boolean;
  /** The statement is its own transaction and reads the newest data, not those of a chosen time. */
  readonly readsNewest: boolean;
  readonly lockWaitTimeoutMs: number;
  /** A locking read of a key that does not exist keeps others from inserting it: from REPEATABLE READ on. */
  readonly locksMissingKeys: boolean;
}

export interface StatementContext {
  readonly evaluation: EvaluationContext;
  readonly transaction: StatementTransaction;
  readonly collationConnection: Collation;
  currentDatabase(): string | null;
  variable(name: string): TypedValue;
  warn(warning: SqlWarning): void;
}

/**
 * The schema changed between the planning of a statement and the moment at which it reads: nothing was read or written
 * yet, and the statement has to be planned again.
 */
export class SchemaMoved extends Error {
  override readonly name = 'SchemaMoved';
}

export type StatementOutcome =
  | { readonly kind: 'ok'; readonly result: OkResult }
  /** The session opens, drains and closes `source`, and writes its batches. */
  | { readonly kind: 'rows'; readonly columns: readonly ResultColumn[]; readonly source: Operator };

/** A statement bound to a schema version; reusable for other parameter values of the same types. */
export interface ExecutablePlan {
  /** Empty when it answers no rows. The same array for each execution. */
  readonly columns: readonly ResultColumn[];
  /** False where the plan depends on something outside the cache key. */
  readonly cacheable: boolean;
  /** Literal slots whose values shaped the plan: a cached plan holds only for the same values in them. */
  readonly fixedSlots: readonly number[];
  /** DML that may be redone with a newer forUpdateTs after a write conflict in a pessimistic transaction. */
  readonly isWrite: boolean;
  /** Ids of the stored tables that a query reads at the transaction's snapshot. */
  readonly readTables?: readonly number[] | undefined;
  execute(context: StatementContext): ValueOrPromise<StatementOutcome>;
}
