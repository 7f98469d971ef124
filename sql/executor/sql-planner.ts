/**
 * The entrance of planner, executor and DDL for the session: from a parsed statement to an executable plan. Statements that
 * are the session's own business (SET, SHOW, transactions, accounts) answer undefined.
 */

import type { Ts } from '../../base/index.ts';
import { type FieldType, sqlErrors, type TableInfo } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import { autoIncrementKey } from '../catalog/meta-keys.ts';
import { TransactionSchema } from '../catalog/transaction-schema.ts';
import { withDefinitionLocks } from '../ddl/definition-locks.ts';
import { executeDefinition } from '../ddl/execute-definition.ts';
import { isSchemaChange } from '../ddl/schema-changes.ts';
import { showCreateDatabase, showCreateTable, showCreateView } from '../ddl/show-create.ts';
import type { Statement } from '../parser/statement.ts';
import type { PlanEnvironment } from '../planner/bind-context.ts';
import { bindInsert } from '../planner/bind-insert.ts';
import { prepareQuery } from '../planner/prepare-query.ts';
import { originOf } from '../planner/result-columns.ts';
import type { ResultColumn } from '../server/session-port.ts';
import type { ExecutablePlan, StatementContext, StatementOutcome } from '../session/session-context.ts';
import type { CreateText, OlderTransaction, PlanRequest, StatementPlanner } from '../session/statement-planner.ts';
import { copyIntoTable } from './copy-into-table.ts';
import { bindDelete, DeletePlan } from './delete.ts';
import { explainPlan } from './explain.ts';
import { GuardedWrite, type WrittenTable } from './guarded-write.ts';
import { InsertPlan } from './insert.ts';
import { pointSelect } from './point-select.ts';
import { SelectPlan } from './select-plan.ts';
import { bindUpdate, UpdatePlan } from './update.ts';

export class SqlPlanner implements StatementPlanner {
  readonly catalog: Catalog;

  constructor(catalog: Catalog) {
    this.catalog = catalog;
  }

  schema(): CatalogSnapshot {
    return this.catalog.snapshot();
  }

  hasDatabase(name: string): boolean {
    return this.catalog.snapshot().hasDatabase(name);
  }

  storedTable(database: string, name: string): TableInfo {
    const snapshot = this.catalog.snapshot();
    if (!snapshot.hasDatabase(database)) throw sqlErrors.badDb(database);
    const table = snapshot.table(database, name);
    if (table === undefined) throw sqlErrors.noSuchTable(database, name);
    if (table.view !== undefined) throw sqlErrors.wrongObject(database, name, 'BASE TABLE');
    return table;
  }

  /** Undefined for statements that are the session's own. `source` is the UTF-8 text that spans refer to. */
  tryPlan(
    statement: Statement,
    source: Uint8Array,
    request: PlanRequest,
    catalog = this.catalog.snapshot(),
  ): ExecutablePlan | undefined {
    const environment: PlanEnvironment = {
      ...request,
      catalog,
      mayReadPast: statement.kind === 'query' || statement.kind === 'explain',
      pushDown: this.#wantsPushDown(request),
      estimatedRows: (tableId) => this.catalog.statistics.rows(tableId),
    };
    const guard = (
      context: { readonly cacheable: boolean; readonly fixedSlots: ReadonlySet<number> },
      plan: Pick<ExecutablePlan, 'execute'>,
      targets: readonly WrittenTable[],
    ): ExecutablePlan =>
      new GuardedWrite({
        catalog: this.catalog,
        snapshot: environment.catalog,
        targets,
        cacheable: context.cacheable,
        fixedSlots: [...context.fixedSlots],
        plan,
      });
    switch (statement.kind) {
      case 'query': {
        const prepared = prepareQuery(statement, environment);
        return pointSelect(prepared) ?? new SelectPlan(prepared);
      }
      case 'insert': {
        const bound = bindInsert(statement, environment);
        return guard(bound.context, new InsertPlan(bound, this.catalog), [bound]);
      }
      case 'update': {
        const bound = bindUpdate(statement, environment);
        return guard(bound.context, new UpdatePlan(bound, this.catalog), bound.targets);
      }
      case 'delete': {
        const bound = bindDelete(statement, environment);
        return guard(bound.context, new DeletePlan(bound, this.catalog), bound.targets);
      }
      case 'explain':
        if (statement.target.kind !== 'statement') return undefined;
        return explainPlan(statement, this.tryPlan(statement.target.statement, source, request, catalog));
      default:
        if (!isSchemaChange(statement)) return undefined;
        return {
          columns: [],
          cacheable: false,
          fixedSlots: [],
          isWrite: false,
          execute: (context: StatementContext): Promise<StatementOutcome> =>
            withDefinitionLocks(statement, this.catalog, context, () => {
              const current: PlanEnvironment = { ...environment, catalog: this.catalog.snapshot() };
              return executeDefinition(
                statement,
                { catalog: this.catalog, statement: context, environment: current, source },
                (table, columns, select) =>
                  copyIntoTable(this.catalog, { environment: current, context }, table, columns, select),
              );
            }),
        };
    }
  }

