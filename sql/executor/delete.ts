/** DELETE: reads and locks the rows, then removes them with their index entries. */

import { type Datum, SqlError } from '../../engine/index.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BoundTarget, BoundWrite } from '../planner/bind-write.ts';
import type { StatementContext, StatementOutcome } from '../session/session-context.ts';
import { compilePlan } from './compile-plan.ts';
import { type OperatorFactory, openExecution } from './execution-context.ts';
import { ForeignKeys } from './foreign-keys.ts';
import { type CompiledInitialSubquery, compileInitial, drainRows, evaluateInitial } from './initial-subqueries.ts';
import { TableWriter } from './table-writer.ts';
import { storedRow } from './update.ts';
import { okOutcome } from './write-outcome.ts';
import { WriteSession } from './write-session.ts';

export { bindDeleteStatement as bindDelete } from '../planner/bind-write.ts';

interface Target {
  readonly bound: BoundTarget;
  readonly writer: TableWriter;
  readonly foreignKeys: ForeignKeys;
}

export class DeletePlan {
  readonly #bound: BoundWrite;
  readonly #source: OperatorFactory;
  readonly #initial: readonly CompiledInitialSubquery[];
  readonly #targets: readonly Target[];

  constructor(bound: BoundWrite, catalog: Catalog) {
    this.#bound = bound;
    this.#source = compilePlan(bound.plan.plan);
    this.#initial = compileInitial(bound.plan.initial);
    this.#targets = bound.targets.map((target) => ({
      bound: target,
      writer: new TableWriter(target.table),
      foreignKeys: new ForeignKeys(target.database, target.table, catalog),
    }));
  }

  async execute(statement: StatementContext): Promise<StatementOutcome> {
    const context = await openExecution(statement, this.#bound.plan.slotCount, true);
    const { locks } = context;
    if (locks === undefined) throw new Error('a write has a transaction');
    if (this.#initial.length > 0) await evaluateInitial(this.#initial, context);
    const rows = await drainRows(this.#source(context));
    const session = new WriteSession(statement, context.evaluation, locks.transaction, locks.forUpdateTs);
    let affectedRows = 0;
    for (const target of this.#targets) affectedRows += await this.#deleteFrom(session, target, rows);
    return okOutcome({ affectedRows });
  }

  async #deleteFrom(session: WriteSession, target: Target, rows: readonly (readonly Datum[])[]): Promise<number> {
    const seen = new Set<string>();
    const isReferenced = target.foreignKeys.isReferenced(session);
    for (let i = 0; i < rows.length; i++) {
      const row = storedRow(target.bound, target.writer, rows[i] as readonly Datum[], session.zone);
      if (row === undefined || seen.has(row.handle)) continue;
      try {
        if (isReferenced) await target.foreignKeys.beforeDelete(session, row.values);
      } catch (error) {
        if (!this.#bound.ignore || !(error instanceof SqlError)) throw error;
        session.evaluation.warnError(error);
        continue;
      }
      seen.add(row.handle);
      target.writer.remove(session, row);
      if ((i & 255) === 255) session.evaluation.checkInterrupted();
    }
    return seen.size;
  }
}
