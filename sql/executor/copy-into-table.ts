/** CREATE TABLE … SELECT's second half: an INSERT … SELECT in a transaction of its own. */

import type { TableInfo } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type * as ast from '../parser/ast.ts';
import type { CreateTableSelect } from '../parser/ast-ddl.ts';
import type { PlanEnvironment } from '../planner/bind-context.ts';
import { bindInsert } from '../planner/bind-insert.ts';
import type { StatementContext } from '../session/session-context.ts';
import { InsertPlan } from './insert.ts';

const TRANSACTION_BYTES = 1 << 30;

export async function copyIntoTable(
  catalog: Catalog,
  origin: { readonly environment: PlanEnvironment; readonly context: StatementContext },
  table: { readonly database: string; readonly info: TableInfo },
  columns: readonly string[],
  select: CreateTableSelect,
): Promise<number> {
  const environment: PlanEnvironment = { ...origin.environment, catalog: catalog.snapshot() };
  const plan = new InsertPlan(bindInsert(insertNode(table, columns, select), environment), catalog);
  const ts = await catalog.storage.currentTs();
  const transaction = catalog.storage.begin(ts, { mode: 'pessimistic', maxMemoryBytes: TRANSACTION_BYTES });
  const { context } = origin;
  const statement: StatementContext = {
    evaluation: context.evaluation,
    collationConnection: context.collationConnection,
    currentDatabase: () => context.currentDatabase(),
    variable: (name) => context.variable(name),
    warn: (warning) => context.warn(warning),
    transaction: {
      consistentReader: () => transaction,
      lockable: () => transaction,
      writable: () => transaction,
      forUpdateTs: () => ts,
      isAutocommit: false,
      readsNewest: false,
      getLatest: (key) => transaction.get(key),
      lockWaitTimeoutMs: context.transaction.lockWaitTimeoutMs,
      locksMissingKeys: context.transaction.locksMissingKeys,
    },
  };
  try {
    const outcome = await plan.execute(statement);
    await transaction.commit();
    return outcome.kind === 'ok' ? outcome.result.affectedRows : 0;
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

function insertNode(
  table: { readonly database: string; readonly info: TableInfo },
  columns: readonly string[],
  { query, duplicates }: CreateTableSelect,
): ast.Insert {
  const { start, end } = query;
  const identifier = (name: string): ast.Identifier => ({ name, quoted: true });
  return {
    kind: 'insert',
    hints: [],
    replace: duplicates === 'replace',
    ignore: duplicates === 'ignore',
    priority: undefined,
    table: { schema: identifier(table.database), name: identifier(table.info.name) },
    partitions: [],
    columns: columns.map((name) => ({
      kind: 'column',
      schema: undefined,
      table: undefined,
      name: identifier(name),
      start,
      end,
    })),
    source: { kind: 'query', query },
    rowAlias: undefined,
    onDuplicateKeyUpdate: [],
    start,
    end,
  };
}