  /** By default where the data lies behind a network. */
  #wantsPushDown(request: PlanRequest): boolean {
    const wanted = request.variable('session', 'shoal_coprocessor').value;
    return wanted === 'ON' || (wanted !== 'OFF' && this.catalog.storage.isRemote === true);
  }

  /** Throws 1235 for statements that are the session's own. */
  plan(statement: Statement, source: Uint8Array, request: PlanRequest): ExecutablePlan {
    const plan = this.tryPlan(statement, source, request);
    if (plan === undefined) throw sqlErrors.notSupportedYet(statement.kind.toUpperCase());
    return plan;
  }

  /** For a read as of a timestamp: bound to the schema of that time. Throws 1235. */
  async planAt(statement: Statement, source: Uint8Array, request: PlanRequest, ts: Ts): Promise<ExecutablePlan> {
    const plan = this.tryPlan(statement, source, request, await this.catalog.snapshotAt(ts));
    if (plan === undefined) throw sqlErrors.notSupportedYet(statement.kind.toUpperCase());
    return plan;
  }

  planBehind(
    statement: Statement,
    source: Uint8Array,
    request: PlanRequest,
    { pinned, hasRead, owner }: OlderTransaction,
  ): ExecutablePlan {
    const newest = this.catalog.snapshot();
    const hasWritten = (tableId: number): boolean => this.catalog.metadataLocks.holds(owner, tableId);
    const schema = new TransactionSchema(newest, { pinned, hasRead, hasWritten });
    const plan = this.tryPlan(statement, source, request, schema);
    if (plan === undefined) throw sqlErrors.notSupportedYet(statement.kind.toUpperCase());
    return plan;
  }

  transactionEnded(transaction: object): void {
    this.catalog.metadataLocks.release(transaction);
  }

  /** Throws 1146. */
  async showCreateTable(database: string, name: string): Promise<CreateText> {
    const table = this.catalog.snapshot().table(database, name);
    if (table === undefined) {
      if (!this.hasDatabase(database)) throw sqlErrors.badDb(database);
      throw sqlErrors.noSuchTable(database, name);
    }
    if (table.view !== undefined) return { kind: 'view', text: showCreateView(table) };
    if (!table.columns.some((column) => column.autoIncrement)) {
      return { kind: 'table', text: showCreateTable(database, table, 1n) };
    }
    const nextId = this.catalog.ids.peek(autoIncrementKey(table.databaseId, table.id));
    return { kind: 'table', text: showCreateTable(database, table, await nextId) };
  }

  /** Throws 1049. */
  showCreateDatabase(name: string, ifNotExists: boolean): string {
    const database = this.catalog.snapshot().database(name);
    if (database === undefined) throw sqlErrors.badDb(name);
    return showCreateDatabase(database.info, ifNotExists);
  }

  /** Columns of a stored or virtual table, for COM_FIELD_LIST. Throws 1146. */
  fieldList(database: string | null, name: string): readonly ResultColumn[] {
    if (database === null) throw sqlErrors.noDb();
    const snapshot = this.catalog.snapshot();
    const table: TableInfo | undefined = snapshot.table(database, name) ?? snapshot.virtualTable(database, name)?.info;
    if (table === undefined) throw sqlErrors.noSuchTable(database, name);
    return table.columns.map((column) => {
      const { flags } = originOf(database, table, column);
      const type: FieldType = column.type;
      return { database, table: name, originalTable: name, name: column.name, originalName: column.name, type, flags };
    });
  }
}
