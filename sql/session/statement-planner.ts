/** What the session asks of planner and catalog; `sql/executor` stands behind it. */

import type { Ts, ValueOrPromise } from '../../base/index.ts';
import type { Collation, FieldType, SqlMode, TableInfo, TypedValue } from '../../engine/index.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import type { Statement } from '../parser/statement.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { ExecutablePlan } from './session-context.ts';

/** Everything of the session that a plan depends on. */
export interface PlanRequest {
  readonly currentDatabase: string | null;
  readonly sqlMode: SqlMode;
  readonly collationConnection: Collation;
  variable(scope: 'session' | 'global' | undefined, name: string): TypedValue;
  userVariable(name: string): TypedValue;
  /** Types of `?` markers or of literal slots; undefined where unknown (PREPARE). */
  readonly parameterTypes: readonly (FieldType | undefined)[];
  /** The client counts found rows instead of changed ones (CLIENT_FOUND_ROWS). */
  readonly countFoundRows: boolean;
}

export interface CreateText {
  readonly kind: 'table' | 'view';
  readonly text: string;
}

/** A transaction whose snapshot may be older than the newest schema. */
export interface OlderTransaction {
  /** The newest schema when its snapshot was taken. */
  readonly pinned: CatalogSnapshot;
  hasRead(tableId: number): boolean;
  /** Identifies it to `transactionEnded` and to its metadata locks. */
  readonly owner: object;
}

export interface StatementPlanner {
  /** The newest schema known here. Its version changes whenever plans made before may no longer hold. */
  schema(): CatalogSnapshot;
  /** `source` is the UTF-8 text that the statement's spans refer to. Throws SqlError. */
  plan(statement: Statement, source: Uint8Array, request: PlanRequest): ValueOrPromise<ExecutablePlan>;
  /** Like `plan`, with the schema as it was at `ts`; its executions must read there. */
  planAt(statement: Statement, source: Uint8Array, request: PlanRequest, ts: Ts): Promise<ExecutablePlan>;
  /** Like `plan`, for a query at the snapshot of a transaction that is older than the newest schema. Throws 1412. */
  planBehind(
    statement: Statement,
    source: Uint8Array,
    request: PlanRequest,
    transaction: OlderTransaction,
  ): ExecutablePlan;
  hasDatabase(name: string): boolean;
  /** A stored table. Throws 1049, 1146, and 1347 for a view. */
  storedTable(database: string, name: string): TableInfo;
  /** A transaction that statements wrote in is over: it keeps no table from changing its schema any more. */
  transactionEnded(transaction: object): void;
  /** Throws 1146. */
  showCreateTable(database: string, table: string): ValueOrPromise<CreateText>;
  /** Throws 1049. */
  showCreateDatabase(database: string, ifNotExists: boolean): string;
  /** Columns of a stored or virtual table, for COM_FIELD_LIST. Throws 1146. */
  fieldList(database: string | null, table: string): readonly ResultColumn[];
}
