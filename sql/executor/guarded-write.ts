/**
 * A write plan behind metadata locks: its transaction takes a shared lock on every table the statement may change. When
 * the schema has changed by the time they are there, the statement has to be planned again.
 */

import { chain, isPromise, type ValueOrPromise } from '../../base/index.ts';
import type { TableInfo } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { CatalogSnapshot } from '../catalog/catalog-snapshot.ts';
import {
  type ExecutablePlan,
  SchemaMoved,
  type StatementContext,
  type StatementOutcome,
} from '../session/session-context.ts';

export interface WrittenTable {
  readonly database: string;
  readonly table: TableInfo;
}

export interface GuardedWriteOptions {
  readonly catalog: Catalog;
  /** The schema the plan was made for. */
  readonly snapshot: CatalogSnapshot;
  readonly targets: readonly WrittenTable[];
  readonly cacheable: boolean;
  readonly fixedSlots: readonly number[];
  readonly plan: Pick<ExecutablePlan, 'execute'>;
}

/** The targets, and the tables that foreign keys carry changes on to. */
function reachedTables(snapshot: CatalogSnapshot, targets: readonly WrittenTable[]): readonly WrittenTable[] {
  const reached = new Map<number, WrittenTable>();
  const visit = (written: WrittenTable): void => {
    if (reached.has(written.table.id)) return;
    reached.set(written.table.id, written);
    for (const { database, table } of snapshot.referencing(written.database, written.table.name))
      visit({ database, table });
  };
  for (const target of targets) visit(target);
  return [...reached.values()];
}

export class GuardedWrite implements ExecutablePlan {
  readonly columns = [];
  readonly isWrite = true;
  readonly cacheable: boolean;
  readonly fixedSlots: readonly number[];
  readonly #options: GuardedWriteOptions;
  readonly #tables: readonly WrittenTable[];

  constructor(options: GuardedWriteOptions) {
    this.#options = options;
    this.cacheable = options.cacheable;
    this.fixedSlots = options.fixedSlots;
    this.#tables = reachedTables(options.snapshot, options.targets);
  }

  execute(statement: StatementContext): ValueOrPromise<StatementOutcome> {
    return chain(statement.transaction.writable(), (transaction) => {
      const { metadataLocks } = this.#options.catalog;
      for (const { table } of this.#tables) {
        const wait = metadataLocks.lockShared(table.id, transaction, () => lockTimeoutMs(statement));
        if (isPromise(wait)) return wait.then(() => this.execute(statement));
      }
      const { catalog, snapshot, plan } = this.#options;
      if (catalog.snapshot().version !== snapshot.version) throw new SchemaMoved();
      return plan.execute(statement);
    });
  }
}

function lockTimeoutMs(statement: StatementContext): number {
  return Number(statement.variable('lock_wait_timeout').value ?? 31_536_000) * 1000;
}
